/**
 * Packets of a plant that does not exist: clients that poll and write, each over a connection of its own.
 * Addresses are those of documentation (RFC 5737), so that nobody is meant.
 */
import { emitAdu, emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import type { ModbusRequest, ModbusResponse } from '#sensor/decode/modbus/pdu.ts';
import {
  type CapturedPacket,
  createCapturedPacket,
  type PacketSink,
} from '#sensor/model/captured-packet.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { ACK, SYN } from '#sensor/wire/packet-view.ts';

const CONNECTIONS = 40;
/** Of so many exchanges one is a write. */
const WRITE_EVERY = 10;
const STEP_MICROS = 200;

const ETHERNET = 14;
const IP = 20;
const TCP = 20;
const HEAD = ETHERNET + IP + TCP;
const FRAME_ROOM = HEAD + 260;
const FIRST_PORT = 49_152;
const MODBUS_PORT = 502;
const QUANTITY = 20;

interface Line {
  readonly number: number;
  /** Next sequence number of the client, and of the server. */
  readonly next: [number, number];
  exchanges: number;
}

/** Passes `packets` packets, or a few more, to `sink`; `at` is when the first is captured. */
export function practicePlant(packets: number, at: Micros, sink: PacketSink): void {
  const wire = new Wire(at, sink);
  const lines = Array.from(
    { length: CONNECTIONS },
    (_, number): Line => ({ number, next: [1000, 2000], exchanges: 0 }),
  );
  for (const line of lines) {
    wire.say(line, 0, SYN, NOTHING);
    wire.say(line, 1, SYN | ACK, NOTHING);
    wire.say(line, 0, ACK, NOTHING);
  }
  while (wire.packets < packets) {
    for (const line of lines) exchange(line, wire);
  }
}

const NOTHING = Buffer.alloc(0);

function exchange(line: Line, wire: Wire): void {
  const id = line.exchanges++ & 0xffff;
  const isWrite = id % WRITE_EVERY === line.number % WRITE_EVERY;
  const { asked, answered } = isWrite ? write(id) : read(line.number);
  wire.say(line, 0, ACK, emitAdu(id, 1, emitRequest(asked)));
  wire.say(line, 1, ACK, emitAdu(id, 1, emitResponse(answered)));
  wire.say(line, 0, ACK, NOTHING);
}

interface Said {
  readonly asked: ModbusRequest;
  readonly answered: ModbusResponse;
}

function read(number: number): Said {
  const values = Array.from({ length: QUANTITY }, (_, i) => i);
  return {
    asked: { kind: 'read', functionCode: 3, address: number * QUANTITY, quantity: QUANTITY },
    answered: { kind: 'registers', functionCode: 3, values },
  };
}

function write(value: number): Said {
  const block = { address: 100, quantity: 2 };
  return {
    asked: { kind: 'write-multiple', functionCode: 16, ...block, values: [value, value] },
    answered: { kind: 'written', functionCode: 16, ...block },
  };
}

/** Frames of Ethernet, IPv4 and TCP, one after the other in the same buffer, as a capture has them. */
class Wire {
  packets = 0;
  readonly #frame = Buffer.alloc(FRAME_ROOM);
  readonly #packet: CapturedPacket;
  readonly #sink: PacketSink;

  constructor(at: Micros, sink: PacketSink) {
    this.#sink = sink;
    this.#packet = createCapturedPacket(this.#frame);
    this.#packet.at = at;
    this.#frame.writeUInt16BE(0x0800, ETHERNET - 2);
    this.#frame.writeUInt8(0x45, ETHERNET);
    this.#frame.writeUInt8(64, ETHERNET + 8);
    this.#frame.writeUInt8(6, ETHERNET + 9);
    this.#frame.writeUInt8(TCP << 2, ETHERNET + IP + 12);
    this.#frame.writeUInt16BE(0xffff, ETHERNET + IP + 14);
  }

  /** `side` 0 is the client. */
  say({ number, next }: Line, side: 0 | 1, flags: number, payload: Buffer): void {
    const frame = this.#frame;
    const ends = [
      { address: 0xc000_0201 + number, port: FIRST_PORT + number },
      { address: 0xc633_6401 + (number % 8), port: MODBUS_PORT },
    ] as const;
    const [from, to] = side === 0 ? ends : [ends[1], ends[0]];
    frame.writeUInt32BE(to.address, 2);
    frame.writeUInt32BE(from.address, 8);
    frame.writeUInt16BE(IP + TCP + payload.length, ETHERNET + 2);
    frame.writeUInt16BE(this.packets & 0xffff, ETHERNET + 4);
    frame.writeUInt32BE(from.address, ETHERNET + 12);
    frame.writeUInt32BE(to.address, ETHERNET + 16);
    frame.writeUInt16BE(from.port, ETHERNET + IP);
    frame.writeUInt16BE(to.port, ETHERNET + IP + 2);
    frame.writeUInt32BE(next[side], ETHERNET + IP + 4);
    frame.writeUInt32BE(next[side === 0 ? 1 : 0], ETHERNET + IP + 8);
    frame.writeUInt8(flags, ETHERNET + IP + 13);
    payload.copy(frame, HEAD);
    next[side] += payload.length + ((flags & SYN) === 0 ? 0 : 1);
    this.packets++;
    const packet = this.#packet;
    packet.capturedLength = HEAD + payload.length;
    packet.originalLength = packet.capturedLength;
    packet.number = this.packets;
    packet.at = micros(packet.at + STEP_MICROS);
    this.#sink(packet);
  }
}
