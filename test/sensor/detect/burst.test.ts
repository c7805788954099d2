import { describe, expect, test } from 'vitest';
import {
  BURST_FLOOR,
  BURST_FULL,
  BURST_WINDOW_MICROS,
  burstDetector,
  MAX_BURST_PAIRS,
  WRITE_BURST,
} from '#sensor/detect/burst.ts';
import { start } from '#sensor/detect/detector.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { exchange, SECOND, write } from '../../support/exchange.ts';

const MINUTE = 60 * SECOND;

function factsOf(events: readonly Exchange[]): readonly string[] {
  const inspect = start(burstDetector());
  return events.flatMap((event) => inspect(event, event.at).map(({ name }) => name));
}

/** `count` writes, one each `every` µs, from `from` on. */
const writes = (count: number, every: number, from = 0) =>
  Array.from({ length: count }, (_, i) => write({ at: from + i * every }));

describe('a write burst', () => {
  test('is one write more than the floor within the window', () => {
    expect(factsOf(writes(BURST_FLOOR, 1000))).toEqual([]);
    expect(factsOf(writes(BURST_FLOOR + 1, 1000))).toEqual([WRITE_BURST]);
  });

  test.each([
    ['one µs before the window ends', BURST_WINDOW_MICROS - 1, [WRITE_BURST]],
    ['as the window ends', BURST_WINDOW_MICROS, []],
    ['one µs after', BURST_WINDOW_MICROS + 1, []],
  ])('the last write comes %s', (_name, at, expected) => {
    expect(factsOf([...writes(BURST_FLOOR, 1), write({ at })])).toEqual(expected);
  });

  test('is counted write by write', () => {
    expect(factsOf(writes(150, 10_000))).toHaveLength(150 - BURST_FLOOR);
  });

  test('says how it was before', () => {
    const inspect = start(burstDetector());
    const events = [...writes(60, MINUTE), ...writes(30, 1000, 3601 * SECOND)];
    const [first] = events.flatMap((event) => inspect(event, event.at));
    expect(first?.text).toBe('21 writes within 0.0 s, about 1 a minute before');
  });

  test('is none where the pair always writes so fast', () => {
    // 15 a second: a burst at first, the usual rate after some minutes, and then three times as much
    const facts = writes(15 * 3600, 66_000).map((event) => event);
    const inspect = start(burstDetector());
    const times = facts.filter((event) => inspect(event, event.at).length > 0).map(({ at }) => at);
    const last = Math.max(...times) - (facts[0]?.at ?? 0);
    expect(last).toBeLessThan(10 * MINUTE);
    const faster = writes(200, 12_500, 3601 * SECOND);
    expect(faster.flatMap((event) => inspect(event, event.at)).length).toBeGreaterThan(0);
  });

  test('is not made of reads', () => {
    const reads = Array.from({ length: 500 }, (_, i) => exchange({ at: i * 1000 }));
    expect(factsOf(reads)).toEqual([]);
  });

  test('is not an operator who writes a recipe of sixteen registers at once', () => {
    const recipes = Array.from({ length: 20 }, (_, i) => writes(16, 20_000, i * MINUTE)).flat();
    expect(factsOf(recipes)).toEqual([]);
  });
});

test('the memory is bounded, and reaching its limit is a fact', () => {
  const events = Array.from({ length: MAX_BURST_PAIRS + 1 }, (_, i) =>
    write({ from: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }),
  );
  expect(factsOf(events)).toEqual([BURST_FULL]);
});
