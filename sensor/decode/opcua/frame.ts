/**
 * OPC UA TCP framing: finds one message chunk at the start of a byte stream. Little-endian.
 *
 *     offset  size  field
 *     0       3     message type     HEL ACK ERR RHE, OPN CLO MSG
 *     3       1     chunk type       F = final, C = more follow, A = aborted; only MSG has C and A
 *     4       4     message size     of the whole chunk, these 8 bytes included
 *     8       4     secure channel   OPN, CLO, MSG
 *     12      4     security token   CLO, MSG; OPN has its security header here instead
 *     16      4     sequence number
 *     20      4     request id
 *     24      ..    body             with policy None and mode Sign readable, then a signature
 *
 * A TCP segment is not a chunk, and a chunk is not a message: a message may be cut into many.
 *
 * Spec: OPC 10000-6, 6.7.2 and 7.1.2.
 */
import type { OpcuaMessageType } from '#sensor/model/opcua.ts';

/** Message type, chunk type, size. */
export const HEADER_LENGTH = 8;

/** Header, channel, token, sequence number and request id of MSG and CLO. */
export const SYMMETRIC_HEADER_LENGTH = 24;

/**
 * Largest chunk that is taken. Stacks agree on 8 to 64 KiB by default and on 1 MiB where somebody tuned
 * them; a header that says more is no header.
 */
export const MAX_CHUNK_LENGTH = 1_048_576;

/** URLs of HEL and RHE, and the reason of ERR, have at most 4096 bytes. 7.1.2.3, 7.1.2.5, 7.1.2.6. */
const MAX_TEXT = 4096;

/** Answers of `measureChunk` that are no length. */
export const INCOMPLETE = 0;
export const BAD_TYPE = -1;
export const BAD_SIZE = -2;

/** A message type as its three bytes, the first one lowest. */
const code = (type: string): number => Buffer.from(type, 'latin1').readUIntLE(0, 3);

export const HEL = code('HEL');
export const ACK = code('ACK');
export const ERR = code('ERR');
export const RHE = code('RHE');
export const OPN = code('OPN');
export const CLO = code('CLO');
export const MSG = code('MSG');

const NAMES: ReadonlyMap<number, OpcuaMessageType> = new Map(
  (['HEL', 'ACK', 'ERR', 'RHE', 'OPN', 'CLO', 'MSG'] as const).map((name) => [code(name), name]),
);

export const FINAL = 0x46;
const INTERMEDIATE = 0x43;
export const ABORTED = 0x41;

/**
 * The length in bytes of the chunk at `at`, which must end at or before `end`; else `INCOMPLETE`,
 * `BAD_TYPE` or `BAD_SIZE`. A wrong field is reported as soon as its last byte is there. Allocates
 * nothing: the sensor asks it for each chunk of each packet.
 */
export function measureChunk(bytes: Uint8Array, at: number, end: number): number {
  const length = end - at;
  if (length < 4) return mayBegin(bytes, at, length) ? INCOMPLETE : BAD_TYPE;
  const type = typeAt(bytes, at);
  const chunk = bytes[at + 3];
  const continued = type === MSG && (chunk === INTERMEDIATE || chunk === ABORTED);
  if (chunk !== FINAL && !continued) return BAD_TYPE;
  const least = leastOf(type);
  if (least === 0) return BAD_TYPE;
  if (length < HEADER_LENGTH) return INCOMPLETE;
  const size = uint32(bytes, at + 4);
  if (size < least || size > mostOf(type)) return BAD_SIZE;
  return length < size ? INCOMPLETE : size;
}

/** Whether a chunk could begin with these bytes, fewer than a type and a chunk type are. */
function mayBegin(bytes: Uint8Array, at: number, length: number): boolean {
  for (const type of NAMES.keys()) {
    let same = true;
    for (let i = 0; i < Math.min(length, 3); i++) {
      if (bytes[at + i] !== ((type >>> (8 * i)) & 0xff)) same = false;
    }
    if (same) return true;
  }
  return false;
}

/** The smallest size that a type can have; 0 where it is none. */
function leastOf(type: number): number {
  switch (type) {
    case MSG:
    case CLO:
      return SYMMETRIC_HEADER_LENGTH;
    case OPN:
      // channel, three empty fields of the security header, sequence header
      return 32;
    case HEL:
      return 32;
    case ACK:
      return 28;
    case ERR:
    case RHE:
      return 16;
    default:
      return 0;
  }
}

function mostOf(type: number): number {
  switch (type) {
    case HEL:
      return 32 + MAX_TEXT;
    case ACK:
      return 28;
    case ERR:
      return 16 + MAX_TEXT;
    case RHE:
      return 16 + 2 * MAX_TEXT;
    default:
      return MAX_CHUNK_LENGTH;
  }
}

/** Valid iff `measureChunk` gave a length, as are all accessors below. */
export const typeAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);

export const typeName = (type: number): OpcuaMessageType => NAMES.get(type) ?? 'MSG';

/** Of OPN, CLO and MSG. */
export const channelIdAt = (bytes: Uint8Array, at: number): number => uint32(bytes, at + 8);

/** Of CLO and MSG. What follows is valid iff the chunk is not encrypted. */
export const tokenIdAt = (bytes: Uint8Array, at: number): number => uint32(bytes, at + 12);
export const sequenceAt = (bytes: Uint8Array, at: number): number => uint32(bytes, at + 16);
export const requestIdAt = (bytes: Uint8Array, at: number): number => uint32(bytes, at + 20);

export const uint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)) >>>
  0;
