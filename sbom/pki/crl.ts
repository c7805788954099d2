/**
 * Certificate revocation lists, version 2 (RFC 5280, 5), complete ones only: a critical extension (delta, or
 * a list of only some certificates) is refused when the trust folder is read.
 *
 *     SEQUENCE { tbs SEQUENCE { version, algorithm, issuer, thisUpdate, nextUpdate,
 *                               SEQUENCE OF { serial, date, extensions }, [0] extensions },
 *                algorithm, signature }
 */
import type { Micros } from '#sensor/model/time.ts';
import { constructed, type DerReader, TAG } from '../der/reader.ts';
import { readTime } from '../der/time.ts';
import { type Reason, reason } from '../reason.ts';
import { type Certificate, isIssuedBy, readSigned, type Signed } from './certificate.ts';
import { KEY_USAGE, readList } from './extensions.ts';

export interface Crl {
  readonly issuer: Buffer;
  readonly thisUpdate: Micros;
  readonly nextUpdate: Micros;
  /** Serial numbers in hex. */
  readonly revoked: ReadonlySet<string>;
  readonly signed: Signed;
}

const VERSION_2 = 1;

/** Used inside `attempt`. */
export function readCrl(raw: Buffer): Crl {
  const { tbs, signed } = readSigned(raw, 'a revocation list');
  if (tbs.small('the version of a revocation list') !== VERSION_2) {
    tbs.fail('a revocation list is of a version other than 2');
  }
  tbs.next(TAG.sequence, 'the algorithm of a revocation list');
  const issuer = tbs.next(TAG.sequence, 'the issuer of a revocation list').raw;
  const thisUpdate = readTime(tbs, 'the start of a revocation list');
  const nextUpdate = readTime(tbs, 'the end of a revocation list');
  const entries = tbs.optional(TAG.sequence, 'the entries of a revocation list');
  const revoked = entries === undefined ? [] : readEntries(tbs.into(entries));
  const extensions = tbs.optional(constructed(0), 'the extensions of a revocation list');
  tbs.end('a revocation list');
  if (extensions !== undefined) {
    const outer = tbs.into(extensions);
    noneCritical(outer.enter(TAG.sequence, 'the extensions of a revocation list'));
    outer.end('the extensions of a revocation list');
  }
  return { issuer, thisUpdate, nextUpdate, revoked: new Set(revoked), signed };
}

function readEntries(entries: DerReader): readonly string[] {
  const revoked: string[] = [];
  while (!entries.isAtEnd) {
    const entry = entries.enter(TAG.sequence, 'an entry of a revocation list');
    revoked.push(entry.unsigned('an entry of a revocation list').toString('hex'));
    readTime(entry, 'an entry of a revocation list');
    if (!entry.isAtEnd) noneCritical(entry.enter(TAG.sequence, 'an entry of a revocation list'));
    entry.end('an entry of a revocation list');
  }
  return revoked;
}

function noneCritical(sequence: DerReader): void {
  for (const [oid, { isCritical }] of readList(sequence, 'an extension of a revocation list')) {
    if (isCritical) sequence.fail(`a revocation list has ${oid}, which is not understood`);
  }
}

/** `path`: the signer's certificate first, its anchor last; that one is trusted by hand, not by a list. */
export function revocationReasons(
  path: readonly Certificate[],
  crls: readonly Crl[],
  now: Micros,
): readonly Reason[] {
  return path.slice(0, -1).flatMap((certificate, index) => {
    const issuer = path[index + 1];
    const lists = issuer === undefined ? [] : crls.filter((crl) => isListOf(crl, issuer));
    // also an old list proves a revocation; only a current one proves that there was none
    if (lists.some(({ revoked }) => revoked.has(certificate.serial.toString('hex')))) {
      return [reason('signer-revoked', `the certificate of ${certificate.name} is revoked`)];
    }
    const isCurrent = lists.some((crl) => crl.thisUpdate <= now && now < crl.nextUpdate);
    const text = `no current revocation list covers the certificate of ${certificate.name}`;
    return isCurrent ? [] : [reason('revocation-unknown', text)];
  });
}

const isListOf = (crl: Crl, issuer: Certificate): boolean =>
  crl.issuer.equals(issuer.subject) &&
  ((issuer.extensions.keyUsage ?? 0) & KEY_USAGE.crlSign) !== 0 &&
  isIssuedBy(crl.signed, issuer);
