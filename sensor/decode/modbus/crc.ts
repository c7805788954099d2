/** CRC-16 of Modbus RTU: polynomial 0xa001 (reflected), begun with 0xffff, sent low byte first. Spec: MODBUS over Serial Line V1.02, 6.2.2. */

const POLYNOMIAL = 0xa001;
const START = 0xffff;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++)
    value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL;
  return value;
});

export function crc16(bytes: Uint8Array, at: number, end: number): number {
  let value = START;
  for (let i = at; i < end; i++) {
    value = (value >>> 8) ^ (TABLE[(value ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  }
  return value;
}

/** Whether the last two bytes of `at..end` are the CRC of those before. */
export const crcFits = (bytes: Uint8Array, at: number, end: number): boolean =>
  end - at >= 4 &&
  crc16(bytes, at, end - 2) === ((bytes[end - 2] ?? 0) | ((bytes[end - 1] ?? 0) << 8));
