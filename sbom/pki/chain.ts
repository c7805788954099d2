/**
 * From a signer's certificate up to an anchor of the vendor (RFC 5280, 6), by byte-equal names and
 * signatures. Every path within the bound is looked at, because a vendor renews authorities under the same
 * name; the first without a fault proves the signer. Without one the faults of a path are given that only
 * hold, and else those of the first.
 */
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import { type Reason, reason } from '../reason.ts';
import { type Certificate, isIssuedBy } from './certificate.ts';
import { type Crl, revocationReasons } from './crl.ts';
import { ANY_PURPOSE, CODE_SIGNING, KEY_USAGE } from './extensions.ts';

export interface Anchors {
  readonly anchors: readonly Certificate[];
  /** Undefined: nobody keeps revocation lists for this vendor, and revocation is not asked. */
  readonly crls: readonly Crl[] | undefined;
}

export interface Path {
  /** The signer's first, an anchor last; empty where none leads to an anchor. */
  readonly certificates: readonly Certificate[];
  /** Empty iff the path is proven. */
  readonly reasons: readonly Reason[];
}

/** Longer than any authority is deep. */
const MAX_PATH = 6;
/** Certificates of the same name and many keys must not make the search dear. */
const MAX_SIGNATURES = 64;

export function provePath(
  leaf: Certificate,
  embedded: readonly Certificate[],
  { anchors, crls }: Anchors,
  now: Micros,
): Path {
  let best: Path | undefined;
  for (const certificates of paths([leaf], embedded, anchors, { left: MAX_SIGNATURES })) {
    const reasons = [
      ...certificates.flatMap((certificate) => validityReasons(certificate, now)),
      ...certificates.flatMap(extensionReasons),
      ...purposeReasons(leaf),
      ...certificates.slice(1).flatMap((authority, below) => authorityReasons(authority, below)),
      ...(crls === undefined ? [] : revocationReasons(certificates, crls, now)),
    ];
    const path = { certificates, reasons };
    if (reasons.length === 0) return path;
    if (best === undefined || (denies(best) && !denies(path))) best = path;
  }
  return best ?? { certificates: [], reasons: [untrusted(leaf)] };
}

const denies = ({ reasons }: Path): boolean => reasons.some(({ effect }) => effect === 'deny');

const untrusted = (leaf: Certificate): Reason =>
  reason('signer-untrusted', `no chain leads from ${leaf.name} to an anchor of this vendor`);

/** All paths from the last of `path` to an anchor, depth first. */
function* paths(
  path: readonly Certificate[],
  embedded: readonly Certificate[],
  anchors: readonly Certificate[],
  budget: { left: number },
): Generator<readonly Certificate[]> {
  const last = path.at(-1);
  if (last === undefined || path.length > MAX_PATH) return;
  if (anchors.some(({ raw }) => raw.equals(last.raw))) {
    yield path;
    return;
  }
  for (const issuer of [...anchors, ...embedded]) {
    if (!issuer.subject.equals(last.issuer) || path.includes(issuer)) continue;
    if (budget.left === 0) return;
    budget.left -= 1;
    if (isIssuedBy(last.signed, issuer)) yield* paths([...path, issuer], embedded, anchors, budget);
  }
}

function validityReasons({ name, notBefore, notAfter }: Certificate, now: Micros): Reason[] {
  if (now < notBefore) {
    const text = `the certificate of ${name} is valid from ${isoMicros(notBefore)} on`;
    return [reason('signer-not-yet-valid', text)];
  }
  // RFC 5280, 4.1.2.5: both ends belong to the validity, which is in whole seconds
  if (now < notAfter + MICROS_PER_SECOND) return [];
  return [
    reason('signer-expired', `the certificate of ${name} was valid until ${isoMicros(notAfter)}`),
  ];
}

const MICROS_PER_SECOND = 1_000_000;

const extensionReasons = ({ name, extensions }: Certificate): Reason[] =>
  extensions.notUnderstood.map((oid) =>
    reason(
      'certificate-extension',
      `the certificate of ${name} has ${oid}, which is not understood`,
    ),
  );

/** Who signs code says so, and is no authority. A missing purpose is none: deny by default. */
function purposeReasons({ name, extensions }: Certificate): Reason[] {
  const { keyUsage = 0, extendedKeyUsage = [], isAuthority } = extensions;
  const faults = [
    ...((keyUsage & KEY_USAGE.digitalSignature) === 0 ? ['keyUsage lacks digitalSignature'] : []),
    ...(extendedKeyUsage.includes(CODE_SIGNING) ? [] : ['extendedKeyUsage lacks codeSigning']),
    ...(isAuthority ? ['it is a certificate of an authority'] : []),
  ];
  return faults.map((fault) =>
    reason('signer-purpose', `the certificate of ${name} is not for signing code: ${fault}`),
  );
}

/** `below`: how many authorities stand between this one and the signer. */
function authorityReasons({ name, extensions }: Certificate, below: number): Reason[] {
  const { isAuthority, keyUsage = 0, pathLength = Infinity, extendedKeyUsage } = extensions;
  const purposes = extendedKeyUsage ?? [ANY_PURPOSE];
  const faults = [
    ...(isAuthority ? [] : ['it is no authority']),
    ...((keyUsage & KEY_USAGE.keyCertSign) === 0 ? ['keyUsage lacks keyCertSign'] : []),
    ...(below > pathLength
      ? [`it allows ${pathLength} authorities below it, and has ${below}`]
      : []),
    ...(purposes.includes(ANY_PURPOSE) || purposes.includes(CODE_SIGNING)
      ? []
      : ['its extendedKeyUsage excludes codeSigning']),
  ];
  return faults.map((fault) =>
    reason('chain-constraint', `${name} may not issue the certificate below it: ${fault}`),
  );
}
