/** Counts flows of UDP, also of what nobody reads, for outputs that tell of flows. */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { FlowReason, FlowSink } from '#sensor/model/flow.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';
import { AddressBook } from './address-book.ts';
import type { Connection } from './consumer.ts';
import { FlowTable } from './flow.ts';
import { FlowMeter } from './flow-meter.ts';
import { FlowPeers, noteMac, type PeerTables } from './flow-peers.ts';
import { UDP_IDLE_MICROS } from './udp-flows.ts';

/** At once: name servers and discovery make many short ones. */
const MAX_DATAGRAM_FLOWS = 16_384;

export class DatagramFlows {
  readonly #flows: FlowTable;
  readonly #meter: FlowMeter;
  readonly #lastSeen = new Float64Array(MAX_DATAGRAM_FLOWS);
  readonly #macs = new Int32Array(MAX_DATAGRAM_FLOWS * 4);
  readonly #tables: PeerTables;
  /** That of the last packet. */
  #current = -1;

  constructor(sink: FlowSink, seed: number) {
    this.#flows = new FlowTable(MAX_DATAGRAM_FLOWS, seed);
    this.#tables = { flows: this.#flows, macs: this.#macs, addresses: new AddressBook() };
    this.#meter = new FlowMeter('udp', sink);
  }

  /** Takes a packet for which `parsePacket` gave `udp`, before anybody reads it. */
  packet(view: PacketView, packet: CapturedPacket): void {
    this.tick(packet.at);
    const flows = this.#flows;
    let flow = flows.find(view);
    if (flow < 0) {
      if (flows.full) this.#end(flows.oldest('minor'), 'evicted');
      flow = flows.add();
      this.#macs.fill(0, flow * 4, flow * 4 + 4);
      noteMac(this.#macs, flow, 1, view, view.destinationMac);
      this.#meter.begin(flow, flows.side, view, packet);
    } else flows.touch(flow);
    noteMac(this.#macs, flow, flows.side, view, view.sourceMac);
    this.#lastSeen[flow] = packet.at;
    this.#meter.count(flow, flows.side, view, packet, 0);
    this.#current = flow;
  }

  /** The last packet is the first that somebody reads of this conversation. */
  opened(connection: Connection): void {
    this.#meter.opened(this.#current, connection);
  }

  /** Ends those that were silent for as long as ends a conversation. */
  tick(now: Micros): void {
    for (;;) {
      const flow = this.#flows.oldest('minor');
      if (flow < 0 || now - (this.#lastSeen[flow] ?? 0) <= UDP_IDLE_MICROS) return;
      this.#end(flow, 'timeout');
    }
  }

  /** No more packets. */
  finish(): void {
    for (let flow = this.#flows.oldest('minor'); flow >= 0; flow = this.#flows.oldest('minor')) {
      this.#end(flow, 'capture-end');
    }
  }

  #end(flow: number, reason: FlowReason): void {
    const origin = { id: 0, transport: 'udp', client: undefined, fromStart: false } as const;
    const startedAt = micros(0);
    const peers = new FlowPeers(flow, this.#tables, { ...origin, startedAt });
    this.#meter.end(flow, peers, reason);
    this.#flows.remove(flow);
  }
}
