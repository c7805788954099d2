/**
 * The few fields of a message that the hot path needs, read where the bytes lie, without building
 * anything. Whatever is not laid out as all stacks lay it out is left to `parse-request.ts`.
 *
 *     offset  size  field                          of a request
 *     0       4     type id                        01 00, then the id: four-byte encoding, namespace 0
 *     4       ..    authentication token           a NodeId
 *             8     timestamp
 *             4     request handle
 *             4     return diagnostics
 *             4+n   audit entry id
 *             4     timeout hint
 *             3     additional header              00 00 00: none
 *             ..    body
 *
 * Spec: OPC 10000-4, 7.33 and 7.34.
 */
import { uint32 } from './frame.ts';

/** Encoding id of the message whose body begins at `at`; 0 where it is encoded in another way. */
export function quickId(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 4 || bytes[at] !== 1 || bytes[at + 1] !== 0) return 0;
  return (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
}

/** Where the authentication token behind the type id ends; -1 where it cannot be told. */
export function quickTokenEnd(bytes: Uint8Array, at: number, end: number): number {
  const from = at + 4;
  switch (bytes[from] ?? 0) {
    case 0:
      return from + 2;
    case 1:
      return from + 4;
    case 2:
      return from + 7;
    case 3:
    case 5: {
      const length = int32(bytes, from + 3);
      return length < 0 || length > end - from - 7 ? -1 : from + 7 + length;
    }
    case 4:
      return from + 19;
    default:
      return -1;
  }
}

/** Where the identifier of that token begins. Valid iff `quickTokenEnd` gave an end. */
export function quickTokenBegin(bytes: Uint8Array, at: number): number {
  const from = at + 4;
  switch (bytes[from] ?? 0) {
    case 0:
      return from + 1;
    case 1:
      return from + 2;
    case 3:
    case 5:
      return from + 7;
    default:
      return from + 3;
  }
}

/** Where the body begins behind a request header whose token ends at `token`; -1 where it is unusual. */
export function quickBody(bytes: Uint8Array, token: number, end: number): number {
  const text = int32(bytes, token + 16);
  const length = text === -1 ? 0 : text;
  if (token + 20 > end || length < 0 || length > end - token - 20) return -1;
  const after = token + 20 + length;
  const body = after + 7;
  if (body > end) return -1;
  const isPlain = bytes[after + 4] === 0 && bytes[after + 5] === 0 && bytes[after + 6] === 0;
  return isPlain ? body : -1;
}

/** With a sign: the length of nothing is -1, and 2^32 - 1 would cost a heap number. */
const int32 = (bytes: Uint8Array, at: number): number => uint32(bytes, at) | 0;

/** The request handle. Valid iff `quickBody` gave a place. */
export const quickHandle = (bytes: Uint8Array, token: number): number => uint32(bytes, token + 8);

/** Whether a response to `service` says at once that all is well. Its type id is of four bytes. */
export function quickGood(bytes: Uint8Array, at: number, end: number, response: number): boolean {
  return end - at >= 20 && quickId(bytes, at, end) === response && uint32(bytes, at + 16) === 0;
}
