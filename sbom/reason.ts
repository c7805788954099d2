/**
 * Every reason for which a package is not simply let in, with what follows from it. The table is the
 * whole list: a code that is not here cannot be given, and nothing but a reason changes a verdict.
 *
 * `deny`: it is not what it says it is, or cannot be shown to be. `hold`: it is authentic and whole, and a
 * person has to look at it. A fault of the verifier is no reason and is not in this table.
 */

type Effect = 'deny' | 'hold';

const EFFECTS = {
  /** Neither a folder nor a tar, from its first block on. */
  'package-unreadable': 'deny',
  /** Begins as a tar and then breaks its rules. */
  'package-malformed': 'deny',
  /** Links, devices, names that lead out of the package, one name twice. */
  'package-entry': 'deny',
  'package-too-large': 'deny',

  'manifest-missing': 'deny',
  'manifest-invalid': 'deny',

  unsigned: 'deny',
  'signature-ambiguous': 'deny',
  'signature-malformed': 'deny',
  /** Indefinite lengths or PEM where DER belongs. */
  'signature-encoding': 'deny',
  /** The signature carries content of its own. */
  'signature-attached': 'deny',
  'signature-signers': 'deny',
  /** SHA-1, MD5, short keys, unknown curves and algorithms. */
  'signature-algorithm': 'deny',
  /** Counter-signatures and time stamps, which nobody has signed. */
  'signature-unsigned-attributes': 'deny',
  /** Certificates in the signature that are no part of its chain. */
  'signature-stray-certificate': 'deny',
  /** Well-formed, and not over this manifest by that key. */
  'signature-invalid': 'deny',

  'vendor-unknown': 'deny',
  'signer-untrusted': 'deny',
  'signer-expired': 'deny',
  'signer-not-yet-valid': 'deny',
  'signer-revoked': 'deny',
  /** Not a code-signing certificate. */
  'signer-purpose': 'deny',
  'certificate-malformed': 'deny',
  /** A critical extension, or name constraints, that are not understood. */
  'certificate-extension': 'deny',
  /** basicConstraints, pathLenConstraint or keyUsage of an authority. */
  'chain-constraint': 'deny',
  /** Revocation lists are kept for this vendor, and none that is current covers the chain. */
  'revocation-unknown': 'hold',

  'release-not-yet-valid': 'deny',
  'release-expired': 'deny',
  /** The release counter is below the floor. */
  'release-rollback': 'deny',

  /** A later one of the product was let in before. */
  'release-older': 'hold',
  /** One with the same release counter and another manifest was let in before. */
  'release-counter-reused': 'hold',

  'file-missing': 'deny',
  'file-extra': 'deny',
  'file-size-mismatch': 'deny',
  'file-hash-mismatch': 'deny',

  /** No SBOM named, or the named one is not there (which is `file-missing` too). */
  'sbom-missing': 'hold',
  'sbom-hash-mismatch': 'deny',
  /** No file of the manifest has all hashes of its root component, of which two may be such that no file can. */
  'sbom-not-bound': 'deny',
  /** Bytes, components, or values of any kind. */
  'sbom-too-large': 'deny',
  /** Not JSON as RFC 8259 and I-JSON have it: duplicate keys, depth, trailing bytes. */
  'sbom-unreadable': 'deny',
  /** Not CycloneDX 1.4 to 1.7. */
  'sbom-version': 'deny',
  'sbom-invalid': 'deny',
  /** No root component, so it does not say what it describes. */
  'sbom-no-root': 'hold',
  /** Its root component has another name than the product, and no hash that binds. */
  'sbom-other-product': 'hold',
  /** Not one component of the product besides the root; tools and what it was built with are none. */
  'sbom-empty': 'hold',
  'sbom-duplicate-ref': 'hold',
  'sbom-dangling-ref': 'hold',
  'sbom-hash-length': 'hold',
} as const satisfies Readonly<Record<string, Effect>>;

export type ReasonCode = keyof typeof EFFECTS;

export interface Reason {
  readonly code: ReasonCode;
  readonly effect: Effect;
  /** A sentence for people: lower case, no final period, outside input in backticks and made printable. */
  readonly text: string;
}

export const reason = (code: ReasonCode, text: string): Reason => ({
  code,
  effect: EFFECTS[code],
  text,
});

/** Longer than any name that a person compares by eye. */
const MAX_SHOWN = 200;

/** Outside text that may be put on a terminal: nothing invisible, no escape sequence, no endless line. */
export function printable(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return cut.replace(/[\p{C}\p{Z}]/gu, (char) =>
    char === ' ' ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The same as a word of a sentence, which it cannot leave. */
export const shown = (text: string): string => `\`${printable(text).replaceAll('`', "'")}\``;
