/**
 * EtherTypes, and the VLAN tags that may stand before the one that counts.
 *
 *     type 2, { TPID 2 again in the place of a type, 4 bits + 12 bits VLAN id 2 } ...
 *
 * A tag is 0x8100 (802.1Q); of two (QinQ) the outer one should be 0x88a8 (802.1ad), and is 0x9100 or
 * 0x8100 again in older networks. Cooked captures carry tags the same way. Spec: IEEE 802.1Q-2022, 9.3.
 */
import type { PacketView, UnreadReason } from './packet-view.ts';

const TAG_LENGTH = 4;

/** Two are in use (QinQ); the rest is room for odd equipment, and a bound for hostile frames. */
const MAX_VLAN_TAGS = 4;

const TPID_CUSTOMER = 0x8100;
const TPID_SERVICE = 0x88a8;
const TPID_OLD_SERVICE = 0x9100;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

/**
 * Reads the tags from `type`, behind which `at` is the next byte. Fills `etherType`, `vlan`,
 * `innerVlan` and, for the layer above, `payload`.
 */
export function parseTags(
  view: DataView,
  type: number,
  at: number,
  end: number,
  out: PacketView,
): UnreadReason | undefined {
  let next = at;
  let last = type;
  for (let tags = 0; isTag(last); tags++) {
    if (tags === MAX_VLAN_TAGS) return 'vlan-depth';
    if (end - next < TAG_LENGTH) return 'vlan-short';
    if (tags === 0) out.vlan = view.getUint16(next) & 0x0fff;
    else if (tags === 1) out.innerVlan = view.getUint16(next) & 0x0fff;
    last = view.getUint16(next + 2);
    next += TAG_LENGTH;
  }
  out.etherType = last;
  out.payload = next;
  return undefined;
}

const isTag = (type: number): boolean =>
  type === TPID_CUSTOMER || type === TPID_SERVICE || type === TPID_OLD_SERVICE;
