/**
 * Writes PDUs as bytes: what the gate sends on is what it understood, never what it received.
 *
 * Law: for each PDU that `parse.ts` finds no fault in, `parse(emit(pdu))` is that PDU, and
 * `emit(parse(bytes))` is `bytes`. One thing is normalised: the unused bits of the last byte of a
 * coil block are written as 0 (MODBUS Application Protocol V1.1b3, 6.11), so nothing hides in them.
 */
import { MAX_PDU_LENGTH } from './frame.ts';
import {
  ENCAPSULATED,
  EXCEPTION_BIT,
  MEI_CANOPEN,
  MEI_DEVICE_IDENTIFICATION,
} from './functions.ts';
import {
  type Block,
  FILE_REFERENCE,
  type FileRecord,
  type ModbusRequest,
  type ModbusResponse,
  type UmasMessage,
  type UmasRequest,
} from './pdu.ts';
import { UMAS_FUNCTION, UMAS_SIGNED } from './umas.ts';

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
    case 'bare':
      return byte(pdu.functionCode);
    case 'read-file': {
      const data = Buffer.concat(pdu.records.map(reference));
      return Buffer.concat([byte(pdu.functionCode, data.length), data]);
    }
    case 'umas':
      return umas(pdu);
    case 'read-fifo':
      return Buffer.concat([byte(pdu.functionCode), words([pdu.address])]);
    case 'diagnostics':
    case 'write-file':
    case 'mask-write':
    case 'canopen':
    case 'unknown':
      return emitEither(pdu);
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
    case 'exception-status':
      return byte(pdu.functionCode, pdu.status);
    case 'event-counter':
      return Buffer.concat([byte(pdu.functionCode), words([pdu.status, pdu.eventCount])]);
    case 'event-log': {
      const { status, eventCount, messageCount, events } = pdu;
      const data = Buffer.concat([words([status, eventCount, messageCount]), events]);
      return Buffer.concat([byte(pdu.functionCode, data.length), data]);
    }
    case 'server-id':
      return Buffer.concat([byte(pdu.functionCode, pdu.data.length), pdu.data]);
    case 'file-records': {
      const data = Buffer.concat(
        pdu.records.flatMap((values) => [
          byte(1 + values.length * 2, FILE_REFERENCE),
          words(values),
        ]),
      );
      return Buffer.concat([byte(pdu.functionCode, data.length), data]);
    }
    case 'fifo': {
      const { values } = pdu;
      const head = words([2 + values.length * 2, values.length]);
      return Buffer.concat([byte(pdu.functionCode), head, words(values)]);
    }
    case 'umas-answer':
      return umasMessage(pdu.message);
    case 'diagnostics':
    case 'write-file':
    case 'mask-write':
    case 'canopen':
    case 'unknown':
      return emitEither(pdu);
    default:
      return pdu satisfies never;
  }
}

function umas({ message, signed }: UmasRequest): Buffer {
  const plain = umasMessage(message);
  if (signed === undefined) return plain;
  const { sessionKey, seal } = signed;
  return umasMessage({ sessionKey, code: UMAS_SIGNED, data: Buffer.concat([seal, plain]) });
}

const umasMessage = ({ sessionKey, code, data }: UmasMessage): Buffer =>
  Buffer.concat([byte(UMAS_FUNCTION, sessionKey, code), data]);

/** What looks the same in a request and in a response. */
function emitEither(
  pdu: Extract<
    ModbusRequest,
    { kind: 'diagnostics' | 'write-file' | 'mask-write' | 'canopen' | 'unknown' }
  >,
): Buffer {
  switch (pdu.kind) {
    case 'diagnostics':
      return Buffer.concat([byte(pdu.functionCode), words([pdu.subFunction]), pdu.data]);
    case 'write-file': {
      const data = Buffer.concat(
        pdu.records.flatMap((record) => [reference(record), words(record.values)]),
      );
      return Buffer.concat([byte(pdu.functionCode, data.length), data]);
    }
    case 'mask-write':
      return Buffer.concat([byte(pdu.functionCode), words([pdu.address, pdu.andMask, pdu.orMask])]);
    case 'canopen':
      return Buffer.concat([byte(ENCAPSULATED, MEI_CANOPEN), pdu.data]);
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

const reference = ({ file, record, quantity }: FileRecord): Buffer =>
  Buffer.concat([byte(FILE_REFERENCE), words([file, record, quantity])]);

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
