/** What fragments have in common, by which they are told from those of other datagrams. */
import { ipv4Text, ipv6Text } from './address-text.ts';
import { isExtension } from './ipv6.ts';
import type { PacketView } from './packet-view.ts';

const PROTOCOL_TCP = 6;

/** Of a packet of kind `fragment`: addresses, protocol and id (RFC 791, 2.3; of IPv6 without the protocol, RFC 8200, 4.5), and VLANs. */
export function datagramKey(view: PacketView): string {
  const { ipVersion, protocol, fragmentId, vlan, innerVlan, sourceAddress, destinationAddress } =
    view;
  const ends = `${addressText(view, sourceAddress)} ${addressText(view, destinationAddress)}`;
  return `${ends} ${ipVersion === 4 ? protocol : ''} ${fragmentId} ${vlan} ${innerVlan}`;
}

/** Text of the address at `at`. */
export function addressText({ view, ipVersion }: PacketView, at: number): string {
  if (ipVersion === 4) return ipv4Text(view.getUint32(at));
  const [w0, w1, w2] = [view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8)];
  return ipv6Text(w0, w1, w2, view.getUint32(at + 12));
}

/** True iff TCP may be in it: of the other protocols nothing is read. */
export const mayCarryTcp = ({ protocol }: PacketView): boolean =>
  protocol === PROTOCOL_TCP || isExtension(protocol);
