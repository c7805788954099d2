/**
 * GRE, and the mirror sessions of switches (ERSPAN) that use it.
 *
 *     offset  size  field
 *     0       2     checksum there 0x8000 | routing 0x4000 | key there 0x2000 | sequence there 0x1000 | version 7
 *     2       2     EtherType of what is inside
 *     4       4     checksum and reserved, then key, then sequence number, each where it is there
 *
 *     0x0800, 0x86dd, 0x8847   IP or MPLS       0x6558   an Ethernet frame; with a key NVGRE
 *     0x88be without sequence  ERSPAN I: an Ethernet frame
 *     0x88be                   ERSPAN II:  4 bits version 1 | 12 VLAN | 3 cos | 2 en | 1 cut | 10 session, 4 more
 *     0x22eb                   ERSPAN III: version 2, the same, time 4, 16 sgt | 1 | 5 frame type | 6 | 1 | 2 | 1 more 8
 *
 * Version 1 (PPTP) and source routes are not read. Spec: RFC 2784, RFC 2890, RFC 7637;
 * draft-foschiano-erspan-03, 4.
 */
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-type.ts';
import type { PacketView } from './packet-view.ts';
import {
  enterFrame,
  forgetMacs,
  noteNetwork,
  noteTunnel,
  type Opened,
  skip,
} from './tunnel-note.ts';

const HEADER_LENGTH = 4;
const OPTION_LENGTH = 4;
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const VERSION = 0x0007;

const ETHERNET_BRIDGING = 0x6558;
const MPLS = 0x8847;
const ERSPAN = 0x88be;
const ERSPAN_III = 0x22eb;

const ERSPAN_II_LENGTH = 8;
const ERSPAN_III_LENGTH = 12;
const PLATFORM_LENGTH = 8;
const ERSPAN_CUT = 0x0400;
const FRAME_TYPE_SHIFT = 10;
const FRAME_TYPE_ETHERNET = 0;

/** RFC 7637, 3.2: names of networks below 0x1000 are reserved, so a smaller key is none of NVGRE. */
const FIRST_NVGRE_KEY = 0x10_0000;

/** More than any frame: a mirror that cuts frames does not say how long they were. */
const UNKNOWN_MISSING = 65_535;

export function openGre(view: DataView, out: PacketView): Opened {
  const at = out.payload;
  if (out.payloadLength < HEADER_LENGTH) return 'gre-short';
  const flags = view.getUint16(at);
  if ((flags & (ROUTING | VERSION)) !== 0) return 'closed';
  const type = view.getUint16(at + 2);
  if (!isRead(type)) return 'closed';
  const key = at + HEADER_LENGTH + ((flags & CHECKSUM) === 0 ? 0 : OPTION_LENGTH);
  const sequence = key + ((flags & KEY) === 0 ? 0 : OPTION_LENGTH);
  const length = sequence + ((flags & SEQUENCE) === 0 ? 0 : OPTION_LENGTH) - at;
  if (out.payloadLength < length) return 'gre-short';
  const sequenced = (flags & SEQUENCE) !== 0;
  if (type === ERSPAN || type === ERSPAN_III) {
    return openErspan(view, out, length, type === ERSPAN && !sequenced);
  }
  noteTunnel(out, 'gre');
  if ((flags & KEY) !== 0) noteNetwork(out, networkOf(type, view.getUint32(key)));
  if (type === ETHERNET_BRIDGING) return enterFrame(view, out, length);
  skip(out, length);
  forgetMacs(out);
  out.etherType = type;
  return undefined;
}

function isRead(type: number): boolean {
  switch (type) {
    case ETHERTYPE_IPV4:
    case ETHERTYPE_IPV6:
    case MPLS:
    case ETHERNET_BRIDGING:
    case ERSPAN:
    case ERSPAN_III:
      return true;
    default:
      return false;
  }
}

/** The last 8 bits of an NVGRE key are for load balancing, and another number each way. RFC 7637, 3.2. */
function networkOf(type: number, key: number): number {
  return type === ETHERNET_BRIDGING && key >= FIRST_NVGRE_KEY ? key >>> 8 : key;
}

/**
 * The session is no name of a network: what a port sends and what it gets may be mirrored by two. The
 * VLAN is that of the frame where the frame bears no tag itself.
 */
function openErspan(view: DataView, out: PacketView, gre: number, first: boolean): Opened {
  if (first) {
    noteTunnel(out, 'erspan');
    return enterFrame(view, out, gre);
  }
  const at = out.payload + gre;
  const room = out.payloadLength - gre;
  if (room < ERSPAN_II_LENGTH) return 'erspan-short';
  const version = view.getUint8(at) >>> 4;
  if (version !== 1 && version !== 2) return 'closed';
  const length = version === 1 ? ERSPAN_II_LENGTH : erspanThreeLength(view, at, room);
  if (length === 0) return 'closed';
  if (room < length) return 'erspan-short';
  const vlan = view.getUint16(at) & 0x0fff;
  const cut = (view.getUint16(at + 2) & ERSPAN_CUT) !== 0;
  noteTunnel(out, 'erspan');
  if (cut) out.payloadMissing += UNKNOWN_MISSING;
  const fault = enterFrame(view, out, gre + length);
  if (out.vlan < 0 && vlan > 0) out.vlan = vlan;
  return fault;
}

/** Of an ERSPAN III header with its platform part; 0 where it carries no Ethernet frame. */
function erspanThreeLength(view: DataView, at: number, room: number): number {
  if (room < ERSPAN_III_LENGTH) return ERSPAN_III_LENGTH;
  const last = view.getUint16(at + 10);
  if (((last >>> FRAME_TYPE_SHIFT) & 0x1f) !== FRAME_TYPE_ETHERNET) return 0;
  return ERSPAN_III_LENGTH + ((last & 1) === 0 ? 0 : PLATFORM_LENGTH);
}
