/**
 * Writes PDUs as bytes: what the gate sends on is what it understood, never what it received.
 *
 * Law: for each PDU that `parse.ts` finds no fault in, `parse(emit(pdu))` is that PDU, and
 * `emit(parse(bytes))` is `bytes`. One thing is normalised: the unused bits of the last byte of a
 * coil block are written as 0 (MODBUS Application Protocol V1.1b3, 6.11), so nothing hides in them.
 */
import { MAX_PDU_LENGTH } from './frame.ts';
import { EXCEPTION_BIT, MEI_DEVICE_IDENTIFICATION } from './functions.ts';
import type { Block, ModbusRequest, ModbusResponse } from './pdu.ts';

/** The PDU of a request, function code first. Throws RangeError on a number that does not fit its field. */
export function emitRequest(pdu: ModbusRequest): Buffer {
  switch (pdu.kind) {
    case 'read':
      return Buffer.concat([byte(pdu.functionCode), block(pdu)]);
    case 'write-single':
      return Buffer.concat([byte(pdu.functionCode), words([pdu.address, pdu.value])]);
    case 'write-multiple': {
      const data = pdu.functionCode === 15 ? bits(pdu.values) : words(pdu.values);
      return Buffer.concat([byte(pdu.functionCode), block(pdu), byte(data.length), data]);
    }
    case 'read-write': {
      const data = words(pdu.write.values);
      return Buffer.concat([
        byte(pdu.functionCode),
        block(pdu.read),
        block(pdu.write),
        byte(data.length),
        data,
      ]);
    }
    case 'identify':
      return byte(pdu.functionCode, MEI_DEVICE_IDENTIFICATION, pdu.level, pdu.objectId);
    case 'unknown':
      return Buffer.concat([byte(pdu.functionCode), pdu.data]);
    default:
      return pdu satisfies never;
  }
}

/** The PDU of a response, function code first. Throws RangeError on a number that does not fit its field. */
export function emitResponse(pdu: ModbusResponse): Buffer {
  switch (pdu.kind) {
    case 'bits': {
      const data = bits(pdu.values);
      return Buffer.concat([byte(pdu.functionCode, data.length), data]);
    }
    case 'registers': {
      const data = words(pdu.values);
      return Buffer.concat([byte(pdu.functionCode, data.length), data]);
    }
    case 'write-single':
      return Buffer.concat([byte(pdu.functionCode), words([pdu.address, pdu.value])]);
    case 'written':
      return Buffer.concat([byte(pdu.functionCode), block(pdu)]);
    case 'identity':
      return Buffer.concat([
        byte(pdu.functionCode, MEI_DEVICE_IDENTIFICATION, pdu.level, pdu.conformity),
        byte(pdu.moreFollows, pdu.nextObjectId, pdu.objects.length),
        ...pdu.objects.flatMap(({ id, value }) => [byte(id, value.length), value]),
      ]);
    case 'exception':
      return byte(pdu.functionCode | EXCEPTION_BIT, pdu.exceptionCode);
    case 'unknown':
      return Buffer.concat([byte(pdu.functionCode), pdu.data]);
    default:
      return pdu satisfies never;
  }
}

/** The whole ADU around a PDU. Throws RangeError on a PDU of more than 253 bytes or on an id that does not fit. */
export function emitAdu(transactionId: number, unitId: number, pdu: Buffer): Buffer {
  if (pdu.length < 1 || pdu.length > MAX_PDU_LENGTH) {
    throw new RangeError(`a PDU has 1-${MAX_PDU_LENGTH} bytes, not ${pdu.length}`);
  }
  return Buffer.concat([words([transactionId, 0, pdu.length + 1]), byte(unitId), pdu]);
}

const block = ({ address, quantity }: Block): Buffer => words([address, quantity]);

function byte(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt8(value, i);
  return bytes;
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
}

/** Lowest bit first. AP 6.1. */
function bits(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) {
    if (value !== 0) bytes.writeUInt8(bytes.readUInt8(i >> 3) | (1 << (i & 7)), i >> 3);
  }
  return bytes;
}
