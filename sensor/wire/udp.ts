/**
 * UDP header: source port, destination port, length (header included, at least 8), checksum.
 * A length of 0 means "until the end of the datagram" (jumbograms, RFC 2675, 4). Spec: RFC 768.
 */
import type { PacketView, UnreadReason } from './packet-view.ts';

const HEADER_LENGTH = 8;

/** Narrows the payload of IP to that of UDP. */
export function parseUdp(view: DataView, out: PacketView): UnreadReason | undefined {
  const at = out.payload;
  if (out.payloadLength < HEADER_LENGTH) return 'udp-short';
  const onWire = out.payloadLength + out.payloadMissing;
  const stated = view.getUint16(at + 4);
  const length = stated === 0 ? onWire : stated;
  if (length < HEADER_LENGTH || length > onWire) return 'udp-header';
  out.transport = at;
  out.sourcePort = view.getUint16(at);
  out.destinationPort = view.getUint16(at + 2);
  out.payload = at + HEADER_LENGTH;
  const captured = Math.min(length, out.payloadLength);
  out.payloadMissing = length - captured;
  out.payloadLength = captured - HEADER_LENGTH;
  out.kind = 'udp';
  return undefined;
}
