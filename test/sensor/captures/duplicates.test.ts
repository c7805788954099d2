import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readCapture } from '../../support/captures.ts';
import { fragments, payloadLength, piecesAt } from '../../support/fragments.ts';
import { pcapFile, tcpFrame } from '../../support/packets.ts';
import { exchangesOf, overSix, peerFrames } from '../../support/peer-frames.ts';
import { runs } from '../../support/runs.ts';
import { TUNNELS } from '../../support/tunnels.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-duplicates-'));
afterAll(() => rmSync(folder, { recursive: true }));

const STEP_MICROS = 100;

function read(frames: readonly Buffer[]) {
  const file = join(folder, 'doubled.pcap');
  writeFileSync(file, pcapFile(frames, { stepMicros: STEP_MICROS }));
  const { events, counters } = readCapture(file);
  return {
    counters,
    content: exchangesOf(events).map(({ modbus, outcome, facts, operations, client, server }) => ({
      modbus,
      outcome,
      facts,
      operations,
      ports: [client.port, server.port],
    })),
    faults: events.filter(({ kind }) => kind === 'fault'),
  };
}

/** What a router does to a frame: another tag, other MAC addresses, one hop less, and the sum of the header. */
function routed(frame: Buffer, vlan?: number): Buffer {
  const copy = Buffer.from(frame);
  copy.set(Buffer.from('02005e1000fe02005e1000ff', 'hex'));
  if (copy.readUInt16BE(12) === 0x86dd) copy.writeUInt8(copy.readUInt8(21) - 1, 21);
  else {
    copy.writeUInt8(copy.readUInt8(22) - 1, 22);
    copy.writeUInt16BE(copy.readUInt16BE(24) ^ 0x0100, 24);
  }
  return vlan === undefined ? copy : tagged(copy, vlan);
}

function tagged(frame: Buffer, vlan: number): Buffer {
  const tag = Buffer.alloc(4);
  tag.writeUInt16BE(0x8100);
  tag.writeUInt16BE(vlan, 2);
  return Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
}

const [VXLAN] = TUNNELS.filter(({ name }) => name === 'VXLAN');
const inVxlan = (frame: Buffer): Buffer => VXLAN?.wrap(frame) ?? frame;

/** What a mirror port may give beside the frame itself. */
const COPIES: readonly (readonly [string, (frame: Buffer) => Buffer])[] = [
  ['the same', (frame) => frame],
  ['one hop later', (frame) => routed(frame)],
  ['on another VLAN', (frame) => routed(frame, 20)],
  ['in a tunnel', inVxlan],
];

/** How a mirror port doubles: one kind for all packets. What bears other tags comes right behind, before an answer. */
const anyKind = fc.oneof(
  fc.record({ kind: fc.constantFrom(...COPIES.slice(0, 2)), late: fc.constant(12) }),
  fc.record({ kind: fc.constantFrom(...COPIES.slice(2)), late: fc.constant(0) }),
);

describe.each([
  ['IPv4', peerFrames()],
  ['IPv6', peerFrames().map(overSix)],
] as const)('a conversation over %s of which each packet comes twice', (_, frames) => {
  const base = read(frames);

  test.for(COPIES)('%s: is the same conversation, and the copies are counted', ([, change]) => {
    const doubled = read(frames.flatMap((frame) => [frame, change(frame)]));
    expect(base.content.length).toBeGreaterThan(20);
    expect(doubled.content).toEqual(base.content);
    expect(doubled.faults).toEqual(base.faults);
    expect(doubled.counters.stream).toEqual(base.counters.stream);
    expect(doubled.counters.decode).toEqual(base.counters.decode);
    expect(doubled.counters.wire).toEqual({
      ...base.counters.wire,
      duplicates: frames.length,
    });
  });

  /** Each frame and a copy of it, in that order or the other, the second one some packets later. */
  const interleaved = (
    plan: readonly { readonly swap: boolean; readonly later: number }[],
    late: number,
    change: (frame: Buffer) => Buffer,
  ): Buffer[] =>
    frames
      .flatMap((frame, i) => {
        const { swap = false, later = 0 } = plan[i] ?? {};
        const copy = change(frame);
        const [first, second] = swap ? [copy, frame] : [frame, copy];
        return [
          { at: i, frame: first },
          { at: i + (later % (late + 1)) + 0.5, frame: second },
        ];
      })
      .sort((a, b) => a.at - b.at)
      .map(({ frame }) => frame);

  const anyPlan = fc.array(fc.record({ swap: fc.boolean(), later: fc.nat(12) }), {
    minLength: frames.length,
    maxLength: frames.length,
  });

  test('whichever of the two comes first, and some packets between', () => {
    fc.assert(
      fc.property(anyPlan, anyKind, (plan, { kind: [, change], late }) => {
        const { content, faults, counters } = read(interleaved(plan, late, change));
        expect(content).toEqual(base.content);
        expect(faults).toEqual(base.faults);
        expect(counters.stream).toEqual(base.counters.stream);
        expect(counters.wire.duplicates).toBe(frames.length);
      }),
      { numRuns: runs(20) },
    );
  });

  test('the copies of the first packets are missing, and those after tell that it is one', () => {
    const copied = frames.map((frame) => routed(frame, 20));
    for (const missing of [1, 2, 3, 4]) {
      const sent = frames.flatMap((frame, i) =>
        i < missing ? [frame] : [copied[i] ?? frame, frame],
      );
      const { content, faults } = read(sent);
      expect(faults).toEqual(base.faults);
      expect(content.filter(({ outcome }) => outcome !== 'unknown').length).toBe(
        base.content.filter(({ outcome }) => outcome !== 'unknown').length,
      );
    }
  });

  test('and in fragments, which are the same again', () => {
    const cut = frames.flatMap((frame, i) =>
      fragments(frame, piecesAt([3], payloadLength(frame)), i + 1),
    );
    const doubled = read(cut.flatMap((frame) => [frame, frame]));
    expect(doubled.content).toEqual(base.content);
    expect(doubled.counters.wire.duplicates).toBe(cut.length);
    expect(doubled.counters.fragments).toEqual(read(cut).counters.fragments);
  });

  test('and in fragments of another VLAN, which become one packet more that is a copy', () => {
    const cut = frames.flatMap((frame, i) => {
      const pieces = fragments(frame, piecesAt([3], payloadLength(frame)), i + 1);
      return [...pieces, ...pieces.map((piece) => tagged(piece, 20))];
    });
    expect(read(cut).content).toEqual(base.content);
  });

  test('later than 100 ms they are what they look like: sent again', () => {
    const apart = frames.length * STEP_MICROS > 100_000 ? [] : emptied(2000);
    const doubled = read([...frames, ...apart, ...frames]);
    expect(doubled.counters.wire.duplicates).toBe(0);
  });
});

/** Packets of others. */
const emptied = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) =>
    tcpFrame({ sourcePort: 1, destinationPort: 2, sequence: i }),
  );

describe('what is no copy', () => {
  const handshake = [tcpFrame({ flags: 2, sequence: 99 }), tcpFrame({ sequence: 100 })];
  const ask = Buffer.from('000100000006110300000001', 'hex');
  const forged = Buffer.from('000100000006110300010001', 'hex');

  test('a segment with the header of another and other content is a conflict', () => {
    const { counters, faults } = read([
      ...handshake,
      tcpFrame({ sequence: 100, payload: ask }),
      tcpFrame({ sequence: 100, payload: forged }),
    ]);
    expect(counters.stream.conflictingBytes).toBe(1);
    expect(faults.length).toBeGreaterThan(0);
  });

  test('also while the first one waits for bytes before it', () => {
    const { counters } = read([
      ...handshake,
      tcpFrame({ sequence: 100, payload: ask }),
      tcpFrame({ sequence: 112 + 12, payload: ask }),
      tcpFrame({ sequence: 112 + 12, payload: forged }),
    ]);
    expect(counters.stream.conflictingBytes).toBe(1);
  });
});

/** Without what counts packets, places and costs. */
function said(args: readonly string[]) {
  const at = (name: string): string => join(folder, name);
  const outputs = ['--alerts', at('alerts'), '--assets', at('assets'), '--stats', at('stats')];
  const plant = ['--plant', 'policies/example-plant.yaml'];
  const ran = spawnSync(process.execPath, [
    'main.ts',
    'sensor',
    'read',
    ...args,
    ...plant,
    ...outputs,
  ]);
  expect(ran.status).toBe(0);
  const lines = (name: string) =>
    readFileSync(at(name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const alerts = lines('alerts').map(({ message, rule, lockkeeper }) => ({
    message,
    rule,
    count: (lockkeeper as { alert: { count: number } }).alert.count,
  }));
  const assets = lines('assets').map(({ ip, roles, units, peers }) => ({
    ip,
    roles,
    units,
    peers,
  }));
  const [stats = {}] = lines('stats');
  const { packets, bytes, duplicates, cpu_s, rss_mib, ...counts } = stats;
  return { alerts, assets, counts, packets, duplicates };
}

test('alerts, assets and counts of a capture do not change where a router doubles each packet', () => {
  const frames = peerFrames();
  const [once, twice] = [join(folder, 'once.pcap'), join(folder, 'twice.pcap')];
  writeFileSync(once, pcapFile(frames, { stepMicros: 2 * STEP_MICROS }));
  const doubled = frames.flatMap((frame) => [frame, routed(frame, 20)]);
  writeFileSync(twice, pcapFile(doubled, { stepMicros: STEP_MICROS }));
  const [base, copied] = [said([once]), said([twice])];
  expect(base.alerts.length).toBeGreaterThan(0);
  expect(copied.alerts).toEqual(base.alerts);
  expect(copied.assets).toEqual(base.assets);
  expect(copied.counts).toEqual(base.counts);
  expect([base.duplicates, copied.duplicates]).toEqual([0, frames.length]);
  expect(copied.packets).toBe(frames.length * 2);
});
