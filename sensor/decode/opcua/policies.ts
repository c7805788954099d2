/**
 * Security policies, by the short name behind `#` of their URI: what each puts behind a body.
 * OPC 10000-7, 6.6 (security policies); OPC 10000-6, 6.7.2.
 */

/** How the body of an OPN is secured, which no mode changes. */
export type SecuredOpening =
  | { readonly kind: 'plain' }
  /** Encrypted with the receiver's key, and so is its sequence header. */
  | { readonly kind: 'sealed' }
  /** Followed by a signature of so many bytes, and readable. */
  | { readonly kind: 'signed'; readonly signature: number }
  /** The same, with a signature as long as the key of the sender's certificate. */
  | { readonly kind: 'signed-by-key' };

interface Policy {
  /** Bytes behind the body of each chunk of MSG and CLO. */
  readonly signature: number;
  readonly opening: SecuredOpening;
  /** Sequence numbers start with 0, and start over with 0 alone. */
  readonly isStrict: boolean;
}

const sealed = (signature: number): Policy => ({
  signature,
  opening: { kind: 'sealed' },
  isStrict: false,
});

const elliptic = (signature: number, opening: number): Policy => ({
  signature,
  opening: { kind: 'signed', signature: opening },
  isStrict: true,
});

/** Curves, with the bytes of a symmetric signature and of one in an OPN. */
const CURVES: readonly (readonly [string, number, number])[] = [
  ['ECC_nistP256', 32, 64],
  ['ECC_nistP384', 48, 96],
  ['ECC_brainpoolP256r1', 32, 64],
  ['ECC_brainpoolP384r1', 48, 96],
  ['ECC_curve25519', 16, 64],
  ['ECC_curve448', 16, 114],
];

/** Algorithms that encrypt and sign in one; of version 1.05.07 on, a part of the name. */
const COMBINED = ['AesGcm', 'ChaChaPoly'] as const;
const COMBINED_SIGNATURE = 16;

const ROWS: readonly (readonly [string, Policy])[] = [
  ['None', { signature: 0, opening: { kind: 'plain' }, isStrict: false }],
  ['Basic128Rsa15', sealed(20)],
  ['Basic256', sealed(20)],
  ['Basic256Sha256', sealed(32)],
  ['Aes128_Sha256_RsaOaep', sealed(32)],
  ['Aes256_Sha256_RsaPss', sealed(32)],
  ...CURVES.flatMap(([name, signature, opening]) => [
    [name, elliptic(signature, opening)] as const,
    ...COMBINED.map(
      (suffix) => [`${name}_${suffix}`, elliptic(COMBINED_SIGNATURE, opening)] as const,
    ),
  ]),
  ...COMBINED.map(
    (suffix) =>
      [
        `RSA_DH_${suffix}`,
        {
          signature: COMBINED_SIGNATURE,
          opening: { kind: 'signed-by-key' },
          isStrict: true,
        },
      ] as const,
  ),
];

export const POLICIES: ReadonlyMap<string, Policy> = new Map(ROWS);

/** Behind `#`: `http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256`. */
export function shortPolicy(uri: string): string {
  const at = uri.lastIndexOf('#');
  return at < 0 ? uri : uri.slice(at + 1);
}
