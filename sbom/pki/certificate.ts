/**
 * An X.509 v3 certificate (RFC 5280, 4.1), read strictly and not yet trusted.
 *
 *     SEQUENCE { tbs SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject, key,
 *                               [1] [2] unique ids: refused, [3] extensions },
 *                algorithm, signature BIT STRING }
 */
import type { KeyObject } from 'node:crypto';
import type { Micros } from '#sensor/model/time.ts';
import { constructed, type DerReader, DerReader as Reader, TAG } from '../der/reader.ts';
import { readTime } from '../der/time.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { commonName } from './name.ts';
import { isSignedBy, readKey, readScheme, type Scheme } from './scheme.ts';

export interface Certificate {
  readonly raw: Buffer;
  /** Content bytes of the INTEGER. */
  readonly serial: Buffer;
  /** Whole elements: names are compared byte by byte, which DER allows and is stricter than RFC 5280, 7.1. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** For people. */
  readonly name: string;
  readonly notBefore: Micros;
  /** The last instant at which it is valid. */
  readonly notAfter: Micros;
  readonly key: KeyObject;
  readonly extensions: Extensions;
  readonly signed: Signed;
}

/** What an issuer signs: certificates and revocation lists have the same frame. */
export interface Signed {
  readonly tbs: Buffer;
  readonly scheme: Scheme;
  readonly signature: Buffer;
}

const VERSION_3 = 2;
const MALFORMED = 'certificate-malformed';

/** Used inside `attempt`. */
export function readCertificate(raw: Buffer): Certificate {
  const { tbs, signed } = readSigned(raw, 'a certificate');
  const version = tbs.enter(constructed(0), 'the version of a certificate');
  if (version.small('the version of a certificate') !== VERSION_3) {
    tbs.fail('a certificate is of a version other than 3');
  }
  version.end('the version of a certificate');
  const serial = tbs.unsigned('the serial number of a certificate');
  tbs.next(TAG.sequence, 'the algorithm of a certificate');
  const issuer = tbs.next(TAG.sequence, 'the issuer of a certificate').raw;
  const validity = tbs.enter(TAG.sequence, 'the validity of a certificate');
  const notBefore = readTime(validity, 'the start of a certificate');
  const notAfter = readTime(validity, 'the end of a certificate');
  validity.end('the validity of a certificate');
  const subject = tbs.next(TAG.sequence, 'the subject of a certificate').raw;
  const name = commonName(subject);
  const key = readKey(tbs.next(TAG.sequence, 'the key of a certificate').raw, name);
  const outer = tbs.enter(constructed(3), 'the extensions of a certificate');
  tbs.end('a certificate');
  const extensions = readExtensions(outer.enter(TAG.sequence, 'the extensions of a certificate'));
  outer.end('the extensions of a certificate');
  return { raw, serial, issuer, subject, name, notBefore, notAfter, key, extensions, signed };
}

/** The frame; the algorithm stands inside and outside of what is signed, and has to be the same. */
export function readSigned(
  raw: Buffer,
  what: string,
): { readonly tbs: DerReader; readonly signed: Signed } {
  const whole = new Reader(raw, MALFORMED);
  const outer = whole.enter(TAG.sequence, what);
  whole.end(what);
  const inside = outer.next(TAG.sequence, `the content of ${what}`);
  const algorithm = outer.next(TAG.sequence, `the algorithm of ${what}`);
  const signature = outer.bits(`the signature of ${what}`);
  outer.end(what);
  const scheme = readScheme(outer.into(algorithm), `the algorithm of ${what}`);
  if (!saysAlgorithm(outer.into(inside), algorithm.raw)) {
    outer.fail(`${what} names two different algorithms`);
  }
  return { tbs: outer.into(inside), signed: { tbs: inside.raw, scheme, signature } };
}

/** The first SEQUENCE of both kinds of content is the AlgorithmIdentifier. */
function saysAlgorithm(tbs: DerReader, algorithm: Buffer): boolean {
  while (!tbs.isAtEnd) {
    const { tag, raw } = tbs.any('a field');
    if (tag === TAG.sequence) return raw.equals(algorithm);
  }
  return false;
}

export const isIssuedBy = ({ tbs, scheme, signature }: Signed, issuer: Certificate): boolean =>
  isSignedBy(issuer.key, scheme, tbs, signature);
