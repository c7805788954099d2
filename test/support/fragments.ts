/** Cuts an Ethernet frame with an IP datagram as a router with a small MTU would. */

const ETHERNET_HEADER = 14;
const IPV6_HEADER = 40;
const UNIT = 8;

interface Piece {
  /** Start and end of the payload of IP, in bytes. */
  readonly start: number;
  readonly end: number;
}

/** Pieces between `cuts`, offsets in units of 8 bytes; what lies outside `length` is no cut. */
export function piecesAt(cuts: readonly number[], length: number): Piece[] {
  const at = [...new Set(cuts.map((cut) => cut * UNIT))]
    .filter((cut) => cut > 0 && cut < length)
    .sort((a, b) => a - b);
  return [0, ...at].map((start, i) => ({ start, end: at[i] ?? length }));
}

const isSix = (frame: Buffer): boolean => frame.readUInt16BE(12) === 0x86dd;

/** Bytes of a frame before what fragments share out. Untagged, and for IPv6 without extension headers. */
export const headerLength = (frame: Buffer): number =>
  ETHERNET_HEADER + (isSix(frame) ? IPV6_HEADER : (frame.readUInt8(ETHERNET_HEADER) & 0x0f) * 4);

/** Bytes that fragments share out. */
export const payloadLength = (frame: Buffer): number => frame.length - headerLength(frame);

/** One fragment with any content: `more` and `bytes` may lie. */
export function fragment(
  frame: Buffer,
  { start, bytes, more, id }: { start: number; bytes: Uint8Array; more: boolean; id: number },
): Buffer {
  const header = Buffer.from(frame.subarray(0, headerLength(frame)));
  if (!isSix(frame)) {
    header.writeUInt16BE(header.length - ETHERNET_HEADER + bytes.length, ETHERNET_HEADER + 2);
    header.writeUInt16BE(id, ETHERNET_HEADER + 4);
    header.writeUInt16BE((more ? 0x2000 : 0) | (start / UNIT), ETHERNET_HEADER + 6);
    return Buffer.concat([header, bytes]);
  }
  const extension = Buffer.alloc(8);
  extension.writeUInt8(header.readUInt8(ETHERNET_HEADER + 6), 0);
  extension.writeUInt16BE(start | (more ? 1 : 0), 2);
  extension.writeUInt32BE(id, 4);
  header.writeUInt8(44, ETHERNET_HEADER + 6);
  header.writeUInt16BE(extension.length + bytes.length, ETHERNET_HEADER + 4);
  return Buffer.concat([header, extension, bytes]);
}

/** The true fragments of `frame`. */
export function fragments(frame: Buffer, pieces: readonly Piece[], id: number): Buffer[] {
  const payload = frame.subarray(headerLength(frame));
  return pieces.map(({ start, end }) =>
    fragment(frame, {
      start,
      bytes: payload.subarray(start, end),
      more: end < payload.length,
      id,
    }),
  );
}
