/**
 * Reads functions 20 and 21, which reach files of extended memory: many a controller keeps its
 * recipes, logs or program there.
 *
 *     20 request   code, byte count, { 6, file (2), record (2), quantity (2) }*
 *     20 response  code, byte count, { length, 6, registers }*    length counts the 6 and the registers
 *     21 both      code, byte count, { 6, file (2), record (2), quantity (2), registers }*
 *
 * Spec: MODBUS Application Protocol V1.1b3 ("AP"), 6.14 and 6.15.
 */
import { fault, type ModbusFact, type ModbusFault } from './fault.ts';
import { counted, registers, unknown } from './fields.ts';
import { MAX_PDU_LENGTH } from './frame.ts';
import {
  FILE_REFERENCE,
  type FileRecord,
  type ModbusRequest,
  type ModbusResponse,
  type WrittenFileRecord,
} from './pdu.ts';

/** Reference type, file, record, quantity. */
const REFERENCE_LENGTH = 7;
/** Function code and byte count, before the data. */
const HEAD = 2;
/** Records of one file, numbered from 0. */
const RECORDS = 10_000;
/** The largest byte count of a request of function 20: 35 references. AP 6.14. */
const MAX_READ_COUNT = 245;

export function fileReadRequest(bytes: Buffer, faults: ModbusFact[]): ModbusRequest {
  const data = carried(bytes, REFERENCE_LENGTH, faults);
  if (data === undefined) return unknown(bytes);
  if (data.length > MAX_READ_COUNT) {
    const text = `${data.length} bytes of references are more than the ${MAX_READ_COUNT} of function 20`;
    once(faults, 'modbus.byte-count', text);
  }
  const records: FileRecord[] = [];
  for (let at = 0; at + REFERENCE_LENGTH <= data.length; at += REFERENCE_LENGTH) {
    records.push(reference(data, at, faults));
  }
  const answer = records.reduce((length, { quantity }) => length + 2 + quantity * 2, HEAD);
  if (answer > MAX_PDU_LENGTH) {
    const text = `the response would need ${answer} bytes, over the limit of ${MAX_PDU_LENGTH}`;
    faults.push(fault('modbus.quantity', text));
  }
  return { kind: 'read-file', functionCode: 20, records };
}

export function fileReadResponse(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  const data = counted(bytes, 1, faults);
  if (data === undefined) return unknown(bytes);
  const records: (readonly number[])[] = [];
  for (let at = 0; at < data.length; ) {
    const length = data.readUInt8(at);
    const end = at + 1 + length;
    if (length % 2 === 0 || end > data.length) {
      const text = `length ${length} of record ${records.length + 1} does not fit`;
      once(faults, 'modbus.byte-count', text);
      break;
    }
    checkType(data.readUInt8(at + 1), faults);
    records.push(registers(data.subarray(at + 2, end)));
    at = end;
  }
  return { kind: 'file-records', functionCode: 20, records };
}

/** The response is the request once more. */
export function fileWrite(bytes: Buffer, faults: ModbusFact[]) {
  const data = carried(bytes, 1, faults);
  if (data === undefined) return unknown(bytes);
  const records: WrittenFileRecord[] = [];
  for (let at = 0; at < data.length; ) {
    if (at + REFERENCE_LENGTH > data.length) {
      const text = `the PDU ends inside the head of record ${records.length + 1}`;
      once(faults, 'modbus.byte-count', text);
      break;
    }
    const head = reference(data, at, faults);
    const end = at + REFERENCE_LENGTH + head.quantity * 2;
    if (end > data.length) {
      const text = `the PDU ends inside the ${head.quantity} registers of record ${records.length + 1}`;
      once(faults, 'modbus.byte-count', text);
    }
    records.push({ ...head, values: registers(data.subarray(at + REFERENCE_LENGTH, end)) });
    at = end;
  }
  return { kind: 'write-file', functionCode: 21, records } as const;
}

function reference(data: Buffer, at: number, faults: ModbusFact[]): FileRecord {
  checkType(data.readUInt8(at), faults);
  const file = data.readUInt16BE(at + 1);
  const record = data.readUInt16BE(at + 3);
  const quantity = data.readUInt16BE(at + 5);
  if (file === 0 || record + quantity > RECORDS) {
    const text = `records from ${record}, ${quantity} of them, of file ${file} are not all among 0-${RECORDS - 1} of files 1-65535`;
    once(faults, 'modbus.file-record', text);
  }
  if (quantity === 0) once(faults, 'modbus.quantity', 'a record names no register');
  return { file, record, quantity };
}

function checkType(type: number, faults: ModbusFact[]): void {
  if (type === FILE_REFERENCE) return;
  once(faults, 'modbus.reference-type', `reference type ${type} is not ${FILE_REFERENCE}`);
}

/** A PDU has up to 35 records; what is wrong with each of them would crowd out what else is known. */
function once(faults: ModbusFact[], name: ModbusFault, text: string): void {
  if (!faults.some((each) => each.name === name)) faults.push(fault(name, text));
}

/**
 * All that lies behind the byte count, with a fault where the count says otherwise: a lenient device may
 * believe the bytes.
 */
function carried(bytes: Buffer, group: number, faults: ModbusFact[]): Buffer | undefined {
  return counted(bytes, group, faults) && bytes.subarray(HEAD);
}
