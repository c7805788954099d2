/**
 * VXLAN, with its generic extension.
 *
 *     offset  size  field
 *     0       1     flags: network there 0x08 | next protocol there 0x04
 *     3       1     next protocol: 1 IPv4, 2 IPv6, 3 Ethernet
 *     4       3     network (VNI)
 *
 * By its two ports alone: the eight bytes of the header would be found in much that is none. Spec:
 * RFC 7348, 5; draft-ietf-nvo3-vxlan-gpe, 3.
 */
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-type.ts';
import type { PacketView } from './packet-view.ts';
import {
  enterFrame,
  forgetMacs,
  noteLength,
  noteNetwork,
  noteTunnel,
  type Opened,
  skip,
} from './tunnel-note.ts';

const PORT = 4789;
const GENERIC_PORT = 4790;
const HEADER_LENGTH = 8;
const NETWORK_THERE = 0x08;
const PROTOCOL_THERE = 0x04;
/** From the start of the payload back to the length of UDP. */
const UDP_LENGTH_BEFORE = 4;

export const isVxlanPort = (port: number): boolean => port === PORT || port === GENERIC_PORT;

export function openVxlan(view: DataView, out: PacketView): Opened {
  const at = out.payload;
  if (out.payloadLength < HEADER_LENGTH) return 'vxlan-short';
  const flags = view.getUint8(at);
  if ((flags & NETWORK_THERE) === 0) return 'closed';
  const type = (flags & PROTOCOL_THERE) === 0 ? 0 : typeOf(view.getUint8(at + 3));
  if (type < 0) return 'closed';
  noteTunnel(out, 'vxlan');
  noteLength(out, at - UDP_LENGTH_BEFORE);
  noteNetwork(out, view.getUint32(at + 4) >>> 8);
  if (type === 0) return enterFrame(view, out, HEADER_LENGTH);
  skip(out, HEADER_LENGTH);
  forgetMacs(out);
  out.etherType = type;
  return undefined;
}

/** EtherType of a next protocol; 0 for a frame, which has its own, and -1 for what is not read. */
function typeOf(next: number): number {
  switch (next) {
    case 1:
      return ETHERTYPE_IPV4;
    case 2:
      return ETHERTYPE_IPV6;
    case 0: // the bit is no more than reserved to whoever knows RFC 7348 alone
    case 3:
      return 0;
    default:
      return -1;
  }
}
