/**
 * ARP for IPv4 over Ethernet: who has which address.
 *
 *     offset  size  field
 *     0       2     hardware type    1 = Ethernet
 *     2       2     protocol type    0x0800 = IPv4
 *     4       1, 1  their lengths    6, 4
 *     6       2     operation        1 request, 2 reply
 *     8       6, 4  sender MAC, sender address
 *     18      6, 4  target MAC, target address
 *
 * Spec: RFC 826.
 */
import type { PacketView, UnreadReason } from './packet-view.ts';

const LENGTH = 28;

export function parseArp(view: DataView, end: number, out: PacketView): UnreadReason | undefined {
  const at = out.payload;
  if (end - at < LENGTH) return 'arp-short';
  if (view.getUint32(at) !== 0x0001_0800 || view.getUint16(at + 4) !== 0x0604) return 'arp-type';
  out.arpOperation = view.getUint16(at + 6);
  out.sourceMac = at + 8;
  out.sourceAddress = at + 14;
  out.destinationAddress = at + 24;
  out.kind = 'arp';
  return undefined;
}
