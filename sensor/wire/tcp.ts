/**
 * TCP header.
 *
 *     offset  size  field
 *     0       2, 2  source port, destination port
 *     4       4     sequence number
 *     8       4     acknowledgment number
 *     12      1     data offset in words (upper 4 bits), 5..15
 *     13      1     flags: CWR ECE URG ACK PSH RST SYN FIN
 *     20      ..    options up to the data offset
 *
 * The checksum is not verified (offload). Spec: RFC 9293, 3.1.
 */
import type { PacketView, UnreadReason } from './packet-view.ts';

const MIN_HEADER_LENGTH = 20;

/** Narrows the payload of IP to that of TCP. */
export function parseTcp(view: DataView, out: PacketView): UnreadReason | undefined {
  const at = out.payload;
  const length = out.payloadLength;
  if (length < MIN_HEADER_LENGTH) return 'tcp-short';
  const header = (view.getUint8(at + 12) >>> 4) * 4;
  if (header < MIN_HEADER_LENGTH || header > length + out.payloadMissing) return 'tcp-header';
  out.transport = at;
  out.sourcePort = view.getUint16(at);
  out.destinationPort = view.getUint16(at + 2);
  out.sequence = view.getInt32(at + 4);
  out.acknowledgment = view.getInt32(at + 8);
  out.flags = view.getUint8(at + 13);
  // The snaplen may cut within the options: then all of the payload is missing.
  const present = Math.min(header, length);
  out.payload = at + present;
  out.payloadLength = length - present;
  out.payloadMissing -= header - present;
  out.kind = 'tcp';
  return undefined;
}
