/**
 * IPv4.
 *
 *     offset  size  field
 *     0       1     version 4 | header length in words, 5..15
 *     2       2     total length, header included; 0 where the sender's card cuts the segment (TSO)
 *     4       2     id, the same for all fragments of a datagram
 *     6       2     flags: 0x2000 more fragments | 13 bits fragment offset, in units of 8 bytes
 *     9       1     protocol
 *     12      4, 4  source, destination
 *     20      ..    options up to the header length
 *
 * The checksum is not verified: on captures of the sending machine the card fills it in later.
 * Spec: RFC 791, 3.1.
 */
import type { PacketView, UnreadReason } from './packet-view.ts';

const MIN_HEADER_LENGTH = 20;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

/**
 * Fills addresses, `protocol` and the payload (that of IP: the transport layer narrows it),
 * from the header at `payload`.
 * `end` is where the captured bytes end, `wireEnd` where the frame ended on the wire.
 */
export function parseIpv4(
  view: DataView,
  end: number,
  wireEnd: number,
  out: PacketView,
): UnreadReason | undefined {
  const at = out.payload;
  if (end - at < MIN_HEADER_LENGTH) return 'ipv4-short';
  const first = view.getUint8(at);
  if (first >>> 4 !== 4) return 'ip-version';
  const header = (first & 0x0f) * 4;
  const total = view.getUint16(at + 2);
  if (header < MIN_HEADER_LENGTH || (total !== 0 && total < header)) return 'ipv4-header';
  if (at + header > end) return 'ipv4-short';
  const last = total === 0 ? wireEnd : at + total;
  if (last > wireEnd) return 'ip-length';
  out.ipVersion = 4;
  out.protocol = view.getUint8(at + 9);
  out.sourceAddress = at + 12;
  out.destinationAddress = at + 16;
  out.ipHeader = at;
  out.fragmentOffset = -1;
  const fragment = view.getUint16(at + 6);
  if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) {
    out.fragmentOffset = (fragment & FRAGMENT_OFFSET) * 8;
    out.moreFragments = (fragment & MORE_FRAGMENTS) !== 0;
    out.fragmentId = view.getUint16(at + 4);
    out.fragmentField = at + 6;
  }
  out.payload = at + header;
  out.payloadLength = Math.min(last, end) - out.payload;
  out.payloadMissing = last > end ? last - end : 0;
  return undefined;
}
