import { writeFileSync } from 'node:fs';
import { emitAdu } from '#sensor/decode/modbus/emit.ts';
import { type SegmentOptions, tcpFrame } from './packets.ts';

const PLC = '127.20.1.12';
const PORT = 5020;
/** Function 6: 1500 to holding register 100; the response echoes it. */
const WRITE = emitAdu(1, 1, Buffer.from('06006405dc', 'hex'));

const SYN = 2;
const ACK = 16;

/** Writes a capture of clients that each open a connection to plc-12 and write a setpoint, `after` ms one after the other. */
export function captureFile(
  path: string,
  writes: readonly {
    readonly from: string;
    readonly after: number;
    /** What it sends before; the PLC is silent to it. */
    readonly before?: Buffer;
    /** So many bytes before the write were never captured. */
    readonly lost?: number;
  }[],
): string {
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const records: Buffer[] = [];
  let at = 1_700_000_000_000_000;
  const add = (options: SegmentOptions): void => {
    const frame = tcpFrame(options);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(at / 1e6), 0);
    record.writeUInt32LE(at % 1e6, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    records.push(record, frame);
    at += 1000;
  };
  // A capture without any packet is refused: one that nobody decodes stands in front.
  add({ from: '127.20.2.10', to: PLC, sourcePort: 1, destinationPort: 2, flags: SYN });
  for (const [i, { from, after, before = Buffer.alloc(0), lost = 0 }] of writes.entries()) {
    at += after * 1000;
    const ports = { sourcePort: 40_000 + i, destinationPort: PORT };
    const back = { from: PLC, to: from, sourcePort: PORT, destinationPort: 40_000 + i };
    add({ from, to: PLC, ...ports, sequence: 100, flags: SYN });
    add({ ...back, sequence: 500, acknowledgment: 101, flags: SYN | ACK });
    if (before.length > 0) add({ from, to: PLC, ...ports, sequence: 101, payload: before });
    const sequence = 101 + before.length + lost;
    add({ from, to: PLC, ...ports, sequence, acknowledgment: 501, payload: WRITE });
    add({ ...back, sequence: 501, acknowledgment: sequence + WRITE.length, payload: WRITE });
  }
  writeFileSync(path, Buffer.concat([header, ...records]));
  return path;
}
