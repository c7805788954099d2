/** One IP datagram of which fragments have come. How overlaps are dealt with stands in fragments.ts. */
import { type CapturedPacket, createCapturedPacket } from '#sensor/model/captured-packet.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import { addressText, hasPorts } from '#sensor/wire/fragment.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';

/** Offsets count in these; only the last fragment may end between two. */
const UNIT = 8;

/** What the length fields of IP can say. */
const MAX_DATAGRAM_LENGTH = 65_535;

/** Link and IP headers, options and extension headers included. */
const MAX_HEADER_LENGTH = 2048;

/** The longest datagram over the smallest MTU that RFC 791 allows, 68. */
export const MAX_FRAGMENTS = 1366;

/** Room at first; grows by doubling. */
const FIRST_ROOM = 2048;

/**
 * `copy`: it was there before. `overlap`: an IPv6 datagram that no receiver takes, now or later.
 * `malformed`: no receiver takes this fragment. `complete`: nothing is missing any more.
 */
type Outcome = 'kept' | 'copy' | 'overlap' | 'malformed' | 'complete';

export class Datagram {
  /** When its first fragment came, or the last one that was missing. */
  since: Micros;
  /** Fragments kept. */
  count = 0;
  /** The last frame that brought one. */
  frame = 0;
  /** Bytes that came again and differed. */
  conflicts = 0;
  /** All that follow are thrown away too. */
  refused = false;
  readonly #ipVersion: number;
  readonly #hasPorts: boolean;
  readonly #from: string;
  readonly #to: string;
  #header: Uint8Array | undefined;
  /** Offsets in `#header` of the lengths of the datagram and of what it lies in, and of what says "fragment". */
  #lengthsAt: readonly number[] = [];
  #fieldAt = 0;
  #linkType = 0;
  #bytes = new Uint8Array(FIRST_ROOM);
  /** For each unit 1 where it has come. */
  #came = new Uint8Array(FIRST_ROOM / UNIT);
  #units = 0;
  #end = 0;
  /** Valid iff not -1: the last fragment has come. */
  #total = -1;
  /** Start and end of each, to know one that comes again. */
  readonly #extents = new Set<number>();

  constructor(view: PacketView, since: Micros) {
    this.since = since;
    this.#ipVersion = view.ipVersion;
    this.#hasPorts = hasPorts(view);
    this.#from = addressText(view, view.sourceAddress);
    this.#to = addressText(view, view.destinationAddress);
  }

  /** Bytes that it occupies. */
  get memory(): number {
    return this.#bytes.length + this.#came.length + (this.#header?.length ?? 0);
  }

  /** Sender and receiver. A port is 0 where it has not come. */
  get ends(): readonly [Endpoint, Endpoint] {
    const known = this.#hasPorts && this.#came[0] === 1 && this.#end >= UNIT;
    const port = (at: number): number =>
      known ? ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number) : 0;
    return [
      { ip: this.#from, port: port(0) },
      { ip: this.#to, port: port(2) },
    ];
  }

  add(view: PacketView, packet: CapturedPacket): Outcome {
    if (this.refused) return 'overlap';
    const { fragmentOffset: start, payloadLength: length, moreFragments } = view;
    const end = start + length;
    if (!this.#fits(start, end, moreFragments, view.payload - packet.offset)) return 'malformed';
    const repeated = this.#repeated(start, end);
    if (repeated > 0) {
      if (this.has(view)) return 'copy';
      if (this.#ipVersion === 6) return this.#refuse();
    }
    if (this.count === MAX_FRAGMENTS) return 'malformed';
    this.#keep(view, start, end);
    if (start === 0) this.#keepHeader(view, packet);
    if (!moreFragments) this.#total = end;
    this.#end = Math.max(this.#end, end);
    this.#extents.add(extent(start, end));
    this.count++;
    this.frame = packet.number;
    return this.#units === Math.ceil(this.#total / UNIT) ? 'complete' : 'kept';
  }

  /** True iff this very fragment has come before. */
  has({ view, payload, fragmentOffset: start, payloadLength: length }: PacketView): boolean {
    if (!this.#extents.has(extent(start, start + length))) return false;
    for (let i = 0; i < length; i++) {
      if (this.#bytes[start + i] !== view.getUint8(payload + i)) return false;
    }
    return true;
  }

  /** The packet that was cut. Valid iff `add` gave `complete`. */
  whole(number: number, at: Micros): CapturedPacket {
    const header = this.#header ?? new Uint8Array(0);
    const packet = createCapturedPacket(
      Buffer.concat([header, this.#bytes.subarray(0, this.#total)]),
    );
    // Length 0 means "as far as the packet goes", and so needs no care for what the header lacks.
    for (const at of this.#lengthsAt) packet.view.setUint16(at, 0);
    packet.view.setUint16(this.#fieldAt, 0);
    packet.capturedLength = packet.bytes.length;
    packet.originalLength = packet.bytes.length;
    packet.linkType = this.#linkType;
    packet.number = number;
    packet.at = at;
    return packet;
  }

  #fits(start: number, end: number, more: boolean, header: number): boolean {
    if (end === start || end > MAX_DATAGRAM_LENGTH || header > MAX_HEADER_LENGTH) return false;
    if (more && end % UNIT !== 0) return false;
    if (this.#total < 0) return more || end >= this.#end;
    return more ? end <= this.#total : end === this.#total;
  }

  /** Units of `start`..`end` that have come. */
  #repeated(start: number, end: number): number {
    let count = 0;
    for (let unit = start / UNIT; unit * UNIT < end; unit++) count += this.#came[unit] ?? 0;
    return count;
  }

  #refuse(): Outcome {
    this.refused = true;
    this.#bytes = new Uint8Array(0);
    this.#came = new Uint8Array(0);
    this.#header = undefined;
    return 'overlap';
  }

  /** Copies the units that are new, and compares the others. */
  #keep({ view, payload }: PacketView, start: number, end: number): void {
    this.#grow(end);
    for (let at = start; at < end; at += UNIT) {
      const unit = at / UNIT;
      const known = this.#came[unit] === 1;
      for (let i = at; i < Math.min(at + UNIT, end); i++) {
        const byte = view.getUint8(payload + i - start);
        if (!known) this.#bytes[i] = byte;
        else if (this.#bytes[i] !== byte) this.conflicts++;
      }
      if (!known) this.#units++;
      this.#came[unit] = 1;
    }
  }

  #grow(length: number): void {
    if (length <= this.#bytes.length) return;
    let room = this.#bytes.length;
    while (room < length) room *= 2;
    const bytes = new Uint8Array(room);
    bytes.set(this.#bytes);
    const came = new Uint8Array(room / UNIT);
    came.set(this.#came);
    this.#bytes = bytes;
    this.#came = came;
  }

  #keepHeader(view: PacketView, { bytes, offset, linkType }: CapturedPacket): void {
    if (this.#header !== undefined) return;
    this.#linkType = linkType;
    this.#header = bytes.slice(offset, view.payload);
    const around = view.outerLengths.subarray(0, view.outerLengthCount);
    const own = view.ipHeader + (this.#ipVersion === 4 ? 2 : 4);
    this.#lengthsAt = [...around, own].map((at) => at - offset);
    this.#fieldAt = view.fragmentField - offset;
  }
}

const extent = (start: number, end: number): number => start * (MAX_DATAGRAM_LENGTH + 1) + end;
