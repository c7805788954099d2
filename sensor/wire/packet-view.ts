/**
 * What is understood of one packet, as offsets and numbers over the packet buffer. Of a packet in a
 * tunnel that is the packet inside; of those around it only `tunnels` and `network` tell.
 *
 * ONE such object is filled anew for each packet by `parsePacket` (packet.ts); nothing in it is
 * valid longer than the packet it was made from. Fields say when they are valid; others hold what
 * an earlier packet left.
 */

/** Highest layer that was understood. `unread`: not understood; `unread` of the view says why. */
export type PacketKind =
  | 'tcp'
  | 'udp'
  | 'arp'
  | 'ip-other'
  | 'link-other'
  /** A piece of an IP datagram, which `FragmentAssembler` (sensor/stream/fragments.ts) puts together. */
  | 'fragment'
  | 'unread';

/** Why a packet, or a part of it, was not understood. Each is counted by `WireCounters`. */
export type UnreadReason =
  /** A link type that is not read. */
  | 'link-type'
  /** Cut before the header could be read whole: by the snaplen, or a frame that is too short. */
  | 'ethernet-short'
  | 'link-short'
  | 'vlan-short'
  /** More VLAN tags than `MAX_VLAN_TAGS`. */
  | 'vlan-depth'
  | 'arp-short'
  /** ARP for other than IPv4 over Ethernet. */
  | 'arp-type'
  | 'ipv4-short'
  /** Header length below 20, or total length below the header. RFC 791, 3.1. */
  | 'ipv4-header'
  /** The IP length is beyond the frame: a receiver drops it, so its bytes are not believed. */
  | 'ip-length'
  /** Version field is not what the link layer says, or no version of IP. */
  | 'ip-version'
  | 'ipv6-short'
  /** More extension headers than `MAX_EXTENSION_HEADERS`, or one that is cut. */
  | 'ipv6-extension'
  | 'tcp-short'
  /** Data offset below 5 words, or beyond the segment. RFC 9293, 3.1. */
  | 'tcp-header'
  | 'udp-short'
  /** Length field below 8. RFC 768. */
  | 'udp-header'
  /** Cut within the header of a tunnel. */
  | 'gre-short'
  | 'erspan-short'
  | 'vxlan-short'
  | 'mpls-short'
  | 'pppoe-short'
  /** More than `MAX_MPLS_LABELS`. */
  | 'mpls-depth'
  /** More than `MAX_TUNNELS` within one another. */
  | 'tunnel-depth';

/** All reasons, for counting and for display. */
export const UNREAD_REASONS: readonly UnreadReason[] = [
  'link-type',
  'ethernet-short',
  'link-short',
  'vlan-short',
  'vlan-depth',
  'arp-short',
  'arp-type',
  'ipv4-short',
  'ipv4-header',
  'ip-length',
  'ip-version',
  'ipv6-short',
  'ipv6-extension',
  'tcp-short',
  'tcp-header',
  'udp-short',
  'udp-header',
  'gre-short',
  'erspan-short',
  'vxlan-short',
  'mpls-short',
  'pppoe-short',
  'mpls-depth',
  'tunnel-depth',
];

/** What carries packets within packets, and is opened. A packet in two of a kind counts once for it. */
export const TUNNEL_KINDS = ['ip-in-ip', 'gre', 'erspan', 'vxlan', 'mpls', 'pppoe'] as const;

export type TunnelKind = (typeof TUNNEL_KINDS)[number];

/** Tunnels within one another: a mirror session of a leaf whose traffic is tunnelled twice, and one for odd networks. */
export const MAX_TUNNELS = 4;

export interface PacketView {
  kind: PacketKind;
  /** Valid iff `kind` is `unread`. */
  unread: UnreadReason;
  /** Tunnels that were opened: bit n for `TUNNEL_KINDS[n]`. */
  tunnels: number;
  /**
   * Tells networks apart that use the same addresses: made of VNI, NVGRE id or GRE key; 0 outside of these. Valid as `ipVersion`.
   */
  network: number;
  /** Offsets of the 16-bit lengths in the headers around the packet; the first `outerLengthCount` are valid. */
  readonly outerLengths: Int32Array;
  outerLengthCount: number;
  /** The buffer of the packet; all offsets below count in it. */
  bytes: Uint8Array;
  view: DataView;
  /**
   * Offsets of the MAC addresses, -1 where the link has none: cooked captures tell that of the sender
   * only, tunnels of IP neither. Valid unless `link-type` or too short.
   */
  sourceMac: number;
  destinationMac: number;
  /**
   * EtherType after all tags; below 0x600 an 802.3 length. Where the link has none, that of the IP
   * version, or 0 for something else. Valid as `sourceMac`.
   */
  etherType: number;
  /** VLAN id 0..4095 of the outermost tag and of the next one, -1 where there is none. Valid as `sourceMac`. */
  vlan: number;
  innerVlan: number;
  /** 4 or 6. Valid iff `kind` is tcp, udp, ip-other or fragment. */
  ipVersion: number;
  /** Offset of the IP header. Valid as `ipVersion`. */
  ipHeader: number;
  /** Next protocol after IP and its extension headers; of a fragment, after the fragment header. Valid as `ipVersion`. */
  protocol: number;
  /** Where in its datagram a fragment begins, in bytes; -1 where there is nothing to put together. Valid as `ipVersion`. */
  fragmentOffset: number;
  /** More follow behind it; the datagram's id; offset of the 16 bits that say offset and more. Valid iff `kind` is fragment. */
  moreFragments: boolean;
  fragmentId: number;
  fragmentField: number;
  /** Offsets of the addresses: 4 or 16 bytes each; for ARP sender and target protocol address. */
  sourceAddress: number;
  destinationAddress: number;
  /** 1 = request, 2 = reply. Valid iff `kind` is arp; `sourceMac` is then what the sender says it is. */
  arpOperation: number;
  /** Offset of the TCP or UDP header. Valid as the ports. */
  transport: number;
  /** Valid iff `kind` is tcp or udp. */
  sourcePort: number;
  destinationPort: number;
  /** Offset and captured length of the payload. Valid iff `kind` is tcp, udp, ip-other, link-other or fragment. */
  payload: number;
  payloadLength: number;
  /** Payload bytes that were on the wire but not captured (snaplen). Valid as `payload`. */
  payloadMissing: number;
  /** As 32-bit SIGNED numbers, so that they stay small integers; compare with `(a - b) | 0`. Valid iff tcp. */
  sequence: number;
  acknowledgment: number;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. Valid iff tcp. */
  flags: number;
}

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

export function createPacketView(): PacketView {
  const bytes = new Uint8Array(0);
  return {
    kind: 'unread',
    unread: 'ethernet-short',
    tunnels: 0,
    network: 0,
    // An IP header for each, and for some a UDP header.
    outerLengths: new Int32Array(MAX_TUNNELS * 2),
    outerLengthCount: 0,
    bytes,
    view: new DataView(bytes.buffer),
    sourceMac: -1,
    destinationMac: -1,
    etherType: 0,
    vlan: -1,
    innerVlan: -1,
    ipVersion: 0,
    ipHeader: 0,
    protocol: 0,
    fragmentOffset: -1,
    moreFragments: false,
    fragmentId: 0,
    fragmentField: 0,
    sourceAddress: 0,
    destinationAddress: 0,
    arpOperation: 0,
    transport: 0,
    sourcePort: 0,
    destinationPort: 0,
    payload: 0,
    payloadLength: 0,
    payloadMissing: 0,
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
  };
}
