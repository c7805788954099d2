/**
 * Cuts one direction of a connection into chunks.
 *
 * A segment that holds whole chunks, as nearly all do, is passed on where it lies. The unfinished tail is
 * copied; memory for it grows with the bytes that really come, not with the size that a header claims,
 * and is counted with that of all other connections.
 *
 * One lost packet must not blind the sensor. Where the size of a chunk is known, the bytes that lack are
 * passed over, and the next header stands behind it; after any other gap, and a header that cannot be, the
 * reader searches for the next one that can.
 */
import { type Micros, micros } from '#sensor/model/time.ts';
import type { Chunk } from '../protocol.ts';
import type { Holder, Share } from '../waiting.ts';
import type { LastChunk } from './assembly.ts';
import {
  BAD_SIZE,
  BAD_TYPE,
  HEADER_LENGTH,
  INCOMPLETE,
  MAX_CHUNK_LENGTH,
  measureChunk,
  uint32,
} from './frame.ts';
import { addSegment, SEGMENT_COST, type Segment } from './segments.ts';

export interface ChunkHandler {
  /**
   * A whole chunk of `total` bytes at `at` in `bytes`. `earlier` are the segments with its first bytes;
   * undefined where all of it lies in `chunk`.
   */
  chunk(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly Segment[] | undefined,
  ): void;
  /** Whether a chunk that was found by searching may be one of this connection. Its first `PLACED` bytes are there. */
  fits(bytes: Uint8Array, at: number): boolean;
  /** The bytes are no chunk; reported once, until the reader has found its footing again. */
  lost(chunk: Chunk, fault: 'opcua.message-type' | 'opcua.size'): void;
  /** The chunk that was read costs too much, and is passed over. */
  overfull(chunk: Chunk): void;
}

/** Of a chunk header, with the channel that it is for. */
const PLACED = 12;

const FIRST_CAPACITY = 512;

/** Memory that is held for the next chunk; larger ones are rare. */
const LARGEST_KEPT = 4096;

/** What a chunk may cost: the largest one, in segments of some 30 bytes. */
const MAX_CHUNK_COST = 4 * MAX_CHUNK_LENGTH;

const NOTHING = new Uint8Array(0);

export class ChunkReader implements Holder {
  readonly #handler: ChunkHandler;
  readonly #share: Share;
  #kept = NOTHING;
  #length = 0;
  #segments: Segment[] = [];
  #cost = 0;
  /** When its newest piece was seen. Valid iff there are segments. */
  #at: Micros = micros(0);
  /** Bytes of a chunk that are passed over. */
  #passing = 0;
  /** Looking for a header; what is kept is at most the beginning of one. */
  #searching = false;
  /** A header was found by searching, and no whole chunk has proven it yet. */
  #unproven = false;

  constructor(handler: ChunkHandler, share: Share) {
    this.#handler = handler;
    this.#share = share;
  }

  /** Bytes of a chunk that is not yet whole. */
  get unfinished(): number {
    return this.#searching || this.#unproven ? 0 : this.#length;
  }

  get cost(): number {
    return this.#cost;
  }

  read(chunk: Chunk): void {
    const end = chunk.offset + chunk.length;
    let at = chunk.offset;
    if (this.#length > 0) at = this.#complete(chunk);
    else if (this.#passing > 0) at = this.#pass(at, end);
    while (at < end) {
      if (this.#searching) {
        at = this.#search(chunk.bytes, at, end);
        continue;
      }
      const total = measureChunk(chunk.bytes, at, end);
      if (total > 0) {
        this.#unproven = false;
        this.#handler.chunk(chunk, chunk.bytes, at, total, undefined);
        at += total;
      } else if (total === INCOMPLETE) {
        this.#keep(chunk, at, end);
        return;
      } else {
        this.#lose(chunk, total);
        at++;
      }
    }
  }

  /** What follows comes after `length` bytes that nobody saw; 0 where nobody knows how many. */
  gap(length: number): void {
    const left = this.#lacking();
    const isWithin = length > 0 && left >= length;
    this.#forget();
    this.#searching = !isWithin;
    if (!isWithin) return;
    this.#passing = left - length;
    // How much was lost is what the ends of the connection say.
    this.#unproven = true;
  }

  /** Frees its memory, and passes over the chunk that is read; gives its newest piece, where there is one. */
  letGo(): LastChunk | undefined {
    const frame = this.#segments.at(-1)?.frame;
    const lacking = this.#lacking();
    if (this.#length > 0) {
      this.#forget();
      this.#passing = lacking;
      this.#searching = lacking === 0;
    }
    this.#kept = NOTHING;
    this.#count();
    return frame === undefined ? undefined : { frame, at: this.#at };
  }

  /** No more bytes will come. */
  end(): void {
    this.#forget();
    this.#kept = NOTHING;
    this.#count();
  }

  /** Bytes that the chunk at hand lacks; 0 where its size is not known, or not proven. */
  #lacking(): number {
    if (this.#unproven || this.#searching) return this.#passing;
    if (this.#length < HEADER_LENGTH) return this.#passing;
    return this.#total() - this.#length;
  }

  #lose(chunk: Chunk, fault: number): void {
    if (!this.#unproven) {
      this.#handler.lost(chunk, fault === BAD_SIZE ? 'opcua.size' : 'opcua.message-type');
    }
    this.#forget();
    this.#searching = true;
  }

  #forget(): void {
    this.#length = 0;
    this.#segments = [];
    this.#passing = 0;
    this.#unproven = false;
  }

  #pass(at: number, end: number): number {
    const passed = Math.min(this.#passing, end - at);
    this.#passing -= passed;
    return at + passed;
  }

  /** Where a chunk may begin from `from` on; `end` where none does. */
  #search(bytes: Uint8Array, from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const total = measureChunk(bytes, at, end);
      if (total < 0 || (end - at >= PLACED && !this.#handler.fits(bytes, at))) continue;
      const next = total > 0 ? measureChunk(bytes, at + total, end) : INCOMPLETE;
      // What follows it must be one too, unless nothing does.
      if (at + total < end && next < 0) continue;
      this.#searching = false;
      this.#unproven = true;
      return at;
    }
    return end;
  }

  #keep(chunk: Chunk, at: number, end: number): void {
    this.#append(chunk.bytes, at, end);
    this.#note(chunk, at, end);
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    this.#room(to - from);
    this.#kept.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#kept.length) return;
    let capacity = Math.max(FIRST_CAPACITY, this.#kept.length);
    while (capacity < needed) capacity *= 2;
    const larger = new Uint8Array(capacity);
    larger.set(this.#kept.subarray(0, this.#length));
    this.#kept = larger;
  }

  /** Adds from `chunk` what the kept chunk lacks; answers where the rest of the segment begins. */
  #complete(chunk: Chunk): number {
    const end = chunk.offset + chunk.length;
    let at = chunk.offset;
    // First the header, byte by byte, because it may turn out to be none; then the rest at once.
    while (this.#length < this.#head && at < end) {
      this.#append(chunk.bytes, at, at + 1);
      at++;
      const wrong = this.#wrong();
      if (wrong === undefined) continue;
      this.#lose(chunk, wrong);
      // The true one may begin in this very segment.
      return chunk.offset;
    }
    if (this.#length < this.#head) {
      this.#note(chunk, chunk.offset, end);
      return end;
    }
    const total = this.#total();
    const taken = Math.min(total - this.#length, end - at);
    this.#append(chunk.bytes, at, at + taken);
    at += taken;
    if (this.#length < total) {
      this.#note(chunk, chunk.offset, end);
      return end;
    }
    const [earlier, kept] = [this.#segments, this.#kept];
    this.#forget();
    if (kept.length > LARGEST_KEPT) this.#kept = NOTHING;
    this.#count();
    this.#handler.chunk(chunk, kept, 0, total, earlier);
    return at;
  }

  /** Bytes that show whether a chunk may be what it seems. */
  get #head(): number {
    return this.#unproven ? PLACED : HEADER_LENGTH;
  }

  /** What is wrong with the beginning that is kept; undefined where it may be one. */
  #wrong(): number | undefined {
    const total = measureChunk(this.#kept, 0, this.#length);
    if (total < 0) return total;
    const isPlaced = this.#unproven && this.#length >= PLACED;
    return isPlaced && !this.#handler.fits(this.#kept, 0) ? BAD_TYPE : undefined;
  }

  /** Takes note of where the bytes from `from` to `to` of `chunk` stand, which were kept. */
  #note(chunk: Chunk, from: number, to: number): void {
    const { frame, place, offset } = chunk;
    this.#at = chunk.at;
    addSegment(this.#segments, { frame, place: place + from - offset, length: to - from });
    this.#count();
    if (this.#cost > MAX_CHUNK_COST) this.#handler.overfull(chunk);
  }

  #count(): void {
    const before = this.#cost;
    this.#cost = this.#kept.length + this.#segments.length * SEGMENT_COST;
    this.#share.change(this.#cost - before);
  }

  #total(): number {
    return Math.min(uint32(this.#kept, 4), MAX_CHUNK_LENGTH);
  }
}
