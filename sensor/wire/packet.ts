/**
 * From the link layer to the transport layer in one step, through tunnels, without an allocation.
 *
 *     const view = createPacketView();
 *     ... for each packet:
 *     switch (parsePacket(packet, view)) { case 'tcp': ...  case 'unread': count(view.unread) ... }
 *
 * Never throws, whatever the bytes, as long as `offset + capturedLength` lies within the buffer.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import { parseArp } from './arp.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-type.ts';
import { parseIpv4 } from './ipv4.ts';
import { parseIpv6 } from './ipv6.ts';
import { parseLink } from './link.ts';
import { MAX_TUNNELS, type PacketKind, type PacketView, type UnreadReason } from './packet-view.ts';
import { parseTcp } from './tcp.ts';
import { mayBeTunnel, openTunnel } from './tunnel.ts';
import { parseUdp } from './udp.ts';

const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;

/** No link carries more in one frame, TSO on loopback included; a higher claim is not believed. */
const MAX_FRAME_LENGTH = 262_144;

/** Fills `out` from `packet` and gives its `kind`. */
export function parsePacket(packet: CapturedPacket, out: PacketView): PacketKind {
  const fault = parse(packet, out);
  if (fault !== undefined) {
    out.kind = 'unread';
    out.unread = fault;
  }
  return out.kind;
}

function parse(packet: CapturedPacket, out: PacketView): UnreadReason | undefined {
  const { view, offset, capturedLength, originalLength } = packet;
  out.bytes = packet.bytes;
  out.view = view;
  out.tunnels = 0;
  out.network = 0;
  out.outerLengthCount = 0;
  const end = offset + capturedLength;
  const wireEnd = offset + Math.max(capturedLength, Math.min(originalLength, MAX_FRAME_LENGTH));
  const fault =
    parseLink(packet.linkType, view, offset, end, out) ?? parseLayers(view, end, wireEnd, out);
  if (fault !== undefined || !mayBeTunnel(out)) return fault;
  return parseInner(view, out);
}

/** Opens tunnels until there is none, or none that is read: then the packet is what carries it. */
function parseInner(view: DataView, out: PacketView): UnreadReason | undefined {
  for (let depth = 0; mayBeTunnel(out); depth++) {
    if (depth === MAX_TUNNELS) return 'tunnel-depth';
    const opened = openTunnel(view, out);
    if (opened === 'closed') return undefined;
    if (opened !== undefined) return opened;
    const end = out.payload + out.payloadLength;
    const fault = parseLayers(view, end, end + out.payloadMissing, out);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What `etherType` says follows at `payload`, up to the transport layer. */
function parseLayers(
  view: DataView,
  end: number,
  wireEnd: number,
  out: PacketView,
): UnreadReason | undefined {
  switch (out.etherType) {
    case ETHERTYPE_IPV4:
      return parseIpv4(view, end, wireEnd, out) ?? parseTransport(view, out);
    case ETHERTYPE_IPV6:
      return parseIpv6(view, end, wireEnd, out) ?? parseTransport(view, out);
    case ETHERTYPE_ARP:
      return parseArp(view, end, out);
    default:
      out.payloadLength = end - out.payload;
      out.payloadMissing = wireEnd - end;
      out.kind = 'link-other';
      return undefined;
  }
}

function parseTransport(view: DataView, out: PacketView): UnreadReason | undefined {
  if (out.fragmentOffset >= 0) {
    out.kind = 'fragment';
    return undefined;
  }
  if (out.protocol === PROTOCOL_TCP) return parseTcp(view, out);
  if (out.protocol === PROTOCOL_UDP) return parseUdp(view, out);
  out.kind = 'ip-other';
  return undefined;
}
