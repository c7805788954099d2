/**
 * The fields that PDUs are made of, each with the faults that it can have. Nothing here throws on bytes:
 * whoever asks for a field has asked for its length before.
 *
 * Spec: MODBUS Application Protocol V1.1b3 ("AP"), section 6.
 */
import { fault, type ModbusFact } from './fault.ts';
import { measureFrame } from './frame.ts';
import { ADDRESS_SPACE, FUNCTIONS } from './functions.ts';
import type { Block, UnknownPdu } from './pdu.ts';

export function unknown(bytes: Buffer): UnknownPdu {
  return { kind: 'unknown', functionCode: bytes[0] ?? 0, data: Buffer.from(bytes.subarray(1)) };
}

/** False, with a fault, unless there are `length` bytes. */
export function atLeast(bytes: Buffer, length: number, faults: ModbusFact[]): boolean {
  if (bytes.length >= length) return true;
  const text = `function ${bytes[0] ?? 0} needs ${length} bytes, the PDU has ${bytes.length}`;
  faults.push(fault('modbus.truncated', text));
  return false;
}

/** As `atLeast`, and a fault for each byte too many. */
export function sized(bytes: Buffer, length: number, faults: ModbusFact[]): boolean {
  if (!atLeast(bytes, length, faults)) return false;
  surplus(bytes, length, faults);
  return true;
}

/** What lies behind the end of the PDU was counted by the MBAP length but belongs to no field. */
export function surplus(bytes: Buffer, end: number, faults: ModbusFact[]): void {
  const extra = bytes.length - end;
  if (extra <= 0) return;
  faults.push(
    fault('modbus.surplus', `${extra} bytes follow the end of function ${bytes[0] ?? 0}`),
  );
  // A device that trusts the function more than the length would execute this as a request of its own.
  if (measureFrame(bytes, end, bytes.length) > 0 && FUNCTIONS.has(bytes[end + 7] ?? 0)) {
    const inner = FUNCTIONS.get(bytes[end + 7] ?? 0)?.name ?? '';
    faults.push(
      fault('modbus.smuggled', `the surplus bytes are a whole \`${inner}\` of their own`),
    );
  }
}

/** Address and quantity at `at`, checked against `limit` and the address space. */
export function readBlock(
  bytes: Buffer,
  at: number,
  limit = ADDRESS_SPACE,
  faults: ModbusFact[],
): Block {
  const address = bytes.readUInt16BE(at);
  const quantity = bytes.readUInt16BE(at + 2);
  if (quantity === 0 || quantity > limit) {
    const text = `quantity ${quantity} is outside 1-${limit} of function ${bytes[0] ?? 0}`;
    faults.push(fault('modbus.quantity', text));
  }
  if (address + quantity > ADDRESS_SPACE) {
    const text = `address ${address} with quantity ${quantity} ends behind address 65535`;
    faults.push(fault('modbus.address-range', text));
  }
  return { address, quantity };
}

/** Byte count, then that many bytes in groups of `group`. Undefined if not even the count is there. */
export function counted(bytes: Buffer, group: number, faults: ModbusFact[]): Buffer | undefined {
  if (!atLeast(bytes, 2, faults)) return undefined;
  const count = bytes.readUInt8(1);
  if (count === 0 || count % group !== 0) {
    const text = `byte count ${count} is no positive multiple of ${group}`;
    faults.push(fault('modbus.byte-count', text));
  }
  const end = 2 + count;
  if (bytes.length < end) atLeast(bytes, end, faults);
  surplus(bytes, end, faults);
  return bytes.subarray(2, end);
}

/** Lowest bit first. AP 6.1. */
export function unpack(data: Buffer, quantity: number): number[] {
  const bits: number[] = [];
  for (let i = 0; i < quantity; i++) bits.push((data.readUInt8(i >> 3) >> (i & 7)) & 1);
  return bits;
}

/** High byte first; half a register at the end is left out (a fault said so). */
export function registers(data: Buffer): number[] {
  const words: number[] = [];
  for (let i = 0; i + 1 < data.length; i += 2) words.push(data.readUInt16BE(i));
  return words;
}
