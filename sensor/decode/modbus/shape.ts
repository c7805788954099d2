/**
 * Does an ADU have the lengths that its function demands of a request, or of a response? That is how
 * Modbus is known on any port, how client and server are told apart, and how a reader finds its
 * footing after a gap. It looks at lengths and limits only; `parse.ts` gives the meaning.
 *
 * Spec: MODBUS Application Protocol V1.1b3, section 6.
 */
import { DIAGNOSTICS, RETURN_QUERY_DATA } from './diagnostics.ts';
import { BAD_LENGTH, BAD_PROTOCOL_ID, measureSeenFrame } from './frame.ts';
import {
  EXCEPTION_BIT,
  EXCEPTIONS,
  FUNCTIONS,
  MEI_CANOPEN,
  MEI_DEVICE_IDENTIFICATION,
} from './functions.ts';
import { FILE_REFERENCE, MAX_EVENTS, MAX_FIFO } from './pdu.ts';
import { isUmasAnswer, UMAS_CODES, UMAS_FUNCTION } from './umas.ts';

/** Bits of the answer: an ADU may be both, as the echo of a single write is. */
export const REQUEST = 1;
export const RESPONSE = 2;

/** `maxRead` and `maxWrite` of the table of functions by function code, 0 where there is none. */
const MAX_READ = Int32Array.from({ length: 128 }, (_, code) => FUNCTIONS.get(code)?.maxRead ?? 0);
const MAX_WRITE = Int32Array.from({ length: 128 }, (_, code) => FUNCTIONS.get(code)?.maxWrite ?? 0);

/** What the whole ADU at `at`, `total` bytes long, may be; 0 if neither. Allocates nothing. */
export function shapeOf(bytes: Uint8Array, at: number, total: number): number {
  const code = bytes[at + 7] ?? 0;
  const length = total - 7;
  if (code >= EXCEPTION_BIT) {
    const known = FUNCTIONS.has(code & ~EXCEPTION_BIT) && EXCEPTIONS.has(bytes[at + 8] ?? 0);
    return known && length === 2 ? RESPONSE : 0;
  }
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
      return readShape(bytes, at, length, code);
    case 5:
      return length === 5 && isCoilValue(word(bytes, at + 10)) ? REQUEST | RESPONSE : 0;
    case 6:
      return length === 5 ? REQUEST | RESPONSE : 0;
    case 15:
    case 16:
      return multipleShape(bytes, at, length, code);
    case 23: {
      const asked = word(bytes, at + 14);
      const carried = length === 10 + asked * 2 && bytes[at + 16] === asked * 2;
      return (carried ? REQUEST : 0) | (countedRegisters(bytes, at, length) ? RESPONSE : 0);
    }
    case 7:
      return bareShape(length, length === 2);
    case 8:
      return length >= 5 && isDiagnostic(bytes, at, length) ? REQUEST | RESPONSE : 0;
    case 11:
      return bareShape(length, length === 5);
    case 12:
      return bareShape(
        length,
        length >= 8 && length <= 8 + MAX_EVENTS && length === 2 + (bytes[at + 8] ?? 0),
      );
    case 17:
      return bareShape(length, length > 2 && length === 2 + (bytes[at + 8] ?? 0));
    case 20:
    case 21:
      return fileShape(bytes, at, length, code);
    case 22:
      return length === 7 ? REQUEST | RESPONSE : 0;
    case 24: {
      if (length === 3) return REQUEST;
      const queued = word(bytes, at + 10);
      const counted = length === 5 + queued * 2 && word(bytes, at + 8) === 2 + queued * 2;
      return counted && queued <= MAX_FIFO ? RESPONSE : 0;
    }
    case 43:
      if (bytes[at + 8] === MEI_CANOPEN) return length >= 2 ? REQUEST | RESPONSE : 0;
      if (bytes[at + 8] !== MEI_DEVICE_IDENTIFICATION) return 0;
      return length === 4 ? REQUEST : length >= 7 ? RESPONSE : 0;
    case UMAS_FUNCTION:
      if (length < 3) return 0;
      if (isUmasAnswer(bytes[at + 9] ?? 0)) return RESPONSE;
      return UMAS_CODES.has(bytes[at + 9] ?? 0) ? REQUEST : 0;
    default:
      return 0;
  }
}

function readShape(bytes: Uint8Array, at: number, length: number, code: number): number {
  const quantity = word(bytes, at + 10);
  const request = length === 5 && quantity >= 1 && quantity <= (MAX_READ[code] ?? 0);
  const response =
    code <= 2
      ? length === 2 + (bytes[at + 8] ?? 0) && length > 2
      : countedRegisters(bytes, at, length);
  return (request ? REQUEST : 0) | (response ? RESPONSE : 0);
}

function multipleShape(bytes: Uint8Array, at: number, length: number, code: number): number {
  const quantity = word(bytes, at + 10);
  if (quantity === 0 || quantity > (MAX_WRITE[code] ?? 0)) return 0;
  if (length === 5) return RESPONSE;
  const count = code === 15 ? (quantity + 7) >> 3 : quantity * 2;
  return length === 6 + count && bytes[at + 12] === count ? REQUEST : 0;
}

/** A request that is the function code alone. */
const bareShape = (length: number, isResponse: boolean): number =>
  (length === 1 ? REQUEST : 0) | (isResponse ? RESPONSE : 0);

function isDiagnostic(bytes: Uint8Array, at: number, length: number): boolean {
  const subFunction = word(bytes, at + 8);
  if (subFunction === RETURN_QUERY_DATA) return length % 2 === 1;
  return length === 5 && DIAGNOSTICS.has(subFunction);
}

/** AP 6.14 and 6.15: the byte count fits, and the first record has reference type 6. */
function fileShape(bytes: Uint8Array, at: number, length: number, code: number): number {
  const count = bytes[at + 8] ?? 0;
  if (count === 0 || length !== 2 + count) return 0;
  if (code === 21) return bytes[at + 9] === FILE_REFERENCE && count >= 9 ? REQUEST | RESPONSE : 0;
  const first = bytes[at + 9] ?? 0;
  const request = count % 7 === 0 && first === FILE_REFERENCE;
  const response = first % 2 === 1 && first < count && bytes[at + 10] === FILE_REFERENCE;
  return (request ? REQUEST : 0) | (response ? RESPONSE : 0);
}

function countedRegisters(bytes: Uint8Array, at: number, length: number): boolean {
  const count = bytes[at + 8] ?? 0;
  return count > 0 && (count & 1) === 0 && length === 2 + count;
}

const isCoilValue = (value: number): boolean => value === 0 || value === 0xff00;

const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** Bytes of an ADU whose lengths tell more than that four bytes are small numbers. */
const SHORTEST_CERTAIN = 10;

/**
 * The first place in `at..end` where a whole ADU of the role `role` lies and what follows it, if
 * anything, may be a header; -1 where there is none. Registers full of small numbers look much like
 * headers, hence so much evidence.
 */
export function findFrame(bytes: Uint8Array, at: number, end: number, role: number): number {
  for (let place = at; place + 8 <= end; place++) {
    const total = measureSeenFrame(bytes, place, end);
    if (total <= 0 || (shapeOf(bytes, place, total) & role) === 0) continue;
    const next = measureSeenFrame(bytes, place + total, end);
    // A request that is a function code alone looks like four small registers.
    if (total < SHORTEST_CERTAIN && (bytes[place + 7] ?? 0) < EXCEPTION_BIT && next <= 0) continue;
    if (next !== BAD_PROTOCOL_ID && next !== BAD_LENGTH) return place;
  }
  return -1;
}
