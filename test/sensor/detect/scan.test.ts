import { describe, expect, test } from 'vitest';
import { start } from '#sensor/detect/detector.ts';
import {
  ADDRESS_SCAN,
  DISTINCT_FUNCTIONS,
  FUNCTION_SCAN,
  MAX_SCAN_PAIRS,
  REFUSED_ADDRESSES,
  REFUSED_FUNCTIONS,
  SCAN_FULL,
  SCAN_WINDOW_MICROS,
  scanDetector,
} from '#sensor/detect/scan.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { exchange, SECOND } from '../../support/exchange.ts';

function factsOf(events: readonly Exchange[]): readonly string[][] {
  const inspect = start(scanDetector());
  return events.map((event) => inspect(event, event.at).map(({ name }) => name));
}

const refused = (code: number, at: number) => exchange({ code, at, exception: 1, kind: 'none' });

describe('a function-code scan', () => {
  test('is three different functions that the device does not have, within a minute', () => {
    const events = [7, 8, 11].map((code, i) => refused(code, i * SECOND));
    expect(factsOf(events)).toEqual([[], [], [FUNCTION_SCAN]]);
    expect(events).toHaveLength(REFUSED_FUNCTIONS);
  });

  test('is not one missing function that is asked for all day', () => {
    const events = Array.from({ length: 200 }, (_, i) => refused(7, i * SECOND));
    expect(factsOf(events).flat()).toEqual([]);
  });

  test.each([
    ['one µs before the window ends', SCAN_WINDOW_MICROS - 1, [FUNCTION_SCAN]],
    ['as the window ends', SCAN_WINDOW_MICROS, []],
    ['one µs after', SCAN_WINDOW_MICROS + 1, []],
  ])('the third comes %s', (_name, at, expected) => {
    const facts = factsOf([refused(7, 0), refused(8, SECOND), refused(11, at)]);
    expect(facts.at(-1)).toEqual(expected);
  });

  test('is more different functions than any HMI uses, even if all of them work', () => {
    const codes = [1, 2, 3, 4, 5, 6, 15, 16, 23];
    expect(codes).toHaveLength(DISTINCT_FUNCTIONS);
    const facts = factsOf(codes.map((code, i) => exchange({ code, at: i * SECOND })));
    expect(facts.flat()).toEqual([FUNCTION_SCAN]);
    expect(facts.at(-1)).toEqual([FUNCTION_SCAN]);
  });

  test('counts each pair of client and server for itself', () => {
    const events = [7, 8, 11].map((code, i) =>
      exchange({ code, exception: 1, from: `10.0.2.${i + 1}`, kind: 'none' }),
    );
    expect(factsOf(events).flat()).toEqual([]);
  });

  test('is not judged by responses alone', () => {
    const events = [7, 8, 11, 12].map((code) => ({
      ...refused(code, 0),
      frames: { request: [], response: [2] },
    }));
    expect(factsOf(events).flat()).toEqual([]);
  });
});

describe('an address scan', () => {
  const missing = (address: number, at: number) => exchange({ address, at, exception: 2 });

  test('is five different addresses that the device does not have', () => {
    const events = Array.from({ length: 6 }, (_, i) => missing(i * 100, i * SECOND));
    const facts = factsOf(events);
    expect(facts.slice(0, REFUSED_ADDRESSES - 1).flat()).toEqual([]);
    expect(facts[REFUSED_ADDRESSES - 1]).toEqual([ADDRESS_SCAN]);
    expect(facts[REFUSED_ADDRESSES]).toEqual([ADDRESS_SCAN]);
  });

  test('is not a wrongly configured poll', () => {
    const events = Array.from({ length: 300 }, (_, i) => missing((i % 4) * 10, i * SECOND));
    expect(factsOf(events).flat()).toEqual([]);
  });
});

test('the memory is bounded, and reaching its limit is a fact', () => {
  const events = Array.from({ length: MAX_SCAN_PAIRS + 1 }, (_, i) =>
    exchange({ from: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }),
  );
  const facts = factsOf(events);
  expect(facts.slice(0, -1).flat()).toEqual([]);
  expect(facts.at(-1)).toEqual([SCAN_FULL]);
});
