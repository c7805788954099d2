/** What every kind of tunnel does to the view when it is opened. */
import { parseEthernet } from './ethernet.ts';
import {
  type PacketView,
  TUNNEL_KINDS,
  type TunnelKind,
  type UnreadReason,
} from './packet-view.ts';

/** `closed`: it is not what it looked like, or carries what is not read. A reason: it is cut. Undefined: open. */
export type Opened = UnreadReason | 'closed' | undefined;

const LENGTH_OF_IPV4 = 2;
const LENGTH_OF_IPV6 = 4;

/** Notes a tunnel right above IP. */
export function noteTunnel(out: PacketView, kind: TunnelKind): void {
  markTunnel(out, kind);
  noteLength(out, out.ipHeader + (out.ipVersion === 4 ? LENGTH_OF_IPV4 : LENGTH_OF_IPV6));
}

/** Notes a tunnel below IP, which says no length that would have to fit. */
export function markTunnel(out: PacketView, kind: TunnelKind): void {
  out.tunnels |= 1 << TUNNEL_KINDS.indexOf(kind);
}

/** Notes that the 16 bits at `at` count the bytes of a packet around the one inside. */
export function noteLength(out: PacketView, at: number): void {
  out.outerLengths[out.outerLengthCount++] = at;
}

/** Notes a name of the network inside; of a tunnel within a tunnel both count. */
export function noteNetwork(out: PacketView, id: number): void {
  // Not 0, which is "none"; spread, because the names are small numbers that are chosen alike.
  out.network = Math.imul((out.network ^ id) + 1, 0x9e37_79b1) | 1;
}

/** The MAC addresses around a tunnel of IP are those of its ends, not of who talks inside. */
export function forgetMacs(out: PacketView): void {
  out.sourceMac = -1;
  out.destinationMac = -1;
}

/** Goes on with the Ethernet frame that begins after `header` bytes. */
export function enterFrame(view: DataView, out: PacketView, header: number): Opened {
  skip(out, header);
  const at = out.payload;
  const end = at + out.payloadLength;
  out.vlan = -1;
  out.innerVlan = -1;
  const fault = parseEthernet(view, at, end, out);
  if (fault !== undefined) return fault;
  out.payloadLength = end - out.payload;
  return undefined;
}

/** Leaves out the first `length` captured bytes. */
export function skip(out: PacketView, length: number): void {
  out.payload += length;
  out.payloadLength -= length;
}
