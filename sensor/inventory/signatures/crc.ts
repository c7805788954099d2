/** Check sequences of serial protocols, over bytes `from` to `to`. Short headers: no table pays. */

/** Reflected: x^16+x^13+x^12+x^11+x^10+x^8+x^6+x^5+x^2+1. IEEE 1815-2012, 9.2.4.1.7. */
const DNP = 0xa6bc;
/** Reflected: x^16+x^15+x^2+1. */
const CRC16 = 0xa001;

/** Inverted at the end. */
export const crcDnp = (bytes: Uint8Array, from: number, to: number): number =>
  crc(bytes, from, to, DNP, 0) ^ 0xffff;

/** Where the check sequence of ROC Plus and GENISYS begins. */
export const CRC16_START = 0xffff;

export const crc16 = (bytes: Uint8Array, from: number, to: number): number =>
  crc(bytes, from, to, CRC16, CRC16_START);

/** `sum` with one byte more. */
export const crc16Step = (sum: number, value: number): number => step(sum, value, CRC16);

function crc(
  bytes: Uint8Array,
  from: number,
  to: number,
  polynomial: number,
  start: number,
): number {
  let sum = start;
  for (let at = from; at < to; at++) sum = step(sum, bytes[at] as number, polynomial);
  return sum;
}

function step(before: number, value: number, polynomial: number): number {
  let sum = before ^ value;
  for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ polynomial;
  return sum;
}
