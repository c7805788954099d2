/**
 * IPv6 with its extension headers.
 *
 *     offset  size  field
 *     0       4     version 6 | traffic class | flow label
 *     4       2     payload length, extension headers included; 0 for jumbograms and TSO
 *     6       1     next header
 *     8       16,16 source, destination
 *
 * Fragment header, 44: next header 1, zero 1, 13 bits offset in units of 8 bytes | 2 zero | 1 more, id 4.
 * One with offset 0 and nothing more to come ("atomic") is passed over.
 *
 * Spec: RFC 8200, 3 and 4; RFC 6946; RFC 4302 (AH counts its length in words, less 2).
 */
import type { PacketView, UnreadReason } from './packet-view.ts';

const HEADER_LENGTH = 40;

/** RFC 8200, 4.1 names seven, one of them twice. More is an attempt to hide the transport header. */
const MAX_EXTENSION_HEADERS = 8;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const FRAGMENT_OFFSET = 0xfff8;
const MORE_FRAGMENTS = 1;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;
const HOST_IDENTITY = 139;
const SHIM6 = 140;

/** As `parseIpv4`. */
export function parseIpv6(
  view: DataView,
  end: number,
  wireEnd: number,
  out: PacketView,
): UnreadReason | undefined {
  const at = out.payload;
  if (end - at < HEADER_LENGTH) return 'ipv6-short';
  if (view.getUint8(at) >>> 4 !== 6) return 'ip-version';
  const length = view.getUint16(at + 4);
  const last = length === 0 ? wireEnd : at + HEADER_LENGTH + length;
  if (last > wireEnd) return 'ip-length';
  out.ipVersion = 6;
  out.ipHeader = at;
  out.fragmentOffset = -1;
  out.protocol = view.getUint8(at + 6);
  out.sourceAddress = at + 8;
  out.destinationAddress = at + 24;
  const captured = Math.min(last, end);
  const fault = skipExtensions(view, at + HEADER_LENGTH, captured, out);
  if (fault !== undefined) return fault;
  out.payloadLength = captured - out.payload;
  out.payloadMissing = last - captured;
  return undefined;
}

/** Walks to the transport header, or behind the header of a fragment; leaves its offset in `payload` and its number in `protocol`. */
function skipExtensions(
  view: DataView,
  at: number,
  end: number,
  out: PacketView,
): UnreadReason | undefined {
  let next = at;
  for (let count = 0; isExtension(out.protocol); count++) {
    if (count === MAX_EXTENSION_HEADERS || end - next < 8) return 'ipv6-extension';
    const type = out.protocol;
    if (type === FRAGMENT) noteFragment(view, next, out);
    const words = view.getUint8(next + 1);
    out.protocol = view.getUint8(next);
    if (type === FRAGMENT) next += 8;
    else if (type === AUTHENTICATION) next += (words + 2) * 4;
    else next += (words + 1) * 8;
    if (next > end) return 'ipv6-extension';
    if (out.fragmentOffset >= 0) break;
  }
  out.payload = next;
  return undefined;
}

function noteFragment(view: DataView, at: number, out: PacketView): void {
  const field = view.getUint16(at + 2);
  if ((field & (FRAGMENT_OFFSET | MORE_FRAGMENTS)) === 0) return;
  out.fragmentOffset = field & FRAGMENT_OFFSET;
  out.moreFragments = (field & MORE_FRAGMENTS) !== 0;
  out.fragmentId = view.getInt32(at + 4);
  out.fragmentField = at + 2;
}

export function isExtension(protocol: number): boolean {
  switch (protocol) {
    case HOP_BY_HOP:
    case ROUTING:
    case FRAGMENT:
    case AUTHENTICATION:
    case DESTINATION_OPTIONS:
    case MOBILITY:
    case HOST_IDENTITY:
    case SHIM6:
      return true;
    default:
      return false;
  }
}
