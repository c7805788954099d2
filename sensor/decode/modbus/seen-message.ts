/** Messages as they are kept: copies, because the bytes of a packet are good for one call. */
import type { Chunk } from '../protocol.ts';
import type { Message } from './exchange.ts';

/** `block`: address and quantity. */
export function readRequest(functionCode: number, block: number): Buffer {
  const pdu = Buffer.allocUnsafe(5);
  pdu[0] = functionCode;
  pdu.writeInt32BE(block, 1);
  return pdu;
}

export function answerOf(
  chunk: Chunk,
  bytes: Uint8Array,
  at: number,
  total: number,
  earlier: readonly number[] | undefined,
): Message {
  return {
    transactionId: ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0),
    unitId: bytes[at + 6] ?? 0,
    pdu: copyOf(bytes, at + 7, at + total),
    at: chunk.at,
    frames: earlier === undefined ? [chunk.frame] : [...earlier, chunk.frame],
  };
}

/** Byte by byte: a PDU is short, and anything else makes two objects more. */
export function copyOf(bytes: Uint8Array, from: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - from);
  for (let i = from; i < end; i++) copy[i - from] = bytes[i] as number;
  return copy;
}
