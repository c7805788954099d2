import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConversationFault } from '#sensor/model/event.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { MAX_FRAGMENTS } from '#sensor/stream/datagram.ts';
import { createFragmentCounters } from '#sensor/stream/fragment-counters.ts';
import {
  FRAGMENT_TIMEOUT_MICROS,
  FragmentAssembler,
  MAX_DATAGRAMS,
  MAX_FRAGMENT_BYTES,
} from '#sensor/stream/fragments.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import {
  fragment,
  fragments,
  headerLength,
  payloadLength,
  piecesAt,
} from '../../support/fragments.ts';
import { capturedPacket, ipFrame, tcpFrame } from '../../support/packets.ts';

const START = 1_700_000_000_000_000;
const SIX = { from: '2001:db8::7', to: '2001:db8::a' };
const payload = Buffer.from(Array.from({ length: 60 }, (_, i) => i));

/** An assembler that packets are sent to, 1 ms apart; what it gives comes back as `ports payload`. */
function setUp() {
  const faults: ConversationFault[] = [];
  const counters = createFragmentCounters();
  const assembler = new FragmentAssembler({ counters, fault: (fault) => faults.push(fault) });
  const view = createPacketView();
  let number = 0;
  let now = START;
  return {
    assembler,
    counters,
    facts: () => faults.flatMap(({ facts }) => facts.map(({ name }) => name)),
    faults,
    wait: (micros: number): void => {
      now += micros;
      assembler.tick(now as Micros);
    },
    finish: () => assembler.finish(micros(now)),
    send: (frame: Buffer, change: { captured?: number; linkType?: number } = {}) => {
      now += 1000;
      const packet = capturedPacket(frame, ++number, now);
      packet.capturedLength = change.captured ?? frame.length;
      packet.linkType = change.linkType ?? 1;
      expect(parsePacket(packet, view)).toBe('fragment');
      const whole = assembler.add(view, packet);
      if (whole === undefined) return undefined;
      expect([whole.number, whole.at]).toEqual([number, now]);
      expect(parsePacket(whole, view)).toBe('tcp');
      const { bytes, payload: at, payloadLength: length } = view;
      const text = Buffer.from(bytes.subarray(at, at + length)).toString('hex');
      return `${view.sourcePort} ${view.destinationPort} ${text}`;
    },
  };
}

const WHOLE = `49152 502 ${payload.toString('hex')}`;

describe.each([
  ['IPv4', tcpFrame({ payload })],
  ['IPv6', tcpFrame({ ...SIX, payload })],
])('fragments of %s', (version, frame) => {
  const bytes = frame.subarray(headerLength(frame));
  const three = fragments(frame, piecesAt([3, 6], payloadLength(frame)), 7);

  test('in any order, from any cuts, some of them twice, give the packet once', () => {
    const shuffled = fc
      .array(fc.integer({ min: 1, max: 10 }), { maxLength: 9 })
      .map((cuts) => fragments(frame, piecesAt([4, ...cuts], payloadLength(frame)), 7))
      .chain((all) =>
        fc
          .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.subarray(all))
          .map(([once, again]) => [...once, ...again]),
      );
    fc.assert(
      fc.property(shuffled, (sent) => {
        const { send, finish, assembler, facts } = setUp();
        const got = sent.map((each) => send(each)).filter((each) => each !== undefined);
        expect(got).toEqual([WHOLE]);
        finish();
        expect([assembler.waiting, assembler.memory, facts()]).toEqual([0, 0, []]);
      }),
    );
  });

  test('keep link type, VLANs and MAC addresses of the first', () => {
    const tagged = three.map((each) =>
      Buffer.concat([
        each.subarray(0, 12),
        Buffer.from('88a8006481000007', 'hex'),
        each.subarray(12),
      ]),
    );
    const { send } = setUp();
    expect(tagged.map((each) => send(each))).toEqual([undefined, undefined, WHOLE]);
    const cooked = three.map((each) =>
      Buffer.concat([Buffer.from('000000010006ffffffffffff0000', 'hex'), each.subarray(12)]),
    );
    expect(cooked.map((each) => send(each, { linkType: 113 })).at(-1)).toBe(WHOLE);
  });

  test('of other VLANs, ids and ends are other datagrams', () => {
    const { send, assembler } = setUp();
    const [first = frame, second = frame] = three;
    send(first);
    const other = fragments(frame, piecesAt([3, 6], payloadLength(frame)), 8);
    send(other[1] ?? frame);
    send(
      Buffer.concat([second.subarray(0, 12), Buffer.from('81000064', 'hex'), second.subarray(12)]),
    );
    expect(assembler.waiting).toBe(3);
    expect([send(second), send(three[2] ?? frame)]).toEqual([undefined, WHOLE]);
  });

  test('whose id is used again are a new datagram, also within the time of late copies', () => {
    const { send } = setUp();
    for (const each of three) send(each);
    const next = tcpFrame({ ...(version === 'IPv6' ? SIX : {}), sequence: 60, payload });
    const again = fragments(next, piecesAt([3, 6], payloadLength(next)), 7);
    // Of its three parts only the first differs from those of the datagram before.
    expect(again.map((each) => send(each))).toEqual([undefined, undefined, WHOLE]);
  });

  test.for([
    ['just in time', FRAGMENT_TIMEOUT_MICROS - 1000, WHOLE, 0],
    ['too late', FRAGMENT_TIMEOUT_MICROS + 1, undefined, 2],
  ] as const)('of which the last comes %s', ([, after, expected, incomplete]) => {
    const { send, wait, counters, facts, faults } = setUp();
    const [first = frame, second = frame, third = frame] = three;
    send(first);
    send(second);
    wait(after);
    expect(send(third)).toBe(expected);
    expect(counters.incomplete).toBe(incomplete);
    expect(facts()).toEqual(incomplete === 0 ? [] : ['stream.fragments-incomplete']);
    if (incomplete > 0) {
      expect(faults[0]).toMatchObject({ client: { port: 49152 }, server: { port: 502 }, frame: 2 });
    }
  });

  test.for([
    ['without bytes', { start: 8, bytes: Buffer.alloc(0), more: true }],
    ['of an odd length', { start: 8, bytes: Buffer.alloc(9), more: true }],
    ['beyond the longest datagram', { start: 65_528, bytes: Buffer.alloc(8), more: false }],
    ['beyond the last one', { start: 80, bytes: Buffer.alloc(8), more: true }],
    ['that ends elsewhere than the last one', { start: 72, bytes: Buffer.alloc(7), more: false }],
  ] as const)('%s are malformed, and change nothing', ([, wrong]) => {
    const { send, counters } = setUp();
    const [first = frame, second = frame, third = frame] = three;
    send(third);
    expect(send(fragment(frame, { ...wrong, id: 7 }))).toBe(undefined);
    expect(counters.malformed).toBe(1);
    send(first);
    expect(send(second)).toBe(WHOLE);
  });

  test('that the capture cut are not put together', () => {
    const { send, counters } = setUp();
    const [first = frame, ...rest] = three;
    send(first, { captured: first.length - 1 });
    expect(rest.map((each) => send(each))).toEqual([undefined, undefined]);
    expect(counters.cut).toBe(1);
  });

  test('of UDP are counted and take no room', () => {
    const udp = ipFrame(
      ...(version === 'IPv4'
        ? (['192.0.2.7', '192.0.2.10'] as const)
        : ([SIX.from, SIX.to] as const)),
      17,
      Buffer.alloc(64),
    );
    const { send, counters, assembler } = setUp();
    for (const each of fragments(udp, piecesAt([4], 64), 1)) send(each);
    expect([counters.unwanted, assembler.waiting]).toEqual([2, 0]);
  });

  test('that overlap: IPv4 reads the first bytes and says so, IPv6 throws all away, also what follows', () => {
    const { send, counters, facts, finish } = setUp();
    const evil = fragment(frame, { start: 16, bytes: Buffer.alloc(16, 0xee), more: true, id: 7 });
    const [first = frame, second = frame, third = frame] = three;
    const got = [first, evil, second, third].map((each) => send(each));
    finish();
    if (version === 'IPv4') {
      expect(got.slice(0, 3)).toEqual([undefined, undefined, undefined]);
      const text = `${bytes.subarray(20, 24).toString('hex')}${'ee'.repeat(8)}${bytes.subarray(32).toString('hex')}`;
      expect(got[3]).toBe(`49152 502 ${text}`);
      // 8 bytes of the first fragment and 8 of the second.
      expect(counters.conflictingBytes).toBe(16);
      expect(facts()).toEqual(['stream.fragment-conflict']);
    } else {
      expect(got).toEqual([undefined, undefined, undefined, undefined]);
      expect(counters.overlapping).toBe(4);
      expect(facts()).toEqual(['stream.fragments-overlapping']);
    }
  });
});

describe('limits', () => {
  const frame = tcpFrame({ payload });
  const first = (id: number, from = '192.0.2.7') =>
    fragments(tcpFrame({ from, payload }), piecesAt([3], payloadLength(frame)), id)[0] ?? frame;

  test('more datagrams than fit: the oldest go, counted and said once', () => {
    const { send, wait, assembler, counters, facts, faults } = setUp();
    for (let id = 0; id < MAX_DATAGRAMS; id++) send(first(id));
    expect([assembler.waiting, counters.evicted]).toEqual([MAX_DATAGRAMS, 0]);
    for (let id = 0; id < 5; id++) send(first(id, '192.0.2.8'));
    expect([assembler.waiting, counters.evicted]).toEqual([MAX_DATAGRAMS, 5]);
    wait(1000);
    expect(facts()).toEqual(['stream.fragments-evicted']);
    expect(faults[0]?.facts[0]?.text).toBe(
      '5 IP fragments are lost: more waited than there is room for',
    );
  });

  test('more memory than there is: the same', () => {
    const { send, assembler, counters } = setUp();
    for (let id = 0; id < 200; id++) {
      send(fragment(frame, { start: 65_000, bytes: Buffer.alloc(8), more: true, id }));
      expect(assembler.memory).toBeLessThanOrEqual(MAX_FRAGMENT_BYTES);
    }
    expect(counters.evicted).toBeGreaterThan(100);
  });

  test('the longest datagram, in as many fragments as there may be, and one more', () => {
    const long = tcpFrame({ payload: Buffer.alloc(65_495, 0xab) });
    const cuts = Array.from({ length: MAX_FRAGMENTS - 1 }, (_, i) => (i + 1) * 5);
    const all = fragments(long, piecesAt(cuts, payloadLength(long)), 1);
    expect(all).toHaveLength(MAX_FRAGMENTS);
    const { send } = setUp();
    expect(all.map((each) => send(each)).at(-1)).toHaveLength('49152 502 '.length + 2 * 65_495);
    const more = fragments(long, piecesAt([1, ...cuts], payloadLength(long)), 2);
    const over = setUp();
    expect(more.map((each) => over.send(each)).at(-1)).toBe(undefined);
    expect(over.counters.malformed).toBe(1);
  });

  test('whatever the fragments, nothing throws, and memory is given back', () => {
    const piece = fc.record({
      start: fc.nat(20).map((unit) => unit * 8),
      length: fc.nat(70),
      fill: fc.nat(255),
      more: fc.boolean(),
      id: fc.nat(2),
      six: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60, size: 'max' }), (pieces) => {
        const { assembler, finish, counters } = setUp();
        const view = createPacketView();
        for (const [i, { start, length, fill, six, ...rest }] of pieces.entries()) {
          const base = six ? tcpFrame({ ...SIX }) : tcpFrame({});
          const bytes = Buffer.alloc(length, fill);
          const packet = capturedPacket(fragment(base, { start, bytes, ...rest }), i + 1);
          if (parsePacket(packet, view) !== 'fragment') continue;
          const whole = assembler.add(view, packet);
          if (whole !== undefined) parsePacket(whole, view);
        }
        finish();
        expect([assembler.memory, assembler.waiting]).toEqual([0, 0]);
        expect(Object.values(counters).every((count) => count >= 0)).toBe(true);
      }),
    );
  });
});
