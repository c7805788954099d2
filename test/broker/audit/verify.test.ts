import { generateKeyPairSync } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noteKey } from '#broker/audit/note.ts';
import { type Verdict, verifyLog } from '#broker/audit/verify.ts';
import { aPlace, ORIGIN, type Place, run } from './logs.ts';

/**
 * One log for all: checkpoints over 0, 2, 5 and 6 leaves. `old` is the folder as it was at 5; `other`
 * is another history of 6 leaves, signed by the same key.
 */
let place: Place;
let [old, other]: readonly [string, string] = ['', ''];
let notes: readonly string[] = [];

beforeAll(async () => {
  place = aPlace();
  old = join(place.folder, 'old');
  other = join(place.folder, 'other');
  const running = await run(place);
  await running.tell('a', 'b');
  await running.audit.checkpoint();
  await running.tell('c', 'd', 'e');
  await running.audit.checkpoint();
  cpSync(place.audit, old, { recursive: true });
  await running.tell('f');
  await running.stop();
  notes = readFileSync(join(place.audit, 'checkpoints.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { note: string }).note);
  const fork = { ...place, folder: join(place.folder, 'fork'), audit: other };
  mkdirSync(fork.folder);
  const forked = await run({ ...fork, copy: join(fork.folder, 'copy') });
  await forked.tell('a', 'b', 'c', 'd', 'x', 'f');
  await forked.stop();
});
afterAll(() => rmSync(place.folder, { recursive: true }));

let folder: string;
beforeEach(() => {
  folder = join(place.folder, 'tampered');
  cpSync(place.audit, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const verify = (outside?: string): Promise<Verdict> => verifyLog(folder, place.key, outside);
const at = (name: string): string => join(folder, name);
const LEAVES = 'leaves-000000.ndjson';
const leaves = (): string[] => readFileSync(at(LEAVES), 'utf8').trimEnd().split('\n');
const write = (lines: readonly string[]): void =>
  writeFileSync(at(LEAVES), lines.map((line) => `${line}\n`).join(''));
const note = (index: number): string => notes[index] ?? '';

describe('a log as it was signed', () => {
  test('has no findings, and says what cannot be told without a checkpoint from outside', async () => {
    expect(await verify()).toEqual({
      size: 6,
      proven: 6,
      findings: [],
      remarks: [],
      notChecked: [
        'whether leaves were cut off at the end together with their checkpoints (needs --checkpoint)',
        'whether the folder was put back to an older state (needs --checkpoint)',
        'whether the holder of the key has signed another history (needs --checkpoint)',
      ],
    });
  });

  test('with its newest checkpoint from outside leaves nothing unchecked', async () => {
    expect(await verify(note(3))).toMatchObject({ findings: [], notChecked: [] });
  });

  test('with an older checkpoint from outside is right, and what that cannot say is said', async () => {
    expect(await verify(note(1))).toMatchObject({
      findings: [],
      notChecked: [
        'whether the end was cut off after leaf 5: the checkpoint from outside speaks of 2 leaves only',
      ],
    });
  });

  test('at work, with leaves not signed yet, is right and says so', async () => {
    cpSync(old, folder, { recursive: true });
    const whole = readFileSync(join(place.audit, LEAVES));
    writeFileSync(at(LEAVES), whole.subarray(0, -3));
    expect(await verify()).toMatchObject({
      findings: [],
      remarks: ['`leaves-000000.ndjson` ends in the middle of a leaf that is not signed yet'],
    });
    writeFileSync(at(LEAVES), whole);
    expect(await verify()).toMatchObject({
      findings: [],
      proven: 5,
      remarks: ['leaf 5 is not signed: it proves nothing until a checkpoint covers it'],
    });
  });
});

describe('every byte of the log is bound', () => {
  let small: Place;
  beforeAll(async () => {
    small = aPlace();
    const running = await run(small);
    await running.tell('a');
    await running.audit.checkpoint();
    await running.tell('b', 'c');
    await running.stop();
  });
  afterAll(() => rmSync(small.folder, { recursive: true }));

  const isFound = async (name: string, content: Buffer): Promise<boolean> => {
    writeFileSync(join(small.audit, name), content);
    return (await verifyLog(small.audit, small.key)).findings.length > 0;
  };

  test.each([LEAVES, 'checkpoint', 'checkpoints.ndjson'])(
    'whatever is written over any byte of %s is found',
    async (name) => {
      const whole = readFileSync(join(small.audit, name));
      expect(whole.length).toBeGreaterThan(150);
      expect(await isFound(name, whole)).toBe(false);
      const missed: string[] = [];
      for (let index = 0; index < whole.length; index += 1) {
        const byte = whole.readUInt8(index);
        // One bit; a newline, which cuts lines; a digit, which keeps JSON and numbers whole.
        const others = [byte ^ 1, 10, byte === 0x37 ? 0x38 : 0x37];
        for (const value of others.filter((one) => one !== byte)) {
          const changed = Buffer.from(whole);
          changed.writeUInt8(value, index);
          if (!(await isFound(name, changed))) missed.push(`${index}: ${byte} -> ${value}`);
        }
      }
      writeFileSync(join(small.audit, name), whole);
      expect(missed).toEqual([]);
    },
  );

  test.each([LEAVES, 'checkpoint', 'checkpoints.ndjson'])(
    'a byte less or more, anywhere in %s, is found',
    async (name) => {
      const whole = readFileSync(join(small.audit, name));
      const missed: string[] = [];
      for (let index = 0; index <= whole.length; index += 1) {
        const [before, after] = [whole.subarray(0, index), whole.subarray(index)];
        const more = Buffer.concat([before, Buffer.from(' '), after]);
        // After the last leaf there may be the beginning of another that is not signed yet.
        const mayGrow = name === LEAVES && index === whole.length;
        if (!mayGrow && !(await isFound(name, more))) missed.push(`more at ${index}`);
        if (after.length === 0) continue;
        const less = Buffer.concat([before, after.subarray(1)]);
        if (!(await isFound(name, less))) missed.push(`less at ${index}`);
      }
      writeFileSync(join(small.audit, name), whole);
      expect(missed).toEqual([]);
    },
  );
});

describe('tampering inside the folder is found without help from outside', () => {
  const CHANGED = 'are not those that were signed: one was edited, removed, inserted or moved';

  test.each<[string, () => void, string]>([
    [
      'an edited leaf',
      () => write(leaves().map((leaf) => leaf.replace('"d"', '"D"'))),
      `leaves 2 to 4 ${CHANGED}`,
    ],
    ['a deleted leaf', () => write(leaves().toSpliced(3, 1)), `leaves 2 to 4 ${CHANGED}`],
    [
      'a doubled leaf',
      () => write(leaves().toSpliced(0, 0, leaves()[0] ?? '')),
      `leaves 0 to 1 ${CHANGED}`,
    ],
    [
      'an inserted leaf',
      () => write(leaves().toSpliced(5, 0, '{"actor":"otto"}')),
      'leaf 5 is not the one that was signed: one was edited, removed, inserted or moved',
    ],
    [
      'swapped leaves',
      () =>
        write([
          ...leaves().slice(0, 2),
          ...leaves().slice(2, 4).toReversed(),
          ...leaves().slice(4),
        ]),
      `leaves 2 to 4 ${CHANGED}`,
    ],
    [
      'leaves swapped across checkpoints',
      () => write(leaves().toReversed()),
      `leaves 0 to 1 ${CHANGED}`,
    ],
    [
      'a replaced tail',
      () => write([...leaves().slice(0, 4), 'x', 'y']),
      `leaves 2 to 4 ${CHANGED}`,
    ],
    [
      'a cut end',
      () => write(leaves().slice(0, 4)),
      '1 leaf is missing at the end: a checkpoint signs 5, and 4 could be read',
    ],
    [
      'all leaves deleted',
      () => rmSync(at(LEAVES)),
      '2 leaves are missing at the end: a checkpoint signs 2, and 0 could be read',
    ],
    [
      'leaves under another number',
      () => renameSync(at(LEAVES), at('leaves-000001.ndjson')),
      '`leaves-000000.ndjson` is missing',
    ],
    [
      'a second file too early',
      () => cpSync(at(LEAVES), at('leaves-000001.ndjson')),
      '`leaves-000000.ndjson` holds 6 leaves, not 10000',
    ],
    ['another history', () => cpSync(join(other, LEAVES), at(LEAVES)), `leaves 2 to 4 ${CHANGED}`],
    [
      'no newest checkpoint',
      () => rmSync(at('checkpoint')),
      '`checkpoint` is missing: nothing says how many leaves there must be',
    ],
    [
      'no list of checkpoints',
      () => rmSync(at('checkpoints.ndjson')),
      '`checkpoints.ndjson` lacks the newest checkpoint, of 6 leaves',
    ],
    [
      'the newest checkpoint of another history',
      () => cpSync(join(other, 'checkpoint'), at('checkpoint')),
      '`checkpoint` and `checkpoints.ndjson` sign different logs',
    ],
    [
      'checkpoints in another order',
      () => {
        const lines = readFileSync(at('checkpoints.ndjson'), 'utf8').trimEnd().split('\n');
        writeFileSync(at('checkpoints.ndjson'), `${lines.toReversed().join('\n')}\n`);
      },
      'line 2 of `checkpoints.ndjson` signs 5 leaves after the line before it signed 6',
    ],
    [
      'a cut checkpoint',
      () => {
        const text = readFileSync(at('checkpoints.ndjson'), 'utf8');
        writeFileSync(at('checkpoints.ndjson'), text.slice(0, -20));
      },
      '`checkpoints.ndjson` ends in the middle of a line',
    ],
    [
      'a text of one MiB for a checkpoint',
      () => writeFileSync(at('checkpoint'), 'x'.repeat(2 ** 20)),
      'the checkpoint in `checkpoint` is not a signed note',
    ],
    [
      'a line of one MiB for a leaf',
      () => writeFileSync(at(LEAVES), 'x'.repeat(2 ** 20)),
      '2 leaves are missing at the end: a checkpoint signs 2, and 0 could be read',
    ],
  ])('%s', async (_, tamper, finding) => {
    tamper();
    expect((await verify()).findings).toContain(finding);
  });

  test('a log signed by somebody else', async () => {
    const stranger = noteKey(ORIGIN, generateKeyPairSync('ed25519').publicKey);
    const { findings, proven } = await verifyLog(folder, stranger);
    expect(proven).toBe(0);
    expect(findings).toContain(
      `the checkpoint in \`checkpoint\` is not signed by \`${ORIGIN}\` with this key`,
    );
  });
});

describe('only a checkpoint from outside finds', () => {
  const cut = (): void => {
    rmSync(folder, { recursive: true });
    cpSync(old, folder, { recursive: true });
  };
  const replaced = (): void => {
    rmSync(folder, { recursive: true });
    cpSync(other, folder, { recursive: true });
  };

  test.each<[string, () => void, string]>([
    [
      'that the folder was put back to an older state',
      cut,
      'the checkpoint from outside signs 6 leaves, and 5 are here: the end was cut off, or the folder was put back to an older state',
    ],
    [
      'another history by the holder of the key',
      replaced,
      'the first 6 leaves are not those that the checkpoint from outside signs: another history was put in their place',
    ],
  ])('%s', async (_, tamper, finding) => {
    tamper();
    expect((await verify()).findings).toEqual([]);
    expect((await verify(note(3))).findings).toEqual([finding]);
  });

  test('and it must itself be signed', async () => {
    expect((await verify(note(3).replace('\n6\n', '\n5\n'))).findings).toEqual([
      'the checkpoint from outside has a wrong signature: it was changed after it was signed',
    ]);
  });
});

test('a folder that is not there cannot be verified', async () => {
  await expect(verifyLog(join(place.folder, 'nowhere'), place.key)).rejects.toThrow('ENOENT');
});

test('verifying changes nothing in the folder', async () => {
  const before = readdirSync(folder).map((name) => [name, readFileSync(at(name), 'utf8')]);
  await verify(note(3));
  expect(readdirSync(folder).map((name) => [name, readFileSync(at(name), 'utf8')])).toEqual(before);
});
