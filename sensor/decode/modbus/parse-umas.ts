/**
 * Reads function 90, which carries UMAS (`umas.ts`):
 *
 *     offset  size  field
 *     0       1     function code 90
 *     1       1     session key       0 where nothing is reserved, else the handle of the reservation
 *     2       1     code              of the request; 0xfe or 0xfd in a response
 *     3       ..    data              little endian, in a layout of each code
 *
 * A signed message (code 0x38) wraps another one, and that is what the controller carries out:
 *
 *     3       1     version           4   32   signature
 *     36      ..    function code 90, session key, code, data
 */
import { fault, type ModbusFact } from './fault.ts';
import { atLeast, unknown } from './fields.ts';
import type { UmasMessage, UmasRequest, UmasResponse, UnknownPdu } from './pdu.ts';
import { isUmasAnswer, UMAS_FUNCTION, UMAS_SEAL_LENGTH, UMAS_SIGNED } from './umas.ts';

/** Function code, session key and code. */
const HEAD = 3;

export function umasRequest(bytes: Buffer, faults: ModbusFact[]): UmasRequest | UnknownPdu {
  if (!atLeast(bytes, HEAD, faults)) return unknown(bytes);
  const outer = messageAt(bytes, 0);
  if (isUmasAnswer(outer.code)) {
    const text = `UMAS code 0x${outer.code.toString(16)} is that of a response`;
    faults.push(fault('modbus.umas-code', text));
  }
  const wrapped = HEAD + UMAS_SEAL_LENGTH;
  const isWrapped = outer.code === UMAS_SIGNED && bytes[wrapped] === UMAS_FUNCTION;
  if (!isWrapped || bytes.length < wrapped + HEAD) {
    return { kind: 'umas', functionCode: UMAS_FUNCTION, message: outer };
  }
  return {
    kind: 'umas',
    functionCode: UMAS_FUNCTION,
    message: messageAt(bytes, wrapped),
    signed: { sessionKey: outer.sessionKey, seal: outer.data.subarray(0, UMAS_SEAL_LENGTH) },
  };
}

export function umasResponse(bytes: Buffer, faults: ModbusFact[]): UmasResponse | UnknownPdu {
  if (!atLeast(bytes, HEAD, faults)) return unknown(bytes);
  const message = messageAt(bytes, 0);
  if (!isUmasAnswer(message.code)) {
    const text = `UMAS answers with 0xfe or 0xfd, not with 0x${message.code.toString(16)}`;
    faults.push(fault('modbus.umas-code', text));
  }
  return { kind: 'umas-answer', functionCode: UMAS_FUNCTION, message };
}

const messageAt = (bytes: Buffer, at: number): UmasMessage => ({
  sessionKey: bytes.readUInt8(at + 1),
  code: bytes.readUInt8(at + 2),
  data: Buffer.from(bytes.subarray(at + HEAD)),
});
