/**
 * Reads the PDU of a request or of a response. Tolerant: it always answers, and lists what is wrong.
 *
 *     offset  size  field
 *     0       1     function code    + 0x80 in an exception response
 *     1       ..    data             as the function demands
 *
 * A PDU that is too short for its function is `unknown` with its bytes. `faults` is empty iff the PDU
 * is exactly what the specification allows; the gate is strict and takes only such ones.
 *
 * Spec: MODBUS Application Protocol V1.1b3 ("AP"), section 6 and 7.
 */
import { fault, type ModbusFact } from './fault.ts';
import {
  atLeast,
  counted,
  readBlock,
  registers,
  sized,
  surplus,
  unknown,
  unpack,
} from './fields.ts';
import {
  EXCEPTION_BIT,
  EXCEPTIONS,
  FUNCTIONS,
  MEI_CANOPEN,
  MEI_DEVICE_IDENTIFICATION,
} from './functions.ts';
import { fileReadRequest, fileReadResponse, fileWrite } from './parse-files.ts';
import {
  bareRequest,
  diagnosticRequest,
  diagnostics,
  eventCounter,
  eventLog,
  exceptionStatus,
  serverId,
} from './parse-serial.ts';
import { umasRequest, umasResponse } from './parse-umas.ts';
import {
  coilState,
  type IdentityObject,
  MAX_FIFO,
  type ModbusRequest,
  type ModbusResponse,
  type WrittenBlock,
} from './pdu.ts';
import { UMAS_FUNCTION } from './umas.ts';

export interface ParsedPdu<Pdu> {
  readonly pdu: Pdu;
  readonly faults: readonly ModbusFact[];
}

/** Reads a request PDU, function code first. `bytes` may be empty and may be reused afterwards. */
export function parseRequest(bytes: Buffer): ParsedPdu<ModbusRequest> {
  const faults: ModbusFact[] = [];
  return { pdu: request(bytes, faults), faults };
}

/** Reads a response PDU, function code first. `bytes` may be empty and may be reused afterwards. */
export function parseResponse(bytes: Buffer): ParsedPdu<ModbusResponse> {
  const faults: ModbusFact[] = [];
  return { pdu: response(bytes, faults), faults };
}

function request(bytes: Buffer, faults: ModbusFact[]): ModbusRequest {
  const code = bytes[0] ?? 0;
  if (code === 0 || code >= EXCEPTION_BIT) {
    faults.push(
      fault('modbus.function-code', `function code ${code} is none that a client may send`),
    );
    return unknown(bytes);
  }
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4: {
      if (!sized(bytes, 5, faults)) return unknown(bytes);
      const block = readBlock(bytes, 1, FUNCTIONS.get(code)?.maxRead, faults);
      return { kind: 'read', functionCode: code, ...block };
    }
    case 5:
    case 6:
      return singleWrite(bytes, code, faults);
    case 15:
    case 16: {
      // What it wants to write where is told by five bytes, even if the values are missing.
      if (!atLeast(bytes, 5, faults)) return unknown(bytes);
      const limit = FUNCTIONS.get(code)?.maxWrite;
      return {
        kind: 'write-multiple',
        functionCode: code,
        ...writtenBlock(bytes, 1, { bits: code === 15, limit }, faults),
      };
    }
    case 23: {
      if (!atLeast(bytes, 10, faults)) return unknown(bytes);
      const info = FUNCTIONS.get(code);
      const read = readBlock(bytes, 1, info?.maxRead, faults);
      const write = writtenBlock(bytes, 5, { bits: false, limit: info?.maxWrite }, faults);
      return { kind: 'read-write', functionCode: 23, read, write };
    }
    case 7:
    case 11:
    case 12:
    case 17:
      return bareRequest(bytes, code, faults);
    case 8:
      return diagnosticRequest(bytes, faults);
    case 20:
      return fileReadRequest(bytes, faults);
    case 21:
      return fileWrite(bytes, faults);
    case 22:
      return maskWrite(bytes, faults);
    case 24:
      if (!sized(bytes, 3, faults)) return unknown(bytes);
      return { kind: 'read-fifo', functionCode: 24, address: bytes.readUInt16BE(1) };
    case 43:
      return identify(bytes, faults);
    case UMAS_FUNCTION:
      return umasRequest(bytes, faults);
    default:
      return unknown(bytes);
  }
}

function response(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  const code = bytes[0] ?? 0;
  if (code >= EXCEPTION_BIT) return exception(bytes, faults);
  switch (code) {
    case 0:
      faults.push(fault('modbus.function-code', 'function code 0 is none that a server may send'));
      return unknown(bytes);
    case 1:
    case 2: {
      const data = counted(bytes, 1, faults);
      if (data === undefined) return unknown(bytes);
      return { kind: 'bits', functionCode: code, values: unpack(data, data.length * 8) };
    }
    case 3:
    case 4:
    case 23: {
      const data = counted(bytes, 2, faults);
      if (data === undefined) return unknown(bytes);
      return { kind: 'registers', functionCode: code, values: registers(data) };
    }
    case 5:
    case 6:
      return singleWrite(bytes, code, faults);
    case 15:
    case 16: {
      if (!sized(bytes, 5, faults)) return unknown(bytes);
      const block = readBlock(bytes, 1, FUNCTIONS.get(code)?.maxWrite, faults);
      return { kind: 'written', functionCode: code, ...block };
    }
    case 7:
      return exceptionStatus(bytes, faults);
    case 8:
      return diagnostics(bytes, faults);
    case 11:
      return eventCounter(bytes, faults);
    case 12:
      return eventLog(bytes, faults);
    case 17:
      return serverId(bytes, faults);
    case 20:
      return fileReadResponse(bytes, faults);
    case 21:
      return fileWrite(bytes, faults);
    case 22:
      return maskWrite(bytes, faults);
    case 24:
      return fifo(bytes, faults);
    case 43:
      return identity(bytes, faults);
    case UMAS_FUNCTION:
      return umasResponse(bytes, faults);
    default:
      return unknown(bytes);
  }
}

/** A block with its byte count and data at `at`, reaching to the end of the PDU. */
function writtenBlock(
  bytes: Buffer,
  at: number,
  shape: { readonly bits: boolean; readonly limit: number | undefined },
  faults: ModbusFact[],
): WrittenBlock {
  const block = readBlock(bytes, at, shape.limit, faults);
  if (!atLeast(bytes, at + 5, faults)) return { ...block, values: [] };
  const count = bytes.readUInt8(at + 4);
  const wanted = shape.bits ? Math.ceil(block.quantity / 8) : block.quantity * 2;
  if (count !== wanted) {
    const text = `byte count ${count} does not fit quantity ${block.quantity}, which needs ${wanted}`;
    faults.push(fault('modbus.byte-count', text));
  }
  const end = at + 5 + count;
  if (bytes.length < end) atLeast(bytes, end, faults);
  surplus(bytes, end, faults);
  const data = bytes.subarray(at + 5, end);
  const values = shape.bits
    ? unpack(data, Math.min(block.quantity, data.length * 8))
    : registers(data);
  return { ...block, values };
}

function singleWrite(bytes: Buffer, code: 5 | 6, faults: ModbusFact[]) {
  if (!sized(bytes, 5, faults)) return unknown(bytes);
  const value = bytes.readUInt16BE(3);
  if (code === 5 && coilState(value) === undefined) {
    const text = `coil value 0x${value.toString(16).padStart(4, '0')} is neither 0x0000 nor 0xff00`;
    faults.push(fault('modbus.coil-value', text));
  }
  return {
    kind: 'write-single',
    functionCode: code,
    address: bytes.readUInt16BE(1),
    value,
  } as const;
}

function maskWrite(bytes: Buffer, faults: ModbusFact[]) {
  if (!sized(bytes, 7, faults)) return unknown(bytes);
  return {
    kind: 'mask-write',
    functionCode: 22,
    address: bytes.readUInt16BE(1),
    andMask: bytes.readUInt16BE(3),
    orMask: bytes.readUInt16BE(5),
  } as const;
}

/** Unlike elsewhere the byte count has two bytes; it counts the FIFO count as well. */
function fifo(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  if (!atLeast(bytes, 5, faults)) return unknown(bytes);
  const [count, queued] = [bytes.readUInt16BE(1), bytes.readUInt16BE(3)];
  if (count !== 2 + queued * 2) {
    const text = `byte count ${count} does not fit ${queued} queued registers`;
    faults.push(fault('modbus.byte-count', text));
  }
  if (queued > MAX_FIFO) {
    const text = `${queued} queued registers are more than the ${MAX_FIFO} of function 24`;
    faults.push(fault('modbus.quantity', text));
  }
  const end = 5 + queued * 2;
  if (bytes.length < end) atLeast(bytes, end, faults);
  surplus(bytes, end, faults);
  return { kind: 'fifo', functionCode: 24, values: registers(bytes.subarray(5, end)) };
}

function exception(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  if (!sized(bytes, 2, faults)) return unknown(bytes);
  const exceptionCode = bytes.readUInt8(1);
  if (!EXCEPTIONS.has(exceptionCode)) {
    faults.push(fault('modbus.exception-code', `exception code ${exceptionCode} is not assigned`));
  }
  return {
    kind: 'exception',
    functionCode: bytes.readUInt8(0) & ~EXCEPTION_BIT,
    exceptionCode,
  };
}

/** Function 43 of another MEI type than that of identification. */
function encapsulated(bytes: Buffer) {
  if (bytes.readUInt8(1) !== MEI_CANOPEN) return unknown(bytes);
  const data = Buffer.from(bytes.subarray(2));
  return { kind: 'canopen', functionCode: 43, data } as const;
}

function identify(bytes: Buffer, faults: ModbusFact[]): ModbusRequest {
  if (!atLeast(bytes, 2, faults)) return unknown(bytes);
  if (bytes.readUInt8(1) !== MEI_DEVICE_IDENTIFICATION) return encapsulated(bytes);
  if (!sized(bytes, 4, faults)) return unknown(bytes);
  const level = bytes.readUInt8(2);
  checkLevel(level, faults);
  return { kind: 'identify', functionCode: 43, level, objectId: bytes.readUInt8(3) };
}

function checkLevel(level: number, faults: ModbusFact[]): void {
  if (level >= 1 && level <= 4) return;
  faults.push(fault('modbus.device-id-code', `read device id code ${level} is outside 1-4`));
}

/**
 *     0  function code 43     3  conformity level      6  number of objects
 *     1  MEI type 14          4  more follows          7  object id, length, value; repeated
 *     2  read device id code  5  next object id
 */
function identity(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  if (!atLeast(bytes, 2, faults)) return unknown(bytes);
  if (bytes.readUInt8(1) !== MEI_DEVICE_IDENTIFICATION) return encapsulated(bytes);
  if (!atLeast(bytes, 7, faults)) return unknown(bytes);
  const level = bytes.readUInt8(2);
  checkLevel(level, faults);
  const moreFollows = bytes.readUInt8(4);
  if (moreFollows !== 0 && moreFollows !== 0xff) {
    const text = `more follows ${moreFollows} is neither 0 nor 255`;
    faults.push(fault('modbus.more-follows', text));
  }
  const objects: IdentityObject[] = [];
  let at = 7;
  for (let left = bytes.readUInt8(6); left > 0; left--) {
    const end = at + 2 + (bytes[at + 1] ?? 0);
    if (!atLeast(bytes, Math.max(end, at + 2), faults)) break;
    objects.push({ id: bytes.readUInt8(at), value: Buffer.from(bytes.subarray(at + 2, end)) });
    at = end;
  }
  if (faults.every(({ name }) => name !== 'modbus.truncated')) surplus(bytes, at, faults);
  return {
    kind: 'identity',
    functionCode: 43,
    level,
    conformity: bytes.readUInt8(3),
    moreFollows,
    nextObjectId: bytes.readUInt8(5),
    objects,
  };
}
