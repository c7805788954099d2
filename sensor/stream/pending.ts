/**
 * Segments that came before the bytes that precede them. They are the only TCP payload that is
 * copied; their buffers are used again.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';
import type { Direction } from './direction.ts';
import { placeIn } from './place.ts';

/**
 * Rooms of buffers: a Modbus ADU with what may be sent with it, and an Ethernet frame. Longer segments
 * (offload, jumbo frames) get a buffer of their own.
 */
const SHORT_LENGTH = 256;
const LONG_LENGTH = 2048;

/**
 * Buffers of each room kept for later use. Where a sensor begins to listen, the first segments of all connections wait a
 * moment at once, and would be as many objects to throw away: short ones 5 MiB, long ones 2 MiB.
 */
const MAX_POOLED_SHORT = 8192;
const MAX_POOLED_LONG = 1024;

/** Waiting segments of one direction: more than a window of 64 KiB in Ethernet frames (45). */
export const MAX_PENDING_SEGMENTS = 128;

/** Waiting bytes of one direction: four windows without scaling. RFC 9293, 3.1. */
const MAX_PENDING_BYTES = 262_144;

/** Room of what waits in all connections: bounds what an attacker can make the sensor keep. */
const MAX_TOTAL_PENDING_BYTES = 33_554_432;

export interface PendingSegment {
  sequence: number;
  /** Bytes 0..length-1 are the payload. */
  bytes: Uint8Array;
  view: DataView;
  /** Where the first of them stands in the captured bytes of `frame`. */
  place: number;
  length: number;
  /** Bytes after it that were on the wire but not captured. */
  missing: number;
  frame: number;
  at: Micros;
  next: PendingSegment | undefined;
}

/** The part of a segment that is not older than the stream; what `insertPending` copies from. */
export interface EarlySegment {
  sequence: number;
  bytes: Uint8Array;
  offset: number;
  place: number;
  length: number;
  missing: number;
  frame: number;
  at: Micros;
}

/** One for each reassembler, filled anew. */
export function createEarly(): EarlySegment {
  const bytes = new Uint8Array(0);
  return {
    sequence: 0,
    bytes,
    offset: 0,
    place: 0,
    length: 0,
    missing: 0,
    frame: 0,
    at: micros(0),
  };
}

/** The segment without its first `stale` bytes. */
export function fillEarly(
  early: EarlySegment,
  view: PacketView,
  packet: CapturedPacket,
  sequence: number,
  stale: number,
): void {
  early.sequence = (sequence + stale) | 0;
  early.bytes = view.bytes;
  early.offset = view.payload + stale;
  early.place = placeIn(packet, view, stale);
  early.length = view.payloadLength - stale;
  early.missing = view.payloadMissing;
  early.frame = packet.number;
  early.at = packet.at;
}

export class SegmentPool {
  readonly #short: PendingSegment[] = [];
  readonly #long: PendingSegment[] = [];
  /** Room of the segments that wait in all connections together: many short ones take far more than their payload. */
  waitingBytes = 0;

  take(length: number): PendingSegment {
    const segment = this.#poolOf(length)?.pop() ?? createSegment(length);
    this.waitingBytes += segment.bytes.length;
    return segment;
  }

  release(segment: PendingSegment): void {
    const room = segment.bytes.length;
    this.waitingBytes -= room;
    segment.next = undefined;
    const most = room <= SHORT_LENGTH ? MAX_POOLED_SHORT : MAX_POOLED_LONG;
    const pool = this.#poolOf(room);
    if (pool !== undefined && pool.length < most) pool.push(segment);
  }

  #poolOf(length: number): PendingSegment[] | undefined {
    if (length <= SHORT_LENGTH) return this.#short;
    return length <= LONG_LENGTH ? this.#long : undefined;
  }
}

function createSegment(length: number): PendingSegment {
  const room = length <= SHORT_LENGTH ? SHORT_LENGTH : Math.max(length, LONG_LENGTH);
  const bytes = new Uint8Array(room);
  const view = new DataView(bytes.buffer);
  const at = micros(0);
  return { sequence: 0, bytes, view, place: 0, length, missing: 0, frame: 0, at, next: undefined };
}

/** True iff one of the three bounds is passed. */
export const isTooMuch = ({ hole }: Direction, pool: SegmentPool): boolean =>
  hole !== undefined &&
  (hole.count > MAX_PENDING_SEGMENTS ||
    hole.bytes > MAX_PENDING_BYTES ||
    pool.waitingBytes > MAX_TOTAL_PENDING_BYTES);

/**
 * Puts the bytes of `early` between the waiting segments. Where they overlap, the bytes that came
 * first stay. Gives how many of the overlapping bytes differ.
 */
export function insertPending(
  direction: Direction,
  early: EarlySegment,
  pool: SegmentPool,
): number {
  const base = direction.expected;
  const end = (early.sequence - base + early.length) | 0;
  let from = (early.sequence - base) | 0;
  const last = direction.hole?.last;
  // Behind all others, as nearly each is: where packets are lost, a walk along those that wait would lose more.
  if (last !== undefined && from >= ((last.sequence - base + last.length) | 0)) {
    if (from < end) link(direction, early, from, end, end, last, undefined, pool);
    return 0;
  }
  let conflicts = 0;
  let previous: PendingSegment | undefined;
  let node = direction.pending;
  while (from < end) {
    const start = node === undefined ? end : (node.sequence - base) | 0;
    const stop = node === undefined ? end : start + node.length;
    if (node !== undefined && stop <= from) {
      previous = node;
      node = node.next;
      continue;
    }
    if (start > from) {
      const until = Math.min(start, end);
      previous = link(direction, early, from, until, end, previous, node, pool);
      from = until;
    }
    if (node !== undefined && from < end && start < end) {
      const until = Math.min(stop, end);
      conflicts += countDifferences(early, node, base, from, until);
      from = until;
      previous = node;
      node = node.next;
    }
  }
  return conflicts;
}

/** How many bytes of `early` differ from waiting ones. */
export function pendingDifferences(direction: Direction, early: EarlySegment): number {
  const base = direction.expected;
  const from = (early.sequence - base) | 0;
  const end = from + early.length;
  let differences = 0;
  for (let node = direction.pending; node !== undefined; node = node.next) {
    const start = (node.sequence - base) | 0;
    const until = Math.min(end, start + node.length);
    differences += countDifferences(early, node, base, Math.max(from, start), until);
  }
  return differences;
}

/** Copies the bytes `from`..`until` (counted from `expected`) into a segment between two others. */
function link(
  direction: Direction,
  early: EarlySegment,
  from: number,
  until: number,
  end: number,
  previous: PendingSegment | undefined,
  next: PendingSegment | undefined,
  pool: SegmentPool,
): PendingSegment {
  const length = until - from;
  const segment = pool.take(length);
  segment.sequence = (direction.expected + from) | 0;
  const source = early.offset + from - ((early.sequence - direction.expected) | 0);
  segment.bytes.set(early.bytes.subarray(source, source + length));
  segment.place = early.place + source - early.offset;
  segment.length = length;
  segment.missing = until === end ? early.missing : 0;
  segment.frame = early.frame;
  segment.at = early.at;
  segment.next = next;
  if (previous === undefined) direction.pending = segment;
  else previous.next = segment;
  direction.hole ??= { last: undefined, count: 0, bytes: 0, since: early.at, acknowledged: false };
  if (next === undefined) direction.hole.last = segment;
  direction.hole.count++;
  direction.hole.bytes += length;
  return segment;
}

function countDifferences(
  early: EarlySegment,
  node: PendingSegment,
  base: number,
  from: number,
  until: number,
): number {
  const inEarly = early.offset - ((early.sequence - base) | 0);
  const inNode = -((node.sequence - base) | 0);
  let differences = 0;
  for (let i = from; i < until; i++) {
    if (early.bytes[inEarly + i] !== node.bytes[inNode + i]) differences++;
  }
  return differences;
}
