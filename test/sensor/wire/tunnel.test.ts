import { describe, expect, test } from 'vitest';
import { countPacket, createWireCounters } from '#sensor/wire/counters.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView, MAX_TUNNELS, type PacketView } from '#sensor/wire/packet-view.ts';
import { capturedPacket, ethernetHeader, ipFrame, tcpFrame } from '../../support/packets.ts';
import { TUNNELS, vxlanDatagram } from '../../support/tunnels.ts';

const INNER = tcpFrame({ payload: Buffer.from('000100000006110300000001', 'hex') });
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function parse(frame: Buffer, captured = frame.length): PacketView {
  const packet = capturedPacket(frame);
  packet.capturedLength = captured;
  const view = createPacketView();
  parsePacket(packet, view);
  return view;
}

/** `kind`, or `unread: reason`. */
const verdict = (view: PacketView): string =>
  view.kind === 'unread' ? `unread: ${view.unread}` : view.kind;

const over = (protocol: number, ...parts: readonly Buffer[]): Buffer =>
  ipFrame('198.51.100.1', '198.51.100.2', protocol, Buffer.concat(parts));

const payloadHex = ({ bytes, payload, payloadLength }: PacketView): string =>
  Buffer.from(bytes.subarray(payload, payload + payloadLength)).toString('hex');

describe('what is inside', () => {
  test.for(TUNNELS)('$name is what the view shows', ({ wrap, kind }) => {
    const view = parse(wrap(INNER));
    expect(view).toMatchObject({ kind: 'tcp', ipVersion: 4, sourcePort: 49152, vlan: -1 });
    expect(payloadHex(view)).toBe('000100000006110300000001');
    const counters = createWireCounters();
    countPacket(view, counters);
    expect(counters.tunnels.get(kind as 'gre')).toBe(1);
    expect(counters.kinds).toMatchObject({ tcp: 1, udp: 0, 'ip-other': 0, 'link-other': 0 });
  });

  test('has its own VLAN tag, and none of the frame around it', () => {
    const tagged = tcpFrame({ vlan: 7 });
    const around = over(47, hex('00006558'), tagged);
    const outer = Buffer.concat([around.subarray(0, 12), hex('81000064'), around.subarray(12)]);
    expect(parse(outer)).toMatchObject({ kind: 'tcp', vlan: 7 });
    const bare = over(47, hex('00006558'), INNER);
    const untagged = Buffer.concat([bare.subarray(0, 12), hex('81000064'), bare.subarray(12)]);
    expect(parse(untagged)).toMatchObject({ kind: 'tcp', vlan: -1 });
  });

  test('of a mirror session has the VLAN that the session tells, unless it is tagged', () => {
    const header = hex('1000 88be 00000001 1064 0005 00000000');
    expect(parse(over(47, header, INNER))).toMatchObject({ vlan: 100 });
    expect(parse(over(47, header, tcpFrame({ vlan: 7 })))).toMatchObject({ vlan: 7 });
    const three = hex('1000 22eb 00000001 2064 0005 00000000 00000000');
    expect(parse(over(47, three, INNER))).toMatchObject({ vlan: 100 });
  });

  test('of a mirror that cut the frame is read as far as it goes, and the rest is missing', () => {
    const header = hex('1000 88be 00000001 1000 0405 00000000');
    const view = parse(over(47, header, INNER.subarray(0, 60)));
    expect(view).toMatchObject({ kind: 'tcp', payloadLength: 6, payloadMissing: 6 });
  });

  test('is believed no further than its own lengths say', () => {
    const padded = Buffer.concat([tcpFrame({}), Buffer.alloc(6)]);
    expect(parse(over(47, hex('00006558'), padded))).toMatchObject({ payloadLength: 0 });
  });

  test('has a name of its network by VNI and key, and none without', () => {
    const vxlan = (vni: string) => parse(over(17, vxlanDatagram(`08000000 ${vni}00`, INNER)));
    expect(vxlan('000001').network).toBe(vxlan('000001').network);
    expect(vxlan('000001').network).not.toBe(vxlan('000002').network);
    expect(vxlan('000000').network).not.toBe(0);
    expect(parse(over(47, hex('00006558'), INNER)).network).toBe(0);
    expect(parse(INNER).network).toBe(0);
  });
});

describe('what is no tunnel that is read stays what it is', () => {
  test.for([
    ['GRE of version 1', over(47, hex('3001 880b 00000000'), INNER), 'ip-other'],
    ['GRE with a source route', over(47, hex('4000 0800 00000000'), INNER), 'ip-other'],
    ['GRE with PPP', over(47, hex('0000 880b'), INNER), 'ip-other'],
    [
      'ERSPAN of a version to come',
      over(47, hex('1000 88be 00000001 3000 0005 00000000'), INNER),
      'ip-other',
    ],
    [
      'ERSPAN III with IP alone',
      over(47, hex('1000 22eb 00000001 2000 0005 00000000 00000800'), INNER),
      'ip-other',
    ],
    ['VXLAN on another port', over(17, vxlanDatagram('08000000 00002a00', INNER, 8472)), 'udp'],
    ['VXLAN without its flag', over(17, vxlanDatagram('00000000 00002a00', INNER)), 'udp'],
    ['VXLAN with a service header', over(17, vxlanDatagram('0c000004 00002a00', INNER)), 'udp'],
    [
      'MPLS with who knows what',
      Buffer.concat([ethernetHeader(0x8847), hex('00064140 12345678')]),
      'link-other',
    ],
    [
      'PPPoE that negotiates',
      Buffer.concat([ethernetHeader(0x8864), hex('1100 0009 0006 c021 01010004')]),
      'link-other',
    ],
  ] as const)('%s', ([, frame, kind]) => {
    const view = parse(frame);
    expect(verdict(view)).toBe(kind);
    expect(view).toMatchObject({ tunnels: 0, network: 0 });
  });
});

describe('a header that is cut is counted by its reason', () => {
  test.for([
    ['gre-short', over(47, hex('000065')), undefined],
    ['gre-short', over(47, hex('30006558 00000007 0000')), undefined],
    ['erspan-short', over(47, hex('1000 88be 00000001 1000 00')), undefined],
    ['erspan-short', over(47, hex('1000 22eb 00000001 2000 0005 00000000 0000')), undefined],
    ['erspan-short', over(47, hex('1000 22eb 00000001 2000 0005 00000000 00000001 00')), undefined],
    [
      'vxlan-short',
      over(17, vxlanDatagram('08000000 00002a00', Buffer.alloc(0)).subarray(0, 15)),
      undefined,
    ],
    ['mpls-short', Buffer.concat([ethernetHeader(0x8847), hex('00064040 000641')]), undefined],
    ['mpls-short', Buffer.concat([ethernetHeader(0x8847), hex('00064140 45')]), undefined],
    ['mpls-depth', Buffer.concat([ethernetHeader(0x8847), hex('00064040'.repeat(17))]), undefined],
    ['pppoe-short', Buffer.concat([ethernetHeader(0x8864), hex('1100 0009 0006 00')]), undefined],
    ['ethernet-short', over(47, hex('00006558'), INNER.subarray(0, 13)), undefined],
    ['ip-length', over(4, INNER.subarray(14, 60)), undefined],
  ] as const)('%s', ([reason, frame, captured]) => {
    const whole = reason === 'vxlan-short' ? fixUdp(frame) : frame;
    expect(verdict(parse(whole, captured))).toBe(`unread: ${reason}`);
  });

  /** The length of UDP as it really is, or the fault would be that one. */
  function fixUdp(frame: Buffer): Buffer {
    const copy = Buffer.from(frame);
    copy.writeUInt16BE(frame.length - 34, 38);
    return copy;
  }

  test('tunnels within one another are opened to a bound', () => {
    let frame = INNER;
    for (let depth = 0; depth < MAX_TUNNELS; depth++) frame = over(47, hex('00006558'), frame);
    expect(verdict(parse(frame))).toBe('tcp');
    expect(verdict(parse(over(47, hex('00006558'), frame)))).toBe('unread: tunnel-depth');
  });
});
