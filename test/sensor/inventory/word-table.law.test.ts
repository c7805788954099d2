import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WordTable } from '#sensor/inventory/word-table.ts';

const CAPACITY = 16;

const step = fc.record({
  remove: fc.boolean(),
  // Few, so that they meet, and with words that differ in one place alone.
  key: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })),
});

test('finds what was added and not removed, like a Map, however chains run', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), (steps, seed) => {
      const table = new WordTable(2, CAPACITY, seed);
      const model = new Map<string, number>();
      for (const { remove, key } of steps) {
        table.key.set(key);
        const found = table.find();
        expect(found).toBe(model.get(String(key)) ?? -1);
        if (remove && found >= 0) {
          table.remove(found);
          model.delete(String(key));
        } else if (found < 0 && !table.full) {
          const entry = table.add();
          expect([table.word(entry, 0), table.word(entry, 1)]).toEqual(key);
          model.set(String(key), entry);
        }
      }
      expect(table.size).toBe(model.size);
      expect([...table.entries()].sort()).toEqual([...model.values()].sort());
    }),
  );
});
