import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_RANGES, Ranges } from '#sensor/output/ranges.ts';

const of = (...pairs: readonly (readonly [number, number])[]): string => {
  const ranges = new Ranges();
  for (const [first, last] of pairs) ranges.add(first, last);
  return ranges.list.map(({ first, last }) => `${first}-${last}`).join(' ');
};

describe('Ranges', () => {
  test.for([
    [
      'apart',
      [
        [1, 2],
        [4, 5],
      ],
      '1-2 4-5',
    ],
    [
      'touching',
      [
        [1, 2],
        [3, 5],
      ],
      '1-5',
    ],
    [
      'touching, the other way round',
      [
        [3, 5],
        [1, 2],
      ],
      '1-5',
    ],
    [
      'inside',
      [
        [1, 9],
        [3, 5],
      ],
      '1-9',
    ],
    [
      'around',
      [
        [3, 5],
        [1, 9],
      ],
      '1-9',
    ],
    [
      'overlapping',
      [
        [1, 4],
        [3, 9],
      ],
      '1-9',
    ],
    [
      'joining several',
      [
        [1, 2],
        [4, 5],
        [7, 8],
        [3, 6],
      ],
      '1-8',
    ],
    [
      'at both ends of the table',
      [
        [65_535, 65_535],
        [0, 0],
      ],
      '0-0 65535-65535',
    ],
  ] as const)('%s', ([, pairs, expected]) => {
    expect(of(...pairs)).toBe(expected);
  });

  test('covers what was added, in order and apart, and is bounded', () => {
    const pair = fc.tuple(fc.nat(500), fc.nat(5)).map(([a, n]) => [a, a + n] as const);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 80 }), (pairs) => {
        const ranges = new Ranges();
        for (const [first, last] of pairs) ranges.add(first, last);
        const covers = (n: number) => ranges.list.some((r) => r.first <= n && n <= r.last);
        for (const [first, last] of pairs) {
          for (let n = first; n <= last; n++) expect(covers(n)).toBe(true);
        }
        for (const [i, range] of ranges.list.entries()) {
          const before = ranges.list[i - 1];
          if (before !== undefined) expect(before.last + 1).toBeLessThan(range.first);
        }
        expect(ranges.list.length).toBeLessThanOrEqual(MAX_RANGES);
        if (!ranges.rough) {
          const added = new Set(
            pairs.flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i)),
          );
          const covered = ranges.list.reduce((sum, r) => sum + r.last - r.first + 1, 0);
          expect(covered).toBe(added.size);
        }
      }),
    );
  });

  test('joins the nearest and says so where there are too many', () => {
    const ranges = new Ranges();
    for (let i = 0; i < MAX_RANGES; i++) ranges.add(i * 10, i * 10);
    expect(ranges.rough).toBe(false);
    ranges.add(MAX_RANGES * 10 - 7, MAX_RANGES * 10 - 7);
    expect(ranges.rough).toBe(true);
    expect(ranges.list.at(-1)).toEqual({ first: MAX_RANGES * 10 - 10, last: MAX_RANGES * 10 - 7 });
  });
});
