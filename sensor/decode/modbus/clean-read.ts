/** A read with nothing remarkable about it, told by numbers alone; and a number that tells answers apart. */
import { ADDRESS_SPACE, EXCEPTION_BIT } from './functions.ts';
import { REQUEST, shapeOf } from './shape.ts';

/** A read request as the specification allows it. */
export function isCleanRead(bytes: Uint8Array, at: number, code: number): boolean {
  if ((shapeOf(bytes, at, 12) & REQUEST) === 0) return false;
  const address = ((bytes[at + 8] ?? 0) << 8) | (bytes[at + 9] ?? 0);
  const quantity = ((bytes[at + 10] ?? 0) << 8) | (bytes[at + 11] ?? 0);
  return address + quantity <= ADDRESS_SPACE && code <= 4;
}

/** A response with just the bytes that a read of `quantity` asked for. */
export function isCleanAnswer(
  bytes: Uint8Array,
  at: number,
  total: number,
  code: number,
  quantity: number,
): boolean {
  const count = code <= 2 ? (quantity + 7) >> 3 : quantity * 2;
  return code < EXCEPTION_BIT && bytes[at + 8] === count && total === 9 + count;
}

/** Over the bytes that were looked at last: nearly all ADUs lie in the one buffer of the capture. */
let lastBytes: Uint8Array = new Uint8Array(0);
let lastView: DataView = new DataView(lastBytes.buffer);

/** A hash of the whole ADU: tells an identical second answer from another one. */
export function contentHash(bytes: Uint8Array, at: number, total: number): number {
  if (bytes !== lastBytes) {
    lastBytes = bytes;
    lastView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  const view = lastView;
  const end = at + total;
  // Two halves, so that neither waits for the other: this is done for every byte of a plant's answers.
  let even = total;
  let odd = 0;
  let i = at;
  for (; i + 8 <= end; i += 8) {
    even = Math.imul(even ^ view.getInt32(i, true), 0x9e37_79b1);
    odd = Math.imul(odd ^ view.getInt32(i + 4, true), 0x85eb_ca6b);
    even ^= even >>> 15;
    odd ^= odd >>> 13;
  }
  for (; i < end; i++) even = Math.imul(even ^ (bytes[i] as number), 0x0100_0193);
  return even ^ odd;
}
