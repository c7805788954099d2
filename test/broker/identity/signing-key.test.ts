import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openSigningKey } from '#broker/identity/signing-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'lk-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a key is made once, for its owner alone, and is the same at the next start', () => {
  const path = join(folder, 'new/key.pem');
  const made = openSigningKey(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const text = Buffer.from('x');
  expect(verify(null, text, createPublicKey(made), sign(null, text, openSigningKey(path)))).toBe(
    true,
  );
});

test('a key that others can read does not go on signing', () => {
  const path = join(folder, 'open.pem');
  openSigningKey(path);
  chmodSync(path, 0o640);
  expect(() => openSigningKey(path)).toThrow(/can be read by others/);
});

test.for([
  ['nothing', ''],
  ['another text', 'not a key'],
  [
    'a key of another kind',
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }),
  ],
] as const)('a file that holds %s is not replaced in silence', ([name, content]) => {
  const path = join(folder, `${name.replaceAll(' ', '-')}.pem`);
  writeFileSync(path, content, { mode: 0o600 });
  expect(() => openSigningKey(path)).toThrow(expect.objectContaining({ code: 'key' }));
});
