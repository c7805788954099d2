/**
 * Who says which hardware address it has: ARP, and neighbour discovery of IPv6.
 *
 *     ICMPv6: type 1, code 1, checksum 2, then
 *     133 router solicitation      4 reserved               options: 1 = address of the sender
 *     134 router advertisement     12 hop limit, times      options: 1
 *     135 neighbour solicitation   4 reserved, target 16    options: 1
 *     136 neighbour advertisement  4 flags, target 16       options: 2 = address of the target
 *     option: type 1, length in units of 8 bytes 1, address 6 ...
 *
 * Spec: RFC 826; RFC 4861, 4.
 */
import type { PacketView } from '#sensor/wire/packet-view.ts';

const ICMPV6 = 58;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOUR_ADVERTISEMENT = 136;

/** Length of the message before its options, by type. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [133, 8],
  [ROUTER_ADVERTISEMENT, 16],
  [135, 24],
  [NEIGHBOUR_ADVERTISEMENT, 24],
]);

/** Options of one message that are looked at; a router sends half a dozen. */
const MAX_OPTIONS = 16;

/** What was found; one object, filled anew. */
export interface Neighbour {
  /** Offsets of the address and of the hardware address that it has. */
  address: number;
  mac: number;
  isRouter: boolean;
}

/** Fills `out`; false where the packet says nothing of the kind. */
export function readNeighbour(packet: PacketView, out: Neighbour): boolean {
  if (packet.kind === 'arp') {
    out.address = packet.sourceAddress;
    out.mac = packet.sourceMac;
    out.isRouter = false;
    return true;
  }
  if (packet.kind !== 'ip-other' || packet.protocol !== ICMPV6 || packet.ipVersion !== 6)
    return false;
  const { view, payload, payloadLength } = packet;
  const type = payloadLength < 8 ? 0 : view.getUint8(payload);
  const length = LENGTHS.get(type);
  if (length === undefined || payloadLength < length) return false;
  const isTarget = type === NEIGHBOUR_ADVERTISEMENT;
  out.isRouter = type === ROUTER_ADVERTISEMENT;
  out.address = isTarget ? payload + 8 : packet.sourceAddress;
  out.mac = optionAt(view, payload + length, payload + payloadLength, isTarget ? 2 : 1);
  return out.mac >= 0;
}

/** Where the hardware address of an option begins, or -1. */
function optionAt(view: DataView, from: number, end: number, type: number): number {
  let at = from;
  for (let count = 0; count < MAX_OPTIONS && at + 8 <= end; count++) {
    if (view.getUint8(at) === type) return at + 2;
    const length = view.getUint8(at + 1) * 8;
    if (length === 0) return -1;
    at += length;
  }
  return -1;
}
