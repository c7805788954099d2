/**
 * The flow table: addresses and ports of both ends -> a small number that names the flow.
 *
 * Open addressing over typed arrays, so looking up a packet allocates nothing (a Map with string
 * keys is nine times slower). Both directions find the same flow: the hash does not depend on the
 * order of the ends, and the key is compared both ways round. VLANs, both of QinQ, and the network of a
 * tunnel are part of the key, because machines of a series use the same addresses in cells of their own.
 *
 * A flow may have other names: the keys of tags under which copies of its packets were seen, because a
 * router sent them on. Whatever comes under one of them is of the same flow.
 *
 * Flows stand in one of two lists, each ordered by last use: those that matter, and those that may
 * go first (nothing was sent yet, nobody wants the bytes, or the connection is over).
 */
import type { PacketView } from '#sensor/wire/packet-view.ts';
import type { Side } from './consumer.ts';

/** Flows at once. A large plant has thousands of connections; about 300 bytes each. */
export const MAX_FLOWS = 65_536;

/** Per flow: two addresses of four words, the ports, IP version and VLANs, network. IPv4 uses the last word of each. */
const KEY_WORDS = 11;
const PORTS = 8;
const KIND = 9;
const NETWORK = 10;
/** Within KIND: IP version | inner VLAN + 1 | VLAN + 1; 0 = untagged. */
const VERSION_SHIFT = 26;
const VLAN_BITS = 13;
const VLAN_MASK = (1 << VLAN_BITS) - 1;

/** Other names of one flow: a packet that is seen on more than so many VLANs is no mirror's doing. */
const MAX_NAMES = 4;

export type FlowList = 'minor' | 'major';

export class FlowTable {
  readonly capacity: number;
  /** Who sent the packet of the last `find` or `add`. */
  side: Side = 0;
  readonly #seed: number;
  readonly #keys: Int32Array;
  readonly #hashes: Int32Array;
  /** Flow + 1, or 0 where free; a power of two of at least twice the capacity. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** Doubly linked lists; the heads are the entries `capacity` (minor) and `capacity + 1` (major). */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Of another name: its flow + 1. 0: it is a flow itself. */
  readonly #flowOf: Int32Array;
  /** Of a flow its first other name + 1, of that the next one. */
  readonly #nextName: Int32Array;
  /** 1 where the flow stands in the major list. */
  readonly #major: Uint8Array;
  #free = 0;
  #size = 0;
  /** Key and hash of the packet being looked up. */
  readonly #key = new Int32Array(KEY_WORDS);
  #hash = 0;

  /** `seed` makes the places unguessable, so that nobody can fill one chain on purpose. */
  constructor(capacity: number, seed: number) {
    this.capacity = capacity;
    this.#seed = seed | 1;
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    this.#hashes = new Int32Array(capacity);
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#next = new Int32Array(capacity + 2);
    this.#previous = new Int32Array(capacity + 2);
    this.#flowOf = new Int32Array(capacity);
    this.#nextName = new Int32Array(capacity);
    this.#major = new Uint8Array(capacity);
    for (let flow = 0; flow < capacity; flow++) this.#next[flow] = flow + 1;
    for (const head of [capacity, capacity + 1]) {
      this.#next[head] = head;
      this.#previous[head] = head;
    }
  }

  /** Flows and other names. */
  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size === this.capacity;
  }

  /** The flow of a TCP packet, or -1. Sets `side` where it is known. */
  find(view: PacketView): number {
    this.#load(view);
    const slots = this.#slots;
    const mask = this.#mask;
    const hash = this.#hash;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const flow = (slots[slot] as number) - 1;
      if (flow < 0) return -1;
      if (this.#hashes[flow] !== hash) continue;
      if (!this.#matches(flow)) continue;
      const named = this.#flowOf[flow] as number;
      return named === 0 ? flow : named - 1;
    }
  }

  /**
   * Adds the flow of the packet that `find` has just not found; its sender becomes side 0. It stands
   * last in the minor list. INVARIANT: the table is not `full`.
   */
  add(): number {
    const flow = this.#enter();
    this.#flowOf[flow] = 0;
    this.#nextName[flow] = 0;
    this.#keys.set(this.#key, flow * KEY_WORDS);
    this.#major[flow] = 0;
    this.#append(flow, this.capacity);
    this.side = 0;
    return flow;
  }

  /**
   * True iff the key of the packet that was looked up may be another name of `flow`: it is a flow, not
   * removed, between the same ends, and has not too many names.
   */
  mayName(flow: number): boolean {
    if (flow < 0 || this.#flowOf[flow] !== 0) return false;
    const kind = (this.#keys[flow * KEY_WORDS + KIND] as number) ^ (this.#key[KIND] as number);
    return (
      kind >>> VERSION_SHIFT === 0 && this.#matchesEnds(flow) && this.#namesOf(flow) < MAX_NAMES
    );
  }

  /** Makes the key that `find` has just not found another name of `flow`. INVARIANT: `mayName`, and the table is not `full`. */
  addName(flow: number): void {
    const name = this.#enter();
    const [to, from] = [name * KEY_WORDS, flow * KEY_WORDS];
    this.#keys.copyWithin(to, from, from + KIND);
    this.#keys[to + KIND] = this.#key[KIND] as number;
    this.#keys[to + NETWORK] = this.#key[NETWORK] as number;
    this.#link(name, flow);
  }

  /** Makes it the last used of its list. */
  touch(flow: number): void {
    const head = this.capacity + (this.#major[flow] as number);
    if (this.#next[flow] === head) return;
    this.#unlink(flow);
    this.#append(flow, head);
  }

  /** Puts it last into `list`. */
  move(flow: number, list: FlowList): void {
    const major = list === 'major' ? 1 : 0;
    this.#unlink(flow);
    this.#major[flow] = major;
    this.#append(flow, this.capacity + major);
  }

  /** The longest unused flow of `list`, or -1. */
  oldest(list: FlowList): number {
    const flow = this.#next[list === 'minor' ? this.capacity : this.capacity + 1] as number;
    return flow >= this.capacity ? -1 : flow;
  }

  /**
   * Makes the flow `other`, between the same ends, one more name of `flow`. Its own names go.
   * INVARIANT: `mayName(flow)` for a packet of `other`.
   */
  join(other: number, flow: number): void {
    this.#unlink(other);
    this.#dropNames(other);
    const [to, from] = [other * KEY_WORDS, flow * KEY_WORDS];
    // All but the tags and the network: the ends as those of the flow stand, so that `side` means the same.
    this.#keys.copyWithin(to, from, from + KIND);
    this.#link(other, flow);
  }

  /** Removes the flow and its other names. */
  remove(flow: number): void {
    this.#unlink(flow);
    this.#dropNames(flow);
    this.#leave(flow);
  }

  /** IP version of the flow, 4 or 6. */
  ipVersion(flow: number): number {
    return (this.#keys[flow * KEY_WORDS + KIND] as number) >>> VERSION_SHIFT;
  }

  /** VLAN id of the outermost tag, -1 where untagged. */
  vlan(flow: number): number {
    return ((this.#keys[flow * KEY_WORDS + KIND] as number) & VLAN_MASK) - 1;
  }

  port(flow: number, side: Side): number {
    const ports = this.#keys[flow * KEY_WORDS + PORTS] as number;
    return side === 0 ? ports >>> 16 : ports & 0xffff;
  }

  /** Word 0..3 of an address; an IPv4 address is word 3. */
  addressWord(flow: number, side: Side, word: number): number {
    return this.#keys[flow * KEY_WORDS + side * 4 + word] as number;
  }

  /** Takes a free place for the key that was looked up. */
  #enter(): number {
    const place = this.#free;
    this.#free = this.#next[place] as number;
    this.#size++;
    this.#hashes[place] = this.#hash;
    let slot = this.#hash & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = place + 1;
    return place;
  }

  #leave(place: number): void {
    this.#next[place] = this.#free;
    this.#free = place;
    this.#size--;
    // No version of IP, so that nobody takes it for what it was.
    this.#keys[place * KEY_WORDS + KIND] = 0;
    this.#vacate(place);
  }

  #link(name: number, flow: number): void {
    this.#flowOf[name] = flow + 1;
    this.#nextName[name] = this.#nextName[flow] as number;
    this.#nextName[flow] = name + 1;
  }

  #dropNames(flow: number): void {
    for (let name = this.#nextName[flow] as number; name !== 0; ) {
      const next = this.#nextName[name - 1] as number;
      this.#leave(name - 1);
      name = next;
    }
    this.#nextName[flow] = 0;
  }

  #namesOf(flow: number): number {
    let count = 0;
    for (let name = this.#nextName[flow] as number; name !== 0; count++) {
      name = this.#nextName[name - 1] as number;
    }
    return count;
  }

  /** Key and hash of the packet. */
  #load(view: PacketView): void {
    const key = this.#key;
    const { view: data, sourceAddress, destinationAddress, sourcePort, destinationPort } = view;
    if (view.ipVersion === 4) {
      key[0] = key[1] = key[2] = key[4] = key[5] = key[6] = 0;
      key[3] = data.getInt32(sourceAddress);
      key[7] = data.getInt32(destinationAddress);
    } else {
      for (let word = 0; word < 4; word++) {
        key[word] = data.getInt32(sourceAddress + word * 4);
        key[word + 4] = data.getInt32(destinationAddress + word * 4);
      }
    }
    key[PORTS] = (sourcePort << 16) | destinationPort;
    const vlans = ((view.innerVlan + 1) << VLAN_BITS) | (view.vlan + 1);
    key[KIND] = (view.ipVersion << VERSION_SHIFT) | vlans;
    key[NETWORK] = view.network;
    // With the tags and the network, of which a sender has 2^24 to choose from: else they make one chain of all flows.
    const ends = this.#hashEnd(0, sourcePort) + this.#hashEnd(4, destinationPort);
    const cell =
      Math.imul(vlans ^ this.#seed, 0x27d4_eb2f) +
      Math.imul(view.network ^ this.#seed, 0x85eb_ca6b);
    this.#hash = mix(ends ^ cell);
  }

  #hashEnd(at: number, port: number): number {
    const key = this.#key;
    let hash = Math.imul((key[at + 3] as number) ^ this.#seed, 0x9e37_79b1);
    if ((key[KIND] as number) >>> VERSION_SHIFT === 6) {
      hash = Math.imul(hash ^ (key[at] as number), 0x85eb_ca6b);
      hash = Math.imul(hash ^ (key[at + 1] as number), 0xc2b2_ae35);
      hash = Math.imul(hash ^ (key[at + 2] as number), 0x27d4_eb2f);
    }
    return mix(hash ^ Math.imul(port + 1, 0x1656_67b1));
  }

  /** Compares the loaded key with that of `flow`, both ways round; sets `side` on success. */
  #matches(flow: number): boolean {
    const keys = this.#keys;
    const key = this.#key;
    const at = flow * KEY_WORDS;
    if (keys[at + KIND] !== key[KIND] || keys[at + NETWORK] !== key[NETWORK]) return false;
    return this.#matchesEnds(flow);
  }

  #matchesEnds(flow: number): boolean {
    const keys = this.#keys;
    const key = this.#key;
    const at = flow * KEY_WORDS;
    const ports = key[PORTS] as number;
    if (keys[at + PORTS] === ports && this.#sameAddresses(at, 0)) {
      this.side = 0;
      return true;
    }
    const swapped = (ports << 16) | (ports >>> 16);
    if (keys[at + PORTS] === swapped && this.#sameAddresses(at, 4)) {
      this.side = 1;
      return true;
    }
    return false;
  }

  #sameAddresses(at: number, first: number): boolean {
    const keys = this.#keys;
    const key = this.#key;
    const second = 4 - first;
    for (let word = 3; word >= 0; word--) {
      if (keys[at + word] !== key[first + word]) return false;
      if (keys[at + 4 + word] !== key[second + word]) return false;
    }
    return true;
  }

  #append(flow: number, head: number): void {
    const last = this.#previous[head] as number;
    this.#next[last] = flow;
    this.#previous[flow] = last;
    this.#next[flow] = head;
    this.#previous[head] = flow;
  }

  #unlink(flow: number): void {
    const next = this.#next[flow] as number;
    const previous = this.#previous[flow] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  /** Frees the slot of `flow` and moves later entries of the chain up, so that no search stops early. */
  #vacate(flow: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = (this.#hashes[flow] as number) & mask;
    while (slots[hole] !== flow + 1) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (this.#hashes[(slots[slot] as number) - 1] as number) & mask;
      // It may move into the hole unless its home lies between the hole and where it stands.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot] as number;
      hole = slot;
    }
    slots[hole] = 0;
  }
}

/** Spreads the bits of a 32-bit number (the finisher of MurmurHash3). */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85eb_ca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
