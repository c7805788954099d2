import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { contents, manifestOf, writeFolder } from '../support/firmware/package.ts';
import { aTrustedVendor } from '../support/firmware/trusted-vendor.ts';

const { place, trustFolder: trust, sign } = aTrustedVendor({ 'PLC-100': 20 });
afterAll(() => rmSync(place, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command as a person runs it, in a process of its own. */
const lockkeeper = (...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const path = new URL('../../main.ts', import.meta.url).pathname;
    execFile(process.execPath, [path, 'firmware', ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });

const packageWith = (name: string, manifest: object, files = contents(manifest)): string =>
  writeFolder(join(place, name), sign(files));

describe('lockkeeper firmware verify', () => {
  test('lets a right package in, and says so in sentences', async () => {
    const ran = await lockkeeper('verify', packageWith('good', manifestOf()), '--trust', trust);
    expect(ran).toEqual({
      code: 0,
      out:
        'allow: `PLC-100` `2.1.0` (release 21) of `acme`, signed by `Acme Release`\n' +
        'not checked: whether a certificate was revoked: no revocation lists are kept for this vendor\n',
      err: '',
    });
  });

  test('reads a tar as it reads a folder, and tells programs in one object', async () => {
    const folder = packageWith('source', manifestOf());
    const path = join(place, 'package.tar');
    execFileSync('tar', ['-cf', path, '-C', folder, '.']);
    const { code, out } = await lockkeeper('verify', path, '--trust', trust, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'allow',
      reasons: [],
      release: { manifest: manifestOf(), sbom: { specVersion: '1.6', boundBy: 'root-hash' } },
    });
  });

  test('denies with every reason and its code', async () => {
    const folder = packageWith('old', { ...manifestOf(), releaseCounter: 3 });
    writeFileSync(join(folder, 'extra'), '');
    const { code, out } = await lockkeeper('verify', folder, '--trust', trust);
    expect(code).toBe(1);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'deny: says it is `PLC-100` `2.1.0` (release 3) of `acme`',
      'release-rollback: the release counter is 3, and `PLC-100` is let in from 20 on',
      'file-extra: `extra` is not in the manifest',
    ]);
  });

  test('holds what a person has to look at', async () => {
    const { sbom: _, ...manifest } = manifestOf();
    const files = contents(manifest);
    files.delete('sbom.cdx.json');
    const folder = packageWith('held', manifest, files);
    const { code, out } = await lockkeeper('verify', folder, '--trust', trust, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'hold',
      reasons: [{ code: 'sbom-missing', effect: 'hold', text: 'the manifest names no SBOM' }],
    });
  });

  test.each<[string, () => readonly string[], string]>([
    ['nothing at all', () => [], 'say `verify`'],
    [
      'no trust folder',
      () => ['verify', place],
      'name the folder of those to believe with --trust',
    ],
    [
      'a package that is not there',
      () => ['verify', `${place}x`, '--trust', trust],
      'cannot be read: no such file or directory',
    ],
    [
      'a file that is no tar',
      () => ['verify', join(place, 'Acme Root.pem'), '--trust', trust],
      'is neither a folder nor a tar',
    ],
    [
      'a trust folder that is none',
      () => ['verify', place, '--trust', `${place}x`],
      'cannot be read: no such file or directory',
    ],
    ['an unknown option', () => ['verify', '--x'], 'unknown option `--x`'],
  ])('exits 2 for %s', async (_, args, why) => {
    const { code, out, err } = await lockkeeper(...args());
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(why);
  });

  test('exits 1 for a folder without a manifest', async () => {
    mkdirSync(join(place, 'empty'));
    const { code, out } = await lockkeeper('verify', join(place, 'empty'), '--trust', trust);
    expect([code, out]).toEqual([1, 'deny\nmanifest-missing: there is no `manifest.json`\n']);
  });
});
