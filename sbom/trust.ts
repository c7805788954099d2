/**
 * Whom the plant believes, as files that a person put there.
 *
 *     TRUST/VENDOR/anchors/*.pem    certificates at which a chain of this vendor may end
 *     TRUST/VENDOR/keys/KID.pem     public keys of its JWS signatures; the file's name is the `kid`
 *     TRUST/VENDOR/crls/*           revocation lists, DER or PEM; where the folder is there, revocation is
 *                                   asked, and a chain that no current list covers is held
 *     TRUST/VENDOR/floors.json      {"PRODUCT": N}: the lowest release counter that is let in
 *
 * VENDOR is the `vendor` of the manifest. A vendor proves packages under its own name alone.
 */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { z } from 'zod';
import { refusalOf } from '#sensor/model/complaint.ts';
import { readJson } from './json/strict-json.ts';
import { productKey, VENDOR_ID } from './manifest.ts';
import { type Certificate, readCertificate } from './pki/certificate.ts';
import type { Anchors } from './pki/chain.ts';
import { type Crl, readCrl } from './pki/crl.ts';
import { keyFault } from './pki/scheme.ts';
import { attempt, isRefused, SbomError } from './sbom-error.ts';

export interface VendorTrust extends Anchors {
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** Lowest release counter by `productKey`. */
  readonly floors: ReadonlyMap<string, number>;
}

export type Trust = ReadonlyMap<string, VendorTrust>;

/** A list of a large authority has some MiB; more is no file of a trust folder. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** Products of one vendor, with room. */
const MAX_FLOORS = 100_000;
const FLOORS = z.record(z.string(), z.int().min(0));
const PARTS: ReadonlySet<string> = new Set(['anchors', 'keys', 'crls', 'floors.json']);

/** Throws `trust` at the first file that cannot be used: a trust folder is whole, or it is not used. */
export function loadTrust(folder: string): Trust {
  return fromTrust(
    folder,
    () => new Map(list(folder).map((vendor) => [vendor, loadVendor(folder, vendor)])),
  );
}

/** What `read` reads of the trust folder; throws `trust` where the machine does not let it. */
export function fromTrust<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function unreadable(folder: string, cause: unknown): unknown {
  if (!(cause instanceof Error && 'syscall' in cause)) return cause;
  const inside = 'path' in cause ? relative(folder, String(cause.path)) : '';
  const where = inside === '' ? '' : `\`${inside}\`: `;
  const isForbidden = 'code' in cause && cause.code === 'EACCES';
  const help = isForbidden
    ? '; whoever runs this must be able to read all of the trust folder'
    : '';
  const text = `trust folder \`${folder}\` cannot be read: ${where}${refusalOf(cause)}${help}`;
  return new SbomError('trust', text, { cause });
}

/** Hidden files are those of editors and version control. */
const list = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();

function loadVendor(folder: string, vendor: string): VendorTrust {
  const path = join(folder, vendor);
  if (!VENDOR_ID.test(vendor) || !statSync(path).isDirectory()) {
    throw unusable(path, 'is no folder of a vendor: lower case letters, digits, `.`, `_` and `-`');
  }
  const parts = list(path);
  const strange = parts.find((name) => !PARTS.has(name));
  if (strange !== undefined) {
    throw unusable(join(path, strange), `is none of ${[...PARTS].join(', ')}`);
  }
  // by its name, because a link that leads nowhere is there too, and must not switch off what it stands for
  const part = (name: string): string | undefined =>
    parts.includes(name) ? join(path, name) : undefined;
  const [anchors, keys] = [files(part('anchors')) ?? [], files(part('keys')) ?? []];
  if (anchors.length + keys.length === 0) throw unusable(path, 'holds neither anchors nor keys');
  const floors = part('floors.json');
  return {
    anchors: anchors.map(loadAnchor),
    keys: new Map(keys.map((file) => [basename(file, '.pem'), loadKey(file)])),
    crls: files(part('crls'))?.map(loadCrl),
    floors: floors === undefined ? new Map() : loadFloors(floors),
  };
}

const unusable = (path: string, why: string, cause?: unknown): SbomError =>
  new SbomError('trust', `\`${path}\` ${why}`, cause === undefined ? {} : { cause });

const files = (folder: string | undefined): string[] | undefined =>
  folder === undefined ? undefined : list(folder).map((name) => join(folder, name));

function read(path: string): Buffer {
  if (statSync(path).size > MAX_FILE_BYTES)
    throw unusable(path, 'is too large for what it should be');
  return readFileSync(path);
}

function loadAnchor(path: string): Certificate {
  const der = derOf(path, () => new X509Certificate(read(path)).raw, 'is no certificate');
  const certificate = attempt(() => readCertificate(der));
  if (isRefused(certificate))
    throw unusable(path, `cannot be an anchor: ${certificate.reason.text}`);
  return certificate;
}

function loadKey(path: string): KeyObject {
  if (!path.endsWith('.pem')) throw unusable(path, 'does not end in `.pem`');
  const text = read(path).toString('latin1');
  const isPublic = text.startsWith('-----BEGIN PUBLIC KEY-----');
  if (!isPublic) throw unusable(path, 'is no public key in PEM');
  const key = derOf(path, () => createPublicKey(text), 'is no public key in PEM');
  const fault = keyFault(key);
  if (fault !== undefined) throw unusable(path, `has ${fault}`);
  return key;
}

/** What OpenSSL reads from a file; what it cannot read is the file's fault. */
function derOf<T>(path: string, parse: () => T, why: string): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SbomError || (error instanceof Error && 'syscall' in error)) throw error;
    throw unusable(path, why, error);
  }
}

const PEM_CRL = /^-----BEGIN X509 CRL-----\s([A-Za-z0-9+/=\s]+)-----END X509 CRL-----\s*$/;

function loadCrl(path: string): Crl {
  const bytes = read(path);
  const [, encoded] = PEM_CRL.exec(bytes.toString('latin1')) ?? [];
  const der = encoded === undefined ? bytes : Buffer.from(encoded, 'base64');
  const crl = attempt(() => readCrl(der));
  if (isRefused(crl))
    throw unusable(path, `is no revocation list that can be used: ${crl.reason.text}`);
  return crl;
}

function loadFloors(path: string): ReadonlyMap<string, number> {
  const json = readJson(read(path), {
    bytes: MAX_FILE_BYTES,
    depth: 2,
    // each one's number, and the list itself
    values: MAX_FLOORS + 1,
    integersOnly: true,
  });
  if (json.kind === 'refused') throw unusable(path, `is not usable: ${json.why}`);
  const floors = FLOORS.safeParse(json.value);
  if (!floors.success) throw unusable(path, 'is no list of release counters: {"PRODUCT": NUMBER}');
  const byKey = new Map(
    Object.entries(floors.data).map(([name, least]) => [productKey(name), least]),
  );
  if (byKey.size < Object.keys(floors.data).length) throw unusable(path, 'names one product twice');
  return byKey;
}
