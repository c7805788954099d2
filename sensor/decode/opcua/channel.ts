/**
 * The secure channel of a connection: which policy its opening named, and whether its messages can be
 * read. OPC 10000-6, 6.7; OPC 10000-4, 5.6.
 *
 * The mode (Sign, or SignAndEncrypt) stands in the body of the opening, which the policies of RSA
 * encrypt whatever the mode is. So it is found out where it was not said: a message that reads to its very last byte as a known service, in front of
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
import { POLICIES } from './policies.ts';
import { SERVICE_FAULT } from './services.ts';

type Mode = NonNullable<OpcuaSecurity['mode']>;

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
  /** An opening said the policy. */
  #isSaid = false;
  /** What an opening said, whose body could be read. */
  #saidMode: Mode | undefined;
  /** The last message that could not be read had no header either. */
  #isOpaque = false;

  /** An opening was seen, with its policy, and its mode where its body could be read. */
  open(policy: string, mode: Mode | undefined): void {
    const isSame = this.#isSaid && this.policy === policy;
    if (isSame && (mode === undefined || mode === this.#saidMode)) return;
    this.policy = policy;
    this.#isSaid = true;
    this.#saidMode = mode;
    this.isReadable = policy === 'None' || mode === 'Sign';
    this.signature = POLICIES.get(policy)?.signature ?? 0;
    this.#isOpaque = false;
  }

  /** Its sequence numbers start with 0, and start over with 0 alone. */
  get isStrict(): boolean {
    return this.policy !== undefined && POLICIES.get(this.policy)?.isStrict === true;
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
    // Who cannot prove that he reads, as where the fields do not fit, proves no ciphertext.
    this.#isOpaque = !isClear;
    return undefined;
  }

  /** Lengths of a signature with which a message may be read; tried until one is proven. */
  get #candidates(): readonly number[] {
    if (this.policy === undefined) return ANY;
    if (this.#saidMode === 'SignAndEncrypt') return [];
    const known = POLICIES.get(this.policy);
    return known === undefined ? USUAL : [known.signature];
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

  /** Whether the bodies of its openings are, of which this one could not be read; undefined where nobody can tell. */
  get isOpeningEncrypted(): boolean | undefined {
    if (this.policy === undefined) return undefined;
    const kind = POLICIES.get(this.policy)?.opening.kind ?? 'sealed';
    return kind === 'sealed' ? true : kind === 'plain' ? false : undefined;
  }

  /** As it is written out; `isEncrypted` says it of the message at hand, undefined that nobody can tell. */
  security(isEncrypted: boolean | undefined): OpcuaSecurity {
    const { policy, mode } = this;
    return {
      ...(policy === undefined ? {} : { policy }),
      ...(mode === undefined ? {} : { mode }),
      ...(mode === undefined || this.#isModeSaid ? {} : { inferred: true }),
      ...(isEncrypted === undefined ? {} : { encrypted: isEncrypted }),
    };
  }

  /** An opening said the mode, or a policy that has but one. */
  get #isModeSaid(): boolean {
    return this.#isOpen || this.#saidMode !== undefined;
  }

  /** Undefined where neither an opening nor a message told it. */
  get mode(): Mode | undefined {
    if (this.policy === 'None') return 'None';
    if (this.#saidMode !== undefined) return this.#saidMode;
    if (this.isReadable) return this.signature === 0 ? 'None' : 'Sign';
    return this.isEncrypted ? 'SignAndEncrypt' : undefined;
  }
}

/** It names a service that there is. */
export const isKnown = ({ id, service }: ParsedRequest | ParsedResponse): boolean =>
  service !== undefined || id === SERVICE_FAULT;
