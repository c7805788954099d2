import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aPlace, type Place, run } from './logs.ts';

let place: Place;
let recordings: string;
let [pem, vkey, kept]: readonly [string, string, string] = ['', '', ''];

beforeAll(async () => {
  place = aPlace();
  const running = await run(place);
  await running.tell('a', 'b', 'c');
  await running.stop();
  [pem, vkey] = [join(place.folder, 'kept.pem'), join(place.folder, 'kept.vkey')];
  cpSync(join(place.audit, 'audit-key.pem'), pem);
  cpSync(join(place.audit, 'audit-key.vkey'), vkey);
  kept = join(place.copy, 'checkpoint');
  recordings = join(place.folder, 'recordings');
  mkdirSync(recordings);
});
afterAll(() => rmSync(place.folder, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command as a person runs it, in a process of its own. */
const lockkeeper = (...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const path = new URL('../../../main.ts', import.meta.url).pathname;
    execFile(process.execPath, [path, 'audit', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

describe('lockkeeper audit verify', () => {
  test.each(['pem', 'vkey'])('says that a log is right, with the key as %s', async (form) => {
    const key = form === 'pem' ? pem : vkey;
    const asked = ['verify', place.audit, '--key', key, '--checkpoint', kept];
    const right = 'right: 3 of 3 leaves are as `lockkeeper.example/site-1` signed them\n';
    expect(await lockkeeper(...asked, '--recordings', recordings)).toEqual({
      code: 0,
      out: `${right}right: 0 of 0 recordings are as the log says\n`,
      err: '',
    });
    expect(await lockkeeper(...asked)).toEqual({
      code: 0,
      out: `not checked: whether the recordings are as they were sealed (needs --recordings)\n${right}`,
      err: '',
    });
  });

  test('says what it could not check without a checkpoint from outside', async () => {
    const { code, out } = await lockkeeper('verify', place.audit, '--key', pem);
    expect(code).toBe(0);
    expect(out).toContain('not checked: whether the folder was put back to an older state');
  });

  test('warns of a key from the folder itself', async () => {
    const { out } = await lockkeeper(
      'verify',
      place.audit,
      '--key',
      `${place.audit}/audit-key.pem`,
    );
    expect(out).toContain('the key lies in the same folder as the log');
  });

  test('says what is wrong and exits 1', async () => {
    const folder = join(place.folder, 'tampered');
    cpSync(place.audit, folder, { recursive: true });
    const leaves = join(folder, 'leaves-000000.ndjson');
    writeFileSync(leaves, readFileSync(leaves, 'utf8').replace('"b"', '"x"'));
    const { code, out } = await lockkeeper('verify', folder, '--key', pem, '--checkpoint', kept);
    expect(code).toBe(1);
    expect(out).toContain('wrong: leaves 0 to 2 are not those that were signed');
    expect(out).toContain(
      'wrong: the first 3 leaves are not those that the checkpoint from outside signs',
    );
    expect(out).not.toContain('right:');
  });

  test('says which recording is wrong and exits 1', async () => {
    const stray = join(place.folder, 'stray');
    mkdirSync(join(stray, 'ses_aaaaaaaaaaaaaaaaaaaaaaaa'), { recursive: true });
    const { code, out } = await lockkeeper(
      ...['verify', place.audit, '--key', pem, '--checkpoint', kept, '--recordings', stray],
    );
    expect(code).toBe(1);
    expect(out).toContain(
      'wrong: the recording of ses_aaaaaaaaaaaaaaaaaaaaaaaa belongs to no session',
    );
    expect(out).toContain('right: 3 of 3 leaves');
    expect(out).toMatch(/\n1 finding: the recordings are not as the log says\n$/);
  });

  test.each<[string, () => readonly string[], string]>([
    ['a foreign folder', () => [place.folder], 'it holds neither checkpoints nor leaves'],
    ['no folder', () => [`${place.audit}x`], 'cannot be read: no such file or directory'],
    ['a file', () => [pem], 'cannot be read: not a directory'],
  ])('says of %s that it is no log, in one sentence', async (_, folder, why) => {
    const [path = ''] = folder();
    const { code, err } = await lockkeeper('verify', path, '--key', pem);
    expect(code).toBe(2);
    expect(err).toContain(`lockkeeper audit: \`${path}\``);
    expect(err).toMatch(new RegExp(`${why}\n$`));
  });

  test('an emptied folder is wrong where a checkpoint was kept', async () => {
    const folder = join(place.folder, 'emptied');
    mkdirSync(folder);
    expect((await lockkeeper('verify', folder, '--key', pem)).code).toBe(2);
    const { code, out } = await lockkeeper('verify', folder, '--key', pem, '--checkpoint', kept);
    expect(code).toBe(1);
    expect(out).toContain('the checkpoint from outside signs 3 leaves, and 0 are here');
    expect(out).toMatch(/\n2 findings: the log is not as it was signed\n$/);
  });

  test('names an option that it does not have', async () => {
    const { err } = await lockkeeper('verify', place.audit, '--kee', pem);
    expect(err).toMatch(/^lockkeeper audit: unknown option `--kee`\n\nusage: /);
  });

  test.each<[string, () => readonly string[]]>([
    ['no folder', () => ['verify', '--key', pem]],
    ['no key', () => ['verify', place.audit]],
    ['two folders', () => ['verify', place.audit, place.copy, '--key', pem]],
    ['an unknown option', () => ['verify', place.audit, '--key', pem, '--kee', pem]],
    ['an unknown command', () => ['forge', place.audit]],
    ['nothing', () => []],

    ['a folder that is not there', () => ['verify', `${place.audit}x`, '--key', pem]],
    ['a key that is not there', () => ['verify', place.audit, '--key', `${pem}x`]],
    ['a key that is none', () => ['verify', place.audit, '--key', kept]],
    [
      'recordings that are not there',
      () => ['verify', place.audit, '--key', pem, '--recordings', `${recordings}x`],
    ],
    [
      'a checkpoint that is not there',
      () => ['verify', place.audit, '--key', pem, '--checkpoint', `${kept}x`],
    ],
  ])('with %s exits 2 and says why', async (_, args) => {
    const { code, out, err } = await lockkeeper(...args());
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^lockkeeper audit: \S+/);
  });
});
