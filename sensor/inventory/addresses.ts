/**
 * Every address that was seen, each with the hardware address behind it.
 *
 * The hardware address of a frame belongs to the address in it only on the link: behind a router every
 * frame carries the router's. It is believed where ARP or neighbour discovery says so, or where no
 * other address of the family uses it.
 */
import { ipv4Text, ipv6Text, macText } from '#sensor/wire/address-text.ts';
import { type AddressKind, addressKind } from './address-kind.ts';
import { WordTable } from './word-table.ts';

/** A large plant has thousands of devices; the rest is room for their peers. */
const MAX_ADDRESSES = 65_536;
/** Hardware addresses at once: one for each device. */
const MAX_MACS = 32_768;

/** Four words and the IP version. */
const KEY_WORDS = 5;
const VERSION = 4;

const SENT = 1;
/** ARP or neighbour discovery said the hardware address. */
const ON_LINK = 2;
const ROUTER = 4;
/** It was sent to as a group: the broadcast address of a subnet looks like any other. */
const GROUP = 8;
/** By its number it can be nobody's. */
const NOBODY = 16;

const NONE = -1;

export class Addresses {
  readonly #table: WordTable;
  readonly #macs: WordTable;
  readonly #flags: Uint8Array;
  /** Entry in `#macs`, or NONE. */
  readonly #macOf: Int32Array;
  readonly #firstSeen: Float64Array;
  readonly #lastSeen: Float64Array;
  /** Addresses of each family that use a hardware address: entry * 2, + 1 for IPv6. */
  readonly #users: Int32Array;
  /** Bits of the protocols of `LinkProtocols` that a hardware address spoke. */
  readonly #linkProtocols: Int32Array;
  /** How often an address found no room, the same one again each time. */
  leftOut = 0;

  constructor(seed: number, capacity = MAX_ADDRESSES) {
    this.#table = new WordTable(KEY_WORDS, capacity, seed);
    this.#macs = new WordTable(2, MAX_MACS, seed);
    this.#flags = new Uint8Array(capacity);
    this.#macOf = new Int32Array(capacity);
    this.#firstSeen = new Float64Array(capacity);
    this.#lastSeen = new Float64Array(capacity);
    this.#users = new Int32Array(MAX_MACS * 2);
    this.#linkProtocols = new Int32Array(MAX_MACS);
  }

  get capacity(): number {
    return this.#table.capacity;
  }

  get full(): boolean {
    return this.#table.full;
  }

  /** The entry of the address at `at`, or -1 where there is none yet. */
  find(view: DataView, at: number, version: number): number {
    const { key } = this.#table;
    if (version === 4) {
      key[0] = key[1] = key[2] = 0;
      key[3] = view.getInt32(at);
    } else {
      for (let word = 0; word < 4; word++) key[word] = view.getInt32(at + word * 4);
    }
    key[VERSION] = version;
    return this.#table.find();
  }

  /** Adds what `find` has just not found. INVARIANT: not `full`. */
  add(): number {
    const entry = this.#table.add();
    this.#flags[entry] = this.kind(entry) === 'nobody' ? NOBODY : 0;
    this.#macOf[entry] = NONE;
    this.#firstSeen[entry] = 0;
    this.#lastSeen[entry] = 0;
    return entry;
  }

  /** It sent a packet at the time in `clock`: a number of that size that is passed costs an object. */
  sent(entry: number, clock: Float64Array): void {
    if (((this.#flags[entry] as number) & SENT) === 0) {
      this.#flags[entry] = (this.#flags[entry] as number) | SENT;
      this.#firstSeen[entry] = clock[0] as number;
    }
    if ((clock[0] as number) > (this.#lastSeen[entry] as number)) {
      this.#lastSeen[entry] = clock[0] as number;
    }
  }

  /** The hardware address at `at` of a frame that came from it; -1: the link tells none. */
  framed(entry: number, view: DataView, at: number): void {
    if (at < 0 || ((this.#flags[entry] as number) & ON_LINK) !== 0) return;
    this.#use(entry, this.mac(view, at));
  }

  /** ARP or neighbour discovery says that it has this hardware address. */
  onLink(entry: number, view: DataView, at: number): void {
    const mac = this.mac(view, at);
    if (mac === NONE) return;
    this.#flags[entry] = (this.#flags[entry] as number) | ON_LINK;
    this.#use(entry, mac);
  }

  router(entry: number): void {
    this.#flags[entry] = (this.#flags[entry] as number) | ROUTER;
  }

  /** A frame to it went to the hardware address at `at`, which may be that of a group. */
  addressed(entry: number, view: DataView, at: number): void {
    if (at < 0 || (view.getUint8(at) & 1) === 0) return;
    this.#flags[entry] = (this.#flags[entry] as number) | GROUP;
  }

  /** Multicast, broadcast, or none: nobody can send from it. */
  isNobody(entry: number): boolean {
    return ((this.#flags[entry] as number) & NOBODY) !== 0;
  }

  /** Nobody in particular: also the broadcast address of a subnet. Who sends is somebody. */
  isGroup(entry: number): boolean {
    const flags = this.#flags[entry] as number;
    return (flags & NOBODY) !== 0 || ((flags & GROUP) !== 0 && (flags & SENT) === 0);
  }

  /** The entry of the hardware address at `at`; -1 for a group, zeros (loopback), or where there is no room. */
  mac(view: DataView, at: number): number {
    const high = view.getUint16(at);
    const low = view.getInt32(at + 2);
    if ((high & 0x0100) !== 0 || (high === 0 && low === 0)) return NONE;
    const macs = this.#macs;
    macs.key[0] = high;
    macs.key[1] = low;
    const known = macs.find();
    if (known >= 0) return known;
    if (macs.full) return NONE;
    const mac = macs.add();
    this.#users.fill(0, mac * 2, mac * 2 + 2);
    this.#linkProtocols[mac] = 0;
    return mac;
  }

  spoke(mac: number, protocol: number): void {
    this.#linkProtocols[mac] = (this.#linkProtocols[mac] as number) | (1 << protocol);
  }

  remove(entry: number): void {
    this.#leave(entry);
    this.#table.remove(entry);
  }

  entries(): Generator<number> {
    return this.#table.entries();
  }

  hasSent(entry: number): boolean {
    return ((this.#flags[entry] as number) & SENT) !== 0;
  }

  isOnLink(entry: number): boolean {
    return ((this.#flags[entry] as number) & ON_LINK) !== 0;
  }

  /** It announced itself as a router of IPv6. */
  isRouter(entry: number): boolean {
    return ((this.#flags[entry] as number) & ROUTER) !== 0;
  }

  firstSeen(entry: number): number {
    return this.#firstSeen[entry] as number;
  }

  lastSeen(entry: number): number {
    return this.#lastSeen[entry] as number;
  }

  kind(entry: number): AddressKind {
    const word = (index: number): number => this.#table.word(entry, index);
    return addressKind(word(VERSION), word(0), word(1), word(2), word(3));
  }

  isIpv4(entry: number): boolean {
    return this.#table.word(entry, VERSION) === 4;
  }

  text(entry: number): string {
    const word = (index: number): number => this.#table.word(entry, index);
    return this.isIpv4(entry) ? ipv4Text(word(3)) : ipv6Text(word(0), word(1), word(2), word(3));
  }

  /** The entry of its own hardware address, or -1 where that is not known. */
  ownMac(entry: number): number {
    const mac = this.#macOf[entry] as number;
    if (mac === NONE || this.isOnLink(entry)) return mac;
    return this.#users[mac * 2 + this.#family(entry)] === 1 ? mac : NONE;
  }

  /** Whatever stands in its frames, which may be a router's. */
  frameMac(entry: number): number {
    return this.#macOf[entry] as number;
  }

  macText(mac: number): string {
    return macText(this.#macs.word(mac, 0), this.#macs.word(mac, 1));
  }

  linkProtocols(mac: number): number {
    return this.#linkProtocols[mac] as number;
  }

  #use(entry: number, mac: number): void {
    if (mac === NONE || this.#macOf[entry] === mac) return;
    this.#leave(entry);
    this.#macOf[entry] = mac;
    const users = mac * 2 + this.#family(entry);
    this.#users[users] = (this.#users[users] as number) + 1;
  }

  #leave(entry: number): void {
    const mac = this.#macOf[entry] as number;
    if (mac === NONE) return;
    const users = mac * 2 + this.#family(entry);
    this.#users[users] = (this.#users[users] as number) - 1;
    this.#macOf[entry] = NONE;
  }

  #family(entry: number): 0 | 1 {
    return this.isIpv4(entry) ? 0 : 1;
  }
}
