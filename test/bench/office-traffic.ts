/** What else goes over a plant's network: web pages, encrypted and not, and questions for names. */
import { ACK, type Ends, type PcapWriter, SYN } from './pcap-writer.ts';

const FULL_SEGMENT = 1448;
const NOTHING = Buffer.alloc(0);
const PAGE = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 1300\r\n\r\n${'x'.repeat(1300)}`);
const HELLO = Buffer.from('160301000501000001fc', 'hex');

export class Office {
  packets = 0;
  readonly #random: (below: number) => number;
  /** Application data of TLS that looks like what it is, noise. */
  readonly #noise: Buffer;
  #connections = 0;

  constructor(random: (below: number) => number) {
    this.#random = random;
    this.#noise = Buffer.alloc(FULL_SEGMENT * 2);
    for (let i = 0; i < this.#noise.length; i++) this.#noise[i] = random(256);
  }

  /** One connection from its beginning, or one question with its answer. */
  speak(out: PcapWriter): void {
    const before = out.packets;
    const kind = this.#random(4);
    if (kind === 0) this.#page(out);
    else if (kind === 1) this.#name(out);
    else this.#encrypted(out);
    this.packets += out.packets - before;
  }

  #page(out: PcapWriter): void {
    const ends = this.#open(out, 80);
    out.segment(
      ends,
      0,
      Buffer.from(`GET /p${this.#random(1000)} HTTP/1.1\r\nHost: intranet\r\n\r\n`),
    );
    out.segment(ends, 1, PAGE);
    out.segment(ends, 0, NOTHING);
  }

  #encrypted(out: PcapWriter): void {
    const ends = this.#open(out, 443);
    out.segment(ends, 0, HELLO);
    for (let i = 0; i < 10 + this.#random(30); i++) {
      const from = this.#random(FULL_SEGMENT);
      const record = Buffer.from(this.#noise.subarray(from, from + FULL_SEGMENT));
      record.write('17030305a3', 'hex');
      out.segment(ends, 1, record);
      if (i % 2 === 1) out.segment(ends, 0, NOTHING);
    }
  }

  #name(out: PcapWriter): void {
    const id = this.#random(65_536);
    const port = 1024 + this.#random(60_000);
    const name = '03706c6305706c616e7405616c6c00';
    const question = `${id.toString(16).padStart(4, '0')}01000001000000000000${name.slice(0, 28)}00000100 01`;
    const query = Buffer.from(question.replaceAll(' ', ''), 'hex');
    out.frame(datagram(0x0a00_0900, 0x0a00_0035, port, 53, query));
    out.frame(datagram(0x0a00_0035, 0x0a00_0900, 53, port, query));
  }

  #open(out: PcapWriter, service: number): Ends {
    const n = this.#connections++;
    const ends: Ends = {
      client: 0x0a00_0800 + (n % 200),
      server: 0x0a00_0a00 + (n % 50),
      port: 1024 + (n % 60_000),
      service,
      vlan: false,
      sequence: [this.#random(2 ** 31), this.#random(2 ** 31)],
    };
    out.segment(ends, 0, NOTHING, SYN);
    out.segment(ends, 1, NOTHING, SYN | ACK);
    out.segment(ends, 0, NOTHING);
    return ends;
  }
}

function datagram(
  from: number,
  to: number,
  source: number,
  destination: number,
  payload: Buffer,
): Buffer {
  const frame = Buffer.alloc(42 + payload.length);
  frame.writeUInt16BE(0x0200, 0);
  frame.writeUInt32BE(to, 2);
  frame.writeUInt16BE(0x0200, 6);
  frame.writeUInt32BE(from, 8);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt16BE(0x4500, 14);
  frame.writeUInt16BE(28 + payload.length, 16);
  frame.writeUInt16BE(source ^ destination, 18);
  frame.writeUInt16BE(0x4011, 22);
  frame.writeUInt32BE(from, 26);
  frame.writeUInt32BE(to, 30);
  frame.writeUInt16BE(source, 34);
  frame.writeUInt16BE(destination, 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  payload.copy(frame, 42);
  return frame;
}
