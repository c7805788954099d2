import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSbomValidator } from '#sbom/cyclonedx/validator.ts';
import { openTar } from '#sbom/package/tar.ts';
import { loadTrust } from '#sbom/trust.ts';
import { verifyPackage } from '#sbom/verify.ts';
import { micros } from '#sensor/model/time.ts';
import { type FirmwareFiles, makeFirmware } from '../../../deploy/demo/firmware.ts';

const NOW = micros(1_795_000_000_000_000);
const sboms = openSbomValidator();
let folder: string;
let files: FirmwareFiles;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lk-demo-firmware-'));
  files = {
    trust: join(folder, 'trust'),
    good: join(folder, 'firmware', 'good.tar'),
    tampered: join(folder, 'firmware', 'tampered.tar'),
  };
  makeFirmware(files, NOW);
});
afterAll(async () => {
  await sboms.close();
  rmSync(folder, { recursive: true });
});

async function verify(path: string) {
  const opened = await openTar(path);
  const admission = await verifyPackage(opened, { trust: loadTrust(files.trust), sboms, now: NOW });
  if (opened.kind === 'package') await opened.package.close();
  return admission;
}

test('the package of the example vendor is let in, signed by a certificate', async () => {
  expect(await verify(files.good)).toMatchObject({
    verdict: 'allow',
    release: {
      manifest: { vendor: 'acme', product: 'Press', version: '2.4.2' },
      signer: { kind: 'certificate', format: 'jws', name: '`Acme Drives Release`' },
      sbom: { components: 3, boundBy: 'root-hash' },
    },
  });
});

test('the one that was changed is denied for its image, and for what follows from that alone', async () => {
  const admission = await verify(files.tampered);
  expect(admission.verdict).toBe('deny');
  expect('reasons' in admission && admission.reasons.map(({ code }) => code)).toEqual([
    'file-hash-mismatch',
  ]);
});

test('a second start leaves them as they are; a part that is gone makes all of it anew', () => {
  const before = readFileSync(files.good);
  makeFirmware(files, NOW);
  expect(readFileSync(files.good).equals(before)).toBe(true);
  rmSync(files.tampered);
  makeFirmware(files, NOW);
  expect(readFileSync(files.good).equals(before)).toBe(false);
});

test('no private key lies on the disk', () => {
  const all = globSync('**/*', { cwd: folder, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(all.length).toBe(4);
  for (const { parentPath, name } of all) {
    expect(readFileSync(join(parentPath, name), 'latin1')).not.toContain('PRIVATE KEY');
  }
});

test('the tar is one that `tar` reads', () => {
  const names = execFileSync('tar', ['-tf', files.good], { encoding: 'utf8' }).trim().split('\n');
  expect(names).toEqual([
    'manifest.json',
    'manifest.json.jws',
    'images/press.bin',
    'sbom.cdx.json',
  ]);
});
