/**
 * DER (X.690, 10), strictly: definite lengths in their shortest form, tags of one byte, nothing left
 * over. Grammar-directed: whoever reads says which tag must come next, so nothing recurses with the input
 * and nothing is skipped unseen.
 *
 *     tag 1 | length 1, or 0x81..0x84 and 1..4 bytes | content
 *
 * Refuses by `refuse`, with the code that the reader was opened with; so it is used inside `attempt`.
 */
import type { ReasonCode } from '../reason.ts';
import { refuse } from '../sbom-error.ts';

export interface Element {
  readonly tag: number;
  /** Tag, length and content. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

/** Universal tags, those of SEQUENCE and SET with the bit for constructed. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Context-specific tags: `[n]` over a primitive, and over something constructed. */
export const primitive = (n: number): number => 0x80 | n;
export const constructed = (n: number): number => 0xa0 | n;

const LONG_TAG = 0x1f;
const LONG_LENGTH = 0x80;
const MAX_LENGTH_BYTES = 4;

export class DerReader {
  readonly #bytes: Buffer;
  readonly #malformed: ReasonCode;
  #at = 0;

  constructor(bytes: Buffer, malformed: ReasonCode) {
    this.#bytes = bytes;
    this.#malformed = malformed;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The next element, whatever it is. */
  any(what: string): Element {
    const from = this.#at;
    const tag = this.#bytes[from];
    if (tag === undefined) return this.fail(`${what} is missing`);
    if ((tag & LONG_TAG) === LONG_TAG) return this.fail(`${what} has a tag of several bytes`);
    const { length, start } = this.#length(from + 1, what);
    const end = start + length;
    if (end > this.#bytes.length) return this.fail(`${what} is longer than what holds it`);
    this.#at = end;
    const raw = this.#bytes.subarray(from, end);
    return { tag, raw, content: this.#bytes.subarray(start, end) };
  }

  next(tag: number, what: string): Element {
    if (this.nextTag !== tag) return this.fail(`${what} is missing or of another type`);
    return this.any(what);
  }

  optional(tag: number, what: string): Element | undefined {
    return this.nextTag === tag ? this.any(what) : undefined;
  }

  /** A reader of the content of the next element. */
  enter(tag: number, what: string): DerReader {
    return this.into(this.next(tag, what));
  }

  into({ content }: Element): DerReader {
    return new DerReader(content, this.#malformed);
  }

  end(what: string): void {
    if (!this.isAtEnd) this.fail(`${what} holds more than it may`);
  }

  /** X.690 8.3.2: in the fewest bytes, not negative. The content, with its leading zero byte if it has one. */
  unsigned(what: string): Buffer {
    const { content } = this.next(TAG.integer, what);
    const [first, second = 0] = content;
    const isPadded = content.length > 1 && first === 0 && second < 0x80;
    if (first === undefined || first >= 0x80 || isPadded) return this.fail(`${what} is no number`);
    return content;
  }

  /** An `unsigned` that stands for a count or a version. */
  small(what: string): number {
    const content = this.unsigned(what);
    return content.length > 4
      ? this.fail(`${what} is too large`)
      : content.readUIntBE(0, content.length);
  }

  /** X.690 11.1: true is 0xff; and 11.5: the default, false, is not written. */
  flag(what: string): boolean {
    const element = this.optional(TAG.boolean, what);
    if (element === undefined) return false;
    const [first] = element.content;
    if (element.content.length !== 1 || first !== 0xff) this.fail(`${what} is no DER boolean`);
    return true;
  }

  /** A BIT STRING of whole bytes. */
  bits(what: string): Buffer {
    const { content } = this.next(TAG.bitString, what);
    if (content[0] !== 0) return this.fail(`${what} is no string of whole bytes`);
    return content.subarray(1);
  }

  /** In dotted form. */
  oid(what: string): string {
    const { content } = this.next(TAG.oid, what);
    return dotted(content) ?? this.fail(`${what} is no object identifier`);
  }

  fail(text: string): never {
    return refuse(this.#malformed, text);
  }

  #length(at: number, what: string): { readonly length: number; readonly start: number } {
    const first = this.#bytes[at];
    if (first === undefined) return this.fail(`${what} ends before its length`);
    if (first < LONG_LENGTH) return { length: first, start: at + 1 };
    if (first === LONG_LENGTH) {
      return refuse(
        this.#malformed === 'signature-malformed' ? 'signature-encoding' : this.#malformed,
        `${what} has an indefinite length (BER); DER is asked for: sign without streaming`,
      );
    }
    const count = first & 0x7f;
    if (count > MAX_LENGTH_BYTES || at + 1 + count > this.#bytes.length) {
      return this.fail(`${what} has a length that cannot be`);
    }
    const length = this.#bytes.readUIntBE(at + 1, count);
    const isShortest = length >= LONG_LENGTH && length >= 2 ** (8 * (count - 1));
    return isShortest
      ? { length, start: at + 1 + count }
      : this.fail(`${what} has a length that is not in its shortest form`);
  }
}

/** More than any identifier in use has; each arc stays a safe number. */
const MAX_OID_BYTES = 40;
const MAX_ARC = 2 ** 40;

function dotted(content: Buffer): string | undefined {
  const last = content.at(-1);
  if (last === undefined || last >= 0x80 || content.length > MAX_OID_BYTES) return undefined;
  const arcs: number[] = [];
  let arc = 0;
  let isFirst = true;
  for (const byte of content) {
    if ((isFirst && byte === 0x80) || arc > MAX_ARC) return undefined;
    arc = arc * 128 + (byte & 0x7f);
    isFirst = byte < 0x80;
    if (!isFirst) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [head = 0, ...rest] = arcs;
  const root = Math.min(Math.floor(head / 40), 2);
  return [root, head - 40 * root, ...rest].join('.');
}
