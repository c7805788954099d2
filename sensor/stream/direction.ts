/**
 * One direction of a connection: where its stream stands, and the segments that came too early.
 *
 * Sequence numbers are signed 32-bit and wrap; they are compared as `(a - b) | 0`, which is right as
 * long as both lie within 2 GiB of each other.
 */
import type { Micros } from '#sensor/model/time.ts';
import type { Side } from './consumer.ts';
import type { PendingSegment, SegmentPool } from './pending.ts';

/** Room before the first segment that is seen of a stream whose start is not: a window without scaling. */
const SETTLING_ROOM = 65_536;

/** What is missing before the segments that wait, and how much they are. */
export interface Hole {
  /** The last of the segments. */
  last: PendingSegment | undefined;
  count: number;
  bytes: number;
  /** When the bytes before them were first missed. */
  since: Micros;
  /** The other end has acknowledged bytes that we never saw. */
  acknowledged: boolean;
}

export class Direction {
  // What each segment asks for stands first, side by side in memory.
  readonly side: Side;
  /** Sequence number of the next byte to deliver; before the first one while `settling`. */
  expected = 0;
  /** True iff `expected` is known. */
  started = false;
  /** The consumer was told that it ended. */
  ended = false;
  finKnown = false;
  /** Segments ahead of `expected`, in order, without overlap. */
  pending: PendingSegment | undefined = undefined;
  /** Bytes delivered since the last gap, counted up to `HISTORY_LENGTH`. */
  solid = 0;
  /** Segments far from `expected` that came one after the other. */
  strikes = 0;
  /** The stream is seen from its middle, and earlier segments may still come: they may be swapped. */
  settling = false;
  /** Valid iff `finKnown`: sequence number after the last byte of the stream. */
  finAt = 0;
  /** Bytes that were never seen, as far as their number is known. */
  missed = 0;
  /** Valid iff `pending`. Hardly a direction has one, so it is an object of its own. */
  hole: Hole | undefined = undefined;

  constructor(side: Side) {
    this.side = side;
  }

  start(sequence: number): void {
    this.started = true;
    this.expected = sequence;
    this.solid = 0;
  }

  /** Begins in the middle: `sequence` was seen first, which need not be the first that will be seen. */
  startInMiddle(sequence: number): void {
    this.start((sequence - SETTLING_ROOM) | 0);
    this.settling = true;
  }

  /** Moves on over bytes that were never seen. */
  skipTo(sequence: number): void {
    this.expected = sequence;
    this.solid = 0;
  }

  /** Takes the first waiting segment out. INVARIANT: `pending` is there. */
  shift(): PendingSegment {
    const first = this.pending as PendingSegment;
    this.pending = first.next;
    if (this.hole !== undefined) {
      this.hole.count--;
      this.hole.bytes -= first.length;
    }
    if (first.next === undefined) this.hole = undefined;
    return first;
  }

  /** Forgets the waiting segments. */
  clear(pool: SegmentPool): void {
    while (this.pending !== undefined) pool.release(this.shift());
  }
}
