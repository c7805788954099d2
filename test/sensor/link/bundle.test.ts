import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readKeptBundle, stageBundle, verifyBundle } from '#sensor/link/bundle.ts';
import { payload } from '../../support/link-broker.ts';

type Key = Readonly<Record<string, unknown>>;

async function keys() {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const sign = (content: unknown, header: Readonly<Record<string, string>> = {}) =>
    new CompactSign(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)))
      .setProtectedHeader({ alg: 'EdDSA', typ: 'lockkeeper-bundle+jwt', ...header })
      .sign(privateKey);
  return { key: (await exportJWK(publicKey)) as Key, sign };
}

const broker = await keys();
const other = await keys();

describe('a bundle is believed', () => {
  test('iff the broker of this sensor signed it', async () => {
    const jws = await broker.sign(payload());
    expect(await verifyBundle(jws, broker.key, undefined)).toMatchObject({
      kind: 'ok',
      bundle: { version: 'v1', serial: 1 },
    });
    expect(await verifyBundle(jws, other.key, undefined)).toEqual({
      kind: 'refused',
      why: 'is not signed by the broker of this sensor',
    });
  });

  test('with not one character changed', async () => {
    const jws = await broker.sign(payload());
    for (const at of [5, jws.indexOf('.') + 3, jws.length - 5]) {
      const changed = `${jws.slice(0, at)}${jws.charAt(at) === 'A' ? 'B' : 'A'}${jws.slice(at + 1)}`;
      expect((await verifyBundle(changed, broker.key, undefined)).kind, `at ${at}`).toBe('refused');
    }
  });

  test('and not where the signature is left out', async () => {
    const head = Buffer.from('{"alg":"none","typ":"lockkeeper-bundle+jwt"}').toString('base64url');
    const body = Buffer.from(JSON.stringify(payload())).toString('base64url');
    expect((await verifyBundle(`${head}.${body}.`, broker.key, undefined)).kind).toBe('refused');
  });

  test.each([
    [7, 'v7', 'ok', 'the same again'],
    [8, 'v8', 'ok', 'the next'],
    [6, 'v6', 'refused', 'an older one'],
    [7, 'v7b', 'refused', 'another of the same serial'],
  ])('with serial %i and version %s: %s, %s', async (serial, version, kind) => {
    const last = payload({ serial: 7, version: 'v7' });
    const jws = await broker.sign(payload({ serial, version }));
    expect((await verifyBundle(jws, broker.key, last)).kind).toBe(kind);
  });

  test.each([
    ['of another type', payload(), { typ: 'JWT' }, 'is signed, but is no bundle'],
    ['without a serial', { ...payload(), serial: undefined }, {}, 'its serial is wrong'],
    ['with a serial of 0', payload({ serial: 0 }), {}, 'its serial is wrong'],
    ['with a key too many', { ...payload(), extra: 1 }, {}, 'its content is wrong'],
    ['that is no JSON', '{', {}, 'its content is wrong'],
  ])('but none %s', async (_name, content, header, why) => {
    const verdict = await verifyBundle(await broker.sign(content, header), broker.key, undefined);
    expect(verdict.kind === 'refused' && verdict.why).toContain(why);
  });

  test('but no junk, however long', async () => {
    for (const junk of ['', '.', 'a.b.c', 'x'.repeat(5_000_000)]) {
      expect((await verifyBundle(junk, broker.key, undefined)).kind).toBe('refused');
    }
  });
});

describe('the bundle that is kept', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is verified again when it is read', async () => {
    stageBundle(folder, await broker.sign(payload({ version: 'kept' })))();
    expect(await readKeptBundle(folder, broker.key)).toMatchObject({ version: 'kept' });
    expect(await readKeptBundle(folder, other.key)).toBeUndefined();
    const path = join(folder, 'bundle.jws');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -10));
    expect(await readKeptBundle(folder, broker.key)).toBeUndefined();
  });

  test('may be missing', async () => {
    expect(await readKeptBundle(folder, broker.key)).toBeUndefined();
  });
});
