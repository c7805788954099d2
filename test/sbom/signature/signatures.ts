/** One vendor with its authorities, and every kind of signature that counts, made anew for each run. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlattenedSign } from 'jose';
import { DerReader, TAG } from '#sbom/der/reader.ts';
import { ed25519Cms } from '../../support/firmware/der-writer.ts';
import {
  AUTHORITY,
  CODE_SIGNER,
  certify,
  cmsSign,
  derOf,
  type Identity,
} from '../../support/firmware/openssl.ts';
import { runs } from '../../support/runs.ts';

/** How each byte of a signature is changed: all its bits and the lowest; in a proof every single one too. */
export const MASKS: readonly number[] = [
  0xff, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80,
].slice(0, runs(2));

/** Of tests that verify thousands of signatures, on a machine that does other things too; ms. */
export const LONG = 600_000;

export interface Vendor {
  readonly root: Identity;
  readonly middle: Identity;
  readonly rsa: Identity;
  readonly ec: Identity;
  readonly ed25519: Identity;
}

export function aVendor(folder: string): Vendor {
  const root = certify(folder, 'Root', { extensions: AUTHORITY });
  const middle = certify(folder, 'Middle', { issuer: root, extensions: AUTHORITY });
  const signer = (name: string, key: 'rsa:2048' | 'p384' | 'ed25519'): Identity =>
    certify(folder, name, { key, issuer: middle, extensions: CODE_SIGNER });
  return {
    root,
    middle,
    rsa: signer('RSA Signer', 'rsa:2048'),
    ec: signer('EC Signer', 'p384'),
    ed25519: signer('Ed25519 Signer', 'ed25519'),
  };
}

type Make = (vendor: Vendor, content: Buffer) => Buffer;

const through = ({ middle }: Vendor): readonly string[] => ['-certfile', middle.certificate];
const pss = ['-keyopt', 'rsa_padding_mode:pss'];

/** By name; each is over its content by a signer whose chain ends at `root`. */
export const CMS: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['RSA PKCS#1 with SHA-256', (v, c) => cmsSign(c, v.rsa, [...through(v), '-md', 'sha256'])],
  ['RSA PKCS#1 with SHA-512', (v, c) => cmsSign(c, v.rsa, [...through(v), '-md', 'sha512'])],
  ['RSA-PSS with SHA-256', (v, c) => cmsSign(c, v.rsa, [...through(v), '-md', 'sha256', ...pss])],
  [
    'RSA-PSS with SHA-384 and a salt of 48 bytes',
    (v, c) =>
      cmsSign(c, v.rsa, [...through(v), '-md', 'sha384', ...pss, '-keyopt', 'rsa_pss_saltlen:48']),
  ],
  ['ECDSA with SHA-384', (v, c) => cmsSign(c, v.ec, [...through(v), '-md', 'sha384'])],
  ['a signer named by its key', (v, c) => cmsSign(c, v.ec, [...through(v), '-keyid'])],
  [
    'the content signed without attributes',
    (v, c) => cmsSign(c, v.rsa, [...through(v), '-noattr']),
  ],
  [
    'its root in the signature too',
    (v, c) => cmsSign(c, v.ec, [...through(v), '-certfile', chainFile(v)]),
  ],
  ['Ed25519', (v, c) => ed25519Of(v, c)],
  ['Ed25519 without attributes', (v, c) => ed25519Of(v, c, { withAttributes: false })],
]);

/** `openssl` takes the last -certfile alone, so both authorities stand in one. */
const chainFile = ({ middle }: Vendor): string => join(middle.certificate, '../chain.pem');

export function ed25519Of(
  { ed25519, middle }: Vendor,
  content: Uint8Array,
  more: { readonly withAttributes?: boolean; readonly digest?: 'sha256' } = {},
): Buffer {
  const certificate = derOf(ed25519.certificate);
  const tbs = new DerReader(certificate, 'certificate-malformed')
    .enter(TAG.sequence, 'certificate')
    .enter(TAG.sequence, 'tbs');
  tbs.next(0xa0, 'version');
  const serial = tbs.next(TAG.integer, 'serial').raw;
  tbs.next(TAG.sequence, 'algorithm');
  const issuer = tbs.next(TAG.sequence, 'issuer').raw;
  const key = createPrivateKey(readFileSync(ed25519.key));
  const certificates = [certificate, derOf(middle.certificate)];
  return ed25519Cms({ content, key, certificates, issuer, serial, ...more });
}

/** A flattened detached JWS; `header` says by what it is bound. */
export async function jwsSign(
  content: Uint8Array,
  signer: Identity,
  header: { readonly alg: string; readonly kid?: string; readonly x5c?: string[] },
): Promise<{ readonly protected: string; readonly signature: string }> {
  const key = createPrivateKey(readFileSync(signer.key));
  const { protected: encoded = '', signature } = await new FlattenedSign(content)
    .setProtectedHeader({ ...header, b64: false, crit: ['b64'] })
    .sign(key);
  return { protected: encoded, signature };
}
