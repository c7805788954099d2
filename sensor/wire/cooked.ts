/**
 * Linux "cooked" captures: what the interface `any` gives, whatever the links below are.
 *
 *     SLL (113), 16 bytes                        SLL2 (276), 20 bytes
 *     0   2  packet type (4 = sent by us)        0   2  protocol
 *     2   2  ARPHRD type of the interface        2   2  zero
 *     4   2  length of the address               4   4  interface index
 *     6   8  address of the SENDER               8   2  ARPHRD type
 *     14  2  protocol                            10  1  packet type
 *                                                11  1  length of the address
 *                                                12  8  address of the SENDER
 *
 * The protocol is an EtherType for all but a few kinds of interface; 802.2 frames have 1 or 4 there.
 * Spec: tcpdump.org/linktypes, LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2.
 */
import { parseTags } from './ether-type.ts';
import type { PacketView, UnreadReason } from './packet-view.ts';

const SLL_LENGTH = 16;
const SLL2_LENGTH = 20;
const MAC_LENGTH = 6;

export function parseSll(
  view: DataView,
  at: number,
  end: number,
  out: PacketView,
): UnreadReason | undefined {
  if (end - at < SLL_LENGTH) return 'link-short';
  const mac = view.getUint16(at + 4) === MAC_LENGTH ? at + 6 : -1;
  return parseCooked(
    view,
    at + SLL_LENGTH,
    end,
    out,
    view.getUint16(at + 14),
    view.getUint16(at + 2),
    mac,
  );
}

export function parseSll2(
  view: DataView,
  at: number,
  end: number,
  out: PacketView,
): UnreadReason | undefined {
  if (end - at < SLL2_LENGTH) return 'link-short';
  const mac = view.getUint8(at + 11) === MAC_LENGTH ? at + 12 : -1;
  return parseCooked(
    view,
    at + SLL2_LENGTH,
    end,
    out,
    view.getUint16(at),
    view.getUint16(at + 8),
    mac,
  );
}

function parseCooked(
  view: DataView,
  next: number,
  end: number,
  out: PacketView,
  protocol: number,
  hardware: number,
  mac: number,
): UnreadReason | undefined {
  out.sourceMac = mac;
  return parseTags(view, hasEtherType(hardware) ? protocol : 0, next, end, out);
}

/** Interfaces whose protocol field counts something else. */
function hasEtherType(hardware: number): boolean {
  switch (hardware) {
    case 770: // ARPHRD_FRAD: frame relay follows
    case 803: // ARPHRD_IEEE80211_RADIOTAP
    case 824: // ARPHRD_NETLINK: a netlink family
      return false;
    default:
      return true;
  }
}
