/**
 * Knows packets that a mirror port gave twice: as they came in and as they went out, or on their way
 * through a router with another tag, another time to live and other MAC addresses.
 *
 * Two packets are the same iff, within 100 ms, they agree in
 *
 *     IP      version, addresses, length, id (of IPv6 there is none)
 *     TCP     ports, sequence, acknowledgment, flags, window, checksum, urgent pointer
 *     UDP     all of the header, and the first 512 bytes of the payload
 *     pieces  offset, more, and all of the payload
 *
 * and so not in what routers and switches change: time to live, header checksum, type of service, MAC
 * addresses, tags, tunnels around them. Datagrams of senders that do not number them (id 0, IPv6) are
 * the same only within 1 ms, because a poll may well ask the very same again.
 *
 * The content of a TCP segment is left to reassembly, which compares it with what it has: whoever forges
 * a segment with the header of another must not have it taken for a copy.
 *
 * A set of four entries for each of 4096 hashes, one line of cache each; nothing is allocated.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';

/** A copy comes right behind its original; a retransmission takes longer (RFC 6298: 1 s, Linux 200 ms). */
export const COPY_WITHIN_MICROS = 100_000;

/** No device asks, is answered and asks again faster. */
export const UNNUMBERED_COPY_WITHIN_MICROS = 1000;

const SETS = 4096;
const WAYS = 4;
/** Packets that are remembered. */
export const REMEMBERED_PACKETS = SETS * WAYS;

/** Of an entry: two hashes, flow, time. */
const WORDS = 4;
const CHECK = 1;
const FLOW = 2;
const TIME = 3;
const SET_WORDS = WAYS * WORDS;

/** Longer than any message that is read from a datagram. */
const UDP_BYTES = 512;

/** Times are kept as 31 bits since the last turn. */
const TURN_MICROS = 1_000_000_000;

const NEVER = -COPY_WITHIN_MICROS - 1;
const FIRST_FACTOR = 0x9e37_79b1;
const SECOND_FACTOR = 0x85eb_ca6b;

export class Duplicates {
  readonly #seed: number;
  readonly #entries = new Int32Array(SETS * SET_WORDS);
  /** Hashes of the packet that is looked at. */
  #first = 0;
  #second = 0;
  /** Where the packet of the last `again` is remembered; -1 where it is not. */
  #place = -1;
  readonly #turnedAt = new Float64Array(1);

  /** `seed` makes hashes unguessable, so that nobody can have a datagram taken for another. */
  constructor(seed: number) {
    this.#seed = seed | 0;
    this.#entries.fill(NEVER);
  }

  /** True iff this packet, just parsed, came before; if not, it is remembered. */
  again(view: PacketView, packet: CapturedPacket): boolean {
    this.#place = -1;
    const { kind } = view;
    if (kind === 'tcp') this.#hashTcp(view);
    else if (kind === 'udp' || kind === 'fragment') this.#hashDatagram(view);
    else return false;
    const passed = packet.at - (this.#turnedAt[0] as number);
    if (passed < 0 || passed > TURN_MICROS) return this.#turn(packet);
    const within =
      kind === 'tcp' || isNumbered(view) ? COPY_WITHIN_MICROS : UNNUMBERED_COPY_WITHIN_MICROS;
    return this.#lookUp(passed | 0, within);
  }

  /** Which flow the packet of the last `again` belongs to. Valid iff that was true, and it is TCP. */
  get flow(): number {
    return this.#entries[this.#place + FLOW] as number;
  }

  /** Says which flow the packet of the last `again` belongs to. */
  belongsTo(flow: number): void {
    if (this.#place >= 0) this.#entries[this.#place + FLOW] = flow;
  }

  #lookUp(now: number, within: number): boolean {
    const entries = this.#entries;
    const first = this.#first;
    const set = ((first >>> 8) & (SETS - 1)) * SET_WORDS;
    let oldest = set;
    for (let at = set; at < set + SET_WORDS; at += WORDS) {
      const time = entries[at + TIME] as number;
      if (entries[at] === first && entries[at + CHECK] === this.#second && now - time <= within) {
        this.#place = at;
        return true;
      }
      if (time < (entries[oldest + TIME] as number)) oldest = at;
    }
    this.#remember(oldest, now);
    return false;
  }

  #remember(at: number, now: number): void {
    const entries = this.#entries;
    entries[at] = this.#first;
    entries[at + CHECK] = this.#second;
    entries[at + FLOW] = -1;
    entries[at + TIME] = now;
    this.#place = at;
  }

  /** Time went back, or far on: what is remembered is of no use any more. */
  #turn(packet: CapturedPacket): false {
    this.#entries.fill(NEVER);
    this.#turnedAt[0] = packet.at;
    this.#remember(((this.#first >>> 8) & (SETS - 1)) * SET_WORDS, 0);
    return false;
  }

  #hashTcp(view: PacketView): void {
    const { view: data, transport } = view;
    const ports = data.getInt32(transport);
    const rest = data.getInt32(transport + 12);
    const sums = data.getInt32(transport + 16);
    this.#hashAddresses(view);
    let hash = this.#first;
    hash = step(hash ^ ports);
    hash = step(hash ^ view.sequence);
    hash = step(hash ^ view.acknowledgment);
    hash = step(hash ^ rest);
    this.#first = step(hash ^ sums);
    this.#second = this.#second ^ sums ^ Math.imul(view.sequence ^ rest, SECOND_FACTOR);
  }

  #hashDatagram(view: PacketView): void {
    this.#hashAddresses(view);
    const isUdp = view.kind === 'udp';
    const from = isUdp ? view.transport : view.payload;
    const end =
      view.payload + (isUdp ? Math.min(view.payloadLength, UDP_BYTES) : view.payloadLength);
    const piece = isUdp ? -1 : view.fragmentOffset * 2 + (view.moreFragments ? 1 : 0);
    let first = step(step(this.#first ^ piece) ^ (isUdp ? 0 : view.fragmentId));
    let second = Math.imul(this.#second ^ first, SECOND_FACTOR);
    const { view: data } = view;
    let at = from;
    for (; at + 4 <= end; at += 4) {
      const word = data.getInt32(at);
      first = step(first ^ word);
      second = Math.imul(second ^ word ^ (second >>> 15), SECOND_FACTOR);
    }
    for (; at < end; at++) {
      const byte = data.getUint8(at);
      first = step(first ^ byte);
      second = Math.imul(second ^ byte ^ (second >>> 15), SECOND_FACTOR);
    }
    this.#first = first;
    this.#second = second;
  }

  /** Addresses, length and, of IPv4, the id. */
  #hashAddresses({
    view,
    ipVersion,
    ipHeader,
    sourceAddress,
    destinationAddress,
  }: PacketView): void {
    let hash = this.#seed;
    if (ipVersion === 4) {
      const lengthAndId = view.getInt32(ipHeader + 2);
      hash = step(hash ^ view.getInt32(sourceAddress));
      hash = step(hash ^ view.getInt32(destinationAddress));
      this.#first = step(hash ^ lengthAndId);
      this.#second = lengthAndId ^ this.#seed;
      return;
    }
    for (let at = sourceAddress; at < sourceAddress + 16; at += 4)
      hash = step(hash ^ view.getInt32(at));
    for (let at = destinationAddress; at < destinationAddress + 16; at += 4)
      hash = step(hash ^ view.getInt32(at));
    const length = view.getUint16(ipHeader + 4);
    this.#first = step(hash ^ length);
    this.#second = length ^ this.#seed;
  }
}

/** Fragments of either version have an id by which they are put together. */
const isNumbered = ({ kind, ipVersion, view, ipHeader }: PacketView): boolean =>
  kind === 'fragment' || (ipVersion === 4 && view.getUint16(ipHeader + 4) !== 0);

/** One round of mixing. */
function step(value: number): number {
  const product = Math.imul(value, FIRST_FACTOR);
  return product ^ (product >>> 15);
}
