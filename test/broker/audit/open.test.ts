import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { verifyLog } from '#broker/audit/verify.ts';
import { aPlace, ORIGIN, type Place, run } from './logs.ts';

let place: Place;
beforeEach(() => {
  place = aPlace();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(place.folder, { recursive: true });
});

const lines = (name: string): readonly string[] =>
  readFileSync(join(place.audit, name), 'utf8').trimEnd().split('\n');
const sound = async (): Promise<number> => {
  const verdict = await verifyLog(place.audit, place.key);
  expect(verdict.findings).toEqual([]);
  return verdict.proven;
};

describe('the exported log', () => {
  test('of a new broker is empty and signed', async () => {
    const running = await run(place);
    await running.stop();
    expect(await sound()).toBe(0);
    expect(readFileSync(join(place.audit, 'checkpoint'), 'utf8')).toMatch(
      /^lockkeeper\.example\/site-1\n0\n47DEQpj8HBSa\+\/TImW\+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— lockkeeper\.example\/site-1 \S+\n$/,
    );
  });

  test('holds the bytes that the store holds, one leaf a line', async () => {
    const running = await run(place);
    await running.tell('a', 'b');
    const checkpoint = await running.audit.checkpoint();
    expect(checkpoint).toMatchObject({ origin: ORIGIN, size: 2 });
    const leaves = await running.store.audit.leaves(0, 10);
    expect(lines('leaves-000000.ndjson')).toEqual(leaves.map(({ bytes }) => bytes));
    await running.stop();
    expect(await sound()).toBe(2);
  });

  test('is signed again only when it grew, and copied to the second place each time', async () => {
    const running = await run(place);
    await running.tell('a');
    const first = await running.audit.checkpoint();
    expect(await running.audit.checkpoint()).toBe(first);
    await running.tell('b');
    const second = await running.audit.checkpoint();
    expect(lines('checkpoints.ndjson')).toHaveLength(3);
    expect(readFileSync(join(place.copy, 'checkpoint'), 'utf8')).toBe(second.note);
    await running.stop();
    expect(lines('checkpoints.ndjson')).toHaveLength(3);
  });

  test('is signed every 10 s', async () => {
    const running = await run(place);
    await running.tell('a');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    running.audit.start();
    vi.advanceTimersByTime(9_999);
    expect(lines('checkpoints.ndjson')).toHaveLength(1);
    vi.advanceTimersByTime(1);
    vi.useRealTimers();
    await expect.poll(() => lines('checkpoints.ndjson')).toHaveLength(2);
    await running.stop();
  });

  test('many that ask at once get checkpoints over what they committed', async () => {
    const running = await run(place);
    const sizes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await running.tell(`s${index}`);
        const subjects = (await running.store.audit.leaves(0, 1000)).length;
        return { subjects, size: (await running.audit.checkpoint()).size };
      }),
    );
    for (const { subjects, size } of sizes) expect(size).toBeGreaterThanOrEqual(subjects);
    await running.stop();
    expect(await sound()).toBe(20);
  });

  test('goes on after a restart, and exports nothing twice', async () => {
    const first = await run(place);
    await first.tell('a', 'b');
    await first.stop();
    const before = statSync(join(place.audit, 'leaves-000000.ndjson'));
    const second = await run(place);
    expect(statSync(join(place.audit, 'leaves-000000.ndjson')).mtimeMs).toBe(before.mtimeMs);
    await second.tell('c');
    await second.stop();
    expect(lines('leaves-000000.ndjson')).toHaveLength(3);
    expect(await sound()).toBe(3);
  });

  test.each([
    [
      'half a leaf',
      (): void => appendFileSync(join(place.audit, 'leaves-000000.ndjson'), '{"acti'),
    ],
    [
      'half a checkpoint',
      (): void => appendFileSync(join(place.audit, 'checkpoints.ndjson'), '{"no'),
    ],
    ['an older newest checkpoint', (): void => writeFileSync(join(place.audit, 'checkpoint'), '')],
    ['leaves that were not signed', (): void => undefined],
  ])('mends what a crash left: %s', async (_, crash) => {
    const first = await run(place);
    await first.tell('a');
    await first.audit.checkpoint();
    await first.tell('b');
    await first.store.close();
    crash();
    const second = await run(place);
    await second.stop();
    expect(lines('leaves-000000.ndjson')).toHaveLength(2);
    expect(await sound()).toBe(2);
  });

  test('goes on in the next file after 10,000 leaves, and resumes there', async () => {
    const first = await run(place);
    const subjects = Array.from({ length: 999 }, (_, index) => `s${index}`);
    for (let round = 0; round < 10; round += 1) await first.tell(...subjects);
    await first.tell(...subjects.slice(0, 9));
    await first.audit.checkpoint();
    await first.tell('last of the first file', 'first of the second');
    await first.stop();
    expect(lines('leaves-000000.ndjson')).toHaveLength(10_000);
    expect(lines('leaves-000001.ndjson')).toHaveLength(1);
    const second = await run(place);
    await second.tell('one more');
    await second.stop();
    expect(lines('leaves-000001.ndjson')).toHaveLength(2);
    expect(await sound()).toBe(10_002);
  });

  test('its leaves and its signature are what openssl and sha256sum say', async () => {
    const running = await run(place);
    await running.tell('a');
    const { root, note } = await running.audit.checkpoint();
    await running.stop();
    const [leaf] = lines('leaves-000000.ndjson');
    const sum = execFileSync('sha256sum', {
      input: Buffer.concat([Buffer.of(0), Buffer.from(leaf ?? '')]),
    });
    expect(sum.toString().slice(0, 64)).toBe(root.toString('hex'));
    const [text = '', signature = ''] = note.split('\n\n');
    const files = { text: join(place.folder, 't'), signature: join(place.folder, 's') };
    writeFileSync(files.text, `${text}\n`);
    const encoded = signature.trimEnd().split(' ').at(-1) ?? '';
    writeFileSync(files.signature, Buffer.from(encoded, 'base64').subarray(4));
    const answer = execFileSync('openssl', [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      join(place.audit, 'audit-key.pem'),
      '-rawin',
      '-in',
      files.text,
      '-sigfile',
      files.signature,
    ]);
    expect(answer.toString()).toContain('Signature Verified Successfully');
  });

  test('names the key in the form of C2SP, and leaves it beside the log', async () => {
    const running = await run(place);
    expect(running.audit.verifierKey).toMatch(
      /^lockkeeper\.example\/site-1\+[0-9a-f]{8}\+A\S{43}$/,
    );
    expect(lines('audit-key.vkey')).toEqual([running.audit.verifierKey]);
    await running.stop();
  });
});

describe('a second place that cannot be written', () => {
  test('is told, and the log goes on', async () => {
    writeFileSync(place.copy, 'a file where the folder should be');
    const running = await run(place);
    await running.tell('a');
    expect((await running.audit.checkpoint()).size).toBe(1);
    await running.stop();
    expect(running.faults.length).toBeGreaterThan(0);
    expect(running.faults[0]).toContain(`no checkpoint could be copied to \`${place.copy}\``);
    expect(await sound()).toBe(1);
  });
});

describe('a broker does not sign on', () => {
  /** A log of two signed leaves, and a third. */
  async function three(): Promise<void> {
    const running = await run(place);
    await running.tell('a', 'b');
    await running.audit.checkpoint();
    cpSync(place.folder, `${place.folder}.old`, { recursive: true });
    await running.tell('c');
    await running.stop();
  }
  afterEach(() => rmSync(`${place.folder}.old`, { recursive: true, force: true }));

  const edit = (name: string, from: string, to: string): void => {
    const path = join(place.audit, name);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(from);
    writeFileSync(path, text.replace(from, to));
  };
  const old = (part: string): void => {
    rmSync(join(place.folder, part), { recursive: true });
    cpSync(join(`${place.folder}.old`, part), join(place.folder, part), { recursive: true });
  };

  test.each<[string, () => void, string]>([
    [
      'over an edited leaf',
      () => edit('leaves-000000.ndjson', '"a"', '"x"'),
      'its first 2 leaves are not those that were signed',
    ],
    [
      'over an edited checkpoint',
      () => edit('checkpoints.ndjson', 'site-1', 'site-2'),
      'line 1 of `checkpoints.ndjson`',
    ],
    [
      'when the store alone was put back',
      () => old('store'),
      'as after an older store was put back',
    ],
    [
      'when store and log were put back, and the second place was not',
      () => {
        old('store');
        old('audit');
      },
      'it speaks of 3 leaves and the store holds 2, as after an older store was put back',
    ],
  ])('%s', async (_, tamper, why) => {
    await three();
    tamper();
    await expect(run(place)).rejects.toMatchObject({ code: 'store' });
    await expect(run(place)).rejects.toThrow(why);
  });

  test('but does so in an empty folder, from the store, where the old one was taken as evidence', async () => {
    await three();
    rmSync(place.audit, { recursive: true });
    const running = await run(place);
    await running.stop();
    expect(await sound()).toBe(3);
    expect(existsSync(join(place.audit, 'leaves-000000.ndjson'))).toBe(true);
  });

  test.each([0, 1, 2])('over leaf %d that was edited in the store', async (position) => {
    await three();
    const database = new DatabaseSync(join(place.folder, 'store', 'state.db'));
    database.exec('drop trigger audit_leaf_is_never_changed');
    const edit = `update audit_leaf set actor = 'paula', leaf = replace(leaf, 'petra', 'paula') where position = ?`;
    expect(database.prepare(edit).run(position).changes).toBe(1);
    database.close();
    await expect(run(place)).rejects.toMatchObject({ code: 'store' });
    // The leaves between two checkpoints are told apart no further.
    const which = position < 2 ? 'of leaves 0 to 1 one is another' : 'leaf 2 is another one';
    await expect(run(place)).rejects.toThrow(`${which} in the store`);
  });
});

describe('a second place that does not hold what was put there', () => {
  const refused = (): readonly string[] =>
    readdirSync(place.copy).filter((name) => name.startsWith('checkpoint.refused-'));

  test('is told, and what lies there is kept as evidence', async () => {
    const first = await run(place);
    await first.tell('a');
    await first.stop();
    expect(first.badCopies).toEqual([]);
    const path = join(place.copy, 'checkpoint');
    const garbled = readFileSync(path, 'utf8').replace('\n1\n', '\n9\n');
    writeFileSync(path, garbled);
    const second = await run(place);
    expect(second.badCopies).toEqual([
      expect.stringMatching(
        /^the checkpoint in the second place `.+` .+; kept as `checkpoint\.refused-/,
      ),
    ]);
    const [name = ''] = refused();
    expect(readFileSync(join(place.copy, name), 'utf8')).toBe(garbled);
    await second.stop();
    expect(await sound()).toBe(2);
    const third = await run(place);
    await third.stop();
    expect([third.badCopies, refused()]).toEqual([[], [name]]);
  });

  test('is told where it was emptied, but not where the log is new', async () => {
    const first = await run(place);
    await first.tell('a');
    await first.stop();
    rmSync(place.copy, { recursive: true });
    const second = await run(place);
    await second.stop();
    expect(second.badCopies).toEqual([
      `the second place \`${place.copy}\` holds no checkpoint: it is new, or somebody emptied it`,
    ]);
    expect(await sound()).toBe(2);
  });

  test('is not believed where somebody else signed it', async () => {
    mkdirSync(place.copy);
    writeFileSync(join(place.copy, 'checkpoint'), 'lockkeeper.example/site-1\n9\n\n');
    const running = await run(place);
    await running.stop();
    expect(running.badCopies).toHaveLength(1);
    expect(await sound()).toBe(1);
  });
});
