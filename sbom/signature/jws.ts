/**
 * A flattened, detached JWS over the manifest's own bytes (RFC 7515, 7.2.2; RFC 7797, `b64: false`), verified
 * by `jose`. Its key is bound to the trust folder: by `kid` to a key that lies there, or by `x5c` to a chain
 * that ends there. What the header may say is a closed list, so no `jwk`, `jku` or `x5u` can bring a key along.
 */
import type { KeyObject } from 'node:crypto';
import { errors, flattenedVerify } from 'jose';
import { z } from 'zod';
import { readJson } from '../json/strict-json.ts';
import { type Certificate, readCertificate } from '../pki/certificate.ts';
import { printable, type Reason, reason } from '../reason.ts';
import { refuse } from '../sbom-error.ts';

/** Algorithm of a signature and what its key has to be: type, and curve where there are several. */
const ALGORITHMS: ReadonlyMap<string, readonly [string, string?]> = new Map([
  ['RS256', ['rsa']],
  ['RS384', ['rsa']],
  ['RS512', ['rsa']],
  ['PS256', ['rsa']],
  ['PS384', ['rsa']],
  ['PS512', ['rsa']],
  ['ES256', ['ec', 'prime256v1']],
  ['ES384', ['ec', 'secp384r1']],
  ['ES512', ['ec', 'secp521r1']],
  ['Ed25519', ['ed25519']],
  ['EdDSA', ['ed25519']],
]);

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const MAX_CERTIFICATES = 8;

const Envelope = z.strictObject({
  protected: z.string().regex(BASE64URL),
  signature: z.string().regex(BASE64URL),
});

const Header = z.strictObject({
  alg: z.string(),
  b64: z.literal(false),
  crit: z.tuple([z.literal('b64')]),
  typ: z.string().optional(),
  kid: z.string().min(1).max(200).optional(),
  x5c: z.array(z.string()).min(1).max(MAX_CERTIFICATES).optional(),
});

export interface JwsSignature {
  readonly protected: string;
  readonly signature: string;
  readonly algorithm: string;
  readonly by:
    | { readonly kind: 'kid'; readonly kid: string }
    /** The first is the signer's. */
    | { readonly kind: 'x5c'; readonly certificates: readonly [Certificate, ...Certificate[]] };
}

const malformed = (text: string): never => refuse('signature-malformed', text);

/** Far more than a header with a chain needs. */
const BOUNDS = { bytes: 256 * 1024, depth: 4, values: 1000 };

/** Used inside `attempt`. What is given is well-formed and not verified. */
export function readJws(bytes: Buffer): JwsSignature {
  const envelope = Envelope.safeParse(strict(bytes, 'the JWS'));
  if (!envelope.success) {
    return malformed(
      'the JWS is not flattened and detached: `protected` and `signature` and nothing else',
    );
  }
  decode(envelope.data.signature, 'the signature of the JWS');
  const header = Header.safeParse(
    strict(decode(envelope.data.protected, 'the header'), 'the header'),
  );
  if (!header.success) {
    const { path = [], message = '' } = header.error.issues[0] ?? {};
    return malformed(
      `the header of the JWS is not as asked for: ${printable([...path, message].join(': '))}`,
    );
  }
  const { alg, kid, x5c } = header.data;
  if (!ALGORITHMS.has(alg)) {
    const known = [...ALGORITHMS.keys()].join(', ');
    refuse('signature-algorithm', `the algorithm of the JWS is none of ${known}`);
  }
  return { ...envelope.data, algorithm: alg, by: boundBy(kid, x5c) };
}

function strict(bytes: Buffer, what: string): unknown {
  const read = readJson(bytes, BOUNDS);
  return read.kind === 'json' ? read.value : malformed(`${what}: ${read.why}`);
}

/** Strict: `Buffer` takes several texts for the same bytes. */
function decode(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : malformed(`${what} is no base64url`);
}

function boundBy(kid: string | undefined, x5c: readonly string[] | undefined): JwsSignature['by'] {
  if (kid !== undefined && x5c === undefined) return { kind: 'kid', kid };
  const [leaf, ...others] = kid === undefined ? (x5c ?? []) : [];
  if (leaf === undefined)
    return malformed('the header of the JWS names a key by either `kid` or `x5c`');
  return { kind: 'x5c', certificates: [certificate(leaf), ...others.map(certificate)] };
}

function certificate(text: string): Certificate {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) malformed('a certificate in `x5c` is no base64');
  return readCertificate(bytes);
}

/** Undefined iff the holder of `key` signed exactly `content`. */
export async function jwsFault(
  jws: JwsSignature,
  key: KeyObject,
  content: Buffer,
): Promise<Reason | undefined> {
  const [type, curve] = ALGORITHMS.get(jws.algorithm) ?? [];
  const isOfCurve = curve === undefined || key.asymmetricKeyDetails?.namedCurve === curve;
  if (key.asymmetricKeyType !== type || !isOfCurve) {
    return reason('signature-algorithm', `the key is of another type than ${jws.algorithm} needs`);
  }
  const { protected: header, signature } = jws;
  try {
    const options = { algorithms: [jws.algorithm] };
    await flattenedVerify({ protected: header, signature, payload: content }, key, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    return reason(
      'signature-invalid',
      'the JWS is not over this manifest by the key that it names',
    );
  }
}
