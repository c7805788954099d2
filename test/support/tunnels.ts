/** The same Ethernet frame as tunnels carry it. Headers are written byte by byte from their specifications. */
import { ethernetHeader, ipFrame } from './packets.ts';

export interface Tunnel {
  readonly name: string;
  /** What `WireCounters.tunnels` calls it. */
  readonly kind: string;
  readonly wrap: (ethernet: Buffer) => Buffer;
  /** The inner frame comes with its MAC addresses. */
  readonly macs: boolean;
}

const ETHERNET_HEADER = 14;

const packetOf = (frame: Buffer): Buffer => frame.subarray(ETHERNET_HEADER);
const typeOf = (frame: Buffer): string => frame.subarray(12, ETHERNET_HEADER).toString('hex');
const isSix = (frame: Buffer): boolean => typeOf(frame) === '86dd';
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Over IPv4 between two tunnel ends. */
const over = (protocol: number, ...parts: readonly Buffer[]): Buffer =>
  ipFrame('198.51.100.1', '198.51.100.2', protocol, Buffer.concat(parts));

const overSix = (protocol: number, ...parts: readonly Buffer[]): Buffer =>
  ipFrame('2001:db8:1::1', '2001:db8:1::2', protocol, Buffer.concat(parts));

/** A UDP datagram to VXLAN's port, with a source port that says nothing. */
export function vxlanDatagram(header: string, inner: Buffer, port = 4789): Buffer {
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(50_000, 0);
  udp.writeUInt16BE(port, 2);
  udp.writeUInt16BE(16 + inner.length, 4);
  return Buffer.concat([udp, hex(header), inner]);
}

const gre = (name: string, header: string, macs: boolean): Tunnel => ({
  name,
  kind: 'gre',
  macs,
  wrap: (frame) =>
    over(47, hex(header.replace('TYPE', typeOf(frame))), macs ? frame : packetOf(frame)),
});

const erspan = (name: string, header: string): Tunnel => ({
  name,
  kind: 'erspan',
  macs: true,
  wrap: (frame) => over(47, hex(header), frame),
});

const vxlan = (name: string, header: string, port = 4789): Tunnel => ({
  name,
  kind: 'vxlan',
  macs: true,
  wrap: (frame) => over(17, vxlanDatagram(header, frame, port)),
});

const mpls = (name: string, labels: string, macs = false): Tunnel => ({
  name,
  kind: 'mpls',
  macs,
  wrap: (frame) =>
    Buffer.concat([ethernetHeader(0x8847), hex(labels), macs ? frame : packetOf(frame)]),
});

export const TUNNELS: readonly Tunnel[] = [
  gre('GRE with IP', '0000 TYPE', false),
  gre('GRE with a key', '2000 TYPE 00000007', false),
  gre('GRE with checksum, key and sequence', 'b000 TYPE 12340000 00000007 00000001', false),
  gre('GRE with Ethernet', '0000 6558', true),
  gre('NVGRE', '2000 6558 00a01205', true),
  {
    ...gre('GRE over IPv6', '0000 6558', true),
    wrap: (frame) => overSix(47, hex('0000 6558'), frame),
  },
  gre('MPLS over GRE', '0000 8847 00064140', false),
  erspan('ERSPAN I', '0000 88be'),
  erspan('ERSPAN II', '1000 88be 00000001 1000 0005 00000000'),
  erspan('ERSPAN III', '1000 22eb 00000001 2000 0005 00000000 00000000'),
  erspan(
    'ERSPAN III with its platform part',
    `1000 22eb 00000001 2000 0005 00000000 00000001 ${'00'.repeat(8)}`,
  ),
  vxlan('VXLAN', '08000000 00002a00'),
  vxlan('VXLAN with a group', '88000003 00002a00'),
  vxlan('VXLAN that names Ethernet', '0c000003 00002a00', 4790),
  {
    name: 'VXLAN with IP',
    kind: 'vxlan',
    macs: false,
    wrap: (frame) =>
      over(17, vxlanDatagram(`0c00000${isSix(frame) ? 2 : 1} 00002a00`, packetOf(frame), 4790)),
  },
  {
    name: 'VXLAN over IPv6',
    kind: 'vxlan',
    macs: true,
    wrap: (frame) => overSix(17, vxlanDatagram('08000000 00002a00', frame)),
  },
  {
    name: 'IP in IP',
    kind: 'ip-in-ip',
    macs: false,
    wrap: (frame) => over(isSix(frame) ? 41 : 4, packetOf(frame)),
  },
  {
    name: 'IP in IPv6',
    kind: 'ip-in-ip',
    macs: false,
    wrap: (frame) => overSix(isSix(frame) ? 41 : 4, packetOf(frame)),
  },
  mpls('MPLS', '00064140'),
  mpls('MPLS, three labels', '00064040 00065040 00066140'),
  { ...mpls('Ethernet over MPLS', '00064140 00000000', true) },
  {
    name: 'PPPoE, padded',
    kind: 'pppoe',
    macs: false,
    wrap: (frame) => {
      const length = (packetOf(frame).length + 2).toString(16).padStart(4, '0');
      const head = hex(`1100 0009 ${length} ${isSix(frame) ? '0057' : '0021'}`);
      return Buffer.concat([ethernetHeader(0x8864), head, packetOf(frame), Buffer.alloc(4)]);
    },
  },
];
