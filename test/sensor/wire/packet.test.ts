import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countPacket, createWireCounters } from '#sensor/wire/counters.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView, type PacketView, UNREAD_REASONS } from '#sensor/wire/packet-view.ts';
import { capturedPacket, ethernetHeader, ipFrame, tcpFrame } from '../../support/packets.ts';
import { runs } from '../../support/runs.ts';
import { TUNNELS } from '../../support/tunnels.ts';

const PAYLOAD = Buffer.from('000100000006110300000001', 'hex');

function parse(
  frame: Buffer,
  change: { captured?: number; original?: number; linkType?: number } = {},
): PacketView {
  const packet = capturedPacket(frame);
  packet.capturedLength = change.captured ?? frame.length;
  packet.originalLength = change.original ?? frame.length;
  packet.linkType = change.linkType ?? 1;
  const view = createPacketView();
  expect(parsePacket(packet, view)).toBe(view.kind);
  return view;
}

/** `kind`, or `unread: reason`. */
function verdict(view: PacketView): string {
  return view.kind === 'unread' ? `unread: ${view.unread}` : view.kind;
}

const payloadHex = ({ bytes, payload, payloadLength }: PacketView): string =>
  Buffer.from(bytes.subarray(payload, payload + payloadLength)).toString('hex');

/** `frame` with the bytes at `at` replaced. */
function changed(frame: Buffer, at: number, hex: string): Buffer {
  const copy = Buffer.from(frame);
  copy.write(hex, at, 'hex');
  return copy;
}

describe('a TCP segment', () => {
  const frame = tcpFrame({ sequence: 0x8000_0001, acknowledgment: 7, flags: 24, payload: PAYLOAD });

  test('over IPv4', () => {
    const view = parse(frame);
    expect(view).toMatchObject({
      kind: 'tcp',
      sourceMac: 6,
      destinationMac: 0,
      etherType: 0x0800,
      vlan: -1,
      ipVersion: 4,
      protocol: 6,
      sourceAddress: 26,
      destinationAddress: 30,
      sourcePort: 49152,
      destinationPort: 502,
      sequence: 0x8000_0001 | 0,
      acknowledgment: 7,
      flags: 24,
      payload: 54,
      payloadLength: 12,
      payloadMissing: 0,
    });
    expect(payloadHex(view)).toBe(PAYLOAD.toString('hex'));
  });

  test('over IPv6', () => {
    const view = parse(tcpFrame({ from: '2001:db8::7', to: '2001:db8::a', payload: PAYLOAD }));
    expect(view).toMatchObject({
      kind: 'tcp',
      ipVersion: 6,
      sourceAddress: 22,
      destinationAddress: 38,
    });
    expect(payloadHex(view)).toBe(PAYLOAD.toString('hex'));
  });

  test('behind one VLAN tag, and behind two, both of which are told', () => {
    expect(parse(tcpFrame({ vlan: 100, payload: PAYLOAD }))).toMatchObject({
      kind: 'tcp',
      vlan: 100,
      innerVlan: -1,
    });
    const inner = tcpFrame({ vlan: 100, payload: PAYLOAD });
    for (const tpid of ['88a8', '9100', '8100']) {
      const frames = [inner.subarray(0, 12), Buffer.from(`${tpid}60c8`, 'hex'), inner.subarray(12)];
      const view = parse(Buffer.concat(frames));
      expect(view).toMatchObject({ kind: 'tcp', vlan: 200, innerVlan: 100, payloadLength: 12 });
    }
  });

  test('with TCP options', () => {
    const view = parse(tcpFrame({ options: 12, payload: PAYLOAD }));
    expect(payloadHex(view)).toBe(PAYLOAD.toString('hex'));
  });

  test('with IPv4 options', () => {
    const plain = tcpFrame({ payload: PAYLOAD });
    const options = Buffer.from('94040000', 'hex');
    const long = Buffer.concat([plain.subarray(0, 34), options, plain.subarray(34)]);
    const view = parse(changed(changed(long, 14, '46'), 16, '0038'));
    expect(verdict(view)).toBe('tcp');
    expect(payloadHex(view)).toBe(PAYLOAD.toString('hex'));
  });

  test('without the padding of a short Ethernet frame', () => {
    const view = parse(Buffer.concat([tcpFrame({}), Buffer.alloc(6)]));
    expect(view).toMatchObject({ kind: 'tcp', payloadLength: 0, payloadMissing: 0 });
  });

  test('that a network card will cut later (total length 0) reaches to the end of the frame', () => {
    expect(parse(changed(frame, 16, '0000'))).toMatchObject({ kind: 'tcp', payloadLength: 12 });
  });

  test.for([
    [66, 12, 0],
    [60, 6, 6],
    [54, 0, 12],
  ] as const)(
    'captured to byte %d has %d bytes of payload and misses %d',
    ([captured, length, missing]) => {
      const view = parse(frame, { captured });
      expect(view).toMatchObject({ kind: 'tcp', payloadLength: length, payloadMissing: missing });
    },
  );

  test('captured to within its options misses all of its payload', () => {
    const view = parse(tcpFrame({ options: 12, payload: PAYLOAD }), { captured: 60, original: 78 });
    expect(view).toMatchObject({ kind: 'tcp', payloadLength: 0, payloadMissing: 12 });
  });

  test('a claim of gigabytes on the wire is not believed', () => {
    const view = parse(changed(frame, 16, '0000'), { original: 0xffff_ffff });
    expect(view.payloadMissing).toBeLessThan(300_000);
  });
});

describe('other packets', () => {
  test('UDP, cut to its own length', () => {
    const udp = Buffer.from('0035c00000 0a0000aabbccdd'.replaceAll(' ', ''), 'hex');
    const view = parse(ipFrame('192.0.2.7', '192.0.2.10', 17, udp));
    expect(view).toMatchObject({
      kind: 'udp',
      sourcePort: 53,
      destinationPort: 49152,
      payloadLength: 2,
    });
    expect(payloadHex(view)).toBe('aabb');
  });

  test('ARP tells the sender and the target', () => {
    const arp = '0001080006040002' + '02005e100007c0000207' + '02005e10000ac000020a';
    const view = parse(Buffer.concat([ethernetHeader(0x0806), Buffer.from(arp, 'hex')]));
    expect(view).toMatchObject({ kind: 'arp', arpOperation: 2, sourceMac: 22, sourceAddress: 28 });
    const { bytes, destinationAddress } = view;
    expect([...bytes.subarray(destinationAddress, destinationAddress + 4)]).toEqual([
      192, 0, 2, 10,
    ]);
  });

  test.for([
    ['ICMP', ipFrame('192.0.2.7', '192.0.2.10', 1, Buffer.alloc(8)), 'ip-other'],
    ['LLDP', Buffer.concat([ethernetHeader(0x88cc), Buffer.alloc(46)]), 'link-other'],
    [
      'an 802.3 frame with a length',
      Buffer.concat([ethernetHeader(38), Buffer.alloc(46)]),
      'link-other',
    ],
  ] as const)('%s', ([, frame, kind]) => {
    expect(verdict(parse(frame))).toBe(kind);
  });
});

describe('IPv6 extension headers', () => {
  const tcp = tcpFrame({ from: '2001:db8::7', to: '2001:db8::a', payload: PAYLOAD }).subarray(54);
  const withHeaders = (first: number, headers: string) =>
    ipFrame('2001:db8::7', '2001:db8::a', first, Buffer.concat([Buffer.from(headers, 'hex'), tcp]));

  test.for([
    [
      'hop-by-hop, then destination options of 16 bytes',
      0,
      `3c00${'00'.repeat(6)}0601${'00'.repeat(14)}`,
      'tcp',
    ],
    ['authentication, whose length counts in words', 51, `0604${'00'.repeat(22)}`, 'tcp'],
    ['a fragment header for an unfragmented packet', 44, '0600000011223344', 'tcp'],
    ['the first fragment', 44, '0600000111223344', 'fragment'],
    ['a later fragment', 44, '0600010011223344', 'fragment'],
    ['eight of them', 0, `${'0000000000000000'.repeat(7)}0600000000000000`, 'tcp'],
    [
      'nine of them',
      0,
      `${'0000000000000000'.repeat(8)}0600000000000000`,
      'unread: ipv6-extension',
    ],
    ['one that is longer than the packet', 0, `06ff${'00'.repeat(6)}`, 'unread: ipv6-extension'],
  ] as const)('%s', ([, first, headers, expected]) => {
    const view = parse(withHeaders(first, headers));
    expect(verdict(view)).toBe(expected);
    if (view.kind === 'tcp') expect(payloadHex(view)).toBe(PAYLOAD.toString('hex'));
  });
});

describe('what is not read is counted by its reason', () => {
  const v4 = tcpFrame({ payload: PAYLOAD });
  const long = tcpFrame({ payload: Buffer.alloc(40) });
  const v6 = tcpFrame({ from: '2001:db8::7', to: '2001:db8::a' });
  const udp = ipFrame('192.0.2.7', '192.0.2.10', 17, Buffer.from('0035c00000080000', 'hex'));
  const arp = Buffer.concat([
    ethernetHeader(0x0806),
    Buffer.from(`000108000604${'00'.repeat(22)}`, 'hex'),
  ]);
  const tags = (count: number) =>
    Buffer.concat([
      v4.subarray(0, 12),
      Buffer.from('81000001'.repeat(count), 'hex'),
      v4.subarray(12),
    ]);

  test.for([
    ['link-type', v4, { linkType: 127 }],
    ['ethernet-short', v4, { captured: 13 }],
    ['link-short', Buffer.alloc(15), { linkType: 113 }],
    ['link-short', Buffer.alloc(19), { linkType: 276 }],
    ['link-short', Buffer.alloc(3), { linkType: 0 }],
    ['link-short', Buffer.alloc(3), { linkType: 108 }],
    ['link-short', Buffer.alloc(0), { linkType: 101 }],
    ['ip-version', Buffer.from('5000', 'hex'), { linkType: 101 }],
    ['ip-version', v4.subarray(14), { linkType: 229 }],
    ['ip-version', Buffer.concat([v6.subarray(14), Buffer.alloc(8)]), { linkType: 228 }],
    ['ipv4-short', Buffer.alloc(0), { linkType: 228 }],
    ['vlan-short', tags(1), { captured: 17 }],
    ['vlan-depth', tags(5), {}],
    ['arp-short', arp, { captured: 41 }],
    ['arp-type', changed(arp, 18, '08'), {}],
    ['ipv4-short', v4, { captured: 33 }],
    ['ipv4-short', changed(long, 14, '4f'), { captured: 73 }],
    ['ipv4-header', changed(v4, 14, '44'), {}],
    ['ipv4-header', changed(v4, 16, '0013'), {}],
    ['ip-length', changed(v4, 16, '0035'), {}],
    ['ip-length', changed(v6, 18, '0015'), {}],
    ['ip-version', changed(v4, 14, '65'), {}],
    ['ip-version', changed(v6, 14, '45'), {}],
    ['ipv6-short', v6, { captured: 53 }],
    ['ipv6-extension', changed(v6, 20, '00'), { captured: 60 }],
    ['tcp-short', v4, { captured: 53 }],
    ['tcp-header', changed(v4, 46, '40'), {}],
    ['tcp-header', changed(v4, 46, 'f0'), {}],
    ['udp-short', udp, { captured: 41 }],
    ['udp-header', changed(udp, 38, '0007'), {}],
    ['udp-header', changed(udp, 38, '0009'), {}],
  ] as const)('%s', ([reason, frame, change]) => {
    const view = parse(frame, change);
    expect(verdict(view)).toBe(`unread: ${reason}`);
    const counters = createWireCounters();
    countPacket(view, counters);
    expect(counters.kinds.unread).toBe(1);
    expect([...counters.unread].filter(([, count]) => count > 0)).toEqual([[reason, 1]]);
  });

  test('every reason is listed', () => {
    expect(new Set(UNREAD_REASONS).size).toBe(UNREAD_REASONS.length);
    expect([...createWireCounters().unread.keys()]).toEqual(UNREAD_REASONS);
  });
});

describe('whatever the bytes', () => {
  const frames = [
    tcpFrame({ payload: PAYLOAD }),
    tcpFrame({ vlan: 5, options: 8, payload: PAYLOAD }),
    tcpFrame({ from: '2001:db8::7', to: '2001:db8::a', payload: PAYLOAD }),
    ipFrame('192.0.2.7', '192.0.2.10', 17, Buffer.from('0035c000000a0000aabb', 'hex')),
    ...TUNNELS.flatMap(({ wrap }) => [
      wrap(tcpFrame({ payload: PAYLOAD })),
      wrap(wrap(tcpFrame({ from: '2001:db8::7', to: '2001:db8::a', payload: PAYLOAD }))),
    ]),
  ];
  const mutated = fc
    .tuple(
      fc.constantFrom(...frames),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 12 }),
    )
    .map(([frame, changes]) => {
      const copy = Buffer.from(frame);
      for (const [at, value] of changes) copy[at % copy.length] = value;
      return copy;
    });
  const linkType = fc.constantFrom(1, 1, 1, 0, 12, 101, 108, 113, 228, 229, 276);
  const bytes = fc.oneof(
    mutated,
    fc.uint8Array({ maxLength: 120, size: 'max' }).map((random) => Buffer.from(random)),
  );

  test('parsing never throws, and what it gives lies within the captured bytes', () => {
    fc.assert(
      fc.property(bytes, fc.nat(260), fc.nat(70_000), linkType, (frame, cut, original, link) => {
        const captured = Math.min(cut, frame.length);
        const view = parse(frame, { captured, original, linkType: link });
        if (view.kind === 'arp') expect(view.destinationAddress + 4).toBeLessThanOrEqual(captured);
        if (!['tcp', 'udp', 'ip-other', 'fragment'].includes(view.kind)) return;
        const address = view.ipVersion === 4 ? 4 : 16;
        expect(view.destinationAddress + address).toBeLessThanOrEqual(captured);
        expect(view.payloadLength).toBeGreaterThanOrEqual(0);
        expect(view.payloadMissing).toBeGreaterThanOrEqual(0);
        expect(view.payload + view.payloadLength).toBeLessThanOrEqual(captured);
      }),
      { numRuns: runs(1000) },
    );
  });
});
