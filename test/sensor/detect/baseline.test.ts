import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BASELINE_FULL,
  type BaselineOptions,
  baselineDetector,
  LEARNED_WRITER,
  NEW_WRITER,
} from '#sensor/detect/baseline.ts';
import { start } from '#sensor/detect/detector.ts';
import { LearnedWriters, MAX_LEARNED, readLearnedWriters } from '#sensor/detect/learned-writers.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { exchange, SECOND, T0, write } from '../../support/exchange.ts';

const HMI = '10.0.2.10';
const ROGUE = '192.0.2.7';
const LEARN_UNTIL = T0 + 3600 * SECOND;

const PLANT: BaselineOptions['plant'] = {
  mayWrite: () => false,
  writersOf: () => [],
  asset: (ip) =>
    ip === HMI
      ? { id: 'hmi-1', zone: 'control-room', criticality: 'low', safety: false, purdue: 2 }
      : undefined,
};

function detector(options: Partial<BaselineOptions> = {}) {
  const learned = options.learned ?? new LearnedWriters();
  const inspect = start(
    baselineDetector({
      plant: PLANT,
      learned,
      phase: (now) => (now < LEARN_UNTIL ? 'learn' : 'judge'),
      ...options,
    }),
  );
  return { learned, see: (event: Exchange) => inspect(event, event.at) };
}

const names = (facts: readonly { readonly name: string }[]) => facts.map(({ name }) => name);
const AFTER = 3600 * SECOND;

describe('a write by a client that never wrote before', () => {
  test('is a fact that names the learned writers', () => {
    const { see } = detector();
    expect(names(see(write({ from: HMI })))).toEqual([LEARNED_WRITER]);
    expect(see(write({ from: HMI, at: AFTER }))).toEqual([]);
    expect(see(write({ from: ROGUE, at: AFTER }))).toEqual([
      { name: NEW_WRITER, text: 'never wrote before (learned writers: hmi-1)' },
    ]);
  });

  test.each([
    ['one µs before learning ends', -1, [LEARNED_WRITER]],
    ['as learning ends', 0, [NEW_WRITER]],
    ['one µs after', 1, [NEW_WRITER]],
  ])('%s', (_name, offset, expected) => {
    expect(names(detector().see(write({ from: ROGUE, at: AFTER + offset })))).toEqual(expected);
  });

  test('stays one: writing once does not make a writer', () => {
    const { see } = detector();
    for (const at of [0, 1, 2]) {
      expect(names(see(write({ from: ROGUE, at: AFTER + at })))).toEqual([NEW_WRITER]);
    }
  });

  test('is none where a conduit lets the client write', () => {
    const { see } = detector({ plant: { ...PLANT, mayWrite: (client) => client === ROGUE } });
    expect(see(write({ from: ROGUE, at: AFTER }))).toEqual([]);
  });

  test('names who may write by policy', () => {
    const { see } = detector({ plant: { ...PLANT, writersOf: () => ['control-room'] } });
    expect(see(write({ from: ROGUE, at: AFTER }))[0]?.text).toBe(
      'never wrote before (no writer was learned; by policy: control-room)',
    );
  });

  test('is judged for each server', () => {
    const { see } = detector();
    see(write({ from: HMI }));
    expect(names(see(write({ from: HMI, to: '10.0.1.13', at: AFTER })))).toEqual([NEW_WRITER]);
    expect(names(see(write({ from: HMI, port: 503, at: AFTER })))).toEqual([NEW_WRITER]);
  });

  test('is no fact of a read, and none where there is nothing to compare with', () => {
    expect(detector().see(exchange({ from: ROGUE, at: AFTER }))).toEqual([]);
    expect(detector({ phase: () => 'off' }).see(write({ from: ROGUE }))).toEqual([]);
  });
});

test('what a device refused teaches nothing', () => {
  const { see, learned } = detector();
  see(write({ from: ROGUE, exception: 2 }));
  expect(learned.size).toBe(0);
});

test('learning is bounded, and reaching the bound is a fact', () => {
  const { see, learned } = detector();
  for (let i = 0; i < MAX_LEARNED; i++) {
    learned.learn(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, { ip: '10.0.0.1', port: 502 }, T0);
  }
  expect(names(see(write({ from: ROGUE })))).toEqual([BASELINE_FULL]);
});

describe('the baseline as text', () => {
  const ip = fc.ipV4();
  const writer = fc.record({ client: ip, server: ip, port: fc.integer({ min: 1, max: 65_535 }) });

  test('gives back what was learned, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(writer, { maxLength: 20 }), (writers) => {
        const learned = new LearnedWriters();
        for (const { client, server, port } of writers)
          learned.learn(client, { ip: server, port }, T0);
        const back = readLearnedWriters(learned.toText());
        if (typeof back === 'string') throw new Error(back);
        expect(back.toText()).toBe(learned.toText());
        expect(writers.every((w) => back.has(w.client, { ip: w.server, port: w.port }))).toBe(true);
      }),
    );
  });

  test.each([
    ['', 'is no JSON'],
    ['{}', 'is no baseline of format 1'],
    ['{"format":2,"writers":[]}', 'is no baseline of format 1'],
    ['{"format":1,"writers":[{}]}', 'writers[0]: is no client, server, port and since'],
    [
      '{"format":1,"writers":[{"client":"x","server":"10.0.0.1","port":1,"since":"x"}]}',
      'writers[0]: is no client, server, port and since',
    ],
    [
      '{"format":1,"writers":[{"client":"10.0.0.2","server":"10.0.0.1","port":1,"since":"x"}]}',
      'writers[0].since: is no time',
    ],
  ])('%s is refused', (text, why) => {
    expect(readLearnedWriters(text)).toBe(why);
  });
});
