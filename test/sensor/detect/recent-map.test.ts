import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecentMap } from '#sensor/detect/recent-map.ts';

/** The same by hand: an array, the key that was touched longest ago first. */
class Plain {
  readonly entries: [number, string][] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  touch(key: number): string | undefined {
    const at = this.entries.findIndex(([each]) => each === key);
    const [entry] = at < 0 ? [] : this.entries.splice(at, 1);
    if (entry !== undefined) this.entries.push(entry);
    return entry?.[1];
  }

  add(key: number, value: string): boolean {
    this.entries.push([key, value]);
    return this.entries.length > this.#limit && this.entries.shift() !== undefined;
  }
}

describe('a map of what was touched last', () => {
  test('forgets what was not touched longest, and says so', () => {
    const map = new RecentMap<string, number>(2);
    expect(map.add('a', 1)).toBe(false);
    expect(map.add('b', 2)).toBe(false);
    expect(map.touch('a')).toBe(1);
    expect(map.add('c', 3)).toBe(true);
    expect([map.touch('a'), map.touch('b'), map.touch('c')]).toEqual([1, undefined, 3]);
    expect(map.size).toBe(2);
  });

  test('does what an array in the order of use does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 60 }),
        (limit, keys) => {
          const [map, plain] = [new RecentMap<number, string>(limit), new Plain(limit)];
          for (const [i, key] of keys.entries()) {
            const found = map.touch(key);
            expect(found).toBe(plain.touch(key));
            if (found === undefined) expect(map.add(key, `${i}`)).toBe(plain.add(key, `${i}`));
            expect(map.size).toBe(plain.entries.length);
          }
        },
      ),
    );
  });
});
