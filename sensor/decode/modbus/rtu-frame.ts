/**
 * RTU framing over TCP, as serial servers pass it on:
 *
 *     offset  size  field
 *     0       1     unit id
 *     1       1..   PDU      function code, then data
 *     ..      2     CRC-16   low byte first, over all before
 *
 * There is no length: on the line a pause ends a frame, and TCP has none. How long a frame is follows
 * from its function and its direction; of the functions that do not tell, a frame reaches to the end of
 * its segment. What decides is always the CRC.
 *
 * Spec: MODBUS over Serial Line V1.02, 2.5.1; MODBUS Application Protocol V1.1b3, 6.
 */
import { crcFits } from './crc.ts';
import { EXCEPTION_BIT, MEI_DEVICE_IDENTIFICATION } from './functions.ts';
import { REQUEST, RESPONSE } from './shape.ts';

/** Unit id, function code and CRC. */
const MIN_RTU_LENGTH = 4;
/** MODBUS over Serial Line V1.02, 2.5.1.1. */
export const MAX_RTU_LENGTH = 256;

/** What stands before the data of most functions, and behind it. */
const UNIT_AND_CODE = 2;
const CRC_LENGTH = 2;

/** Answers of `measureRtu` that are no length. */
export const RTU_INCOMPLETE = 0;
const RTU_BAD_CRC = -1;

/** Answers of `ruledLength` that are no length. */
const MORE = 0;
const OPEN = -1;

/**
 * The length of the frame at `at` that a side of the role `role` sends, which must end at or before
 * `end`; else `RTU_INCOMPLETE` or `RTU_BAD_CRC`. `end` is that of the segment.
 */
export function measureRtu(bytes: Uint8Array, at: number, end: number, role: number): number {
  const there = end - at;
  const ruled = ruledLength(bytes, at, end, role);
  if (ruled > 0 && there >= ruled && crcFits(bytes, at, at + ruled)) return ruled;
  // Also a frame that is longer or shorter than its function demands is one, if its CRC says so.
  if (there >= MIN_RTU_LENGTH && there <= MAX_RTU_LENGTH && crcFits(bytes, at, end)) return there;
  if (ruled === MORE || ruled === OPEN) {
    return there < MAX_RTU_LENGTH ? RTU_INCOMPLETE : RTU_BAD_CRC;
  }
  return there < ruled ? RTU_INCOMPLETE : RTU_BAD_CRC;
}

/** As `measureRtu`, by the length that the function demands alone: where no segment says where a frame ends. */
export function measureRuledRtu(bytes: Uint8Array, at: number, end: number, role: number): number {
  const ruled = ruledLength(bytes, at, end, role);
  if (ruled <= 0 || end - at < ruled) return RTU_INCOMPLETE;
  return crcFits(bytes, at, at + ruled) ? ruled : RTU_BAD_CRC;
}

/** Whether the bytes at `at` may be a frame that goes on behind `end`, for either role. */
export function isCutRtu(bytes: Uint8Array, at: number, end: number): boolean {
  for (let role = REQUEST; role <= RESPONSE; role++) {
    const ruled = ruledLength(bytes, at, end, role);
    if (ruled === MORE || ruled > end - at) return true;
  }
  return false;
}

/** What the function demands, CRC included; `MORE` where its bytes do not tell yet, `OPEN` where they never do. */
function ruledLength(bytes: Uint8Array, at: number, end: number, role: number): number {
  if (end - at < UNIT_AND_CODE) return MORE;
  const code = bytes[at + 1] ?? 0;
  if (code >= EXCEPTION_BIT) return role === REQUEST ? OPEN : UNIT_AND_CODE + 1 + CRC_LENGTH;
  return role === REQUEST
    ? requestLength(bytes, at, end, code)
    : responseLength(bytes, at, end, code);
}

const fixed = (data: number): number => UNIT_AND_CODE + data + CRC_LENGTH;

/** A byte count at `place` behind the unit id, with `before` bytes of data up to and with it. */
function counted(bytes: Uint8Array, at: number, end: number, before: number): number {
  const place = at + UNIT_AND_CODE + before - 1;
  return place < end ? fixed(before + (bytes[place] ?? 0)) : MORE;
}

function requestLength(bytes: Uint8Array, at: number, end: number, code: number): number {
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 8:
      return fixed(4);
    case 7:
    case 11:
    case 12:
    case 17:
      return fixed(0);
    case 15:
    case 16:
      return counted(bytes, at, end, 5);
    case 20:
    case 21:
      return counted(bytes, at, end, 1);
    case 22:
      return fixed(6);
    case 23:
      return counted(bytes, at, end, 9);
    case 24:
      return fixed(2);
    case 43:
      if (end - at <= UNIT_AND_CODE) return MORE;
      return bytes[at + 2] === MEI_DEVICE_IDENTIFICATION ? fixed(3) : OPEN;
    default:
      return OPEN;
  }
}

function responseLength(bytes: Uint8Array, at: number, end: number, code: number): number {
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 12:
    case 17:
    case 20:
    case 21:
    case 23:
      return counted(bytes, at, end, 1);
    case 5:
    case 6:
    case 8:
    case 11:
    case 15:
    case 16:
      return fixed(4);
    case 7:
      return fixed(1);
    case 22:
      return fixed(6);
    case 24:
      // A count of two bytes, of which the first is always 0: at most 31 registers.
      return counted(bytes, at, end, 2);
    case 43:
      return identityLength(bytes, at, end);
    default:
      return OPEN;
  }
}

/** MEI type, level, conformity, more follows, next object and number of objects, then the objects. */
function identityLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at <= UNIT_AND_CODE) return MORE;
  if (bytes[at + 2] !== MEI_DEVICE_IDENTIFICATION) return OPEN;
  const head = at + UNIT_AND_CODE + 6;
  if (head > end) return MORE;
  let place = head;
  for (let left = bytes[head - 1] ?? 0; left > 0; left--) {
    if (place + 2 > end) return MORE;
    place += 2 + (bytes[place + 1] ?? 0);
    if (place - at > MAX_RTU_LENGTH) return OPEN;
  }
  return place - at + CRC_LENGTH;
}
