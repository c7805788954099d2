import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCapture } from '../../support/captures.ts';
import { fragments, payloadLength, piecesAt } from '../../support/fragments.ts';
import { ipFrame, pcapFile } from '../../support/packets.ts';
import {
  exchangesOf,
  messagesOf,
  overSix,
  peerFrames,
  saidBy,
  withOtherPort,
} from '../../support/peer-frames.ts';
import { haveTshark, tsharkModbus } from '../../support/tshark.ts';
import { TUNNELS, type Tunnel, vxlanDatagram } from '../../support/tunnels.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-tunnels-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(frames: readonly Buffer[]) {
  const file = join(folder, 'tunnelled.pcap');
  writeFileSync(file, pcapFile(frames));
  return { file, ...readCapture(file) };
}

/** Without frame numbers and times, which are those of the fragments. */
const content = (frames: readonly Buffer[]) =>
  saidBy(read(frames).events).map(({ modbus, outcome, facts, operations, ports }) => ({
    modbus,
    outcome,
    facts,
    operations,
    ports,
  }));

const tshark = haveTshark();
const plain = peerFrames();
const isOverIp = ({ kind }: Tunnel): boolean => kind !== 'mpls' && kind !== 'pppoe';

describe.each([
  ['IPv4', plain],
  ['IPv6', plain.map(overSix)],
] as const)('a conversation over %s inside', (_, frames) => {
  let base: ReturnType<typeof saidBy> = [];

  beforeAll(() => {
    base = saidBy(read(frames).events);
    expect(base.length).toBeGreaterThan(20);
  });

  test.for(TUNNELS)('$name gives the same exchanges, and the tunnel is counted', (tunnel) => {
    const { events, counters } = read(frames.map(tunnel.wrap));
    expect(saidBy(events)).toEqual(base);
    expect(counters.wire.kinds).toMatchObject({ tcp: frames.length, unread: 0, 'ip-other': 0 });
    expect(Object.fromEntries(counters.wire.tunnels)).toMatchObject({
      [tunnel.kind]: frames.length,
    });
  });

  test.for(TUNNELS)('$name tells the MAC addresses that it carries', (tunnel) => {
    const [first] = exchangesOf(read(frames.map(tunnel.wrap)).events);
    // The outer frame of what stands below IP is still that of who talks.
    const known = isOverIp(tunnel) ? tunnel.macs : true;
    expect([first?.client.mac !== undefined, first?.server.mac !== undefined]).toEqual([
      known,
      known,
    ]);
  });

  test.for(TUNNELS.filter(isOverIp))('$name within each other kind', (outer) => {
    // What carries IP alone carries nothing below it.
    for (const inner of TUNNELS.filter((kind) => outer.macs || isOverIp(kind))) {
      expect(content(frames.map((frame) => outer.wrap(inner.wrap(frame))))).toEqual(
        content(frames),
      );
    }
  });

  test.for(TUNNELS)('$name with fragments inside, in any order', ({ wrap }) => {
    const cut = frames.flatMap((frame, i) =>
      fragments(frame, piecesAt([2, 4], payloadLength(frame)), i + 1)
        .toReversed()
        .map(wrap),
    );
    expect(content(cut)).toEqual(content(frames));
  });

  test.for(TUNNELS.filter(isOverIp))('$name that is cut into fragments itself', ({ wrap }) => {
    const cut = frames
      .map(wrap)
      .flatMap((frame, i) => fragments(frame, piecesAt([2, 6], payloadLength(frame)), i + 1));
    expect(content(cut)).toEqual(content(frames));
  });

  test('fragments around fragments', () => {
    const [{ wrap } = { wrap: (frame: Buffer) => frame }] = TUNNELS.filter(
      ({ name }) => name === 'VXLAN',
    );
    const cut = frames
      .flatMap((frame, i) => fragments(frame, piecesAt([3], payloadLength(frame)), i + 1))
      .map(wrap)
      .flatMap((frame, i) => fragments(frame, piecesAt([4], payloadLength(frame)), i + 1));
    expect(content(cut)).toEqual(content(frames));
  });

  test.runIf(tshark)('all of them are read by tshark to the same messages', () => {
    const known = TUNNELS.filter(({ name }) => !name.startsWith('VXLAN ') || name.includes('over'));
    const all = known.flatMap(({ wrap }, i) =>
      frames.map((frame) => wrap(withOtherPort(frame, i << 8))),
    );
    const { file, events } = read(all);
    const theirs = tsharkModbus(file);
    expect(theirs.length).toBeGreaterThan(20 * known.length);
    expect(messagesOf(events)).toEqual(theirs);
  });
});

describe('the same addresses and ports in two', () => {
  const inVni = (vni: number) => (frame: Buffer) =>
    ipFrame(
      '198.51.100.1',
      '198.51.100.2',
      17,
      vxlanDatagram(`08000000 ${vni.toString(16).padStart(6, '0')}00`, frame),
    );
  const keyed = (header: string) => (frame: Buffer) =>
    ipFrame('198.51.100.1', '198.51.100.2', 47, Buffer.concat([Buffer.from(header, 'hex'), frame]));
  /** Each network counts its packets for itself: with one id they would be copies of one another. */
  const counted = (frame: Buffer, network: number): Buffer => {
    const copy = Buffer.from(frame);
    copy.writeUInt16BE(copy.readUInt16BE(18) ^ network, 18);
    return copy;
  };
  const mixed = (...wraps: readonly ((frame: Buffer) => Buffer)[]) =>
    plain.flatMap((frame) => wraps.map((wrap, network) => wrap(counted(frame, network))));

  test('VXLAN networks are two conversations', () => {
    expect(exchangesOf(read(mixed(inVni(1), inVni(2))).events)).toHaveLength(
      exchangesOf(read(plain).events).length * 2,
    );
  });

  test('GRE keys are two conversations', () => {
    const two = mixed(keyed('2000655800000001'), keyed('2000655800000002'));
    expect(exchangesOf(read(two).events)).toHaveLength(exchangesOf(read(plain).events).length * 2);
  });

  test('NVGRE flow ids of one network are one conversation, whichever way they go', () => {
    const wraps = [keyed('200065580a012305'), keyed('200065580a0123ff')];
    const alternating = plain.map((frame, i) => wraps[i % 2]?.(frame) ?? frame);
    expect(content(alternating)).toEqual(content(plain));
  });
});
