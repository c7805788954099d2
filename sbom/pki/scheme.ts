/**
 * The signature algorithms that count, in one table: RSA PKCS#1 v1.5, RSASSA-PSS, ECDSA and Ed25519, with
 * SHA-256, SHA-384 or SHA-512. What is not in it (SHA-1, MD5, DSA, short keys, other curves) is refused as
 * `signature-algorithm`, for certificates, lists and messages alike.
 */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type DerReader, TAG } from '../der/reader.ts';
import { refuse } from '../sbom-error.ts';

export type Hash = 'sha256' | 'sha384' | 'sha512';

export type Scheme =
  | { readonly kind: 'rsa'; readonly hash: Hash }
  /** `saltLength` in bytes; the mask is made with the same hash. */
  | { readonly kind: 'rsa-pss'; readonly hash: Hash; readonly saltLength: number }
  | { readonly kind: 'ecdsa'; readonly hash: Hash }
  | { readonly kind: 'ed25519' };

const HASHES: ReadonlyMap<string, Hash> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

const FIXED: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['1.2.840.113549.1.1.11', { kind: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { kind: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { kind: 'rsa', hash: 'sha512' }],
  ['1.2.840.10045.4.3.2', { kind: 'ecdsa', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { kind: 'ecdsa', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { kind: 'ecdsa', hash: 'sha512' }],
  ['1.3.101.112', { kind: 'ed25519' }],
]);

/** In CMS the name of the key alone; the hash is then that of the message (RFC 3370, 3.2). */
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const RSASSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';

/** Of old hashes the name, so that the sentence says what the vendor has to change. */
const WEAK: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.5', 'MD5'],
  ['1.3.14.3.2.26', 'SHA-1'],
  ['1.2.840.113549.1.1.4', 'MD5 with RSA'],
  ['1.2.840.113549.1.1.5', 'SHA-1 with RSA'],
  ['1.2.840.10045.4.1', 'SHA-1 with ECDSA'],
]);

const unknown = (oid: string, what: string): never =>
  refuse(
    'signature-algorithm',
    `${what} is ${WEAK.get(oid) ?? oid}; SHA-256, SHA-384 or SHA-512 with RSA, ECDSA or Ed25519 is asked for`,
  );

/** AlgorithmIdentifier of a hash: no parameters, or NULL (RFC 5754, 2). */
export function readHash(algorithm: DerReader, what: string): Hash {
  const oid = algorithm.oid(what);
  nullOrNothing(algorithm, what);
  return HASHES.get(oid) ?? unknown(oid, what);
}

function nullOrNothing(algorithm: DerReader, what: string): void {
  const parameters = algorithm.optional(TAG.null, what);
  if (parameters !== undefined && parameters.content.length > 0)
    algorithm.fail(`${what} is malformed`);
  algorithm.end(what);
}

/**
 * AlgorithmIdentifier of a signature. `hash` is that of a CMS message, which a scheme with a hash of its
 * own has to agree with; undefined in a certificate, where the scheme alone says it.
 */
export function readScheme(algorithm: DerReader, what: string, hash?: Hash): Scheme {
  const oid = algorithm.oid(what);
  const scheme =
    oid === RSASSA_PSS ? readPss(algorithm, what) : withoutParameters(oid, algorithm, what, hash);
  if (hash !== undefined && hash !== (scheme.kind === 'ed25519' ? 'sha512' : scheme.hash)) {
    refuse('signature-algorithm', `${what} and the digest of the message name different hashes`);
  }
  return scheme;
}

function withoutParameters(
  oid: string,
  algorithm: DerReader,
  what: string,
  hash: Hash | undefined,
): Scheme {
  const scheme: Scheme | undefined =
    oid === RSA_ENCRYPTION && hash !== undefined ? { kind: 'rsa', hash } : FIXED.get(oid);
  if (scheme === undefined) return unknown(oid, what);
  // RSA has NULL or, in some old writers, nothing (RFC 4055, 5); the others have nothing (RFC 5758, 3.2; RFC 8410, 3).
  if (scheme.kind === 'rsa') nullOrNothing(algorithm, what);
  else algorithm.end(what);
  return scheme;
}

/** RSASSA-PSS-params (RFC 4055, 3.1). Every default there is SHA-1, so hash and mask have to be said. */
function readPss(algorithm: DerReader, what: string): Scheme {
  const parameters = algorithm.enter(TAG.sequence, `the parameters of ${what}`);
  algorithm.end(what);
  const sha1 = (): never => unknown('1.3.14.3.2.26', what);
  const hash = parameters.optional(0xa0, what) ?? sha1();
  const hashName = readHash(sequenceIn(parameters.into(hash), what), what);
  const mask = sequenceIn(parameters.into(parameters.optional(0xa1, what) ?? sha1()), what);
  if (mask.oid(what) !== MGF1) refuse('signature-algorithm', `${what} has a mask other than MGF1`);
  const maskHash = readHash(sequenceIn(mask, what), what);
  if (maskHash !== hashName) {
    refuse('signature-algorithm', `${what} has different hashes for message and mask`);
  }
  const salt = parameters.optional(0xa2, what);
  const saltReader = salt === undefined ? undefined : parameters.into(salt);
  const saltLength = saltReader?.small(what) ?? 20;
  saltReader?.end(what);
  // trailerField has one value, its default, which DER does not write
  parameters.end(what);
  return { kind: 'rsa-pss', hash: hashName, saltLength };
}

/** The one SEQUENCE that `outer` holds, opened. */
function sequenceIn(outer: DerReader, what: string): DerReader {
  const inner = outer.enter(TAG.sequence, what);
  outer.end(what);
  return inner;
}

/** NIST SP 800-131A: shorter is not allowed; longer costs more time than any signer needs. */
const [MIN_RSA_BITS, MAX_RSA_BITS] = [2048, 8192];
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const KEY_TYPES: ReadonlySet<string | undefined> = new Set(['rsa', 'ec', 'ed25519']);

/** Why `key` does not count, or undefined. */
export function keyFault(key: KeyObject): string | undefined {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (!KEY_TYPES.has(key.asymmetricKeyType)) return `a key of type ${key.asymmetricKeyType}`;
  if (key.asymmetricKeyType === 'ec' && !CURVES.has(namedCurve)) return `a key on ${namedCurve}`;
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  return modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS
    ? `an RSA key of ${modulusLength} bits`
    : undefined;
}

/** `spki` is a SubjectPublicKeyInfo that nobody has looked at yet. */
export function readKey(spki: Buffer, what: string): KeyObject {
  const key = keyOf(spki) ?? refuse('certificate-malformed', `the key of ${what} cannot be read`);
  const fault = keyFault(key);
  if (fault !== undefined) refuse('signature-algorithm', `${what} has ${fault}`);
  return key;
}

function keyOf(spki: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

const TYPE_OF: Readonly<Record<Scheme['kind'], string>> = {
  rsa: 'rsa',
  'rsa-pss': 'rsa',
  ecdsa: 'ec',
  ed25519: 'ed25519',
};

/** Whether the holder of `key` signed `data`. `key` is one that `readKey` gave. */
export function isSignedBy(
  key: KeyObject,
  scheme: Scheme,
  data: Buffer,
  signature: Buffer,
): boolean {
  if (key.asymmetricKeyType !== TYPE_OF[scheme.kind]) return false;
  switch (scheme.kind) {
    case 'rsa':
      return verify(scheme.hash, data, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    case 'rsa-pss': {
      // longer than the modulus is no salt, and must not reach OpenSSL
      const { hash, saltLength } = scheme;
      if (saltLength > MAX_RSA_BITS / 8) return false;
      return verify(
        hash,
        data,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
        signature,
      );
    }
    case 'ecdsa':
      return verify(scheme.hash, data, { key, dsaEncoding: 'der' }, signature);
    case 'ed25519':
      return verify(null, data, key, signature);
    default:
      return scheme satisfies never;
  }
}
