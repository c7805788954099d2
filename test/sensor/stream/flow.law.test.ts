import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlowTable } from '#sensor/stream/flow.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView, type PacketView } from '#sensor/wire/packet-view.ts';
import { capturedPacket, type SegmentOptions, tcpFrame } from '../../support/packets.ts';

function viewOf(options: SegmentOptions): PacketView {
  const view = createPacketView();
  parsePacket(capturedPacket(tcpFrame(options)), view);
  return view;
}

/** Few addresses and ports, so that many packets share a flow, and mixed-up ends are tried. */
const segment = fc
  .record({
    six: fc.boolean(),
    a: fc.integer({ min: 1, max: 3 }),
    b: fc.integer({ min: 1, max: 3 }),
    sourcePort: fc.constantFrom(502, 503),
    destinationPort: fc.constantFrom(502, 503),
    vlan: fc.constantFrom(undefined, 0, 1, [0], [0, 1], [1, 0], [0, 4095], [4095, 4095]),
  })
  .map(({ six, a, b, vlan, ...ports }) => ({
    from: six ? `2001:db8::${a}` : `192.0.2.${a}`,
    to: six ? `2001:db8::${b}` : `192.0.2.${b}`,
    ...ports,
    ...(vlan === undefined ? {} : { vlan }),
  }));

type Segment = typeof segment extends fc.Arbitrary<infer T> ? T : never;

const end = (ip: string, port: number): string => `${ip} ${port}`;
const forward = (s: Segment): string =>
  `${end(s.from, s.sourcePort)} > ${end(s.to, s.destinationPort)} ${s.vlan?.toString()}`;
const backward = (s: Segment): string =>
  `${end(s.to, s.destinationPort)} > ${end(s.from, s.sourcePort)} ${s.vlan?.toString()}`;

const step = fc.oneof(
  { weight: 4, arbitrary: segment.map((value) => ({ kind: 'packet' as const, value })) },
  { weight: 1, arbitrary: fc.nat(10).map((value) => ({ kind: 'remove' as const, value })) },
  { weight: 1, arbitrary: fc.nat(10).map((value) => ({ kind: 'promote' as const, value })) },
);

interface Known {
  readonly flow: number;
  readonly key: string;
  major: boolean;
}

describe('FlowTable', () => {
  test('does as a map with string keys would, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), fc.integer(), (steps, seed) => {
        const table = new FlowTable(16, seed);
        /** In order of last use. */
        let known: Known[] = [];
        for (const { kind, value } of steps) {
          if (kind === 'packet') {
            const flow = table.find(viewOf(value));
            const same = known.find(({ key }) => key === forward(value));
            const reverse = known.find(({ key }) => key === backward(value));
            const expected = same ?? reverse;
            expect(flow).toBe(expected?.flow ?? -1);
            if (expected !== undefined) {
              expect(table.side).toBe(same === undefined ? 1 : 0);
              table.touch(flow);
              known = [...known.filter((one) => one !== expected), expected];
            } else if (!table.full) {
              const added = table.add();
              expect(known.map((one) => one.flow)).not.toContain(added);
              known.push({ flow: added, key: forward(value), major: false });
            }
          } else {
            const chosen = known[value];
            if (chosen === undefined) continue;
            known = known.filter((one) => one !== chosen);
            if (kind === 'remove') {
              table.remove(chosen.flow);
            } else {
              table.move(chosen.flow, 'major');
              known.push({ ...chosen, major: true });
            }
          }
          expect(table.size).toBe(known.length);
          expect(table.oldest('minor')).toBe(known.find(({ major }) => !major)?.flow ?? -1);
          expect(table.oldest('major')).toBe(known.find(({ major }) => major)?.flow ?? -1);
        }
      }),
    );
  });

  test('gives back addresses, ports and VLAN of a flow', () => {
    const table = new FlowTable(4, 1);
    table.find(viewOf({ from: '192.0.2.7', to: '192.0.2.10', vlan: 100 }));
    const four = table.add();
    expect([table.ipVersion(four), table.vlan(four)]).toEqual([4, 100]);
    expect([table.port(four, 0), table.port(four, 1)]).toEqual([49152, 502]);
    expect(table.addressWord(four, 0, 3)).toBe(0xc000_0207 | 0);
    table.find(viewOf({ from: '2001:db8::7', to: '2001:db8::a' }));
    const six = table.add();
    expect([table.ipVersion(six), table.vlan(six)]).toEqual([6, -1]);
    expect([0, 1, 2, 3].map((word) => table.addressWord(six, 1, word))).toEqual([
      0x2001_0db8, 0, 0, 10,
    ]);
  });

  test('an IPv4 flow is not the flow of the IPv6 address that maps it', () => {
    const table = new FlowTable(4, 1);
    expect(table.find(viewOf({ from: '192.0.2.7', to: '192.0.2.10' }))).toBe(-1);
    table.add();
    expect(table.find(viewOf({ from: '0:0:0:0:0:0:c000:207', to: '0:0:0:0:0:0:c000:20a' }))).toBe(
      -1,
    );
  });

  test('finds a flow by its other names, either way round, and forgets them with it', () => {
    const table = new FlowTable(4, 1);
    const ends = { from: '192.0.2.7', to: '192.0.2.10' };
    const back = { from: ends.to, to: ends.from, sourcePort: 502, destinationPort: 49152 };
    table.find(viewOf({ ...ends, vlan: 10 }));
    const flow = table.add();
    expect(table.find(viewOf({ ...back, vlan: 20 }))).toBe(-1);
    expect(table.mayName(flow)).toBe(true);
    table.addName(flow);
    expect([table.find(viewOf({ ...back, vlan: 20 })), table.side]).toEqual([flow, 1]);
    expect([table.find(viewOf({ ...ends, vlan: 20 })), table.side]).toEqual([flow, 0]);
    expect([table.vlan(flow), table.size]).toEqual([10, 2]);
    table.remove(flow);
    expect(table.size).toBe(0);
    for (const vlan of [10, 20]) expect(table.find(viewOf({ ...ends, vlan }))).toBe(-1);
    expect(table.mayName(flow)).toBe(false);
  });

  test('joins two flows of the same ends, whichever side each began on', () => {
    const table = new FlowTable(4, 1);
    const ends = { from: '192.0.2.7', to: '192.0.2.10' };
    const back = { from: ends.to, to: ends.from, sourcePort: 502, destinationPort: 49152 };
    table.find(viewOf({ ...ends, vlan: 10 }));
    const flow = table.add();
    table.find(viewOf({ ...back, vlan: 20 }));
    const other = table.add();
    expect(table.mayName(flow)).toBe(true);
    table.join(other, flow);
    expect([table.find(viewOf({ ...back, vlan: 20 })), table.side]).toEqual([flow, 1]);
    expect([table.oldest('minor'), table.size]).toEqual([flow, 2]);
    table.remove(flow);
    expect([table.oldest('minor'), table.size]).toEqual([-1, 0]);
    expect(table.find(viewOf({ ...back, vlan: 20 }))).toBe(-1);
  });

  test('names nothing after a flow between others, and no flow more than four times', () => {
    const table = new FlowTable(16, 1);
    const ends = { from: '192.0.2.7', to: '192.0.2.10' };
    table.find(viewOf(ends));
    const flow = table.add();
    expect(table.find(viewOf({ ...ends, to: '192.0.2.11' }))).toBe(-1);
    expect(table.mayName(flow)).toBe(false);
    expect(table.find(viewOf({ ...ends, sourcePort: 1 }))).toBe(-1);
    expect(table.mayName(flow)).toBe(false);
    for (let vlan = 1; vlan <= 5; vlan++) {
      expect(table.find(viewOf({ ...ends, vlan }))).toBe(-1);
      expect(table.mayName(flow)).toBe(vlan <= 4);
      if (vlan <= 4) table.addName(flow);
    }
  });
});
