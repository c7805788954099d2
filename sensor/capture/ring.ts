/**
 * The newest raw packets, so that evidence can be cut out after the fact: an alert is raised when its
 * request is answered, and by then the packet buffer holds something else.
 *
 * One block of bytes for all; a packet is copied in and overwrites the oldest ones.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import { type Micros, micros } from '#sensor/model/time.ts';

/** 32 MiB: some 300 thousand Modbus packets, several minutes of a busy plant. */
const DEFAULT_RING_BYTES = 33_554_432;

/** Average packet length from which the number of entries is derived; Modbus/TCP frames are shorter than 100. */
const EXPECTED_PACKET_LENGTH = 64;

/** What stands where a secret was. */
export const HIDDEN = 0x2a;

/** Servers remembered as guarded; with more than these everything is. */
export const MAX_GUARDED = 4096;

/** A packet out of the ring, with bytes of its own. */
interface KeptPacket {
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  readonly at: Micros;
  readonly linkType: number;
  readonly interfaceIndex: number;
  readonly number: number;
  /** The bytes that a decoder vouches for; empty where it was asked for none. */
  readonly vouchedFrom: number;
  readonly vouchedTo: number;
}

/**
 * `overwritten`: it was kept, but newer packets took its place. `unknown`: it never was, because it
 * has not come yet, was longer than the ring, or came before the ring began.
 */
export type Lookup =
  | { readonly kind: 'found'; readonly packet: KeptPacket }
  | { readonly kind: 'overwritten' }
  | { readonly kind: 'unknown' };

export class PacketRing {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #entries: number;
  /** Entry of frame n is `n mod entries`; a frame is there iff `#number` says so. */
  readonly #number: Float64Array;
  /** Position since the start of time; `mod #bytes.length` is the place. */
  readonly #position: Float64Array;
  readonly #at: Float64Array;
  readonly #captured: Uint32Array;
  readonly #original: Uint32Array;
  readonly #linkType: Uint32Array;
  readonly #interface: Uint32Array;
  /** Of each entry the bytes that were vouched for. */
  readonly #vouchedFrom: Uint32Array;
  readonly #vouchedTo: Uint32Array;
  /** 1 where the frame says again what one before it said. */
  readonly #copy: Uint8Array;
  /** Servers whose connections carry secrets, as address and port. */
  readonly #guarded = new Set<string>();
  readonly #guardedHosts = new Set<string>();
  #guardsAll = false;
  /** Where the next packet goes. */
  #end = 0;
  #first = 0;
  #last = 0;

  constructor(bytes: number = DEFAULT_RING_BYTES) {
    this.#bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.#bytes.buffer);
    const entries = Math.max(1, Math.floor(bytes / EXPECTED_PACKET_LENGTH));
    this.#entries = entries;
    this.#number = new Float64Array(entries);
    this.#position = new Float64Array(entries);
    this.#at = new Float64Array(entries);
    this.#captured = new Uint32Array(entries);
    this.#original = new Uint32Array(entries);
    this.#linkType = new Uint32Array(entries);
    this.#interface = new Uint32Array(entries);
    this.#vouchedFrom = new Uint32Array(entries);
    this.#vouchedTo = new Uint32Array(entries);
    this.#copy = new Uint8Array(entries);
  }

  /** Copies the packet in. Frame numbers must rise. */
  add(packet: CapturedPacket): void {
    const { capturedLength, number } = packet;
    const size = this.#bytes.length;
    if (capturedLength > size) return;
    let position = this.#end;
    const place = position % size;
    // A packet is never split: what does not fit before the end starts over.
    if (place + capturedLength > size) position += size - place;
    copy(packet, this.#bytes, position % size);
    const entry = number % this.#entries;
    this.#number[entry] = number;
    this.#position[entry] = position;
    this.#at[entry] = packet.at;
    this.#captured[entry] = capturedLength;
    this.#original[entry] = packet.originalLength;
    this.#linkType[entry] = packet.linkType;
    this.#interface[entry] = packet.interfaceIndex;
    this.#vouchedFrom[entry] = 0;
    this.#vouchedTo[entry] = 0;
    this.#copy[entry] = 0;
    this.#end = position + capturedLength;
    if (this.#first === 0) this.#first = number;
    this.#last = number;
  }

  /** The packet with this frame number. */
  find(number: number): Lookup {
    if (this.#first === 0 || number < this.#first || number > this.#last)
      return { kind: 'unknown' };
    const entry = number % this.#entries;
    const kept = this.#number[entry] as number;
    // A newer frame in the entry, or one older: then this frame was too long to be kept.
    if (kept !== number) return { kind: kept > number ? 'overwritten' : 'unknown' };
    const position = this.#position[entry] as number;
    if (position < this.#end - this.#bytes.length) return { kind: 'overwritten' };
    const place = position % this.#bytes.length;
    const packet: KeptPacket = {
      bytes: this.#bytes.slice(place, place + (this.#captured[entry] as number)),
      originalLength: this.#original[entry] as number,
      at: micros(this.#at[entry] as number),
      linkType: this.#linkType[entry] as number,
      interfaceIndex: this.#interface[entry] as number,
      number,
      vouchedFrom: this.#vouchedFrom[entry] as number,
      vouchedTo: this.#vouchedTo[entry] as number,
    };
    return { kind: 'found', packet };
  }

  /**
   * Shows the packet where it lies, with all its bytes, for a look at its headers; false where it is not
   * there, or says again what one before it said. Valid until the next `add`.
   */
  show(number: number, packet: CapturedPacket): boolean {
    const entry = this.#entryOf(number);
    if (entry < 0 || this.#copy[entry] === 1) return false;
    packet.bytes = this.#bytes;
    packet.view = this.#view;
    packet.offset = (this.#position[entry] as number) % this.#bytes.length;
    packet.capturedLength = this.#captured[entry] as number;
    packet.originalLength = this.#original[entry] as number;
    packet.at = this.#at[entry] as Micros;
    packet.linkType = this.#linkType[entry] as number;
    packet.interfaceIndex = this.#interface[entry] as number;
    packet.number = number;
    return true;
  }

  /** From now on nothing of the connections of this server is shown but what is vouched for. */
  guard({ ip, port }: { readonly ip: string; readonly port: number }): void {
    if (this.#guarded.size < MAX_GUARDED) {
      this.#guarded.add(`${ip} ${port}`);
      this.#guardedHosts.add(ip);
    } else this.#guardsAll ||= !this.#guarded.has(`${ip} ${port}`);
  }

  /** Whether a host has a server that is guarded: for packets of which the port cannot be told. */
  guardsHost(ip: string): boolean {
    return this.#guardsAll || this.#guardedHosts.has(ip);
  }

  isGuarded(ip: string, port: number): boolean {
    return this.#guardsAll || this.#guarded.has(`${ip} ${port}`);
  }

  /** Overwrites bytes of a packet, counted from its first captured one, for good. */
  hide(number: number, from: number, to: number): void {
    const entry = this.#entryOf(number);
    if (entry < 0 || from < 0) return;
    const place = (this.#position[entry] as number) % this.#bytes.length;
    const end = Math.min(to, this.#captured[entry] as number);
    for (let i = from; i < end; i++) this.#bytes[place + i] = HIDDEN;
  }

  /** Says of a packet that it is the copy of another. */
  copied(number: number): void {
    const entry = this.#entryOf(number);
    if (entry >= 0) this.#copy[entry] = 1;
  }

  /**
   * Says of bytes of a packet that nothing secret is left in them. What a packet has been vouched for is
   * one range: what is not joined to it stays unvouched.
   */
  vouch(number: number, from: number, to: number): void {
    const entry = this.#entryOf(number);
    if (entry < 0 || from < 0) return;
    const [begin, end] = [this.#vouchedFrom[entry] as number, this.#vouchedTo[entry] as number];
    if (begin === end) {
      this.#vouchedFrom[entry] = from;
      this.#vouchedTo[entry] = to;
    } else if (from <= end && to >= begin) {
      this.#vouchedFrom[entry] = Math.min(begin, from);
      this.#vouchedTo[entry] = Math.max(end, to);
    }
  }

  /** Entry of a packet that is still there; -1 where it is not. */
  #entryOf(number: number): number {
    const entry = number % this.#entries;
    if (this.#number[entry] !== number) return -1;
    return (this.#position[entry] as number) < this.#end - this.#bytes.length ? -1 : entry;
  }
}

/** Below this a loop is faster than making a view for `set`, and makes no garbage. */
const LOOP_LENGTH = 256;

function copy(packet: CapturedPacket, to: Uint8Array, at: number): void {
  const { bytes, offset, capturedLength } = packet;
  if (capturedLength > LOOP_LENGTH) {
    to.set(bytes.subarray(offset, offset + capturedLength), at);
    return;
  }
  for (let i = 0; i < capturedLength; i++) to[at + i] = bytes[offset + i] as number;
}
