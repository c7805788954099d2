/** Who stands at the ends of a flow, copied out of the flow table, so that it outlives the flow's place there. */
import type { Endpoint, Transport } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';
import type { AddressBook } from './address-book.ts';
import type { Connection, Side, StreamConsumer } from './consumer.ts';
import type { FlowTable } from './flow.ts';

export interface FlowOrigin {
  readonly id: number;
  readonly transport: Transport;
  readonly startedAt: Micros;
  readonly client: Side | undefined;
  readonly fromStart: boolean;
}

/** Where it stands who they are. */
export interface PeerTables {
  readonly flows: FlowTable;
  /** For each flow and side the upper 16 and the lower 32 bits. */
  readonly macs: Int32Array;
  readonly addresses: AddressBook;
}

export class FlowPeers implements Connection {
  readonly id: number;
  readonly flow: number;
  readonly transport: Transport;
  readonly startedAt: Micros;
  readonly fromStart: boolean;
  readonly vlan: number | undefined;
  consumer: StreamConsumer | undefined = undefined;
  /** No bytes are delivered any more, because the consumer said so. */
  ignored = false;
  readonly #first: Endpoint;
  readonly #second: Endpoint;
  #client: Side | undefined;

  constructor(flow: number, tables: PeerTables, from: FlowOrigin) {
    this.id = from.id;
    this.flow = flow;
    this.transport = from.transport;
    this.startedAt = from.startedAt;
    this.fromStart = from.fromStart;
    this.#client = from.client;
    const vlan = tables.flows.vlan(flow);
    this.vlan = vlan < 0 ? undefined : vlan;
    this.#first = endpointOf(flow, 0, tables);
    this.#second = endpointOf(flow, 1, tables);
  }

  get client(): Side | undefined {
    return this.#client;
  }

  port(side: Side): number {
    return this.endpoint(side).port;
  }

  endpoint(side: Side): Endpoint {
    return side === 0 ? this.#first : this.#second;
  }

  setClient(side: Side): void {
    this.#client ??= side;
  }

  handTo(consumer: StreamConsumer): void {
    this.consumer = consumer;
  }

  ignore(): void {
    this.ignored = true;
  }
}

/** Keeps the address at `at` (-1: none is told) of one end in `macs`, unless one is known. */
export function noteMac(
  macs: Int32Array,
  flow: number,
  side: Side,
  { view }: PacketView,
  at: number,
): void {
  const entry = flow * 4 + side * 2;
  if (at < 0 || macs[entry] !== 0 || macs[entry + 1] !== 0) return;
  macs[entry] = view.getUint16(at);
  macs[entry + 1] = view.getInt32(at + 2);
}

function endpointOf(flow: number, side: Side, { flows, macs, addresses }: PeerTables): Endpoint {
  const word = (index: number): number => flows.addressWord(flow, side, index);
  const port = flows.port(flow, side);
  const ip =
    flows.ipVersion(flow) === 4
      ? addresses.ipv4(word(3))
      : addresses.ipv6(word(0), word(1), word(2), word(3));
  const entry = (flow * 2 + side) * 2;
  const [high, low] = [macs[entry] as number, macs[entry + 1] as number];
  // The loopback interface writes zeros, which are nobody's address.
  return high === 0 && low === 0 ? { ip, port } : { ip, port, mac: addresses.mac(high, low) };
}
