/**
 * gzip: one member or several, each a header, a deflate stream and a trailer (RFC 1952). What is
 * unpacked is asked for, not pushed, so that a few bytes that unpack to very many cost no memory.
 */
import {
  Z_BUF_ERROR,
  Z_NO_FLUSH,
  Z_OK,
  Z_STREAM_END,
  ZStream,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateReset,
} from 'pako';

/** zlib's way to say: a window of 32 KiB, in gzip's header and trailer. */
const WINDOW_OF_GZIP = 15 + 16;

/** Packed bytes that wait: those from `at` to `end`. */
interface PackedInput {
  readonly bytes: Uint8Array;
  at: number;
  end: number;
}

export class Gunzip {
  readonly input: PackedInput;
  /** Why nothing more comes. */
  damage: string | undefined;
  readonly #stream = new ZStream();
  /** The next bytes are a header, zeros, or nothing. */
  #between = true;
  #members = 0;

  /** `capacity`: how many packed bytes may wait. */
  constructor(capacity: number) {
    this.input = { bytes: new Uint8Array(capacity), at: 0, end: 0 };
    this.#stream.input = this.input.bytes;
    zlibInflateInit2(this.#stream, WINDOW_OF_GZIP);
  }

  /** True iff the bytes so far end where a gzip file may end. */
  get whole(): boolean {
    return this.damage === undefined && this.#between && this.input.at === this.input.end;
  }

  /** Makes room for more packed bytes at `input.end`. */
  makeRoom(): number {
    const { input } = this;
    input.bytes.copyWithin(0, input.at, input.end);
    input.end -= input.at;
    input.at = 0;
    return input.bytes.length - input.end;
  }

  /** Unpacks into `out` from `at` to at most `end`; gives how many bytes came. */
  unpack(out: Buffer<ArrayBuffer>, at: number, end: number): number {
    let next = at;
    while (next < end && this.damage === undefined) {
      if (this.#between && !this.#begin()) break;
      const before = next;
      next = this.#inflate(out, next, end);
      if (next === before && this.input.at === this.input.end) break;
    }
    return next - at;
  }

  /** Gives the place in `out` behind what came. */
  #inflate(out: Buffer<ArrayBuffer>, at: number, end: number): number {
    const { input } = this;
    const stream = this.#stream;
    stream.next_in = input.at;
    stream.avail_in = input.end - input.at;
    stream.output = out;
    stream.next_out = at;
    stream.avail_out = end - at;
    const status = zlibInflate(stream, Z_NO_FLUSH);
    input.at = stream.next_in;
    if (status === Z_STREAM_END) {
      this.#between = true;
      this.#members++;
    } else if (status !== Z_OK && status !== Z_BUF_ERROR) {
      this.damage = `gzip: ${stream.msg === '' ? `status ${status}` : stream.msg}`;
    }
    return stream.next_out;
  }

  /** Begins a member; false where none has come. Zeros behind one, as tapes leave them, are passed over. */
  #begin(): boolean {
    const { input } = this;
    if (this.#members > 0) while (input.at < input.end && input.bytes[input.at] === 0) input.at++;
    if (input.at === input.end) return false;
    zlibInflateReset(this.#stream);
    this.#between = false;
    return true;
  }
}
