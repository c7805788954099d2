/**
 * Reads the fields of OPC UA Binary one after the other, never beyond the end. OPC 10000-6, 5.2.
 *
 * The first thing that is wrong stops it: `fault` says what, and every read from then on gives zero,
 * nothing and empty. So a body is read straight through, and looked at once in the end.
 */
import { MAX_TEXT, MAX_VALUES_TEXT, shorten } from '#sensor/model/bounds.ts';
import type { BodyFault } from './fault.ts';

/** Stacks must be able to read 100 levels, and need not read more. OPC 10000-6, 5.1.5 and 5.1.10. */
export const MAX_DEPTH = 100;

/** UTF-8 needs at most three bytes for each UTF-16 unit. */
const MAX_TEXT_BYTES = MAX_TEXT * 3;

/** What would move the cursor of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

export interface ReadFault {
  readonly name: BodyFault;
  readonly at: number;
}

export class BinaryReader {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;
  fault: ReadFault | undefined;
  /** A text was no UTF-8, or held control characters. It is shown with `?` in their place. */
  isUnclean = false;
  /** Pairs of begin and end of what must not leave the decoder. */
  readonly secrets: number[];
  /** Tells the session of the last authentication token from others. Never leaves the decoder. */
  token = '';
  /** Characters that are left for values; see `values.ts`. */
  room = MAX_VALUES_TEXT;
  #depth = 0;

  constructor(bytes: Buffer, at = 0, end = bytes.length, secrets: number[] = []) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.secrets = secrets;
  }

  /**
   * A reader of its own for the `length` bytes at `at`, as deep as this one, whose secrets are those of this
   * one. What is wrong in there is its fault alone.
   */
  within(at: number, length: number): BinaryReader {
    const inner = new BinaryReader(this.bytes, at, at + length, this.secrets);
    inner.#depth = this.#depth;
    return inner;
  }

  /** True iff what is read now stands within no other value. */
  get isOutermost(): boolean {
    return this.#depth === 0;
  }

  get left(): number {
    return this.end - this.at;
  }

  fail(name: BodyFault): void {
    this.fault ??= { name, at: this.at };
    this.at = this.end;
  }

  /** Where the next `length` bytes begin, which are passed over; -1 where there are fewer. */
  take(length: number): number {
    if (length > this.left) {
      this.fail('opcua.truncated');
      return -1;
    }
    const from = this.at;
    this.at += length;
    return from;
  }

  byte(): number {
    const at = this.take(1);
    return at < 0 ? 0 : this.bytes.readUInt8(at);
  }

  uint16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : this.bytes.readUInt16LE(at);
  }

  uint32(): number {
    const at = this.take(4);
    return at < 0 ? 0 : this.bytes.readUInt32LE(at);
  }

  int32(): number {
    const at = this.take(4);
    return at < 0 ? 0 : this.bytes.readInt32LE(at);
  }

  int64(): bigint {
    const at = this.take(8);
    return at < 0 ? 0n : this.bytes.readBigInt64LE(at);
  }

  uint64(): bigint {
    const at = this.take(8);
    return at < 0 ? 0n : this.bytes.readBigUInt64LE(at);
  }

  float(): number {
    const at = this.take(4);
    return at < 0 ? 0 : this.bytes.readFloatLE(at);
  }

  double(): number {
    const at = this.take(8);
    return at < 0 ? 0 : this.bytes.readDoubleLE(at);
  }

  /** Length of what follows; -1 is nothing. Anything that cannot fit is a fault and gives -1. */
  length(): number {
    const length = this.int32();
    if (length >= -1 && length <= this.left) return length;
    this.fail('opcua.count');
    return -1;
  }

  /** Number of array members, each at least `least` bytes long; a null array has none. */
  count(least: number): number {
    const count = this.int32();
    if (count === -1) return 0;
    if (count >= 0 && count * least <= this.left) return count;
    this.fail('opcua.count');
    return 0;
  }

  /** Undefined where it is null. */
  text(): string | undefined {
    const length = this.length();
    if (length < 0) return undefined;
    const from = this.take(length);
    return this.textAt(from, length);
  }

  textAt(from: number, length: number): string {
    const kept = Math.min(length, MAX_TEXT_BYTES);
    const raw = this.bytes.toString('utf8', from, from + kept);
    const clean = raw.replace(CONTROL, '?');
    if (clean !== raw || (clean.includes('\ufffd') && kept === length)) this.isUnclean = true;
    return shorten(clean, MAX_TEXT);
  }

  /** A view of the bytes, valid as long as they are; undefined where it is null. */
  byteString(): Buffer | undefined {
    const length = this.length();
    if (length < 0) return undefined;
    const from = this.take(length);
    return this.bytes.subarray(from, from + length);
  }

  skipText(): void {
    this.take(Math.max(0, this.length()));
  }

  /** Passes over a byte string that must not leave the decoder. */
  secret(): void {
    const length = this.length();
    if (length > 0) this.hide(this.take(length), length);
  }

  hide(from: number, length: number): void {
    this.secrets.push(from, from + length);
  }

  /** Calls `read` one level deeper, unless that is too deep. */
  deeper<T>(read: () => T, otherwise: T): T {
    if (this.#depth === MAX_DEPTH) {
      this.fail('opcua.depth');
      return otherwise;
    }
    this.#depth++;
    const value = read();
    this.#depth--;
    return value;
  }
}
