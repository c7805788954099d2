/**
 * Ethernet II.
 *
 *     offset  size  field
 *     0       6     destination MAC
 *     6       6     source MAC
 *     12      2     EtherType, or an 802.3 length when below 0x600; VLAN tags stand before it
 *
 * Spec: IEEE 802.3-2022, 3.2.
 */
import { parseTags } from './ether-type.ts';
import type { PacketView, UnreadReason } from './packet-view.ts';

const HEADER_LENGTH = 14;

/** Fills the MAC addresses and what `parseTags` does; the captured frame is `at`..`end` of the view. */
export function parseEthernet(
  view: DataView,
  at: number,
  end: number,
  out: PacketView,
): UnreadReason | undefined {
  const next = at + HEADER_LENGTH;
  if (next > end) return 'ethernet-short';
  out.destinationMac = at;
  out.sourceMac = at + 6;
  return parseTags(view, view.getUint16(at + 12), next, end, out);
}
