import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readCapture } from '../../support/captures.ts';
import { fragments, payloadLength, piecesAt } from '../../support/fragments.ts';
import { pcapFile } from '../../support/packets.ts';
import { messagesOf, overSix, peerFrames, saidBy } from '../../support/peer-frames.ts';
import { runs } from '../../support/runs.ts';
import { haveTshark, tsharkModbus } from '../../support/tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-fragments-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(frames: readonly Buffer[]) {
  const file = join(folder, 'cut.pcap');
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

describe.each([
  ['IPv4', peerFrames()],
  ['IPv6', peerFrames().map(overSix)],
] as const)('a conversation over %s whose packets are cut into fragments', (_, frames) => {
  const base = content(frames);

  test('gives the same exchanges, whatever the cuts and their order', () => {
    expect(base.length).toBeGreaterThan(20);
    const packet = fc.record({
      cuts: fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 6 }),
      order: fc.array(fc.nat(), { minLength: 7, maxLength: 7 }),
    });
    const plan = fc.array(packet, { minLength: frames.length, maxLength: frames.length });
    fc.assert(
      fc.property(plan, (packets) => {
        const sent = frames.flatMap((frame, i) => {
          const { cuts, order } = packets[i] ?? { cuts: [], order: [] };
          const pieces = piecesAt(cuts, payloadLength(frame));
          // A packet that is not cut has no fragment header either.
          if (pieces.length === 1) return [frame];
          return fragments(frame, pieces, i)
            .map((piece, n) => ({ piece, key: order[n] ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ piece }) => piece);
        });
        expect(content(sent)).toEqual(base);
      }),
      { numRuns: runs(20) },
    );
  });

  test('names the frame that completed each message, and counts what it put together', () => {
    const cut = frames.flatMap((frame, i) =>
      fragments(frame, piecesAt([3, 4], payloadLength(frame)), i),
    );
    const { events, counters } = read(cut);
    const whole = frames.filter((frame) => payloadLength(frame) > 24).length;
    expect(counters.fragments).toMatchObject({ datagrams: whole, incomplete: 0, malformed: 0 });
    expect(counters.wire.kinds).toMatchObject({ tcp: frames.length, unread: 0 });
    expect(messagesOf(events)).toHaveLength(messagesOf(read(frames).events).length);
  });

  test.runIf(tshark)('is read by tshark to the same messages', () => {
    const cut = frames.flatMap((frame, i) =>
      fragments(frame, piecesAt([2, 4], payloadLength(frame)), i + 1).toReversed(),
    );
    const { file, events } = read(cut);
    const theirs = tsharkModbus(file);
    expect(theirs.length).toBeGreaterThan(20);
    expect(messagesOf(events)).toEqual(theirs);
  });
});
