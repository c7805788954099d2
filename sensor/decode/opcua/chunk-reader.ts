/**
 * Cuts one direction of a connection into chunks.
 *
 * A segment that holds whole chunks, as nearly all do, is passed on where it lies. The unfinished tail is
 * copied; memory for it grows with the bytes that really come, not with the size that a header claims.
 * After a gap or a header that cannot be, the reader searches for the next one: one lost packet must not
 * blind the sensor.
 */
import type { Chunk } from '../protocol.ts';
import {
  BAD_SIZE,
  BAD_TYPE,
  HEADER_LENGTH,
  INCOMPLETE,
  MAX_CHUNK_LENGTH,
  measureChunk,
} from './frame.ts';

/** Where bytes of a chunk stand in the frames that carried them. */
export interface Segment {
  readonly frame: number;
  readonly place: number;
  readonly length: number;
}

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
  /** The bytes are no chunk; reported once, until the reader has found its footing again. */
  lost(chunk: Chunk, fault: 'opcua.message-type' | 'opcua.size'): void;
}

const FIRST_CAPACITY = 4096;

export class ChunkReader {
  readonly #handler: ChunkHandler;
  #kept = new Uint8Array(0);
  #length = 0;
  #segments: Segment[] = [];
  /** Looking for a header; what is kept is at most the beginning of one. */
  #searching = false;
  /** A header was found by searching, and no whole chunk has proven it yet. */
  #unproven = false;

  constructor(handler: ChunkHandler) {
    this.#handler = handler;
  }

  /** Bytes of a chunk that is not yet whole. */
  get unfinished(): number {
    return this.#searching || this.#unproven ? 0 : this.#length;
  }

  read(chunk: Chunk): void {
    const end = chunk.offset + chunk.length;
    let at = this.#length > 0 ? this.#complete(chunk) : chunk.offset;
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

  /** What follows comes after bytes that nobody saw. */
  gap(): void {
    this.#forget();
    this.#searching = true;
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
    this.#unproven = false;
  }

  /** Where a chunk may begin from `from` on; `end` where none does. */
  #search(bytes: Uint8Array, from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const total = measureChunk(bytes, at, end);
      if (total < 0) continue;
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
    this.#room(end - at);
    this.#kept.set(chunk.bytes.subarray(at, end), this.#length);
    this.#length += end - at;
    const place = chunk.place + at - chunk.offset;
    this.#segments.push({ frame: chunk.frame, place, length: end - at });
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
    while (this.#length < HEADER_LENGTH && at < end) {
      this.#room(1);
      this.#kept[this.#length++] = chunk.bytes[at++] ?? 0;
      const total = measureChunk(this.#kept, 0, this.#length);
      if (total === BAD_TYPE || total === BAD_SIZE) {
        this.#lose(chunk, total);
        // A header may begin within the few bytes that were kept, but that they are rescanned is not worth it.
        return at;
      }
    }
    if (this.#length < HEADER_LENGTH) {
      this.#note(chunk, at - chunk.offset);
      return end;
    }
    const total = this.#total();
    const taken = Math.min(total - this.#length, end - at);
    this.#room(taken);
    this.#kept.set(chunk.bytes.subarray(at, at + taken), this.#length);
    this.#length += taken;
    at += taken;
    if (this.#length < total) {
      this.#note(chunk, at - chunk.offset);
      return end;
    }
    const earlier = this.#segments;
    this.#forget();
    const kept = this.#kept;
    // A chunk as large as this is rare; its memory is not held for the next one.
    if (kept.length > LARGEST_KEPT) this.#kept = new Uint8Array(0);
    this.#handler.chunk(chunk, kept, 0, total, earlier);
    return at;
  }

  #note({ frame, place }: Chunk, length: number): void {
    this.#segments.push({ frame, place, length });
  }

  #total(): number {
    const size = new DataView(this.#kept.buffer).getUint32(4, true);
    return Math.min(size, MAX_CHUNK_LENGTH);
  }
}

/** Chunks that stacks agree on by default are no longer. */
const LARGEST_KEPT = 65_536;

/** Where the bytes of a chunk stand, in their order. */
export function segmentsOf(
  chunk: Chunk,
  at: number,
  total: number,
  earlier: readonly Segment[] | undefined,
): readonly Segment[] {
  const { frame, place, offset } = chunk;
  if (earlier === undefined) return [{ frame, place: place + at - offset, length: total }];
  const before = earlier.reduce((sum, { length }) => sum + length, 0);
  return [...earlier, { frame, place, length: total - before }];
}
