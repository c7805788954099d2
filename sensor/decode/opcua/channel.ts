/**
 * The secure channel of a connection: which policy its opening named, and whether its messages can be
 * read. OPC 10000-6, 6.7; OPC 10000-4, 5.6.
 *
 * The mode (Sign, or SignAndEncrypt) stands in the body of the opening, which every policy but None
 * encrypts. So it is found out: a message that reads to its very last byte as a known service, in front of
 * a signature of just the length of the policy, was not encrypted. No single byte decides, and nothing is
 * taken from ciphertext. The same proof serves where the opening was not seen.
 *
 * One message can be forged. So what was proven, and not said by an opening, holds until a message comes
 * whose header cannot be read.
 */
import type { OpcuaCertificate, OpcuaSecurity } from '#sensor/model/opcua.ts';
import type { Message } from './message.ts';
import type { ParsedRequest } from './parse-request.ts';
import type { ParsedResponse } from './parse-response.ts';
import { SERVICE_FAULT } from './services.ts';

/** Bytes of the signature of a symmetric chunk. OPC 10000-7, security policies. */
const SIGNATURES: ReadonlyMap<string, number> = new Map([
  ['None', 0],
  ['Basic128Rsa15', 20],
  ['Basic256', 20],
  ['Basic256Sha256', 32],
  ['Aes128_Sha256_RsaOaep', 32],
  ['Aes256_Sha256_RsaPss', 32],
  ['ECC_nistP256', 32],
  ['ECC_nistP384', 48],
  ['ECC_brainpoolP256r1', 32],
  ['ECC_brainpoolP384r1', 48],
  ['ECC_curve25519', 16],
  ['ECC_curve448', 16],
]);

/** Tried of a policy that is not in the table. */
const USUAL = [32, 48, 20, 16];

/** Tried where the opening was not seen. */
const ANY = [0, ...USUAL];

export class Channel {
  id: number | undefined;
  /** Short name; undefined where no opening was seen and nothing else tells. */
  policy: string | undefined;
  certificate: OpcuaCertificate | undefined;
  serverCertificate: OpcuaCertificate | undefined;
  /** Bytes behind each body. Valid iff `isReadable`. */
  signature = 0;
  isReadable = false;
  /** Its sequence numbers start with 0, and start over with 0 alone. */
  isStrict = false;
  /** An opening said it. */
  #isSaid = false;
  /** The last message that could not be read had no header either. */
  #isOpaque = false;

  /** An opening was seen: policy, and certificates where it has them. */
  open(policy: string): void {
    if (this.#isSaid && this.policy === policy) return;
    this.policy = policy;
    this.#isSaid = true;
    this.isReadable = policy === 'None';
    this.isStrict = isElliptic(policy);
    this.signature = 0;
    this.#isOpaque = false;
  }

  /**
   * Reads a message if the channel lets, or if it proves by its very bytes that it can be read; undefined
   * where it cannot be. One that may be the end of a message, whose beginning is missing, proves nothing.
   */
  read<T extends ParsedRequest | ParsedResponse>(
    message: Message,
    parse: (bytes: Buffer) => T,
    mayBeEnd = false,
  ): T | undefined {
    if (this.isReadable) {
      const parsed = parse(message.body(this.signature));
      if (parsed.isHeaded || this.#isOpen || mayBeEnd) return parsed;
      this.#doubt();
    }
    let isClear = false;
    for (const signature of this.#candidates) {
      const parsed = parse(message.body(signature));
      if (!isKnown(parsed)) continue;
      isClear ||= parsed.isHeaded;
      if (!parsed.isExact) continue;
      this.#prove(signature);
      return parsed;
    }
    // Of many services only the header is read: who cannot prove that he reads proves no ciphertext.
    this.#isOpaque = !isClear;
    return undefined;
  }

  /** Lengths of a signature with which a message may be read; tried until one is proven. */
  get #candidates(): readonly number[] {
    if (this.policy === undefined) return ANY;
    const known = SIGNATURES.get(this.policy);
    return known === undefined ? USUAL : [known];
  }

  /** Its opening said that nothing is secured, so that no message can make it doubtful. */
  get #isOpen(): boolean {
    return this.#isSaid && this.policy === 'None';
  }

  /** A message was read to its last byte. */
  #prove(signature: number): void {
    this.isReadable = true;
    this.signature = signature;
    if (signature === 0) this.policy ??= 'None';
  }

  /** What was proven does not hold. */
  #doubt(): void {
    this.isReadable = false;
    this.signature = 0;
    if (!this.#isSaid) this.policy = undefined;
  }

  /** Of the last message that could not be read, whether that is because it is ciphertext. */
  get isEncrypted(): true | undefined {
    return this.#isOpaque && this.policy !== undefined ? true : undefined;
  }

  /** Whether the bodies of its openings are: those of elliptic curves are only signed, which is not read. */
  get isOpeningEncrypted(): boolean | undefined {
    return isElliptic(this.policy) ? undefined : this.policy !== 'None';
  }

  /** As it is written out; `isEncrypted` says it of the message at hand, undefined that nobody can tell. */
  security(isEncrypted: boolean | undefined): OpcuaSecurity {
    const { policy } = this;
    const mode = this.#mode();
    return {
      ...(policy === undefined ? {} : { policy }),
      ...(mode === undefined ? {} : { mode }),
      ...(isEncrypted === undefined ? {} : { encrypted: isEncrypted }),
    };
  }

  #mode(): OpcuaSecurity['mode'] {
    if (this.policy === 'None') return 'None';
    if (this.isReadable) return this.signature === 0 ? 'None' : 'Sign';
    return this.isEncrypted ? 'SignAndEncrypt' : undefined;
  }
}

const isElliptic = (policy: string | undefined): boolean => policy?.startsWith('ECC_') ?? false;

/** It names a service that there is. */
export const isKnown = ({ id, service }: ParsedRequest | ParsedResponse): boolean =>
  service !== undefined || id === SERVICE_FAULT;

/** Behind `#`: `http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256`. */
export function shortPolicy(uri: string): string {
  const at = uri.lastIndexOf('#');
  return at < 0 ? uri : uri.slice(at + 1);
}
