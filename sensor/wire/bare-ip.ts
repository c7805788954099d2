/**
 * Links with little or nothing before the IP header: loopback of BSD, macOS and Windows, and tunnels.
 *
 *     null (0)                 address family, 4 bytes in the byte order of the capturing machine
 *     loop (108)               the same in network order
 *     raw (101, 12, 14)        nothing: the version field of IP tells
 *     IPv4 (228), IPv6 (229)   nothing, and one version only
 *
 * Here "bare" links fill `etherType` with that of the IP version, so that the layers above need not care.
 * Spec: tcpdump.org/linktypes, LINKTYPE_NULL, _LOOP, _RAW, _IPV4, _IPV6; 12 and 14 are the numbers that
 * systems use inside for raw IP, and that some writers let out.
 */
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-type.ts';
import type { PacketView, UnreadReason } from './packet-view.ts';

const FAMILY_LENGTH = 4;

/** AF_INET is 2 everywhere. */
const AF_INET = 2;

/**
 * Null and loop alike: of the two readings of the family at most one is a number below 2^16, so the
 * byte order need not be known.
 */
export function parseLoopback(
  view: DataView,
  at: number,
  end: number,
  out: PacketView,
): UnreadReason | undefined {
  if (end - at < FAMILY_LENGTH) return 'link-short';
  const family = view.getUint32(at);
  out.etherType = etherTypeOf(family > 0xffff ? view.getUint32(at, true) : family);
  out.payload = at + FAMILY_LENGTH;
  return undefined;
}

/** 0 where it is no IP. */
function etherTypeOf(family: number): number {
  switch (family) {
    case AF_INET:
      return ETHERTYPE_IPV4;
    case 10: // AF_INET6 of Linux
    case 23: // Windows
    case 24: // NetBSD, OpenBSD
    case 26: // illumos, Solaris
    case 28: // FreeBSD
    case 30: // macOS
      return ETHERTYPE_IPV6;
    default:
      return 0;
  }
}

export function parseRaw(
  view: DataView,
  at: number,
  end: number,
  out: PacketView,
): UnreadReason | undefined {
  if (at === end) return 'link-short';
  const version = view.getUint8(at) >>> 4;
  if (version !== 4 && version !== 6) return 'ip-version';
  out.etherType = version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
  out.payload = at;
  return undefined;
}
