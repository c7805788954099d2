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

export class History {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(flows: number) {
    this.#bytes = new Uint8Array(flows * 2 * HISTORY_LENGTH);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Keeps the end of `chunk`, which is next in `direction`; call it before `expected` moves on. */
  remember(flow: number, direction: Direction, chunk: StreamChunk): void {
    const { bytes, view, offset, length } = chunk;
    const { expected } = direction;
    const base = (flow * 2 + direction.side) * HISTORY_LENGTH;
    let i = length > HISTORY_LENGTH ? length - HISTORY_LENGTH : 0;
    // Four at a time, but for those that go over the end of the ring: this is done for every byte of a plant.
    while (i < length) {
      const place = (expected + i) & MASK;
      if (i + 4 <= length && place + 4 <= HISTORY_LENGTH) {
        this.#view.setInt32(base + place, view.getInt32(offset + i));
        i += 4;
      } else {
        this.#bytes[base + place] = bytes[offset + i] as number;
        i++;
      }
    }
    direction.solid = Math.min(HISTORY_LENGTH, direction.solid + length);
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
