/** A capture without end of clients that poll over Modbus, for what is measured in a process of its own. */
import { emitAdu } from '#sensor/decode/modbus/emit.ts';
import { tcpFrame } from './packets.ts';

const FILE_HEADER = 'd4c3b2a1020004000000000000000000ffff000001000000';
const RECORD_HEADER = 16;
/** Of the TCP sequence number in an untagged IPv4 frame. */
const SEQUENCE_OFFSET = 38;
const CLIENTS = 50;
const SERVERS = 200;
const FIRST_PORT = 40_000;
const PACKETS_PER_ROUND = 3;
const STEP_MICROS = 7;
const START_SECONDS = 1_767_225_600;
const MICROS = 1_000_000;

const ASK = emitAdu(1, 1, Buffer.from('0300640004', 'hex'));
const ANSWER = emitAdu(1, 1, Buffer.from('03080001000200030004', 'hex'));

/**
 * Pieces of a pcap file, in each of which every connection asks once and is answered. The same buffer
 * each time: what takes it is done with it before it asks for the next.
 */
export function* endlessPolls(connections: number, packets: number): Generator<Buffer> {
  yield Buffer.from(FILE_HEADER, 'hex');
  const records: Buffer[] = [];
  const starts: number[] = [];
  let length = 0;
  for (let i = 0; i < connections; i++) {
    for (const frame of framesOf(i)) {
      const header = Buffer.alloc(RECORD_HEADER);
      header.writeUInt32LE(frame.length, 8);
      header.writeUInt32LE(frame.length, 12);
      starts.push(length);
      records.push(header, frame);
      length += RECORD_HEADER + frame.length;
    }
  }
  const piece = Buffer.concat(records);
  let micros = 0;
  for (let sent = 0, round = 0; sent < packets; sent += starts.length, round++) {
    for (const [i, start] of starts.entries()) {
      micros += STEP_MICROS;
      piece.writeUInt32LE(START_SECONDS + Math.floor(micros / MICROS), start);
      piece.writeUInt32LE(micros % MICROS, start + 4);
      const place = i % PACKETS_PER_ROUND;
      const asked = place === 0 ? round : round + 1;
      const at = place === 1 ? round * ANSWER.length : asked * ASK.length;
      piece.writeUInt32BE((1 + at) % 2 ** 32, start + RECORD_HEADER + SEQUENCE_OFFSET);
    }
    yield piece;
  }
}

/** A question, its answer, and the acknowledgment of that, between one of the clients and one of the servers. */
function framesOf(connection: number): readonly Buffer[] {
  const from = `10.1.0.${1 + (connection % CLIENTS)}`;
  const to = `10.2.0.${1 + (Math.floor(connection / CLIENTS) % SERVERS)}`;
  const port = FIRST_PORT + Math.floor(connection / CLIENTS / SERVERS);
  const asked = { from, to, sourcePort: port, destinationPort: 502 };
  const answered = { from: to, to: from, sourcePort: 502, destinationPort: port };
  return [
    tcpFrame({ ...asked, payload: ASK }),
    tcpFrame({ ...answered, payload: ANSWER }),
    tcpFrame(asked),
  ];
}
