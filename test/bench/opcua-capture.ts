/**
 * Writes a capture of many OPC UA clients that poll servers on channels without security: a session each,
 * then Reads of the same nodes, and a Write now and then.
 *
 * The same arguments give the same bytes, so that two programs can be compared on it.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import * as ua from '../support/opcua.ts';
import { tcpFrame } from '../support/packets.ts';

export interface GeneratedOpcua {
  readonly packets: number;
  readonly bytes: number;
  /** Opening of channels and services. */
  readonly requests: number;
}

const CONNECTIONS = 100;
const NODES = 20;
/** One request in so many is a Write. */
const WRITE_EVERY = 50;
const CHUNK = 4_194_304;

/** Writes at least `packets` packets to `path` as pcap, µs, Ethernet. */
export function writeOpcuaCapture(path: string, packets: number): GeneratedOpcua {
  const out = new PcapWriter(path);
  const lines = Array.from({ length: CONNECTIONS }, (_, i) => new Line(i, out));
  let requests = 0;
  for (const line of lines) requests += line.begin();
  for (let round = 0; out.packets < packets; round++) {
    for (const line of lines) line.poll(round);
    requests += lines.length;
  }
  out.close();
  return { packets: out.packets, bytes: out.bytes, requests };
}

class Line {
  readonly #out: PcapWriter;
  readonly #ends: readonly [string, string];
  readonly #port: number;
  readonly #token: Buffer;
  readonly #nodes: readonly string[];
  readonly #sequence: [number, number] = [1, 1];
  readonly #numbers: [number, number] = [1, 1];
  #request = 1;

  constructor(index: number, out: PcapWriter) {
    this.#out = out;
    this.#ends = [`10.0.2.${1 + (index % 40)}`, `10.0.1.${1 + (index % 25)}`];
    this.#port = 40_000 + index;
    this.#token = Buffer.from(`authentication token ${index}`);
    this.#nodes = Array.from({ length: NODES }, (_, i) => `ns=2;s=Unit${index}.Tag${i}`);
  }

  /** Gives the number of requests. */
  begin(): number {
    this.#out.add(tcpFrame({ ...this.#addresses(0), sequence: 0, flags: 2 }));
    this.#out.add(tcpFrame({ ...this.#addresses(1), sequence: 0, acknowledgment: 1, flags: 18 }));
    this.#send(0, ua.hello());
    this.#send(1, ua.acknowledge());
    this.#send(0, ua.openRequest());
    this.#send(1, ua.openResponse());
    this.#exchange(ua.createSessionRequest(), ua.createSessionResponse(this.#token));
    const activate = ua.activateSessionRequest(this.#token, ua.userName('panel', 'secret'));
    this.#exchange(activate, ua.activateSessionResponse());
    return 3;
  }

  poll(round: number): void {
    if (round % WRITE_EVERY === WRITE_EVERY - 1) {
      const [node = ''] = this.#nodes;
      const write = ua.writeRequest(this.#token, node, ua.double(round));
      this.#exchange(write, ua.writeResponse(0));
    } else {
      const values = this.#nodes.map((_, i) => ua.double(round + i));
      const handle = this.#request + 1;
      const read = ua.readRequest(this.#token, this.#nodes, handle);
      this.#exchange(read, ua.readResponse(values, handle));
    }
    this.#out.add(tcpFrame({ ...this.#addresses(0), ...this.#place(0) }));
  }

  #exchange(asked: Buffer, answered: Buffer): void {
    const request = ++this.#request;
    this.#send(0, ua.message({ sequence: ++this.#numbers[0], request }, asked));
    this.#send(1, ua.message({ sequence: ++this.#numbers[1], request }, answered));
  }

  #send(side: 0 | 1, payload: Buffer): void {
    this.#out.add(tcpFrame({ ...this.#addresses(side), ...this.#place(side), payload }));
    this.#sequence[side] += payload.length;
  }

  #place(side: 0 | 1): { readonly sequence: number; readonly acknowledgment: number } {
    return { sequence: this.#sequence[side], acknowledgment: this.#sequence[side === 0 ? 1 : 0] };
  }

  #addresses(side: 0 | 1) {
    const [client, server] = this.#ends;
    return side === 0
      ? { from: client, to: server, sourcePort: this.#port, destinationPort: 4840 }
      : { from: server, to: client, sourcePort: 4840, destinationPort: this.#port };
  }
}

class PcapWriter {
  readonly #file: number;
  #pending: Buffer[] = [];
  #size = 0;
  #micros = 0;
  packets = 0;
  bytes = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(65_535, 16);
    header.writeUInt32LE(1, 20);
    this.#push(header);
  }

  add(frame: Buffer): void {
    this.#micros += 100;
    const header = Buffer.alloc(16);
    header.writeUInt32LE(1_700_000_000 + Math.floor(this.#micros / 1e6), 0);
    header.writeUInt32LE(this.#micros % 1e6, 4);
    header.writeUInt32LE(frame.length, 8);
    header.writeUInt32LE(frame.length, 12);
    this.packets++;
    this.#push(Buffer.concat([header, frame]));
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #push(bytes: Buffer): void {
    this.#pending.push(bytes);
    this.#size += bytes.length;
    this.bytes += bytes.length;
    if (this.#size >= CHUNK) this.#flush();
  }

  #flush(): void {
    writeSync(this.#file, Buffer.concat(this.#pending));
    this.#pending = [];
    this.#size = 0;
  }
}
