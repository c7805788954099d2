/**
 * Cuts one direction of a connection into RTU frames, and hands each on as the ADU of Modbus/TCP that
 * says the same, so that all behind is one for both framings.
 *
 * A segment that holds whole frames, as nearly all do, is read where it lies. After a gap or a CRC that
 * does not fit, the reader looks for a frame at the start of each segment, and then at every place.
 */
import type { Chunk } from '../protocol.ts';
import type { AduHandler, MessageReader } from './reader.ts';
import { MAX_RTU_LENGTH, measureRtu, measureRuledRtu, RTU_INCOMPLETE } from './rtu-frame.ts';

/** Of the header of Modbus/TCP, before the unit id. */
const HEADER = 6;
const CRC_LENGTH = 2;

export class RtuReader implements MessageReader {
  readonly #handler: AduHandler;
  /** `REQUEST` or `RESPONSE`: what this side sends. */
  readonly #role: number;
  /** The frame being handed on, behind a header. */
  readonly #adu = new Uint8Array(HEADER + MAX_RTU_LENGTH);
  /** Bytes that may begin a frame, less than one of them. */
  #kept: Uint8Array | undefined;
  /** Frames that carried them. */
  #frames: readonly number[] = [];
  #searching = false;

  constructor(handler: AduHandler, role: number) {
    this.#handler = handler;
    this.#role = role;
  }

  get unfinished(): number {
    return this.#searching ? 0 : (this.#kept?.length ?? 0);
  }

  read(chunk: Chunk): void {
    const { bytes, offset, length } = chunk;
    const end = offset + length;
    const kept = this.#kept;
    const begins = (): boolean => measureRtu(bytes, offset, end, this.#role) > 0;
    if (kept === undefined || (this.#searching && begins())) {
      this.#take(chunk, bytes, offset, end, 0);
      return;
    }
    const joined = Buffer.concat([kept, bytes.subarray(offset, end)]);
    this.#take(chunk, joined, 0, joined.length, kept.length);
  }

  gap(): void {
    this.#kept = undefined;
    this.#searching = true;
  }

  /** Hands on the frames of `at..end`, of which the first `old` bytes came before `chunk`; keeps the rest. */
  #take(chunk: Chunk, bytes: Uint8Array, at: number, end: number, old: number): void {
    const newFrom = at + old;
    for (let place = at; place < end; ) {
      const total = measureRtu(bytes, place, end, this.#role);
      if (total > 0) {
        this.#searching = false;
        this.#pass(chunk, bytes, place, total, place < newFrom ? this.#frames : undefined);
        place += total;
        continue;
      }
      if (total === RTU_INCOMPLETE && !this.#searching) {
        this.#keep(chunk, bytes, place, end, newFrom);
        return;
      }
      if (!this.#searching) this.#lose(chunk, bytes, place, end);
      const found = this.#find(bytes, place + 1, end);
      if (found < 0) {
        this.#keep(chunk, bytes, Math.max(place, end - MAX_RTU_LENGTH + 1), end, newFrom);
        return;
      }
      place = found;
    }
    this.#kept = undefined;
  }

  /**
   * The next place with a frame of the length that its function demands, and behind it the end or another
   * one: of the places in 64 KiB of anything, one has a CRC that fits.
   */
  #find(bytes: Uint8Array, from: number, end: number): number {
    for (let place = from; place < end; place++) {
      const total = measureRuledRtu(bytes, place, end, this.#role);
      if (total <= 0) continue;
      const next = place + total;
      if (next === end || measureRuledRtu(bytes, next, end, this.#role) > 0) return place;
    }
    return -1;
  }

  #lose(chunk: Chunk, bytes: Uint8Array, at: number, end: number): void {
    this.#searching = true;
    const shown = Buffer.from(bytes.slice(at, Math.min(at + 8, end))).toString('hex');
    this.#handler.lost(chunk, 'modbus.crc', `sent a frame whose CRC does not fit: \`${shown}\``);
  }

  #keep({ frame }: Chunk, bytes: Uint8Array, at: number, end: number, newFrom: number): void {
    this.#frames = at < newFrom ? [...this.#frames, frame] : [frame];
    this.#kept = Uint8Array.from(bytes.subarray(at, end));
  }

  #pass(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly number[] | undefined,
  ): void {
    const length = total - CRC_LENGTH;
    this.#adu[4] = length >> 8;
    this.#adu[5] = length & 0xff;
    for (let i = 0; i < length; i++) this.#adu[HEADER + i] = bytes[at + i] ?? 0;
    this.#handler.adu(chunk, this.#adu, 0, HEADER + length, earlier);
  }
}
