/**
 * Modbus/TCP framing: finds one ADU at the start of a byte stream.
 *
 *     offset  size  field
 *     0       2     transaction id
 *     2       2     protocol id      always 0
 *     4       2     length           bytes that follow: unit id + PDU, 2..254
 *     6       1     unit id
 *     7       1..   PDU              function code, then data; at most 253 bytes
 *
 * A TCP segment is not a message: it may hold half an ADU, or three. Accessors may be called on a
 * buffer for which `checkFrame` answered `ok`, and then never throw.
 *
 * Spec: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3.
 */
import type { Parsed } from '#sensor/model/parsed.ts';
import { UMAS_FUNCTION } from './umas.ts';

/** Transaction id to unit id. */
const HEADER_LENGTH = 7;

/** What stands before the bytes that the length field counts. */
const UNCOUNTED = 6;

/** Unit id + function code. */
const MIN_LENGTH_FIELD = 2;

/** MODBUS Application Protocol V1.1b3, 4.1. */
export const MAX_PDU_LENGTH = 253;

/** Unit id + largest PDU. */
const MAX_LENGTH_FIELD = 1 + MAX_PDU_LENGTH;

/** The largest ADU that the specification allows. */
export const MAX_ADU_LENGTH = UNCOUNTED + MAX_LENGTH_FIELD;

/** UMAS goes beyond the specification: 255 is common in its traffic, and newer controllers agree on up to 1 KiB. */
const MAX_UMAS_LENGTH_FIELD = 1030;

/** What a tolerant reader must be able to keep of an unfinished ADU. */
export const MAX_SEEN_ADU_LENGTH = UNCOUNTED + MAX_UMAS_LENGTH_FIELD;

export type FrameFault = 'protocolId' | 'length';

/** Answers of `measureFrame` that are no length. */
export const INCOMPLETE = 0;
export const BAD_PROTOCOL_ID = -1;
export const BAD_LENGTH = -2;

/**
 * The length in bytes of the ADU at `at`, which must end at or before `end`; else `INCOMPLETE`,
 * `BAD_PROTOCOL_ID` or `BAD_LENGTH`. A wrong field is reported as soon as its last byte is there.
 * Allocates nothing: the sensor asks it for each ADU of each packet.
 */
export function measureFrame(bytes: Uint8Array, at: number, end: number): number {
  if (end - at >= 4 && (bytes[at + 2] !== 0 || bytes[at + 3] !== 0)) return BAD_PROTOCOL_ID;
  if (end - at < UNCOUNTED) return INCOMPLETE;
  const length = ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
  if (length < MIN_LENGTH_FIELD || length > MAX_LENGTH_FIELD) return BAD_LENGTH;
  return end - at < UNCOUNTED + length ? INCOMPLETE : UNCOUNTED + length;
}

/**
 * As `measureFrame`, for the sensor: takes also the longer ADUs that devices really send. The gate
 * does not.
 */
export function measureSeenFrame(bytes: Uint8Array, at: number, end: number): number {
  const total = measureFrame(bytes, at, end);
  if (total !== BAD_LENGTH) return total;
  const length = ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
  if (length < MIN_LENGTH_FIELD || length > MAX_UMAS_LENGTH_FIELD) return BAD_LENGTH;
  if (end - at > HEADER_LENGTH && bytes[at + HEADER_LENGTH] !== UMAS_FUNCTION) return BAD_LENGTH;
  return end - at < UNCOUNTED + length ? INCOMPLETE : UNCOUNTED + length;
}

/** Says whether `bytes` starts with a whole ADU; `value` is its length in bytes, header included. */
export function checkFrame(bytes: Buffer): Parsed<number, FrameFault> {
  const total = measureFrame(bytes, 0, bytes.length);
  if (total === BAD_PROTOCOL_ID) return { kind: 'malformed', reason: 'protocolId', at: 2 };
  if (total === BAD_LENGTH) return { kind: 'malformed', reason: 'length', at: 4 };
  if (total > 0) return { kind: 'ok', value: total, consumed: total };
  const whole = bytes.length < UNCOUNTED ? HEADER_LENGTH : UNCOUNTED + bytes.readUInt16BE(4);
  return { kind: 'incomplete', needed: whole - bytes.length };
}

export const transactionId = (adu: Buffer): number => adu.readUInt16BE(0);
export const unitId = (adu: Buffer): number => adu.readUInt8(6);
export const functionCode = (adu: Buffer): number => adu.readUInt8(7);

/** The PDU inside a whole ADU: a view of the same bytes, function code first. */
export const pduOf = (adu: Buffer): Buffer => adu.subarray(HEADER_LENGTH);
