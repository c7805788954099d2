/**
 * Writes a capture of a busy plant: many clients polling many PLCs over Modbus/TCP, with the writes,
 * refusals, pipelining, split messages, retransmissions and swapped packets that real ones have.
 *
 * The same arguments give the same bytes, so that two programs can be compared on it.
 */
import { Office } from './office-traffic.ts';
import { ACK, type Ends, PcapWriter, SYN } from './pcap-writer.ts';

export interface GeneratedCapture {
  readonly packets: number;
  readonly bytes: number;
  readonly requests: number;
  readonly responses: number;
  /** Pairs of segments that stand in the wrong order. */
  readonly swapped: number;
  /** Segments with payload that are missing. */
  readonly lost: number;
}

export interface CaptureOptions {
  readonly seed?: number;
  /** Of a hundred thousand answers so many are missing. */
  readonly lost?: number;
  /** Packets of office traffic for each of the plant's. */
  readonly office?: number;
}

const CONNECTIONS = 200;
const CLIENTS = 40;
/** Questions that each client repeats for ever, as a SCADA system does. */
const POLLS = 12;
/** Per mille of exchanges that are something else than polling, and of disturbances. */
const WRITES = 95;
const IDENTIFY = 1;
const REFUSED = 2;
const SPLIT = 5;
const RETRANSMITTED = 1;
const SWAPPED = 1;

interface Poll {
  readonly code: number;
  readonly address: number;
  readonly quantity: number;
}

interface Line extends Ends {
  /** Requests sent before the first answer. */
  readonly ahead: number;
  readonly polls: readonly Poll[];
  next: number;
  transaction: number;
}

/** Writes at least `packets` packets to `path` as pcap, µs, Ethernet. */
export function writeModbusCapture(
  path: string,
  packets: number,
  { seed = 1, lost = 0, office = 0 }: CaptureOptions = {},
): GeneratedCapture {
  const random = generator(seed);
  const out = new PcapWriter(path, () => lost > 0 && random(100_000) < lost);
  const others = new Office(random);
  const lines = Array.from({ length: CONNECTIONS }, (_, i) => makeLine(i, random));
  for (const line of lines) handshake(line, out);
  let requests = 0;
  let responses = 0;
  while (out.packets < packets) {
    const line = lines[random(lines.length)];
    if (line === undefined) break;
    const exchanges = Array.from({ length: line.ahead }, () => exchange(line, random));
    requests += exchanges.length;
    responses += exchanges.length;
    disturb(
      line,
      0,
      exchanges.map(({ request }) => request),
      random,
      out,
    );
    out.wait(200 + random(800));
    disturb(
      line,
      1,
      exchanges.map(({ response }) => response),
      random,
      out,
    );
    out.segment(line, 0, Buffer.alloc(0));
    out.wait(random(400));
    while (others.packets < office * (out.packets - others.packets)) others.speak(out);
  }
  return { ...out.close(), requests, responses, swapped: out.swaps, lost: out.lost };
}

/** Sends the messages one in a segment, and now and then cut, sent twice, or in the wrong order. */
function disturb(
  line: Line,
  side: 0 | 1,
  messages: readonly Buffer[],
  random: (below: number) => number,
  out: PcapWriter,
): void {
  const luck = random(1000);
  if (messages.length === 1 && luck < SPLIT) {
    const [message = Buffer.alloc(0)] = messages;
    const cut = 8 + random(message.length - 8);
    out.segment(line, side, message.subarray(0, cut));
    out.segment(line, side, message.subarray(cut));
  } else if (luck < SPLIT + RETRANSMITTED) {
    for (const message of messages) out.segment(line, side, message);
    out.again(line, side, messages.at(-1) ?? Buffer.alloc(0));
  } else if (messages.length > 1 && luck < SPLIT + RETRANSMITTED + SWAPPED * 10) {
    out.swapped(line, side, messages);
  } else {
    for (const message of messages) out.segment(line, side, message);
  }
}

function makeLine(i: number, random: (below: number) => number): Line {
  const codes = [3, 3, 3, 3, 3, 3, 3, 4, 4, 1, 1, 2];
  return {
    client: 0x0a000100 + (i % CLIENTS),
    server: 0x0a000200 + (i % 100),
    port: 40_000 + i,
    service: 502,
    vlan: i % 4 === 0,
    ahead: i % 5 === 0 ? 4 : 1,
    polls: Array.from({ length: POLLS }, (_, k) => {
      const code = codes[k % codes.length] ?? 3;
      return { code, address: random(60_000), quantity: 1 + random(code <= 2 ? 200 : 100) };
    }),
    next: 0,
    transaction: 0,
    sequence: [random(2 ** 31), random(2 ** 31)],
  };
}

function exchange(line: Line, random: (below: number) => number) {
  const transaction = line.transaction;
  line.transaction = (transaction + 1) & 0xffff;
  const adu = (pdu: Buffer): Buffer => {
    const bytes = Buffer.alloc(7 + pdu.length);
    bytes.writeUInt16BE(transaction, 0);
    bytes.writeUInt16BE(pdu.length + 1, 4);
    bytes.writeUInt8(1, 6);
    pdu.copy(bytes, 7);
    return bytes;
  };
  const luck = random(1000);
  const [request, response] =
    luck < WRITES
      ? writePdus(random)
      : luck < WRITES + IDENTIFY
        ? IDENTITY
        : readPdus(line, random, luck < WRITES + IDENTIFY + REFUSED);
  return { request: adu(request), response: adu(response) };
}

const IDENTITY: readonly [Buffer, Buffer] = [
  Buffer.from('2b0e0100', 'hex'),
  Buffer.from('2b0e01010000030004506c616e0105504c432d31020356312e', 'hex'),
];

function readPdus(
  line: Line,
  random: (below: number) => number,
  refused: boolean,
): [Buffer, Buffer] {
  const { code, address, quantity } = line.polls[line.next++ % POLLS] ?? {
    code: 3,
    address: 0,
    quantity: 1,
  };
  const request = words(code, [address, quantity]);
  if (refused) return [request, Buffer.of(code | 0x80, 2)];
  const count = code <= 2 ? Math.ceil(quantity / 8) : quantity * 2;
  const response = Buffer.alloc(2 + count);
  response.writeUInt8(code, 0);
  response.writeUInt8(count, 1);
  for (let i = 2; i < response.length; i++) response.writeUInt8(random(256), i);
  return [request, response];
}

function writePdus(random: (below: number) => number): [Buffer, Buffer] {
  const address = random(1000);
  switch (random(5)) {
    case 0: {
      const pdu = words(5, [address, random(2) === 0 ? 0 : 0xff00]);
      return [pdu, pdu];
    }
    case 1:
    case 2: {
      const pdu = words(6, [address, random(65_536)]);
      return [pdu, pdu];
    }
    case 3: {
      const values = [random(65_536), random(65_536)];
      const head = words(16, [address, values.length]);
      return [Buffer.concat([head, Buffer.of(4), words(0, values).subarray(1)]), head];
    }
    default: {
      const head = words(15, [address, 8]);
      return [Buffer.concat([head, Buffer.of(1, random(256))]), head];
    }
  }
}

function words(code: number, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(1 + values.length * 2);
  bytes.writeUInt8(code, 0);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, 1 + i * 2);
  return bytes;
}

function handshake(line: Line, out: PcapWriter): void {
  out.segment(line, 0, Buffer.alloc(0), SYN);
  out.segment(line, 1, Buffer.alloc(0), SYN | ACK);
  out.segment(line, 0, Buffer.alloc(0));
}

/** xorshift32: whole numbers below a bound, the same for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
