import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReplayOptions, startReplay } from '#sensor/capture/replay.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { pcapFile } from '../../support/packets.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-replay-'));
const three = join(folder, 'three.pcap');
beforeAll(() => {
  const frames = ['aa', 'bb', 'cc'].map((hex) => Buffer.from(hex, 'hex'));
  writeFileSync(three, pcapFile(frames, { stepMicros: 250_000 }));
  writeFileSync(join(folder, 'none.pcap'), pcapFile([]));
  writeFileSync(join(folder, 'text.pcap'), 'this is text');
  writeFileSync(join(folder, 'pause.pcap'), pcapFile(frames, { stepMicros: 86_400_000_000 }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const START = 1_800_000_000_000_000;

/** A machine whose time passes only while somebody waits. */
function machine(change: Partial<ReplayOptions> = {}): { options: ReplayOptions; waits: number[] } {
  let now = START;
  const waits: number[] = [];
  const wait = async (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    waits.push(ms);
    now += ms * 1000;
    await Promise.resolve();
  };
  const clock = (): Micros => micros(now);
  return {
    waits,
    options: { path: three, clock, wait, loop: false, restart: () => undefined, ...change },
  };
}

describe('replay', () => {
  test('delivers at the pace of the capture, at times of now', async () => {
    const { options, waits } = machine();
    const seen: unknown[] = [];
    const replay = startReplay(options, ({ bytes, offset, at, number }) => {
      seen.push([number, at - START, bytes[offset]]);
    });
    expect(await replay.ended).toEqual({ kind: 'finished' });
    expect(seen).toEqual([
      [1, 0, 0xaa],
      [2, 250_000, 0xbb],
      [3, 500_000, 0xcc],
    ]);
    expect(waits).toEqual([250, 250]);
    expect(replay.counters()).toEqual({
      received: 3,
      dropped: 0,
      interfaceDropped: 0,
      delivered: 3,
    });
  });

  test('starts over with rising frame numbers and times, and says so before', async () => {
    const seen: unknown[] = [];
    const { options } = machine({ loop: true, restart: () => seen.push('restart') });
    const replay = startReplay(options, ({ number, at }) => {
      seen.push([number, at - START]);
      if (number === 5) void replay.stop();
    });
    expect(await replay.ended).toEqual({ kind: 'stopped' });
    expect(seen).toEqual([
      [1, 0],
      [2, 250_000],
      [3, 500_000],
      'restart',
      [4, 1_500_000],
      [5, 1_750_000],
    ]);
  });

  test('shortens pauses to an hour', async () => {
    const { options } = machine({ path: join(folder, 'pause.pcap') });
    const at: number[] = [];
    await startReplay(options, (packet) => at.push(packet.at - START)).ended;
    expect(at).toEqual([0, 3_600_000_000, 7_200_000_000]);
  });

  test.for([
    ['missing.pcap', /`.*missing.pcap` cannot be opened/],
    ['none.pcap', /holds no packet/],
    ['text.pcap', /neither pcap nor pcapng/],
  ] as const)('refuses %s', ([name, message]) => {
    const { options } = machine({ path: join(folder, name) });
    expect(() => startReplay(options, () => undefined)).toThrow(
      expect.objectContaining({
        code: 'capture-file',
        message: expect.stringMatching(message) as string,
      }),
    );
  });

  test('fails in words when the file is gone at the next round', async () => {
    const gone = join(folder, 'gone.pcap');
    writeFileSync(gone, pcapFile([Buffer.from('aa', 'hex')]));
    const { options } = machine({ path: gone, loop: true });
    const replay = startReplay(options, () => rmSync(gone, { force: true }));
    expect(await replay.ended).toMatchObject({
      kind: 'failed',
      text: expect.stringContaining('gone.pcap') as string,
    });
  });
});
