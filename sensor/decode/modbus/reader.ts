/**
 * Cuts one direction of a connection into ADUs.
 *
 * A segment that holds whole ADUs, as nearly all do, is passed on where it lies. The unfinished tail
 * is copied, at most one ADU of it. After a gap or a header that cannot be, the reader searches for
 * the next plausible ADU instead of giving up: one lost packet must not blind the sensor.
 */
import type { Chunk } from '../protocol.ts';
import type { ModbusFault } from './fault.ts';
import { BAD_PROTOCOL_ID, INCOMPLETE, MAX_SEEN_ADU_LENGTH, measureSeenFrame } from './frame.ts';
import { EXCEPTION_BIT, FUNCTIONS } from './functions.ts';
import { findFrame, shapeOf } from './shape.ts';

/** Enough to hold one whole ADU wherever it begins, behind the rest of another. */
const SEARCH_LIMIT = 2 * MAX_SEEN_ADU_LENGTH;

export interface AduHandler {
  /**
   * A whole ADU of `total` bytes at `at` in `bytes`. `earlier` are the frames that carried its first
   * bytes, before `chunk.frame`, which completed it; undefined where there were none.
   */
  adu(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly number[] | undefined,
  ): void;
  /** The bytes are no ADU; reported once, until the reader has found its footing again. `what` the sender did, in words. */
  lost(chunk: Chunk, fault: LostFault, what: string): void;
}

export type LostFault = Extract<
  ModbusFault,
  'modbus.protocol-id' | 'modbus.length' | 'modbus.truncated' | 'modbus.crc'
>;

/** Cuts what one side sends into ADUs. */
export interface MessageReader {
  /** Bytes of an ADU that is not yet whole. */
  readonly unfinished: number;
  read(chunk: Chunk): void;
  /** What follows comes after bytes that nobody saw. */
  gap(): void;
}

/** Nearly every ADU lies in one frame. */
const NO_FRAMES: readonly number[] = [];

export class AduReader implements MessageReader {
  readonly #handler: AduHandler;
  /** `REQUEST` or `RESPONSE`: what this side sends. */
  readonly #role: number;
  #kept: Uint8Array | undefined;
  #length = 0;
  #frames: readonly number[] = NO_FRAMES;
  #searching = false;

  constructor(handler: AduHandler, role: number) {
    this.#handler = handler;
    this.#role = role;
  }

  /** Bytes of an ADU that is not yet whole. */
  get unfinished(): number {
    return this.#searching ? 0 : this.#length;
  }

  read(chunk: Chunk): void {
    if (this.#searching) {
      this.#search(chunk, chunk.offset);
      return;
    }
    const end = chunk.offset + chunk.length;
    let at = this.#length > 0 ? this.#complete(chunk) : chunk.offset;
    while (at < end) {
      const total = measureSeenFrame(chunk.bytes, at, end);
      if (total > 0) {
        this.#handler.adu(chunk, chunk.bytes, at, total, undefined);
        at += total;
      } else if (total === INCOMPLETE) {
        this.#keep(chunk, at, end);
        return;
      } else {
        this.#lose(chunk, total, chunk.bytes, at);
        this.#search(chunk, at);
        return;
      }
    }
  }

  /** What follows comes after bytes that nobody saw. */
  gap(): void {
    this.#forget();
    this.#searching = true;
  }

  #lose(chunk: Chunk, fault: number, bytes: Uint8Array, at: number): void {
    const hex = Buffer.from(bytes.slice(at, at + 8)).toString('hex');
    const name = fault === BAD_PROTOCOL_ID ? 'modbus.protocol-id' : 'modbus.length';
    this.#handler.lost(chunk, name, `sent no Modbus header: \`${hex}\``);
    this.#forget();
    this.#searching = true;
  }

  #forget(): void {
    this.#length = 0;
    this.#frames = NO_FRAMES;
  }

  #keep(chunk: Chunk, at: number, end: number): void {
    this.#kept ??= new Uint8Array(SEARCH_LIMIT);
    for (let i = at; i < end; i++) this.#kept[this.#length++] = chunk.bytes[i] ?? 0;
    this.#frames = [...this.#frames, chunk.frame];
  }

  /** Adds from `chunk` what the kept ADU lacks; answers where the rest of the chunk begins. */
  #complete(chunk: Chunk): number {
    const kept = this.#kept ?? new Uint8Array(SEARCH_LIMIT);
    const end = chunk.offset + chunk.length;
    for (let at = chunk.offset; at < end; at++) {
      kept[this.#length++] = chunk.bytes[at] ?? 0;
      const total = measureSeenFrame(kept, 0, this.#length);
      if (total > 0) {
        const earlier = this.#frames;
        this.#forget();
        this.#handler.adu(chunk, kept, 0, total, earlier);
        return at + 1;
      }
      if (total < 0) {
        this.#lose(chunk, total, kept, 0);
        this.#search(chunk, at + 1);
        return end;
      }
    }
    this.#frames = [...this.#frames, chunk.frame];
    return end;
  }

  /** Looks for an ADU from `from` on: at the start of the segment first, where nearly all begin. */
  #search(chunk: Chunk, from: number): void {
    const end = chunk.offset + chunk.length;
    const total = measureSeenFrame(chunk.bytes, from, end);
    if (total > 0 && this.#plausible(chunk.bytes, from, total, end)) {
      this.#found(chunk, chunk.bytes, from, end);
      return;
    }
    const kept = this.#kept ?? new Uint8Array(SEARCH_LIMIT);
    this.#kept = kept;
    for (let at = from; at < end; ) {
      if (this.#length === SEARCH_LIMIT) {
        kept.copyWithin(0, MAX_SEEN_ADU_LENGTH);
        this.#length -= MAX_SEEN_ADU_LENGTH;
      }
      while (at < end && this.#length < SEARCH_LIMIT) kept[this.#length++] = chunk.bytes[at++] ?? 0;
      const place = findFrame(kept, 0, this.#length, this.#role);
      if (place < 0) continue;
      const bytes = Uint8Array.from([
        ...kept.subarray(place, this.#length),
        ...chunk.bytes.subarray(at, end),
      ]);
      this.#found(chunk, bytes, 0, bytes.length);
      return;
    }
  }

  /** Of the right shape; or of a function that nobody knows, but just as long as the segment. */
  #plausible(bytes: Uint8Array, at: number, total: number, end: number): boolean {
    if ((shapeOf(bytes, at, total) & this.#role) !== 0) return true;
    return at + total === end && !FUNCTIONS.has((bytes[at + 7] ?? 0) & ~EXCEPTION_BIT);
  }

  /** Goes on reading at `at` of `bytes`, which may be a copy of what the search kept. */
  #found(chunk: Chunk, bytes: Uint8Array, at: number, end: number): void {
    this.#forget();
    this.#searching = false;
    this.read({ ...chunk, bytes, offset: at, length: end - at });
  }
}
