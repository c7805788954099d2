/** Writes generated TCP connections, and whole frames, as pcap, µs, Ethernet. */
import { closeSync, openSync, writeSync } from 'node:fs';

const CHUNK = 4_194_304;
/** More than any frame that is written. */
const ROOM = 65_536;

export const SYN = 2;
const PSH = 8;
export const ACK = 16;

/** A connection that is written. */
export interface Ends {
  readonly client: number;
  readonly server: number;
  readonly port: number;
  readonly service: number;
  readonly vlan: boolean;
  /** Next sequence numbers of client and server. */
  readonly sequence: [number, number];
}

export class PcapWriter {
  packets = 0;
  swaps = 0;
  lost = 0;
  #bytes = 0;
  readonly #loses: () => boolean;
  readonly #file: number;
  readonly #buffer = Buffer.alloc(CHUNK + ROOM);
  #used = 0;
  /** µs since 2026-01-01. */
  #now = 1_767_225_600_000_000;

  /** `loses` is asked for each answer with payload: true leaves it out. */
  constructor(path: string, loses: () => boolean) {
    this.#loses = loses;
    this.#file = openSync(path, 'w');
    const head = Buffer.alloc(24);
    head.writeUInt32LE(0xa1b2c3d4, 0);
    head.writeUInt16LE(2, 4);
    head.writeUInt16LE(4, 6);
    head.writeUInt32LE(65_535, 16);
    head.writeUInt32LE(1, 20);
    head.copy(this.#buffer);
    this.#used = head.length;
  }

  wait(micros: number): void {
    this.#now += micros;
  }

  /** The next segment of `side`. */
  segment(line: Ends, side: 0 | 1, payload: Buffer, flags = ACK): void {
    if (side === 1 && payload.length > 0 && this.#loses()) this.lost++;
    else this.#segment(line, side, payload, flags, line.sequence[side]);
    const length = payload.length + ((flags & SYN) === 0 ? 0 : 1);
    line.sequence[side] = (line.sequence[side] + length) % 2 ** 32;
  }

  /** The segment of `payload`, which was sent last, once more. */
  again(line: Ends, side: 0 | 1, payload: Buffer): void {
    this.wait(200_000);
    const sequence = (line.sequence[side] - payload.length + 2 ** 32) % 2 ** 32;
    this.#segment(line, side, payload, ACK, sequence);
  }

  /** One segment for each message, the first two of them in the wrong order. */
  swapped(line: Ends, side: 0 | 1, messages: readonly Buffer[]): void {
    this.swaps++;
    let sequence = line.sequence[side];
    const placed = messages.map((message) => {
      const at = sequence;
      sequence = (sequence + message.length) % 2 ** 32;
      return { message, at };
    });
    line.sequence[side] = sequence;
    const [first, second, ...rest] = placed;
    for (const part of [second, first, ...rest]) {
      if (part !== undefined) this.#segment(line, side, part.message, ACK, part.at);
    }
  }

  /** A whole Ethernet frame. */
  frame(frame: Buffer): void {
    const at = this.#record(frame.length);
    frame.copy(this.#buffer, at);
  }

  close(): { packets: number; bytes: number } {
    this.#flush();
    closeSync(this.#file);
    return { packets: this.packets, bytes: this.#bytes };
  }

  /** Writes the header of a record, and gives where its frame goes. */
  #record(length: number): number {
    if (this.#used > CHUNK) this.#flush();
    const b = this.#buffer;
    const at = this.#used;
    b.writeUInt32LE(Math.floor(this.#now / 1e6), at);
    b.writeUInt32LE(this.#now % 1e6, at + 4);
    b.writeUInt32LE(length, at + 8);
    b.writeUInt32LE(length, at + 12);
    this.#used = at + 16 + length;
    this.packets++;
    this.#bytes += length;
    this.#now += 20;
    return at + 16;
  }

  #segment(line: Ends, side: 0 | 1, payload: Buffer, flags: number, sequence: number): void {
    const link = line.vlan ? 18 : 14;
    let at = this.#record(link + 40 + payload.length);
    const b = this.#buffer;
    const ends = side === 0 ? [line.client, line.server] : [line.server, line.client];
    const [from = 0, to = 0] = ends;
    const ports = side === 0 ? [line.port, line.service] : [line.service, line.port];
    b.writeUInt16BE(0x0200, at);
    b.writeUInt32BE(to, at + 2);
    b.writeUInt16BE(0x0200, at + 6);
    b.writeUInt32BE(from, at + 8);
    if (line.vlan) b.writeUInt32BE(0x8100_0064, at + 12);
    b.writeUInt16BE(0x0800, at + link - 2);
    at += link;
    b.writeUInt32BE((0x4500 << 16) + 40 + payload.length, at);
    b.writeUInt32BE(0x4000, at + 4);
    b.writeUInt32BE(0x4006_0000, at + 8);
    b.writeUInt32BE(from, at + 12);
    b.writeUInt32BE(to, at + 16);
    at += 20;
    b.writeUInt16BE(ports[0] ?? 0, at);
    b.writeUInt16BE(ports[1] ?? 0, at + 2);
    b.writeUInt32BE(sequence, at + 4);
    b.writeUInt32BE(line.sequence[side === 0 ? 1 : 0], at + 8);
    b.writeUInt16BE(0x5000 | flags | (payload.length > 0 ? PSH : 0), at + 12);
    b.writeUInt16BE(65_535, at + 14);
    b.writeUInt32BE(0, at + 16);
    payload.copy(b, at + 20);
  }

  #flush(): void {
    writeSync(this.#file, this.#buffer, 0, this.#used);
    this.#used = 0;
  }
}
