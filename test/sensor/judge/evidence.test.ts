import { describe, expect, test } from 'vitest';
import { readCaptureFile } from '#sensor/capture/file.ts';
import { PacketRing } from '#sensor/capture/ring.ts';
import { evidenceCutter, MAX_CONTEXT_FRAMES } from '#sensor/judge/evidence.ts';
import type { Alert } from '#sensor/model/alert.ts';
import { fragments, payloadLength, piecesAt } from '../../support/fragments.ts';
import { capturedPacket, tcpFrame } from '../../support/packets.ts';

const CAPTURE = 'test/captures/peers/modbus-pymodbusclient-vs-modbusserial.pcap';

/** An alert of which only what the cutter reads matters. */
const alertOf = (frames: readonly number[]): Alert => ({
  '@timestamp': '2026-11-22T13:19:14.705326Z',
  event: { kind: 'alert', category: [], severity: 60, action: 'test' },
  message: 'somebody wrote something',
  rule: { id: 'id', name: 'a rule', level: 'high', version: '1' },
  lockkeeper: {
    alert: {
      id: 'al_1',
      dedup_key: 'key',
      count: 1,
      first_seen: '',
      last_seen: '',
      seen: [],
      status: 'new',
    },
    attack_version: 'v19',
    advice: { why: '', steps: [] },
    frames,
    facts: [],
    severity: [],
  },
});

/** Cuts for `frames` after the whole capture went through a ring of `bytes`. */
function cut(frames: readonly number[], bytes = 1_000_000) {
  const ring = new PacketRing(bytes);
  readCaptureFile(CAPTURE, (packet) => ring.add(packet));
  const saved = new Map<string, Buffer>();
  const evidence = evidenceCutter({
    ring,
    save: (name, pcapng) => {
      saved.set(name, pcapng);
      return `kept/${name}`;
    },
  })(alertOf(frames));
  return { evidence, saved };
}

/** Frame lengths in an evidence file: enhanced packet blocks only. */
function packetsIn(pcapng: Buffer): number {
  let count = 0;
  for (let at = 0; at < pcapng.length; at += pcapng.readUInt32LE(at + 4)) {
    if (pcapng.readUInt32LE(at) === 6) count++;
  }
  return count;
}

/** Numbers of the frames that its comments call evidence. */
const evidenceFrames = (pcapng: Buffer): number[] =>
  [...pcapng.toString('latin1').matchAll(/frame (\d+): evidence/g)].map(([, n]) => Number(n));

describe('evidenceCutter', () => {
  test('keeps the frames under the id of the alert, and says where', () => {
    const { evidence, saved } = cut([8, 9]);
    expect(evidence).toMatchObject({ pcap: 'kept/al_1.pcapng', complete: true });
    expect(saved.get('al_1.pcapng')?.toString('utf8')).toContain(
      'a rule: somebody wrote something',
    );
  });

  test('puts the frames of the same connection before them, not those of others', () => {
    // Frames 1-3 are the handshake of the first of six connections.
    expect(packetsIn(cut([4]).saved.get('al_1.pcapng') ?? Buffer.alloc(0))).toBe(4);
    const late = packetsIn(cut([95]).saved.get('al_1.pcapng') ?? Buffer.alloc(0));
    expect(late).toBeLessThanOrEqual(MAX_CONTEXT_FRAMES);
    expect(late).toBeLessThan(95);
  });

  test('says that it is not complete where a frame was overwritten', () => {
    const { evidence } = cut([2, 97], 2000);
    expect(evidence?.complete).toBe(false);
  });

  test('adds the other fragments of a frame that completed a datagram', () => {
    const write = tcpFrame({ payload: Buffer.alloc(60, 1) });
    const cutUp = fragments(write, piecesAt([3, 6], payloadLength(write)), 7);
    const other = fragments(write, piecesAt([3], payloadLength(write)), 8);
    const carried = [tcpFrame({}), ...cutUp.slice(0, 2), ...other, ...cutUp.slice(2)];
    const ring = new PacketRing(100_000);
    for (const [i, frame] of carried.entries()) ring.add(capturedPacket(frame, i + 1));
    const saved: Buffer[] = [];
    const save = (name: string, pcapng: Buffer) => {
      saved.push(pcapng);
      return name;
    };
    expect(evidenceCutter({ ring, save })(alertOf([6]))?.complete).toBe(true);
    expect(saved.map((pcapng) => evidenceFrames(pcapng))).toEqual([[2, 3, 6]]);
  });

  test('gives none where no frame is kept any more', () => {
    expect(cut([2], 2000)).toMatchObject({ evidence: undefined });
    expect(cut([])).toMatchObject({ evidence: undefined });
  });
});
