import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign, FlattenedSign } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FirmwarePackage } from '#sbom/package/firmware-package.ts';
import { proveSigner } from '#sbom/signature/signer.ts';
import { loadTrust, type VendorTrust } from '#sbom/trust.ts';
import { micros } from '#sensor/model/time.ts';
import { derOf, type Identity } from '../../support/firmware/openssl.ts';
import { json, manifestOf, sha256, trustVendor } from '../../support/firmware/package.ts';
import { aVendor, jwsSign, LONG, MASKS, type Vendor } from './signatures.ts';

const NOW = micros((Date.now() + 3_600_000) * 1000);
const MANIFEST = json(manifestOf());

let place = '';
let vendor: Vendor;
let trust: VendorTrust;

const publicPem = ({ key }: Identity): string =>
  createPublicKey(readFileSync(key)).export({ type: 'spki', format: 'pem' }).toString();

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'jws-'));
  vendor = aVendor(place);
  const { rsa, ec, ed25519 } = vendor;
  const keys = { rsa: publicPem(rsa), ec: publicPem(ec), ed: publicPem(ed25519) };
  const folder = trustVendor(join(place, 'trust'), 'acme', { anchors: [vendor.root], keys });
  const loaded = loadTrust(folder).get('acme');
  if (loaded === undefined) throw new Error('the vendor was not loaded');
  trust = loaded;
});
afterAll(() => rmSync(place, { recursive: true }));

const holding = (signature: Buffer): FirmwarePackage => ({
  files: new Map([
    [
      'manifest.json.jws',
      { name: 'manifest.json.jws', size: signature.length, sha256: sha256(signature) },
    ],
  ]),
  read: () => Promise.resolve(signature),
  hash: () => Promise.reject(new Error('not asked here')),
  close: () => Promise.resolve(),
});

async function codesOf(jws: unknown, content = MANIFEST): Promise<readonly string[]> {
  const bytes = Buffer.isBuffer(jws) ? jws : Buffer.from(JSON.stringify(jws));
  const { reasons } = await proveSigner(holding(bytes), content, trust, NOW);
  return reasons.map(({ code }) => code);
}

type Kind = readonly [alg: string, signer: 'rsa' | 'ec' | 'ed25519', kid: string];
const KINDS: readonly Kind[] = [
  ['RS256', 'rsa', 'rsa'],
  ['RS512', 'rsa', 'rsa'],
  ['PS256', 'rsa', 'rsa'],
  ['PS384', 'rsa', 'rsa'],
  ['ES384', 'ec', 'ec'],
  ['Ed25519', 'ed25519', 'ed'],
  ['EdDSA', 'ed25519', 'ed'],
];

describe('a detached JWS', () => {
  test.for(KINDS)(
    'by %s is proven over its own content, and over no other',
    async ([alg, who, kid]) => {
      const other = Buffer.from(MANIFEST.toString().replace('2.1.0', '6.6.6'));
      const x5c = [vendor[who], vendor.middle].map((one) =>
        derOf(one.certificate).toString('base64'),
      );
      for (const by of [{ kid }, { x5c }]) {
        const jws = await jwsSign(MANIFEST, vendor[who], { alg, ...by });
        expect(await codesOf(jws)).toEqual([]);
        expect(await codesOf(jws, other)).toEqual(['signature-invalid']);
      }
    },
  );

  test('with any byte of it changed counts for nothing', { timeout: LONG }, async () => {
    const x5c = [vendor.ec, vendor.middle].map((one) => derOf(one.certificate).toString('base64'));
    const accepted: string[] = [];
    for (const by of [{ kid: 'ec' }, { x5c }]) {
      const text = Buffer.from(
        JSON.stringify(await jwsSign(MANIFEST, vendor.ec, { alg: 'ES384', ...by })),
      );
      for (let at = 0; at < text.length; at += 1) {
        for (const mask of MASKS) {
          const changed = Buffer.from(text);
          changed[at] = (changed[at] ?? 0) ^ mask;
          const { kind } = await proveSigner(holding(changed), MANIFEST, trust, NOW);
          if (kind === 'signer') accepted.push(`byte ${at} ^ ${mask}`);
        }
      }
    }
    expect(accepted).toEqual([]);
  });

  test('by a key that the trust folder does not have is not believed', async () => {
    expect(
      await codesOf(await jwsSign(MANIFEST, vendor.ec, { alg: 'ES384', kid: 'other' })),
    ).toEqual(['signer-untrusted']);
    expect(
      await codesOf(await jwsSign(MANIFEST, vendor.ec, { alg: 'ES384', kid: '../acme/keys/ec' })),
    ).toEqual(['signer-untrusted']);
  });

  test('of another algorithm than its key is for is refused', async () => {
    expect(await codesOf(await jwsSign(MANIFEST, vendor.ec, { alg: 'ES384', kid: 'rsa' }))).toEqual(
      ['signature-algorithm'],
    );
  });

  const encode = (header: object): string =>
    Buffer.from(JSON.stringify(header)).toString('base64url');
  const good = { alg: 'ES384', b64: false, crit: ['b64'], kid: 'ec' };

  test.each<[string, string, object]>([
    ['alg none', 'signature-algorithm', { ...good, alg: 'none' }],
    ['HMAC', 'signature-algorithm', { ...good, alg: 'HS256' }],
    ['`constructor` for its algorithm', 'signature-algorithm', { ...good, alg: 'constructor' }],
    ['a key of its own', 'signature-malformed', { ...good, jwk: {} }],
    ['an address of keys', 'signature-malformed', { ...good, jku: 'https://acme.example' }],
    ['neither kid nor x5c', 'signature-malformed', { ...good, kid: undefined }],
    ['both kid and x5c', 'signature-malformed', { ...good, x5c: ['AA=='] }],
    ['an x5c that is none', 'certificate-malformed', { ...good, kid: undefined, x5c: ['AA=='] }],
    ['content in base64', 'signature-malformed', { ...good, b64: true }],
    [
      'another critical extension',
      'signature-malformed',
      { ...good, crit: ['b64', 'exp'], exp: 1 },
    ],
  ])('with %s: %s', async (_, code, header) => {
    expect(await codesOf({ protected: encode(header), signature: 'AAAA' })).toEqual([code]);
  });

  test('that carries its content, or two signatures, or a name twice, is refused', async () => {
    const jws = await jwsSign(MANIFEST, vendor.ec, { alg: 'ES384', kid: 'ec' });
    const twice = JSON.stringify(jws).replace('{', `{"protected":"${encode(good)}",`);
    const refused = ['signature-malformed'];
    expect(await codesOf({ ...jws, payload: MANIFEST.toString('base64url') })).toEqual(refused);
    expect(await codesOf({ signatures: [jws, jws] })).toEqual(refused);
    expect(await codesOf({ ...jws, header: {} })).toEqual(refused);
    expect(await codesOf(Buffer.from(twice))).toEqual(refused);
    const key = createPrivateKey(readFileSync(vendor.ec.key));
    const compact = await new CompactSign(MANIFEST).setProtectedHeader({ alg: 'ES384' }).sign(key);
    expect(await codesOf(Buffer.from(compact))).toEqual(refused);
    const encoded = await new FlattenedSign(MANIFEST)
      .setProtectedHeader({ alg: 'ES384', kid: 'ec' })
      .sign(key);
    expect(await codesOf({ protected: encoded.protected, signature: encoded.signature })).toEqual(
      refused,
    );
  });
});
