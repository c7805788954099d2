import '../support/property-runs.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIp, showIp } from '#policies/address.ts';
import { type AddressRange, rangesOf } from '#policies/zone-ranges.ts';
import { createLocator, zonesAround } from '#policies/zones.ts';
import { plantOf, SMALL_PLANT } from '../support/plant.ts';

const SMALL = plantOf(SMALL_PLANT);

const words = (ranges: readonly AddressRange[]): readonly string[] =>
  ranges.map(({ first, last }) => `${showIp(first)} - ${showIp(last)}`);

test('a zone is its own prefixes and those of the zones within', () => {
  expect(words(rangesOf(SMALL, 'cell'))).toEqual(['10.0.1.0 - 10.0.1.255']);
  expect(words(rangesOf(SMALL, 'hall'))).toEqual([
    '10.0.0.0 - 10.0.0.255',
    '10.0.1.0 - 10.0.1.255',
    '10.0.2.0 - 10.0.2.255',
    '10.0.3.0 - 10.0.7.255',
  ]);
  expect(rangesOf(SMALL, 'nothing')).toEqual([]);
});

test('no zone is all the rest, to the last address of both families', () => {
  const none = words(rangesOf(SMALL, undefined));
  expect(none[0]).toBe('0.0.0.0 - 9.255.255.255');
  expect(none.at(-2)).toBe('10.0.11.0 - 255.255.255.255');
  expect(none.at(-1)).toBe('0:0:0:0:0:0:0:0 - ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
});

describe('an address is in the ranges of a zone', () => {
  const address = fc.oneof(
    fc.ipV6(),
    fc.ipV4(),
    fc.tuple(fc.nat(12), fc.constantFrom(0, 1, 127, 254, 255)).map(([a, b]) => `10.0.${a}.${b}`),
  );
  test.for([...SMALL.zones.keys(), undefined])('%s iff it is located there', (zone) => {
    const locate = createLocator(SMALL);
    const ranges = rangesOf(SMALL, zone);
    fc.assert(
      fc.property(address, (text) => {
        const ip = parseIp(text);
        if (ip === undefined) return;
        const isIn = ranges.some(
          ({ first, last }) =>
            first.family === ip.family && first.value <= ip.value && ip.value <= last.value,
        );
        const zones = locate(text)?.zones ?? [];
        expect(isIn).toBe(
          zone === undefined
            ? zones.length === 0
            : zones.some((each) => zonesAround(SMALL, each).includes(zone)),
        );
      }),
    );
  });
});
