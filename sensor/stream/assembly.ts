/**
 * Puts the segments of one direction into order and hands the bytes to the consumer.
 *
 * Nearly every segment is the next one: its bytes are shown where they lie in the packet buffer.
 * Segments ahead of the stream wait, copied, until the bytes before them come, or until it is clear
 * that these were lost; then the consumer hears of a gap and the stream goes on.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';
import { createChunk } from './chunk.ts';
import type { TcpConnection } from './connection.ts';
import type { StreamEnd } from './consumer.ts';
import type { StreamCounters } from './counters.ts';
import type { Direction } from './direction.ts';
import { History } from './history.ts';
import type { Links } from './links.ts';
import { patience, SETTLING_SEGMENTS } from './patience.ts';
import {
  createEarly,
  fillEarly,
  insertPending,
  isTooMuch,
  pendingDifferences,
  SegmentPool,
} from './pending.ts';
import { placeIn } from './place.ts';
import { Settling } from './settling.ts';

/** Beyond these distances a segment is not of this place of the stream. */
const MAX_AHEAD = 67_108_864;
export const MAX_BEHIND = 1_048_576;

/** After so many segments far away the stream is believed to be there. */
export const STRIKES_TO_RESYNCHRONISE = 3;

export class Assembly {
  readonly #counters: StreamCounters;
  readonly #links: Links;
  readonly #history: History;
  readonly #pool = new SegmentPool();
  /** Connections with waiting segments. */
  readonly #waiting = new Set<TcpConnection>();
  readonly #settling = new Settling();
  readonly #chunk = createChunk();
  readonly #early = createEarly();

  constructor(flows: number, counters: StreamCounters, links: Links) {
    this.#counters = counters;
    this.#links = links;
    this.#history = new History(flows);
  }

  /** Takes a segment with payload whose first byte has number `sequence`. */
  segment(
    connection: TcpConnection,
    direction: Direction,
    view: PacketView,
    packet: CapturedPacket,
    sequence: number,
  ): void {
    this.#counters.segments++;
    if (!direction.started) direction.startInMiddle(sequence);
    if (sequence === direction.expected && direction.pending === undefined) {
      direction.strikes = 0;
      this.#deliverInPlace(connection, direction, view, packet, 0);
    } else {
      this.#outOfPlace(connection, direction, view, packet, sequence);
    }
  }

  /** Takes a segment that has the header of one before: it only may not say something else. */
  copy(
    connection: TcpConnection,
    direction: Direction,
    view: PacketView,
    packet: CapturedPacket,
    sequence: number,
  ): void {
    if (!direction.started) return;
    this.#compare(connection, direction, view, packet, sequence);
    if (direction.pending === undefined) return;
    fillEarly(this.#early, view, packet, sequence, 0);
    const differences = pendingDifferences(direction, this.#early);
    if (differences > 0) this.#conflict(connection, direction, differences, packet);
  }

  /** Takes a FIN; `finAt` is the number after the last byte. */
  fin(
    connection: TcpConnection,
    direction: Direction,
    finAt: number,
    packet: CapturedPacket,
  ): void {
    if (direction.ended) return;
    if (!direction.started) direction.start(finAt);
    const distance = (finAt - direction.expected) | 0;
    if (distance < 0 || distance > MAX_AHEAD) return;
    direction.finAt = finAt;
    direction.finKnown = true;
    this.#endIfFinished(connection, direction, packet.number, packet.at);
  }

  /** Takes an acknowledgment by the receiver of `direction`. */
  acknowledged(direction: Direction, acknowledgment: number): void {
    const first = direction.pending;
    if (first === undefined) return;
    const reached = direction.settling ? first.sequence : direction.expected;
    const isPast = ((acknowledgment - reached) | 0) > 0;
    if (isPast && direction.hole !== undefined) direction.hole.acknowledged = true;
  }

  /** Gives up waiting where it has been long enough. */
  review(connection: TcpConnection, now: Micros, frame: number): void {
    for (const direction of connection.directions) {
      const { hole } = direction;
      if (hole !== undefined && now - hole.since > patience(direction)) {
        this.#skipHole(connection, direction, frame, now);
      }
    }
    this.#settle(connection);
  }

  /** `review` for those that are seen from their middle and have waited for long enough. */
  reviewSettling({ at, number }: CapturedPacket): void {
    while (!this.#settling.none) {
      const connection = this.#settling.takeDue(at);
      if (connection === undefined) return;
      this.review(connection, at, number);
    }
  }

  /** `review` for all connections; for when no packets come. */
  reviewAll(now: Micros, frame: number): void {
    for (const connection of this.#waiting) this.review(connection, now, frame);
  }

  /** Delivers what waits, with gaps, and ends both directions. */
  end(connection: TcpConnection, reason: StreamEnd, frame: number, at: Micros): void {
    for (const direction of connection.directions) {
      while (direction.pending !== undefined && !connection.ignored) {
        // Nobody waited for what is missing, so it may be no loss unless it was acknowledged.
        this.#skipHole(connection, direction, frame, at, direction.hole?.acknowledged);
      }
      this.#endDirection(connection, direction, reason, frame, at);
    }
    this.#settle(connection);
  }

  #deliverInPlace(
    connection: TcpConnection,
    direction: Direction,
    view: PacketView,
    packet: CapturedPacket,
    stale: number,
  ): void {
    const chunk = this.#chunk;
    if (view.payloadLength > stale) {
      chunk.bytes = view.bytes;
      chunk.view = view.view;
      chunk.offset = view.payload + stale;
      chunk.place = placeIn(packet, view, stale);
      chunk.length = view.payloadLength - stale;
      chunk.frame = packet.number;
      chunk.at = packet.at;
      this.#emit(connection, direction);
    }
    if (view.payloadMissing > 0) {
      const missing = view.payloadMissing - Math.max(0, stale - view.payloadLength);
      this.#gap(connection, direction, missing, packet.number, packet.at);
    }
    if (direction.finKnown) this.#endIfFinished(connection, direction, packet.number, packet.at);
  }

  /** Hands over the chunk. */
  #emit(connection: TcpConnection, direction: Direction): void {
    const chunk = this.#chunk;
    chunk.side = direction.side;
    this.#history.remember(connection.flow, direction, chunk);
    direction.expected = (direction.expected + chunk.length) | 0;
    this.#links.seen(connection.link, chunk.length);
    if (!connection.ignored) connection.consumer?.bytes(chunk);
  }

  #outOfPlace(
    connection: TcpConnection,
    direction: Direction,
    view: PacketView,
    packet: CapturedPacket,
    sequence: number,
  ): void {
    const length = view.payloadLength + view.payloadMissing;
    const distance = (sequence - direction.expected) | 0;
    if (distance < -MAX_BEHIND || distance > MAX_AHEAD) {
      this.#strike(connection, direction, view, packet, sequence);
      return;
    }
    direction.strikes = 0;
    if (distance < 0) {
      if (distance === -1 && length === 1) {
        this.#counters.keepAlives++;
        return;
      }
      this.#compare(connection, direction, view, packet, sequence);
      if (distance + length <= 0) {
        this.#counters.retransmissions++;
        return;
      }
    }
    if (distance <= 0 && direction.pending === undefined) {
      this.#deliverInPlace(connection, direction, view, packet, -distance);
    } else {
      this.#wait(connection, direction, view, packet, sequence);
    }
  }

  /** Compares what is sent again with what was delivered. */
  #compare(
    connection: TcpConnection,
    direction: Direction,
    view: PacketView,
    packet: CapturedPacket,
    sequence: number,
  ): void {
    const { bytes, payload, payloadLength } = view;
    const flow = connection.flow;
    const differences = this.#history.differences(
      flow,
      direction,
      sequence,
      bytes,
      payload,
      payloadLength,
    );
    if (differences > 0) this.#conflict(connection, direction, differences, packet);
  }

  #wait(
    connection: TcpConnection,
    direction: Direction,
    view: PacketView,
    packet: CapturedPacket,
    sequence: number,
  ): void {
    const distance = (sequence - direction.expected) | 0;
    const stale = distance < 0 ? Math.min(-distance, view.payloadLength) : 0;
    fillEarly(this.#early, view, packet, sequence, stale);
    if (distance > 0 && !direction.settling) this.#counters.reordered++;
    if (direction.pending === undefined && direction.settling) this.#settling.add(connection);
    const differences = insertPending(direction, this.#early, this.#pool);
    if (differences > 0) this.#conflict(connection, direction, differences, packet);
    this.#drain(connection, direction);
    if (direction.settling && (direction.hole?.count ?? 0) >= SETTLING_SEGMENTS) {
      this.#skipHole(connection, direction, packet.number, packet.at);
    }
    this.#limit(connection, direction, packet);
    if (direction.finKnown) this.#endIfFinished(connection, direction, packet.number, packet.at);
    this.#settle(connection);
  }

  /** Delivers the waiting segments that are next. */
  #drain(connection: TcpConnection, direction: Direction): void {
    const chunk = this.#chunk;
    while (direction.pending?.sequence === direction.expected && !connection.ignored) {
      const segment = direction.shift();
      chunk.bytes = segment.bytes;
      chunk.view = segment.view;
      chunk.offset = 0;
      chunk.place = segment.place;
      chunk.length = segment.length;
      chunk.frame = segment.frame;
      chunk.at = segment.at;
      this.#emit(connection, direction);
      const next = direction.pending;
      const room = next === undefined ? segment.missing : (next.sequence - direction.expected) | 0;
      const missing = Math.min(segment.missing, room);
      if (missing > 0) this.#gap(connection, direction, missing, segment.frame, segment.at);
      this.#pool.release(segment);
    }
  }

  #limit(connection: TcpConnection, direction: Direction, packet: CapturedPacket): void {
    while (
      direction.pending !== undefined &&
      isTooMuch(direction, this.#pool) &&
      !connection.ignored
    ) {
      this.#counters.pendingLimit++;
      this.#skipHole(connection, direction, packet.number, packet.at);
    }
  }

  /** Goes on at the first waiting segment, which is there. */
  #skipHole(
    connection: TcpConnection,
    direction: Direction,
    frame: number,
    now: Micros,
    isLost = true,
  ): void {
    const first = direction.pending;
    if (first === undefined) return;
    if (direction.settling) {
      direction.settling = false;
      direction.skipTo(first.sequence);
    } else {
      const length = (first.sequence - direction.expected) | 0;
      if (isLost) this.#links.lost(connection.link, length);
      this.#gap(connection, direction, length, frame, now);
    }
    this.#drain(connection, direction);
    if (direction.hole !== undefined) {
      direction.hole.since = now;
      direction.hole.acknowledged = false;
    }
    if (direction.finKnown) this.#endIfFinished(connection, direction, frame, now);
  }

  /** A segment far from the stream: after some of them, believe that the stream is there. */
  #strike(
    connection: TcpConnection,
    direction: Direction,
    view: PacketView,
    packet: CapturedPacket,
    sequence: number,
  ): void {
    this.#counters.outOfWindow++;
    direction.strikes++;
    if (direction.strikes < STRIKES_TO_RESYNCHRONISE) return;
    direction.strikes = 0;
    // Before what waits is delivered: a FIN of the place that the stream has left is not its end.
    direction.finKnown = false;
    while (direction.pending !== undefined && !connection.ignored) {
      this.#skipHole(connection, direction, packet.number, packet.at);
    }
    direction.skipTo(sequence);
    this.#counters.gaps++;
    if (!connection.ignored) connection.consumer?.gap(direction.side, 0, packet.number, packet.at);
    this.#deliverInPlace(connection, direction, view, packet, 0);
    this.#settle(connection);
  }

  #gap(
    connection: TcpConnection,
    direction: Direction,
    length: number,
    frame: number,
    at: Micros,
  ): void {
    this.#counters.gaps++;
    this.#counters.gapBytes += length;
    direction.missed += length;
    direction.skipTo((direction.expected + length) | 0);
    if (!connection.ignored) connection.consumer?.gap(direction.side, length, frame, at);
  }

  #conflict(
    connection: TcpConnection,
    direction: Direction,
    length: number,
    packet: CapturedPacket,
  ): void {
    this.#counters.conflictingBytes += length;
    if (connection.ignored) return;
    connection.consumer?.conflict(direction.side, length, packet.number, packet.at);
  }

  #endIfFinished(connection: TcpConnection, direction: Direction, frame: number, at: Micros): void {
    if (!direction.finKnown || direction.expected !== direction.finAt) return;
    this.#endDirection(connection, direction, 'finished', frame, at);
  }

  #endDirection(
    connection: TcpConnection,
    direction: Direction,
    reason: StreamEnd,
    frame: number,
    at: Micros,
  ): void {
    if (direction.ended) return;
    direction.ended = true;
    direction.clear(this.#pool);
    if (!connection.ignored) connection.consumer?.end(direction.side, reason, frame, at);
  }

  /** Keeps `waits` and the list of waiting connections right, and frees what an ignored one still holds. */
  #settle(connection: TcpConnection): void {
    if (connection.ignored) {
      for (const direction of connection.directions) direction.clear(this.#pool);
    }
    const [first, second] = connection.directions;
    const waits = first.pending !== undefined || second.pending !== undefined;
    if (waits === connection.waits) return;
    connection.waits = waits;
    if (waits) this.#waiting.add(connection);
    else {
      this.#waiting.delete(connection);
      this.#settling.delete(connection);
    }
  }
}
