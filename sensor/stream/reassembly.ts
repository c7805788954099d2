/**
 * TCP: from segments to connections with two streams of bytes. How to use it stands in consumer.ts.
 *
 * Tolerant by design: a connection may be seen from its middle, in one direction only, with packets
 * missing, swapped or doubled by the mirror port. What anybody could forge to make the sensor look
 * away (RST, FIN, SYN, segments far away) ends nothing for good: bytes that follow are read again.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { FlowReason } from '#sensor/model/flow.ts';
import type { Micros } from '#sensor/model/time.ts';
import { ACK, FIN, type PacketView, RST, SYN } from '#sensor/wire/packet-view.ts';
import { AddressBook } from './address-book.ts';
import { Assembly, MAX_BEHIND } from './assembly.ts';
import { TcpConnection } from './connection.ts';
import type { OpenConsumer, Side, StreamEnd } from './consumer.ts';
import { createStreamCounters, type StreamCounters } from './counters.ts';
import { type FlowList, FlowTable, MAX_FLOWS } from './flow.ts';
import type { FlowMeter } from './flow-meter.ts';
import { type FlowOrigin, FlowPeers, noteMac, type PeerTables } from './flow-peers.ts';
import { Handshakes, other } from './handshake.ts';
import { Links } from './links.ts';

/** A connection that is alive at all shows itself within this time: Linux probes after 7200 s. */
export const IDLE_TIMEOUT_MICROS = 7_260_000_000;

/** For flows without payload, of no interest, or over. Twice the longest segment lifetime of most stacks. */
export const MINOR_TIMEOUT_MICROS = 60_000_000;

/** By then a connection with payload has been answered, if the answers are seen at all. */
const JUDGE_AFTER_MICROS = 10_000_000;

/** Bits of both sides. */
const BOTH_SIDES = 3;

/** Flows are looked through for idle ones at every so many packets; a power of two. */
const EXPIRY_INTERVAL = 64;

/** A RST this far ahead of the stream is still within any window in use. */
const MAX_RESET_AHEAD = 1_048_576;

export interface ReassemblyOptions {
  readonly open: OpenConsumer;
  /** Random number that makes the flow table unpredictable; any for tests. */
  readonly seed: number;
  /** Flows at once; `MAX_FLOWS` where absent. */
  readonly maxFlows?: number;
  /** Counts all flows; absent where nobody asks for that. */
  readonly meter?: FlowMeter;
}

/** What the account of a flow says of the end of its connection: of `finished` and `reset` it waits for what else comes. */
const REASONS: Readonly<Record<StreamEnd, FlowReason>> = {
  finished: 'timeout',
  reset: 'timeout',
  idle: 'timeout',
  replaced: 'replaced',
  evicted: 'evicted',
  'capture-end': 'capture-end',
};

export class TcpReassembler {
  readonly counters: StreamCounters = createStreamCounters();
  readonly links = new Links();
  /** Of the last segment: who sent it, and whether it is the first of its flow, whose number may have been another's. */
  side: Side = 0;
  isNew = false;
  readonly #open: OpenConsumer;
  readonly #meter: FlowMeter | undefined;
  readonly #flows: FlowTable;
  readonly #handshakes: Handshakes;
  readonly #assembly: Assembly;
  readonly #connections: (TcpConnection | undefined)[];
  readonly #firstSeen: Float64Array;
  readonly #lastSeen: Float64Array;
  /** Per flow and side: upper 16 and lower 32 bits of the MAC address. */
  readonly #macs: Int32Array;
  readonly #tables: PeerTables;
  /** Per flow: a bit for each side that sent anything. */
  readonly #sides: Uint8Array;
  /** Connections of which it is open whether both directions are seen, the oldest first. */
  readonly #unjudged = new Set<TcpConnection>();
  #lastId = 0;
  #packets = 0;

  constructor(options: ReassemblyOptions) {
    const flows = options.maxFlows ?? MAX_FLOWS;
    this.#open = options.open;
    this.#meter = options.meter;
    this.#flows = new FlowTable(flows, options.seed);
    this.#handshakes = new Handshakes(flows);
    this.#assembly = new Assembly(flows, this.counters, this.links);
    this.#connections = new Array<TcpConnection | undefined>(flows).fill(undefined);
    this.#firstSeen = new Float64Array(flows);
    this.#lastSeen = new Float64Array(flows);
    this.#macs = new Int32Array(flows * 4);
    this.#tables = { flows: this.#flows, macs: this.#macs, addresses: new AddressBook() };
    this.#sides = new Uint8Array(flows);
  }

  /** Flows being followed. */
  get size(): number {
    return this.#flows.size;
  }

  /** Takes a packet for which `parsePacket` gave `tcp`. Gives its flow, good until that is removed. */
  segment(view: PacketView, packet: CapturedPacket): number {
    const flows = this.#flows;
    let flow = flows.find(view);
    this.isNew = flow < 0;
    if (flow < 0) flow = this.#admit(view, packet);
    else flows.touch(flow);
    this.#lastSeen[flow] = packet.at;
    this.#packets = (this.#packets + 1) | 0;
    if ((this.#packets & (EXPIRY_INTERVAL - 1)) === 0) {
      this.#expire(packet.at, packet.number, flow);
      this.#assembly.reviewSettling(packet);
    }
    const side = flows.side;
    this.#sides[flow] = (this.#sides[flow] as number) | (1 << side);
    this.side = side;
    noteMac(this.#macs, flow, side, view, view.sourceMac);
    if ((view.flags & RST) !== 0) {
      this.#reset(flow, side, view, packet);
    } else {
      if ((view.flags & SYN) !== 0) this.#syn(flow, side, view, packet);
      this.#carry(flow, side, view, packet);
    }
    this.#meter?.count(flow, side, view, packet, this.#connections[flow]?.missed ?? 0);
    return flow;
  }

  /**
   * Takes a packet with the header of one that `segment` took as one of `flow`. It changes nothing, but
   * where it says something else that is a conflict, and tags that are not those of the flow become
   * another name of it. False where it is no copy of that flow after all: then it is one of its own.
   */
  copy(view: PacketView, packet: CapturedPacket, flow: number): boolean {
    const flows = this.#flows;
    const known = flows.find(view);
    if (known !== flow && !this.#rename(known, flow, packet)) return false;
    const connection = this.#connections[flow];
    if (connection === undefined || connection.ignored || view.payloadLength === 0) return true;
    flows.find(view);
    const direction = connection.directions[flows.side];
    const sequence = (view.flags & SYN) === 0 ? view.sequence : (view.sequence + 1) | 0;
    this.#assembly.copy(connection, direction, view, packet, sequence);
    return true;
  }

  /**
   * The tags of the packet become another name of `flow`. Where they have a flow `known` (-1: none) already,
   * the younger of the two goes: false if that is `flow`, because then the packet is new to the other.
   */
  #rename(known: number, flow: number, packet: CapturedPacket): boolean {
    const flows = this.#flows;
    if (!flows.mayName(flow)) return false;
    if (known < 0) {
      if (flows.full) return false;
      flows.addName(flow);
      return true;
    }
    const isYounger = (this.#firstSeen[known] as number) < (this.#firstSeen[flow] as number);
    const [kept, gone] = isYounger ? [known, flow] : [flow, known];
    this.#close(gone, 'replaced', packet.number, packet.at);
    this.counters.replaced++;
    flows.join(gone, kept);
    return !isYounger;
  }

  /**
   * Gives up what has waited too long. Call it about once a second where packets may stay away;
   * `frame` is the last frame seen.
   */
  tick(now: Micros, frame: number): void {
    this.#assembly.reviewAll(now, frame);
    for (const connection of this.#unjudged) {
      if (now - connection.startedAt <= JUDGE_AFTER_MICROS) break;
      this.#judge(connection);
    }
    this.#expire(now, frame, -1);
  }

  /** Ends all connections, for the end of a capture. The reassembler is empty afterwards and can go on. */
  finish(now: Micros, frame: number): void {
    for (const list of ['major', 'minor'] as const) {
      for (let flow = this.#flows.oldest(list); flow >= 0; flow = this.#flows.oldest(list)) {
        this.#remove(flow, 'capture-end', frame, now);
      }
    }
  }

  /** Payload and FIN. */
  #carry(flow: number, side: Side, view: PacketView, packet: CapturedPacket): void {
    const length = view.payloadLength + view.payloadMissing;
    const sequence = (view.flags & SYN) === 0 ? view.sequence : (view.sequence + 1) | 0;
    if (length > 0 && this.#handshakes.confirms(flow, side, sequence)) {
      this.#replace(flow, side, view, packet);
      this.#handshakes.adopt(flow);
    }
    let connection = this.#connections[flow];
    if (connection === undefined) {
      if (length === 0) return;
      connection = this.#openConnection(flow, packet);
    }
    if (connection.ignored) return;
    if (connection.waits) this.#review(connection, side, view, packet);
    // A bare acknowledgment changes nothing.
    else if (length === 0 && (view.flags & FIN) === 0) return;
    if (length > 0) {
      if (connection.directions[side].ended) {
        const reopened = this.#reopen(connection, side, sequence, view, packet);
        if (reopened === undefined) return;
        connection = reopened;
      }
      this.#assembly.segment(connection, connection.directions[side], view, packet, sequence);
    }
    if ((view.flags & FIN) !== 0 && !connection.ignored) {
      const finAt = (sequence + length) | 0;
      this.#assembly.fin(connection, connection.directions[side], finAt, packet);
    }
    if (connection.ignored) this.#flows.move(flow, 'minor');
    else if (!connection.closed) this.#closeIfEnded(connection);
  }

  #review(connection: TcpConnection, side: Side, view: PacketView, packet: CapturedPacket): void {
    if ((view.flags & ACK) !== 0) {
      this.#assembly.acknowledged(connection.directions[other(side)], view.acknowledgment);
    }
    this.#assembly.review(connection, packet.at, packet.number);
  }

  /** One end is enough for the short timeout: of the other direction there may be nothing to see. */
  #closeIfEnded(connection: TcpConnection): void {
    const [first, second] = connection.directions;
    if (!first.ended && !second.ended) return;
    this.#flows.move(connection.flow, 'minor');
    if (!first.ended || !second.ended) return;
    connection.closed = true;
    connection.consumer = undefined;
  }

  /**
   * Bytes after the end of their direction: late copies are counted; new ones mean that the end was
   * none, or that a new connection began unseen, and are read as one that is seen from its middle.
   */
  #reopen(
    connection: TcpConnection,
    side: Side,
    sequence: number,
    view: PacketView,
    packet: CapturedPacket,
  ): TcpConnection | undefined {
    const length = view.payloadLength + view.payloadMissing;
    const end = (sequence + length - connection.directions[side].expected) | 0;
    this.counters.afterEnd++;
    if (end <= 0 && end > -MAX_BEHIND) return undefined;
    this.#replace(connection.flow, side, view, packet);
    this.#handshakes.forgetStarts(connection.flow);
    return this.#openConnection(connection.flow, packet);
  }

  #syn(flow: number, side: Side, view: PacketView, packet: CapturedPacket): void {
    const connection = this.#connections[flow];
    if (connection?.closed === true) {
      this.#restart(flow, side, view, packet);
      return;
    }
    const verdict = this.#handshakes.syn(flow, side, view, connection !== undefined);
    if (verdict === 'restart') this.#restart(flow, side, view, packet);
  }

  /** A new connection between the same ends begins with this SYN or SYN-ACK. */
  #restart(flow: number, side: Side, view: PacketView, packet: CapturedPacket): void {
    this.#replace(flow, side, view, packet);
    this.#handshakes.reset(flow);
    this.#handshakes.note(flow, side, view);
    this.#firstSeen[flow] = packet.at;
  }

  #reset(flow: number, side: Side, view: PacketView, packet: CapturedPacket): void {
    const connection = this.#connections[flow];
    if (connection === undefined || connection.ignored || connection.closed) return;
    const direction = connection.directions[side];
    const distance = (view.sequence - direction.expected) | 0;
    if (direction.started && (distance < -1 || distance > MAX_RESET_AHEAD)) {
      this.counters.ignoredResets++;
      return;
    }
    this.#assembly.end(connection, 'reset', packet.number, packet.at);
    this.#closeIfEnded(connection);
  }

  #openConnection(flow: number, packet: CapturedPacket): TcpConnection {
    const handshakes = this.#handshakes;
    this.#lastId++;
    const link = this.links.placeOf(packet.interfaceIndex, this.#flows.vlan(flow));
    const connection = new TcpConnection(flow, this.#tables, this.#origin(flow), link);
    for (const direction of connection.directions) {
      if (handshakes.knowsStart(flow, direction.side)) {
        direction.start(handshakes.start(flow, direction.side));
      }
    }
    this.#connections[flow] = connection;
    this.#meter?.opened(flow, connection);
    const consumer = this.#open(connection);
    if (consumer === undefined) connection.ignore();
    else connection.handTo(consumer);
    this.#flows.move(flow, connection.ignored ? 'minor' : 'major');
    this.counters.connections++;
    this.#unjudged.add(connection);
    return connection;
  }

  #admit(view: PacketView, packet: CapturedPacket): number {
    const flows = this.#flows;
    if (flows.full) {
      const minor = flows.oldest('minor');
      const victim = minor < 0 ? flows.oldest('major') : minor;
      this.#remove(victim, 'evicted', packet.number, packet.at);
      this.counters.evicted++;
    }
    const flow = flows.add();
    this.#handshakes.reset(flow);
    this.#connections[flow] = undefined;
    this.#firstSeen[flow] = packet.at;
    this.#meter?.begin(flow, flows.side, view, packet);
    this.#sides[flow] = 0;
    this.#macs.fill(0, flow * 4, flow * 4 + 4);
    noteMac(this.#macs, flow, 1, view, view.destinationMac);
    return flow;
  }

  /** Removes what has been idle for too long; `current`, just used, stays. */
  #expire(now: Micros, frame: number, current: number): void {
    this.#expireList('minor', MINOR_TIMEOUT_MICROS, now, frame, current);
    this.#expireList('major', IDLE_TIMEOUT_MICROS, now, frame, current);
  }

  #expireList(list: FlowList, timeout: number, now: Micros, frame: number, current: number): void {
    for (;;) {
      const flow = this.#flows.oldest(list);
      if (flow < 0 || flow === current || now - (this.#lastSeen[flow] as number) <= timeout) return;
      this.#remove(flow, 'idle', frame, now);
      this.counters.idle++;
    }
  }

  #remove(flow: number, reason: StreamEnd, frame: number, at: Micros): void {
    this.#close(flow, reason, frame, at);
    this.#flows.remove(flow);
  }

  /** With this packet another connection between the same ends takes the place of the one that was. */
  #replace(flow: number, side: Side, view: PacketView, packet: CapturedPacket): void {
    this.#close(flow, 'replaced', packet.number, packet.at);
    this.counters.replaced++;
    this.#meter?.begin(flow, side, view, packet);
  }

  /** Ends the connection of `flow`, if there is one, and its account. */
  #close(flow: number, reason: StreamEnd, frame: number, at: Micros): void {
    const connection = this.#connections[flow];
    if (connection !== undefined) {
      this.#assembly.end(connection, reason, frame, at);
      if (this.#unjudged.has(connection)) this.#judge(connection);
      this.#connections[flow] = undefined;
    }
    this.#meter?.end(flow, connection ?? this.#peers(flow), REASONS[reason]);
  }

  /** Who stands at the ends of a flow whose bytes nobody reads. */
  #peers(flow: number): FlowPeers {
    return new FlowPeers(flow, this.#tables, this.#origin(flow));
  }

  #origin(flow: number): FlowOrigin {
    const handshakes = this.#handshakes;
    return {
      id: this.#lastId,
      transport: 'tcp',
      startedAt: this.#firstSeen[flow] as Micros,
      client: handshakes.client(flow),
      fromStart: handshakes.knowsStart(flow, 0) || handshakes.knowsStart(flow, 1),
    };
  }

  #judge(connection: TcpConnection): void {
    this.#unjudged.delete(connection);
    this.links.judged(connection.link, this.#sides[connection.flow] === BOTH_SIDES);
  }
}
