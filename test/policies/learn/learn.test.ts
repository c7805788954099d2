import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { widest } from '#policies/learn/ranges.ts';
import { lint } from '#policies/lint.ts';
import { micros } from '#sensor/model/time.ts';
import { captureFiles, haveSharedCaptures, SHARED_CAPTURES } from '../../support/captures.ts';
import { plantOf } from '../../support/plant.ts';
import { policy } from '../run-main.ts';

const SHIPPED = fileURLToPath(new URL('../../../deploy/demo/plant.pcap', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../../policies/example-plant.yaml', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lk-learn-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Simulated {
  readonly operations: number;
  readonly outcomes: readonly { readonly verdict: string; readonly example: string }[];
  readonly unused: readonly unknown[];
}

/** Learns from a capture, and asks the learned policy about the same. */
async function learned(
  capture: string,
): Promise<{ readonly text: string; readonly said: Simulated }> {
  const { out: text, code } = await policy('learn', '--from', capture);
  expect(code).toBe(0);
  const file = join(folder, 'learned.yaml');
  writeFileSync(file, text);
  const { out } = await policy('simulate', file, '--from', capture, '--json');
  return { text, said: JSON.parse(out) as Simulated };
}

test('what is learned from a capture explains all of it, and has no line that explains nothing', async () => {
  const { text, said } = await learned(SHIPPED);
  expect(said.operations).toBeGreaterThan(600);
  expect(said.outcomes.filter(({ verdict }) => verdict !== 'allowed')).toEqual([]);
  expect(said.unused).toEqual([]);
  expect(lint(plantOf(text)).filter(({ severity }) => severity === 'error')).toEqual([]);
  // Two reads of it were 0-9 and 100-101; nothing in between was ever asked.
  expect(text).toContain('{ fc: [3], units: [1], range: [0-9, 100-101] }');
  expect(text).toMatch(/# seen 140 times, 2026-11-28T20:08:12Z to 2026-11-28T20:09:22Z\n/);
});

test('beside a policy only what it does not explain is proposed, by its names', async () => {
  const { out } = await policy('learn', '--from', SHIPPED, '--base', EXAMPLE);
  expect(out).not.toContain('version:');
  expect(out).not.toContain('hmi-1');
  expect(out).toMatch(/from: host-127-20-66-66\n {4}to: plc-12\n/);
  expect(out).toMatch(/from: host-127-20-66-66\n {4}to: boiler-1\n/);
});

describe.runIf(haveSharedCaptures())('of public captures', () => {
  test.each([
    'cisagov+icsnpp-modbus',
    'cisagov+icsnpp-opcua-binary',
    '_peers',
    'digitalbond+Quickdraw-Snort',
  ])('%s', async (name) => {
    for (const capture of captureFiles(join(SHARED_CAPTURES, name))) {
      const { text, said } = await learned(capture);
      // What no line can say stands in the file, in words.
      const denied = said.outcomes.filter(({ verdict }) => verdict === 'denied');
      if (!text.includes('# not said here')) expect([capture, denied]).toEqual([capture, []]);
    }
  });
});

test('ranges are as few as say the same, and none is wider than what one request asked for', () => {
  const seen = (first: number, last: number, count = 1) => ({
    first,
    last,
    count,
    firstAt: micros(first),
    lastAt: micros(last),
  });
  expect(
    widest([seen(10, 19), seen(0, 9), seen(2, 5, 7), seen(5, 14), seen(0, 3)]).map(
      ({ first, last, count }) => [first, last, count],
    ),
  ).toEqual([
    [0, 9, 9],
    [5, 14, 1],
    [10, 19, 1],
  ]);
});

test.each([
  [['learn'], 'needs a recording'],
  [['learn', '--from', '/nowhere.pcap'], 'cannot be read'],
])('%j is refused in words', async (args, words) => {
  const { code, err } = await policy(...args);
  expect([code, err.includes(words)]).toEqual([2, true]);
});
