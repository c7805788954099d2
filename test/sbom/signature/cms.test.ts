import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { ContentInfo, Certificate as PkiCertificate, SignedData } from 'pkijs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FirmwarePackage } from '#sbom/package/firmware-package.ts';
import { readCertificate } from '#sbom/pki/certificate.ts';
import { attempt, isRefused } from '#sbom/sbom-error.ts';
import { proveSigner } from '#sbom/signature/signer.ts';
import type { VendorTrust } from '#sbom/trust.ts';
import { micros } from '#sensor/model/time.ts';
import {
  AUTHORITY,
  CODE_SIGNER,
  certify,
  cmsSign,
  derOf,
  type Identity,
  openssl,
} from '../../support/firmware/openssl.ts';
import { json, manifestOf, sha256 } from '../../support/firmware/package.ts';
import { aVendor, CMS, ed25519Of, LONG, MASKS, type Vendor } from './signatures.ts';

const NOW = micros((Date.now() + 3_600_000) * 1000);
const MANIFEST = json(manifestOf());
const OTHER = json({ ...manifestOf(), version: '6.6.6' });

let place = '';
let vendor: Vendor;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'cms-'));
  vendor = aVendor(place);
  const chain = [vendor.middle, vendor.root].map(({ certificate }) => readFileSync(certificate));
  writeFileSync(join(place, 'chain.pem'), Buffer.concat(chain));
});
afterAll(() => rmSync(place, { recursive: true }));

function certificateOf({ certificate }: Identity) {
  const read = attempt(() => readCertificate(derOf(certificate)));
  if (isRefused(read)) throw new Error(read.reason.text);
  return read;
}

const trusting = (...anchors: readonly Identity[]): VendorTrust => ({
  anchors: anchors.map(certificateOf),
  keys: new Map(),
  crls: undefined,
  floors: new Map(),
});

/** A package of nothing but this signature. */
const holding = (signature: Buffer): FirmwarePackage => ({
  files: new Map([
    [
      'manifest.json.p7s',
      { name: 'manifest.json.p7s', size: signature.length, sha256: sha256(signature) },
    ],
  ]),
  read: () => Promise.resolve(signature),
  hash: () => Promise.reject(new Error('not asked here')),
  close: () => Promise.resolve(),
});

async function codesOf(
  signature: Buffer,
  { content = MANIFEST, trust = trusting(vendor.root), now = NOW } = {},
): Promise<readonly string[]> {
  const { reasons } = await proveSigner(holding(signature), content, trust, now);
  return reasons.map(({ code }) => code);
}

describe('a CMS signature', () => {
  describe.for([...CMS.keys()])('%s', (name) => {
    const make = () => CMS.get(name)?.(vendor, MANIFEST) ?? Buffer.of();

    test('is proven over its own content, and over no other', async () => {
      const signature = make();
      expect(await codesOf(signature)).toEqual([]);
      expect(await codesOf(signature, { content: OTHER })).toEqual(['signature-invalid']);
      expect(await codesOf(signature, { content: Buffer.of() })).toEqual(['signature-invalid']);
    });

    test('with any byte of it changed counts for nothing', { timeout: LONG }, async () => {
      const signature = make();
      const trust = trusting(vendor.root);
      const accepted: string[] = [];
      for (let at = 0; at < signature.length; at += 1) {
        for (const mask of MASKS) {
          const changed = Buffer.from(signature);
          changed[at] = (changed[at] ?? 0) ^ mask;
          const { kind } = await proveSigner(holding(changed), MANIFEST, trust, NOW);
          if (kind === 'signer') accepted.push(`byte ${at} ^ ${mask}`);
          if (mask !== 0xff) continue;
          const other = await proveSigner(holding(changed), OTHER, trust, NOW);
          if (other.kind === 'signer') accepted.push(`byte ${at}, with other content`);
        }
      }
      expect(accepted).toEqual([]);
    });
  });

  // OpenSSL 3.0 and pkijs know no Ed25519 in CMS
  const forOthers = [...CMS.keys()].filter((name) => !name.startsWith('Ed25519'));
  test.for(forOthers)('%s is one for openssl and pkijs too', async (name) => {
    const path = join(place, `${name.replaceAll(/\W/g, '-')}.p7s`);
    const content = join(place, 'manifest.json');
    const signature = CMS.get(name)?.(vendor, MANIFEST) ?? Buffer.of();
    writeFileSync(path, signature);
    writeFileSync(content, MANIFEST);
    const asked = ['cms', '-verify', '-binary', '-inform', 'DER', '-in', path, '-content', content];
    const anchors = ['-CAfile', vendor.root.certificate, '-purpose', 'any', '-out', '/dev/null'];
    expect(() => openssl([...asked, ...anchors])).not.toThrow();
    const data = new SignedData({
      schema: ContentInfo.fromBER(new Uint8Array(signature)).content,
    });
    const isVerified = await data.verify({
      signer: 0,
      data: new Uint8Array(MANIFEST).buffer,
      trustedCerts: [PkiCertificate.fromBER(new Uint8Array(derOf(vendor.root.certificate)))],
    });
    expect(isVerified).toBe(true);
  });

  test.each<[string, readonly string[], () => Buffer]>([
    [
      'with content of its own',
      ['signature-attached'],
      () => cmsSign(MANIFEST, vendor.ec, ['-nodetach']),
    ],
    ['with SHA-1', ['signature-algorithm'], () => cmsSign(MANIFEST, vendor.rsa, ['-md', 'sha1'])],
    ['with MD5', ['signature-algorithm'], () => cmsSign(MANIFEST, vendor.rsa, ['-md', 'md5'])],
    [
      'by two signers',
      ['signature-signers'],
      () =>
        cmsSign(MANIFEST, vendor.rsa, [
          ...['-signer', vendor.ec.certificate, '-inkey', vendor.ec.key],
        ]),
    ],
    [
      'in BER',
      ['signature-encoding'],
      () => cmsSign(MANIFEST, vendor.ec, ['-stream', '-outform', 'DER', '-nodetach']),
    ],
    ['in PEM', ['signature-encoding'], () => cmsSign(MANIFEST, vendor.ec, ['-outform', 'PEM'])],
    [
      'without certificates',
      ['signature-malformed'],
      () => cmsSign(MANIFEST, vendor.ec, ['-nocerts']),
    ],
    [
      'with a certificate that is no part of its chain',
      ['signature-stray-certificate'],
      () => {
        const both = join(place, 'both.pem');
        const files = [vendor.middle, vendor.rsa].map(({ certificate }) =>
          readFileSync(certificate),
        );
        writeFileSync(both, Buffer.concat(files));
        return cmsSign(MANIFEST, vendor.ec, ['-certfile', both]);
      },
    ],
    [
      'without its intermediate authority',
      ['signer-untrusted'],
      () => cmsSign(MANIFEST, vendor.ec),
    ],
    [
      'by Ed25519 with SHA-256',
      ['signature-algorithm'],
      () => ed25519Of(vendor, MANIFEST, { digest: 'sha256' }),
    ],
    ['that is nothing', ['signature-malformed'], () => Buffer.of()],
    ['that is a text', ['signature-malformed'], () => Buffer.from('signed, Acme')],
    [
      'that goes on behind its end',
      ['signature-malformed'],
      () => Buffer.concat([cmsSign(MANIFEST, vendor.ec), Buffer.of(0)]),
    ],
  ])('%s is refused: %s', async (_, codes, make) => {
    expect(await codesOf(make())).toEqual(codes);
  });

  test('that somebody counter-signed is refused', async () => {
    const signature = cmsSign(MANIFEST, vendor.ec, ['-certfile', vendor.middle.certificate]);
    const counted = withUnsignedAttribute(signature);
    expect(await codesOf(counted)).toEqual(['signature-unsigned-attributes']);
  });

  test('of any bytes, or with any edits, is an answer and never an error', async () => {
    const good = cmsSign(MANIFEST, vendor.ec, ['-certfile', vendor.middle.certificate]);
    const trust = trusting(vendor.root);
    const edit = fc.tuple(fc.nat(good.length - 1), fc.nat(4), fc.uint8Array({ maxLength: 6 }));
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 5 }), async (edits) => {
        let bytes = good;
        for (const [at, removed, put] of edits) {
          bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)]);
        }
        const { kind } = await proveSigner(holding(bytes), OTHER, trust, NOW);
        expect(kind).toBe('faults');
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        const { kind } = await proveSigner(holding(Buffer.from(bytes)), MANIFEST, trust, NOW);
        expect(kind).toBe('faults');
      }),
    );
  });
});

/** Adds `[1] { }` at the end of the one SignerInfo, and mends the lengths around it. */
function withUnsignedAttribute(signature: Buffer): Buffer {
  // 30 len(SEQ) .. a0 len .. 30 len .. 31 len(SET) 30 len(SignerInfo): all end where the message ends
  const grown = Buffer.concat([signature, Buffer.from([0xa1, 0x00])]);
  let found = 0;
  for (let at = 0; at + 4 < signature.length; at += 1) {
    const tag = signature[at] ?? 0;
    const first = signature[at + 1] ?? 0;
    if (![0x30, 0x31, 0xa0].includes(tag) || (first & 0x80) === 0 || (first & 0x7f) > 2) continue;
    const count = first & 0x7f;
    if (count === 0) continue;
    const length = signature.readUIntBE(at + 2, count);
    if (at + 2 + count + length !== signature.length) continue;
    grown.writeUIntBE(length + 2, at + 2, count);
    found += 1;
  }
  if (found !== 5) throw new Error(`expected five lengths around the signer, found ${found}`);
  return grown;
}

type Chain = readonly [
  what: string,
  codes: readonly string[],
  make: () => readonly [Buffer, VendorTrust?],
];

const signedBy = (signer: Identity, ...chain: readonly Identity[]): Buffer => {
  const path = join(place, `${signer.name}-chain.pem`);
  writeFileSync(path, Buffer.concat(chain.map(({ certificate }) => readFileSync(certificate))));
  return cmsSign(MANIFEST, signer, chain.length === 0 ? [] : ['-certfile', path]);
};
const leaf = (name: string, extensions: readonly string[], more: object = {}): Identity =>
  certify(place, name, { issuer: vendor.root, extensions, ...more });
const without = (lines: readonly string[], word: string): string[] =>
  lines.filter((line) => !line.startsWith(word));

const CHAINS: readonly Chain[] = [
  [
    'to an anchor that is an intermediate authority',
    [],
    () => [signedBy(vendor.ec), trusting(vendor.middle)],
  ],
  ['that is the anchor itself', [], () => [signedBy(vendor.ec), trusting(vendor.ec)]],
  [
    'to nobody that is believed',
    ['signer-untrusted'],
    () => [signedBy(vendor.ec, vendor.middle), trusting()],
  ],
  [
    'to another authority of the same name',
    ['signer-untrusted'],
    () => {
      const impostor = certify(place, 'Impostor', { subject: 'Root', extensions: AUTHORITY });
      return [signedBy(vendor.ec, vendor.middle), trusting(impostor)];
    },
  ],
  [
    'past a renewed anchor of the same name',
    [],
    () => {
      const renewed = certify(place, 'Renewed', { subject: 'Root', extensions: AUTHORITY });
      return [signedBy(vendor.ec, vendor.middle), trusting(renewed, vendor.root)];
    },
  ],
  [
    'of a TLS server',
    ['signer-purpose'],
    () => [
      signedBy(leaf('TLS', [...without(CODE_SIGNER, 'extended'), 'extendedKeyUsage=serverAuth'])),
    ],
  ],
  [
    'without a purpose',
    ['signer-purpose'],
    () => [signedBy(leaf('Any', without(CODE_SIGNER, 'extended')))],
  ],
  [
    'for any purpose',
    ['signer-purpose'],
    () => [
      signedBy(
        leaf('AnyEku', [
          ...without(CODE_SIGNER, 'extended'),
          'extendedKeyUsage=anyExtendedKeyUsage',
        ]),
      ),
    ],
  ],
  [
    'without digitalSignature',
    ['signer-purpose'],
    () => [
      signedBy(
        leaf('NoSign', [...without(CODE_SIGNER, 'keyUsage'), 'keyUsage=critical,keyAgreement']),
      ),
    ],
  ],
  [
    'of an authority',
    ['signer-purpose'],
    () => [
      signedBy(leaf('Ca', [...without(CODE_SIGNER, 'basic'), 'basicConstraints=critical,CA:TRUE'])),
    ],
  ],
  [
    'with a critical extension that nobody knows',
    ['certificate-extension'],
    () => [signedBy(leaf('Strange', [...CODE_SIGNER, '1.2.3.4=critical,ASN1:NULL']))],
  ],
  [
    'with another extension that nobody knows',
    [],
    () => [signedBy(leaf('Known', [...CODE_SIGNER, '1.2.3.4=ASN1:NULL']))],
  ],
  [
    'under name constraints',
    ['certificate-extension'],
    () => {
      const narrow = leaf('Narrow', [...AUTHORITY, 'nameConstraints=permitted;DNS:acme.example']);
      return [signedBy(leaf('Under', CODE_SIGNER, { issuer: narrow }), narrow)];
    },
  ],
  [
    'under what is no authority',
    ['chain-constraint'],
    () => [signedBy(leaf('Sub', CODE_SIGNER, { issuer: vendor.ec }), vendor.ec, vendor.middle)],
  ],
  [
    'deeper than its authority allows',
    ['chain-constraint'],
    () => {
      const flat = leaf('Flat', [
        ...without(AUTHORITY, 'basic'),
        'basicConstraints=critical,CA:TRUE,pathlen:0',
      ]);
      const below = leaf('Below', AUTHORITY, { issuer: flat });
      return [signedBy(leaf('Deep', CODE_SIGNER, { issuer: below }), below, flat)];
    },
  ],
  [
    'as deep as its authority allows',
    [],
    () => {
      const flat = leaf('Flat0', [
        ...without(AUTHORITY, 'basic'),
        'basicConstraints=critical,CA:TRUE,pathlen:0',
      ]);
      return [signedBy(leaf('Shallow', CODE_SIGNER, { issuer: flat }), flat)];
    },
  ],
  [
    'with a key of 1024 bits',
    ['signature-algorithm'],
    () => [signedBy(leaf('Short', CODE_SIGNER, { key: 'rsa:1024' }))],
  ],
  [
    'with a key on another curve',
    ['signature-algorithm'],
    () => [signedBy(leaf('Koblitz', CODE_SIGNER, { key: 'secp256k1' }))],
  ],
];

describe('a chain', () => {
  test.for(CHAINS)('%s: %s', async ([, codes, make]) => {
    const [signature, trust] = make();
    const found = await codesOf(signature, { trust: trust ?? trusting(vendor.root) });
    expect([...new Set(found)]).toEqual([...new Set(codes)]);
  });

  test('counts to the last second of its certificate, and not before its first', async () => {
    const signature = signedBy(vendor.ec, vendor.middle);
    const { notBefore, notAfter } = certificateOf(vendor.ec);
    const [start, end] = [
      certificateOf(vendor.root).notBefore,
      certificateOf(vendor.root).notAfter,
    ];
    const from = micros(Math.max(notBefore, start, certificateOf(vendor.middle).notBefore));
    const until = micros(Math.min(notAfter, end) + 1_000_000);
    expect(await codesOf(signature, { now: micros(from - 1) })).toContain('signer-not-yet-valid');
    expect(await codesOf(signature, { now: from })).toEqual([]);
    expect(await codesOf(signature, { now: micros(until - 1) })).toEqual([]);
    expect(await codesOf(signature, { now: until })).toContain('signer-expired');
  });
});
