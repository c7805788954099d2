/**
 * Packets that carry packets: which they are, and where the inner one begins. Each kind has its file.
 *
 *     IP protocol 4, 41       IPv4, IPv6 directly (RFC 2003, RFC 4213)
 *     IP protocol 47          GRE, ERSPAN within it      gre.ts
 *     UDP port 4789, 4790     VXLAN                      vxlan.ts
 *     EtherType 0x8847..      MPLS, PPPoE                shim.ts
 *
 * Opening sets `etherType` and `payload` to what is inside, `payloadLength` and `payloadMissing` to
 * how much of it there is, MAC addresses and VLANs to those of the inner frame where it is one.
 */
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-type.ts';
import { openGre } from './gre.ts';
import type { PacketView } from './packet-view.ts';
import { openMpls, openPppoe } from './shim.ts';
import { forgetMacs, noteTunnel, type Opened } from './tunnel-note.ts';
import { isVxlanPort, openVxlan } from './vxlan.ts';

const PROTOCOL_IPV4 = 4;
const PROTOCOL_IPV6 = 41;
const PROTOCOL_GRE = 47;

const ETHERTYPE_MPLS = 0x8847;
/** RFC 5332: the label was chosen upstream. */
const ETHERTYPE_MPLS_UPSTREAM = 0x8848;
const ETHERTYPE_PPPOE_SESSION = 0x8864;

/** A look at the kind alone for nearly all packets. */
export function mayBeTunnel(out: PacketView): boolean {
  switch (out.kind) {
    case 'tcp':
    case 'arp':
    case 'fragment':
    case 'unread':
      return false;
    case 'udp':
      return isVxlanPort(out.destinationPort);
    case 'ip-other':
      return isTunnelProtocol(out.protocol);
    case 'link-other':
      return (
        out.etherType === ETHERTYPE_MPLS ||
        out.etherType === ETHERTYPE_MPLS_UPSTREAM ||
        out.etherType === ETHERTYPE_PPPOE_SESSION
      );
    default:
      return out.kind satisfies never;
  }
}

export const isTunnelProtocol = (protocol: number): boolean =>
  protocol === PROTOCOL_GRE || protocol === PROTOCOL_IPV4 || protocol === PROTOCOL_IPV6;

/** INVARIANT: `mayBeTunnel`. */
export function openTunnel(view: DataView, out: PacketView): Opened {
  if (out.kind === 'udp') return openVxlan(view, out);
  if (out.kind === 'link-other') {
    if (out.etherType === ETHERTYPE_PPPOE_SESSION) return openPppoe(view, out);
    return openMpls(view, out);
  }
  if (out.protocol === PROTOCOL_GRE) return openGre(view, out);
  noteTunnel(out, 'ip-in-ip');
  forgetMacs(out);
  out.etherType = out.protocol === PROTOCOL_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
  return undefined;
}
