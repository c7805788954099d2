/**
 * UDP: from datagrams to conversations between two ends, for consumers that take whole datagrams.
 *
 * Nothing of UDP says who began, what is missing or that it is over. So each `bytes` of a consumer is
 * one whole datagram, `gap` tells one that was cut by the snaplen, and `end` comes when nothing was
 * said for `UDP_IDLE_MICROS`. Names and times ask a network constantly from ports that never come
 * again: what could begin nothing is looked at and forgotten, without a place in the table.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';
import { AddressBook } from './address-book.ts';
import { createChunk } from './chunk.ts';
import type { OpenConsumer, Side, StreamConsumer, StreamEnd } from './consumer.ts';
import { FlowTable } from './flow.ts';
import { FlowPeers, noteMac, type PeerTables } from './flow-peers.ts';
import { placeIn } from './place.ts';

/** A client that polls at all asks again within this time. */
export const UDP_IDLE_MICROS = 300_000_000;

/** Conversations at once; what is followed over UDP are some controllers, not the network's names and times. */
const MAX_UDP_FLOWS = 8192;

export interface UdpOptions {
  readonly open: OpenConsumer;
  /** Could a conversation begin with this payload, between these ports? Asked for each datagram of ends that are not followed. */
  readonly mayBegin: (view: PacketView) => boolean;
  /** Random number that makes the flow table unpredictable; any for tests. */
  readonly seed: number;
  /** Flows at once; `MAX_UDP_FLOWS` where absent. */
  readonly maxFlows?: number;
}

export interface UdpCounters {
  /** Conversations that were opened. */
  flows: number;
  /** Datagrams of conversations that somebody wants. */
  datagrams: number;
  /** Of those, cut by the snaplen. */
  cut: number;
  /** Conversations given up because the table was full: a limit was reached, and data may be lost. */
  evicted: number;
}

export class UdpFlows {
  readonly counters: UdpCounters = { flows: 0, datagrams: 0, cut: 0, evicted: 0 };
  readonly #options: UdpOptions;
  readonly #table: FlowTable;
  readonly #flows: (FlowPeers | undefined)[];
  readonly #lastSeen: Float64Array;
  readonly #macs: Int32Array;
  readonly #tables: PeerTables;
  readonly #chunk = createChunk();
  #lastId = 0;

  constructor(options: UdpOptions) {
    const flows = options.maxFlows ?? MAX_UDP_FLOWS;
    this.#options = options;
    this.#table = new FlowTable(flows, options.seed);
    this.#flows = new Array<FlowPeers | undefined>(flows).fill(undefined);
    this.#lastSeen = new Float64Array(flows);
    this.#macs = new Int32Array(flows * 4);
    this.#tables = { flows: this.#table, macs: this.#macs, addresses: new AddressBook() };
  }

  /** Flows being followed. */
  get size(): number {
    return this.#table.size;
  }

  /** Takes a packet for which `parsePacket` gave `udp`. Gives its flow, good until that is removed; -1: it is not followed. */
  datagram(view: PacketView, packet: CapturedPacket): number {
    const table = this.#table;
    let index = table.find(view);
    if (index < 0) {
      if (!this.#options.mayBegin(view)) return -1;
      index = this.#admit(view, packet);
    } else table.touch(index);
    this.#lastSeen[index] = packet.at;
    noteMac(this.#macs, index, table.side, view, view.sourceMac);
    const flow = this.#flows[index] ?? this.#follow(index, packet);
    if (flow.consumer === undefined || flow.ignored) return index;
    this.counters.datagrams++;
    this.#deliver(flow.consumer, table.side, view, packet);
    return index;
  }

  /** Takes the copy of a datagram of `flow` (-1: of none). Tags that are not those of the flow become another name of it. */
  copy(view: PacketView, flow: number): void {
    const table = this.#table;
    if (flow < 0 || table.find(view) >= 0) return;
    if (table.mayName(flow) && !table.full) table.addName(flow);
  }

  /** Gives up what has been silent for too long. */
  tick(now: Micros, frame: number): void {
    for (;;) {
      const index = this.#table.oldest('minor');
      if (index < 0 || now - (this.#lastSeen[index] as number) <= UDP_IDLE_MICROS) return;
      this.#remove(index, 'idle', frame, now);
    }
  }

  /** Ends all conversations, for the end of a capture. */
  finish(now: Micros, frame: number): void {
    for (let i = this.#table.oldest('minor'); i >= 0; i = this.#table.oldest('minor')) {
      this.#remove(i, 'capture-end', frame, now);
    }
  }

  #deliver(consumer: StreamConsumer, side: Side, view: PacketView, packet: CapturedPacket): void {
    if (view.payloadMissing > 0) {
      this.counters.cut++;
      consumer.gap(side, view.payloadMissing, packet.number, packet.at);
      return;
    }
    if (view.payloadLength === 0) return;
    const chunk = this.#chunk;
    chunk.side = side;
    chunk.bytes = view.bytes;
    chunk.view = view.view;
    chunk.offset = view.payload;
    chunk.place = placeIn(packet, view, 0);
    chunk.length = view.payloadLength;
    chunk.frame = packet.number;
    chunk.at = packet.at;
    consumer.bytes(chunk);
  }

  #admit(view: PacketView, packet: CapturedPacket): number {
    if (this.#table.full) {
      this.#remove(this.#table.oldest('minor'), 'evicted', packet.number, packet.at);
      this.counters.evicted++;
    }
    const index = this.#table.add();
    this.#macs.fill(0, index * 4, index * 4 + 4);
    noteMac(this.#macs, index, 1, view, view.destinationMac);
    return index;
  }

  #follow(index: number, { at }: CapturedPacket): FlowPeers {
    this.#lastId++;
    const peers = new FlowPeers(index, this.#tables, {
      id: this.#lastId,
      transport: 'udp',
      startedAt: at,
      client: undefined,
      fromStart: false,
    });
    const consumer = this.#options.open(peers);
    if (consumer !== undefined) peers.handTo(consumer);
    this.#flows[index] = peers;
    this.counters.flows++;
    return peers;
  }

  #remove(index: number, reason: StreamEnd, frame: number, at: Micros): void {
    const flow = this.#flows[index];
    this.#flows[index] = undefined;
    this.#table.remove(index);
    if (flow === undefined || flow.ignored) return;
    for (const side of [0, 1] as const) flow.consumer?.end(side, reason, frame, at);
  }
}
