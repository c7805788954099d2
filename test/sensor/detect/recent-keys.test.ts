import { describe, expect, test } from 'vitest';
import { RecentKeys } from '#sensor/detect/recent-keys.ts';
import { micros } from '#sensor/model/time.ts';

describe('different things within a window', () => {
  test('are counted once each, and forgotten one by one', () => {
    const keys = new RecentKeys<number>(100, 10);
    const noted = [
      [1, 0],
      [1, 10],
      [2, 20],
      [1, 60],
      [3, 119],
      [3, 120],
    ].map(([key = 0, at = 0]) => [keys.note(key, micros(at)), keys.size]);
    // 2 is forgotten 100 after it happened, and 1, which happened again, is not.
    expect(noted).toEqual([
      [true, 1],
      [false, 1],
      [true, 2],
      [false, 2],
      [true, 3],
      [false, 2],
    ]);
    expect(keys.note(2, micros(121))).toBe(true);
  });

  test('are told apart no further than the limit', () => {
    const keys = new RecentKeys<string>(100, 2);
    for (const key of ['a', 'b', 'c', 'd']) expect(keys.note(key, micros(1))).toBe(true);
    expect(keys.size).toBe(2);
    expect(keys.note('a', micros(2))).toBe(false);
    expect(keys.note('b', micros(2))).toBe(false);
  });
});
