import '../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, type Prefix } from '#policies/address.ts';
import { PrefixTable } from '#policies/prefix-table.ts';

const bits = { 4: 32, 6: 128 } as const;
const family = fc.constantFrom(4 as const, 6 as const);
// Few bits at the top, so that prefixes lie in each other.
const address = family.chain((of) =>
  fc.bigInt(0n, 15n).map((top) => ({ family: of, value: top << BigInt(bits[of] - 4) })),
);
const prefix = fc
  .tuple(address, fc.integer({ min: 0, max: 6 }))
  .map(([{ family: of, value }, length]): Prefix => {
    const host = BigInt(bits[of] - length);
    return { family: of, network: (value >> host) << host, length };
  });

test('the table finds the longest prefix that holds an address, the first of two that are the same', () => {
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(prefix, { maxLength: 12 }),
      fc.array(address, { maxLength: 8 }),
      (all, asked) => {
        const table = new PrefixTable<number>();
        for (const [index, each] of all.entries()) table.add(each, index);
        for (const ip of asked) {
          const holding = all
            .map((each, index) => ({ each, index }))
            .filter(({ each }) => contains(each, ip))
            .sort((a, b) => b.each.length - a.each.length);
          expect(table.longest(ip)).toBe(holding[0]?.index);
          if (holding.length > 1) found += 1;
        }
      },
    ),
  );
  expect(found).toBeGreaterThan(20);
});
