/**
 * Who is in the network, from every packet: addresses, hardware addresses, conversations, what they
 * speak, what they are called.
 *
 *     packet -> addresses -> conversation -> counted
 *                                         -> looked at, while nobody knows what it speaks
 *                                         -> names, where it is a protocol of names
 *
 * A packet of a known pair allocates nothing; a segment of a known TCP flow costs four array accesses.
 * All tables are bounded; what they had no room for is counted.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import { MAX_FLOWS } from '#sensor/stream/flow.ts';
import { ACK, type PacketView, RST, SYN } from '#sensor/wire/packet-view.ts';
import { Addresses } from './addresses.ts';
import { Conversations, type DirectionOf } from './conversations.ts';
import { ETHERTYPE_LLDP, ETHERTYPE_PROFINET, linkProtocolOf } from './link-protocols.ts';
import { NameListener, saysNames } from './names/listener.ts';
import { NameBook } from './names/name-book.ts';
import { type Neighbour, readNeighbour } from './neighbours.ts';
import { Recognition } from './recognition.ts';
import { REGISTERED_PORTS } from './registered-ports.ts';
import type { Look } from './signatures/signature.ts';

const TCP = 6;
const UDP = 17;

/**
 * Room for addresses is looked for once in so many that are new, of all there is room for: each search goes
 * through everything, and may find nothing where strangers make up their addresses.
 */
const SEARCHED_EACH = 1 / 8;

/** Flow without a conversation yet. */
const NONE = -1;

export interface InventoryOptions {
  /** Random number that keeps the tables unpredictable. */
  readonly seed: number;
  /** TCP flows at once, as many as reassembly follows: `MAX_FLOWS` where absent. */
  readonly maxFlows?: number;
  /** Addresses and conversations at once; `MAX_ADDRESSES` and `MAX_CONVERSATIONS` where absent. */
  readonly maxAddresses?: number;
  readonly maxConversations?: number;
}

export class Inventory {
  readonly addresses: Addresses;
  readonly conversations: Conversations;
  readonly recognition: Recognition;
  readonly names = new NameBook();
  readonly #listener = new NameListener(this.names);
  /** Of each TCP flow its conversation * 2, + 1 where side 0 is the server; or NONE. */
  readonly #flows: Int32Array;
  /** 1 where somebody answered at this port: tells who is the server of a flow seen from its middle. */
  readonly #served = new Uint8Array(65_536);
  /** New addresses since room was last looked for. */
  #newAddresses = 0;
  /** Time of the packet. */
  readonly #clock = new Float64Array(1);
  readonly #neighbour: Neighbour = { address: 0, mac: 0, isRouter: false };
  readonly #look: Look;

  constructor({ seed, maxFlows = MAX_FLOWS, maxAddresses, maxConversations }: InventoryOptions) {
    this.addresses = new Addresses(seed, maxAddresses);
    this.conversations = new Conversations(seed, maxConversations);
    this.recognition = new Recognition(this.conversations.capacity);
    this.#flows = new Int32Array(maxFlows).fill(NONE);
    const bytes = new Uint8Array(0);
    this.#look = { bytes, view: new DataView(bytes.buffer), at: 0, end: 0, missing: 0 };
  }

  /** A TCP segment of the reassembler's flow `flow`, sent by its `side`; `isNew`: the first of it. */
  segment(
    view: PacketView,
    packet: CapturedPacket,
    flow: number,
    side: DirectionOf,
    isNew: boolean,
  ): void {
    this.#clock[0] = packet.at;
    let place = isNew ? NONE : (this.#flows[flow] as number);
    if (place === NONE) {
      place = this.#admitFlow(view, side);
      this.#flows[flow] = place;
      if (place === NONE) return;
    }
    const entry = place >> 1;
    const direction = (place & 1) === side ? 0 : 1;
    this.#count(entry, direction, view, packet.originalLength);
    if (direction === 1 && !this.conversations.isAnswered(entry)) this.#answered(entry, view);
    if (view.payloadLength > 0 && this.recognition.wants(entry)) {
      this.#recognise(entry, direction, true, view);
    }
  }

  /** Any other packet. */
  packet(view: PacketView, packet: CapturedPacket): void {
    this.#clock[0] = packet.at;
    switch (view.kind) {
      case 'udp':
        this.#datagram(view, packet.originalLength);
        return;
      case 'arp':
        this.#neighbours(view);
        return;
      case 'ip-other':
        this.#neighbours(view);
        this.#other(view, packet.originalLength);
        return;
      case 'link-other':
        this.#frame(view, packet.offset + packet.capturedLength);
        return;
      case 'tcp':
      case 'fragment':
      case 'unread':
        return;
      default:
        view.kind satisfies never;
    }
  }

  /** Who is the server: by the handshake, else by who served before, else by the lower port. */
  #admitFlow(view: PacketView, side: DirectionOf): number {
    const { flags, sourcePort, destinationPort } = view;
    let isServer: boolean;
    if ((flags & SYN) !== 0) isServer = (flags & ACK) !== 0;
    else {
      const [source, destination] = [this.#served[sourcePort], this.#served[destinationPort]];
      isServer = source === destination ? sourcePort < destinationPort : source === 1;
    }
    const entry = isServer
      ? this.#converse(view, TCP, sourcePort, true)
      : this.#converse(view, TCP, destinationPort, false);
    if (entry < 0) return NONE;
    // Side 0 is the server iff the sender is, and is side 0.
    return entry * 2 + (isServer === (side === 0) ? 1 : 0);
  }

  /** A refusal is no answer; nor is the acknowledgement of one. */
  #answered(entry: number, { flags, payloadLength, payloadMissing }: PacketView): void {
    if ((flags & RST) !== 0) return;
    if ((flags & SYN) === 0 && payloadLength + payloadMissing === 0) return;
    this.conversations.answer(entry);
    this.#served[this.conversations.port(entry)] = 1;
  }

  #datagram(view: PacketView, length: number): void {
    const { sourcePort, destinationPort } = view;
    const isServer = isServicePort(sourcePort, destinationPort);
    const port = isServer ? sourcePort : destinationPort;
    const entry = this.#converseEither(view, UDP, port, isServer, sourcePort === destinationPort);
    if (entry < 0) {
      // Who has no address yet asks for one.
      if (port === 67) this.#listener.datagram('dhcp', view, this.#clock);
      return;
    }
    const direction = this.#directionOf(entry, view);
    this.#count(entry, direction, view, length);
    if (direction === 1) this.conversations.answer(entry);
    if (view.payloadLength === 0) return;
    if (this.recognition.wants(entry)) this.#recognise(entry, direction, false, view);
    const protocol = this.recognition.protocol(entry, false);
    if (protocol !== undefined && saysNames(protocol)) {
      this.#listener.datagram(protocol, view, this.#clock);
    }
  }

  #other(view: PacketView, length: number): void {
    if (view.protocol === TCP || view.protocol === UDP) return;
    const entry = this.#converseEither(view, view.protocol, 0, false, true);
    if (entry < 0) return;
    const direction = this.#directionOf(entry, view);
    this.#count(entry, direction, view, length);
    if (direction === 1) this.conversations.answer(entry);
  }

  #frame(view: PacketView, end: number): void {
    const protocol = linkProtocolOf(view.etherType);
    if (protocol < 0 || view.sourceMac < 0) return;
    const mac = this.addresses.mac(view.view, view.sourceMac);
    if (mac >= 0) this.addresses.spoke(mac, protocol);
    if (view.etherType !== ETHERTYPE_LLDP && view.etherType !== ETHERTYPE_PROFINET) return;
    // Cyclic data of PROFINET come a thousand times a second; names have frame ids of their own.
    if (view.etherType === ETHERTYPE_PROFINET && !isDcp(view, end)) return;
    const announced = this.#listener.frame(view, end, this.#clock);
    if (announced === undefined) return;
    const entry = this.#address(view.view, announced.at, announced.version);
    if (entry < 0 || this.addresses.isNobody(entry)) return;
    this.addresses.sent(entry, this.#clock);
    if (announced.isOwnMac) this.addresses.onLink(entry, view.view, view.sourceMac);
  }

  #neighbours(view: PacketView): void {
    const neighbour = this.#neighbour;
    if (!readNeighbour(view, neighbour)) return;
    const version = view.kind === 'arp' ? 4 : 6;
    const entry = this.#address(view.view, neighbour.address, version);
    if (entry < 0 || this.addresses.isNobody(entry)) return;
    this.addresses.sent(entry, this.#clock);
    this.addresses.onLink(entry, view.view, neighbour.mac);
    if (neighbour.isRouter) this.addresses.router(entry);
  }

  /** Of protocols in which both ends are equal, who spoke first is the client. */
  #converseEither(
    view: PacketView,
    transport: number,
    port: number,
    isServer: boolean,
    isEqual: boolean,
  ): number {
    if (!isEqual) return this.#converse(view, transport, port, isServer);
    const source = this.#source(view);
    const destination = this.#destination(view);
    if (source < 0 || destination < 0) return NONE;
    const turned = this.conversations.find(destination, source, transport, port);
    return turned >= 0 ? turned : this.#find(source, destination, transport, port);
  }

  /** The conversation of the packet with `port` of its sender (`isServer`) or its receiver; -1 where there is none. */
  #converse(view: PacketView, transport: number, port: number, isServer: boolean): number {
    const source = this.#source(view);
    const destination = this.#destination(view);
    if (source < 0 || destination < 0) return NONE;
    return isServer
      ? this.#find(destination, source, transport, port)
      : this.#find(source, destination, transport, port);
  }

  #find(client: number, server: number, transport: number, port: number): number {
    const { conversations } = this;
    const known = conversations.find(client, server, transport, port);
    if (known >= 0) return known;
    if (conversations.full) {
      conversations.makeRoom(this.#clock);
      // Flows may name conversations that are gone.
      this.#flows.fill(NONE);
      conversations.find(client, server, transport, port);
    }
    const entry = conversations.add(this.#clock);
    this.recognition.begin(entry);
    return entry;
  }

  /** The sender, whose hardware address is noted; -1 where it can be nobody, or there is no room. */
  #source({ view, sourceAddress, sourceMac, ipVersion }: PacketView): number {
    const entry = this.#address(view, sourceAddress, ipVersion);
    if (entry < 0 || this.addresses.isNobody(entry)) return NONE;
    this.addresses.sent(entry, this.#clock);
    this.addresses.framed(entry, view, sourceMac);
    return entry;
  }

  #destination({ view, destinationAddress, destinationMac, ipVersion }: PacketView): number {
    const entry = this.#address(view, destinationAddress, ipVersion);
    if (entry >= 0) this.addresses.addressed(entry, view, destinationMac);
    return entry;
  }

  #address(view: DataView, at: number, version: number): number {
    const known = this.addresses.find(view, at, version);
    if (known >= 0) return known;
    this.#newAddresses++;
    if (this.addresses.full) {
      if (this.#newAddresses >= this.addresses.capacity * SEARCHED_EACH) this.#dropUnused();
      if (this.addresses.full) {
        this.addresses.leftOut++;
        return NONE;
      }
      this.addresses.find(view, at, version);
    }
    return this.addresses.add();
  }

  /** Addresses that never sent anything and that nobody converses with any more. */
  #dropUnused(): void {
    this.#newAddresses = 0;
    this.conversations.makeRoom(this.#clock);
    this.#flows.fill(NONE);
    const used = new Set<number>();
    for (const entry of this.conversations.entries()) {
      used.add(this.conversations.client(entry)).add(this.conversations.server(entry));
    }
    for (const entry of this.addresses.entries()) {
      if (!used.has(entry) && !this.addresses.hasSent(entry)) this.addresses.remove(entry);
    }
  }

  #directionOf(entry: number, { view, sourceAddress, ipVersion }: PacketView): DirectionOf {
    const source = this.addresses.find(view, sourceAddress, ipVersion);
    return this.conversations.client(entry) === source ? 0 : 1;
  }

  #count(entry: number, direction: DirectionOf, view: PacketView, length: number): void {
    const { conversations } = this;
    // Of a TCP flow the hardware address and the sender are noted once.
    if (view.kind === 'tcp' && conversations.packets(entry, direction) === 0) this.#source(view);
    conversations.count(entry, direction, length, this.#clock);
  }

  #recognise(entry: number, direction: DirectionOf, isTcp: boolean, view: PacketView): void {
    const look = this.#look;
    look.bytes = view.bytes;
    look.view = view.view;
    look.at = view.payload;
    look.end = view.payload + view.payloadLength;
    look.missing = view.payloadMissing;
    this.recognition.look(entry, direction, isTcp, this.conversations.port(entry), look);
  }
}

/** Which of two UDP ports is the service: the registered one, else the lower. */
function isServicePort(source: number, destination: number): boolean {
  const isKnown = REGISTERED_PORTS.has(source);
  if (isKnown !== REGISTERED_PORTS.has(destination)) return isKnown;
  return source < destination;
}

const isDcp = ({ view, payload }: PacketView, end: number): boolean =>
  end - payload >= 2 && view.getUint16(payload) >>> 2 === 0xfefc >>> 2;
