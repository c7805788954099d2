/** What fragments have in common, by which they are told from those of other datagrams. */
import { ipv4Text, ipv6Text } from './address-text.ts';
import { isExtension } from './ipv6.ts';
import type { PacketView } from './packet-view.ts';
import { isTunnelProtocol } from './tunnel.ts';
import { isVxlanPort } from './vxlan.ts';

const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const DESTINATION_PORT = 2;
const PORTS_LENGTH = 4;

/** Of a packet of kind `fragment`: addresses, protocol and id (RFC 791, 2.3; of IPv6 without the protocol, RFC 8200, 4.5), VLANs and network. */
export function datagramKey(view: PacketView): string {
  const { ipVersion, protocol, fragmentId, vlan, innerVlan, network } = view;
  const { sourceAddress, destinationAddress } = view;
  const ends = `${addressText(view, sourceAddress)} ${addressText(view, destinationAddress)}`;
  return `${ends} ${ipVersion === 4 ? protocol : ''} ${fragmentId} ${vlan} ${innerVlan} ${network}`;
}

/** Text of the address at `at`. */
export function addressText({ view, ipVersion }: PacketView, at: number): string {
  if (ipVersion === 4) return ipv4Text(view.getUint32(at));
  const [w0, w1, w2] = [view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8)];
  return ipv6Text(w0, w1, w2, view.getUint32(at + 12));
}

/**
 * True iff what may be read is in it: TCP, or a tunnel. Of UDP only the first fragment tells whether it
 * is one, so `begun` says whether that has come.
 */
export function mayBeRead(view: PacketView, begun: boolean): boolean {
  const { protocol } = view;
  if (protocol === PROTOCOL_UDP) return begun || beginsVxlan(view);
  return protocol === PROTOCOL_TCP || isTunnelProtocol(protocol) || isExtension(protocol);
}

/** True iff it is TCP itself that was cut, and no tunnel with who knows whose packets in it. */
export const isOfTcp = ({ protocol }: PacketView): boolean => protocol === PROTOCOL_TCP;

/** True iff the port numbers of TCP or UDP are the first bytes of the datagram. */
export const hasPorts = ({ protocol }: PacketView): boolean =>
  protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP;

function beginsVxlan({ view, fragmentOffset, payload, payloadLength }: PacketView): boolean {
  if (fragmentOffset !== 0 || payloadLength < PORTS_LENGTH) return false;
  return isVxlanPort(view.getUint16(payload + DESTINATION_PORT));
}
