/** Packets through the whole pipeline into an inventory, and what it knows then. */
import { KnownServers } from '#sensor/decode/known-servers.ts';
import { heardHosts } from '#sensor/inventory/hosts.ts';
import { Inventory, type InventoryOptions } from '#sensor/inventory/inventory.ts';
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { HeardHost } from '#sensor/model/inventory.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { capturedPacket, ethernetHeader, tcpFrame, udpFrame } from './packets.ts';

/** µs between two packets. */
const STEP = 1000;
const START = 1_700_000_000_000_000;

export class Ear {
  readonly inventory: Inventory;
  readonly #pipeline;
  #number = 0;

  constructor(options: Partial<InventoryOptions> = {}) {
    this.inventory = new Inventory({ seed: 1, ...options });
    this.#pipeline = createPipeline({
      detect: (event) => event,
      event: () => undefined,
      routine: () => undefined,
      servers: new KnownServers(),
      inventory: this.inventory,
      everything: false,
      seed: 1,
    });
  }

  hear(...frames: readonly Uint8Array[]): this {
    for (const frame of frames) {
      this.#number++;
      this.#pipeline.packet(capturedPacket(frame, this.#number, START + this.#number * STEP));
    }
    return this;
  }

  take(packet: CapturedPacket): void {
    this.#pipeline.packet(packet);
  }

  hosts(also: ReadonlySet<string> = new Set()): ReadonlyMap<string, HeardHost> {
    return new Map([...heardHosts(this.inventory, also)].map((host) => [host.ip, host]));
  }

  host(ip: string): HeardHost {
    const host = this.hosts().get(ip);
    if (host === undefined) throw new Error(`${ip} is no host`);
    return host;
  }
}

export const CLIENT = '10.0.0.7';
export const SERVER = '10.0.0.10';
const CLIENT_PORT = 50_123;

export interface Said {
  readonly port: number;
  readonly asks?: Uint8Array;
  readonly answers?: Uint8Array;
}

/** A connection with its handshake, one payload of each side. */
export function tcpTalk({ port, asks, answers }: Said): Buffer[] {
  const there = { from: CLIENT, to: SERVER, sourcePort: CLIENT_PORT, destinationPort: port };
  const back = { from: SERVER, to: CLIENT, sourcePort: port, destinationPort: CLIENT_PORT };
  const frames = [
    tcpFrame({ ...there, sequence: 100, flags: 2 }),
    tcpFrame({ ...back, sequence: 200, acknowledgment: 101, flags: 18 }),
    tcpFrame({ ...there, sequence: 101, acknowledgment: 201 }),
  ];
  const [acknowledgment, sequence] = [201, 101];
  if (asks !== undefined)
    frames.push(tcpFrame({ ...there, sequence, acknowledgment, payload: asks }));
  if (answers !== undefined) {
    const heard = sequence + (asks?.length ?? 0);
    frames.push(tcpFrame({ ...back, sequence: 201, acknowledgment: heard, payload: answers }));
  }
  return frames;
}

export function udpTalk({ port, asks, answers }: Said): Buffer[] {
  const frames: Buffer[] = [];
  if (asks !== undefined) {
    const ends = { from: CLIENT, to: SERVER, sourcePort: CLIENT_PORT, destinationPort: port };
    frames.push(udpFrame({ ...ends, payload: asks }));
  }
  if (answers !== undefined) {
    const ends = { from: SERVER, to: CLIENT, sourcePort: port, destinationPort: CLIENT_PORT };
    frames.push(udpFrame({ ...ends, payload: answers }));
  }
  return frames;
}

const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll('-', ''), 'hex');

/** `frame` from and to other network cards. */
export function between(source: string, destination: string, frame: Buffer): Buffer {
  const copy = Buffer.from(frame);
  copy.set(macBytes(destination), 0);
  copy.set(macBytes(source), 6);
  return copy;
}

export function arpFrame(operation: 1 | 2, mac: string, ip: string, target: string): Buffer {
  const bytes = (text: string) => Buffer.from(text.split('.').map(Number));
  const head = Buffer.from(`000108000604000${operation}`, 'hex');
  const body = [head, macBytes(mac), bytes(ip), Buffer.alloc(6), bytes(target)];
  return between(mac, 'FF-FF-FF-FF-FF-FF', Buffer.concat([ethernetHeader(0x0806), ...body]));
}

/** Hex with spaces and comments after `#` at the end of lines. */
export const hex = (text: string): Buffer =>
  Buffer.from(text.replaceAll(/#.*$/gm, '').replaceAll(/\s+/g, ''), 'hex');
