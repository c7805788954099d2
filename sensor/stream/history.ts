/**
 * The last bytes that were delivered of each direction, to find a retransmission that says something
 * else: a packet injected by a man on the side shows as exactly that.
 *
 * Byte `s` of a stream lies at `s mod HISTORY_LENGTH`. One allocation for all flows; the operating
 * system gives memory only for the parts that are used.
 */
import type { StreamChunk } from './consumer.ts';
import type { Direction } from './direction.ts';

/** Holds a whole Modbus ADU (260 bytes at most, nearly all far shorter). A power of two. */
export const HISTORY_LENGTH = 256;

const MASK = HISTORY_LENGTH - 1;

/** Bytes that are copied in one go. */
const WORD = 8;

export class History {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(flows: number) {
    this.#bytes = new Uint8Array(flows * 2 * HISTORY_LENGTH);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Keeps the end of `chunk`, which is next in `direction`; call it before `expected` moves on. */
  remember(flow: number, direction: Direction, chunk: StreamChunk): void {
    const { offset, length } = chunk;
    const base = (flow * 2 + direction.side) * HISTORY_LENGTH;
    const skipped = length > HISTORY_LENGTH ? length - HISTORY_LENGTH : 0;
    const kept = length - skipped;
    const place = (direction.expected + skipped) & MASK;
    const room = HISTORY_LENGTH - place;
    if (kept <= room) this.#copy(base + place, chunk, offset + skipped, kept);
    else {
      this.#copy(base + place, chunk, offset + skipped, room);
      this.#copy(base, chunk, offset + skipped + room, kept - room);
    }
    direction.solid = Math.min(HISTORY_LENGTH, direction.solid + length);
  }

  /**
   * Eight at a time, the last eight once more where they overlap: this is done for every byte of a plant.
   * As numbers they never leave the processor, so none becomes an object.
   */
  #copy(to: number, { bytes, view }: StreamChunk, from: number, length: number): void {
    const own = this.#view;
    const last = length - WORD;
    if (last < 0) {
      for (let i = 0; i < length; i++) this.#bytes[to + i] = bytes[from + i] as number;
      return;
    }
    for (let i = 0; i < last; i += WORD) {
      own.setBigInt64(to + i, view.getBigInt64(from + i, true), true);
    }
    own.setBigInt64(to + last, view.getBigInt64(from + last, true), true);
  }

  /**
   * How many of `length` bytes that were already delivered differ from what was delivered. Only the
   * last `HISTORY_LENGTH` bytes since the last gap can be compared; others count as equal.
   */
  differences(
    flow: number,
    direction: Direction,
    sequence: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): number {
    const { expected, solid, side } = direction;
    const start = (sequence - expected) | 0;
    const base = (flow * 2 + side) * HISTORY_LENGTH;
    const until = Math.min(start + length, 0);
    let count = 0;
    for (let at = Math.max(start, -solid); at < until; at++) {
      const kept = this.#bytes[base + ((expected + at) & MASK)];
      if (kept !== bytes[offset + at - start]) count++;
    }
    return count;
  }
}
