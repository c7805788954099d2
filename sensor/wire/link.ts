/** The link layer of every link type that is read. Numbers: tcpdump.org/linktypes. */
import { parseLoopback, parseRaw } from './bare-ip.ts';
import { parseSll, parseSll2 } from './cooked.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-type.ts';
import { parseEthernet } from './ethernet.ts';
import type { PacketView, UnreadReason } from './packet-view.ts';

/**
 * Fills `etherType`, `payload` and, where the link has them, MAC addresses and VLANs. Gives why not,
 * or undefined; the captured frame is `at`..`end` of the view.
 */
export function parseLink(
  linkType: number,
  view: DataView,
  at: number,
  end: number,
  out: PacketView,
): UnreadReason | undefined {
  out.sourceMac = -1;
  out.destinationMac = -1;
  out.vlan = -1;
  out.innerVlan = -1;
  switch (linkType) {
    case 1:
      return parseEthernet(view, at, end, out);
    case 0:
    case 108:
      return parseLoopback(view, at, end, out);
    case 12:
    case 14:
    case 101:
      return parseRaw(view, at, end, out);
    case 113:
      return parseSll(view, at, end, out);
    case 228:
    case 229:
      out.etherType = linkType === 228 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
      out.payload = at;
      return undefined;
    case 276:
      return parseSll2(view, at, end, out);
    default:
      return 'link-type';
  }
}
