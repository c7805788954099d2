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

/** FNV-1a over the whole ADU: tells an identical second answer from another one. */
export function contentHash(bytes: Uint8Array, at: number, total: number): number {
  let value = 0x811c9dc5;
  for (let i = at; i < at + total; i++) value = Math.imul(value ^ (bytes[i] ?? 0), 0x01000193);
  return value;
}
