import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '#broker/model/canonical.ts';

describe('canonical JSON, RFC 8785', () => {
  test.each<[string, unknown, string]>([
    // RFC 8785 3.2.2, the example, and 3.2.3, its order of properties
    [
      'the example of section 3.2.2',
      {
        numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
        string: '\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\"/',
        literals: [null, true, false],
      },
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ],
    [
      'the order of section 3.2.3: by UTF-16 code units',
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    ],
    ['minus zero as zero', -0, '0'],
    ['an absent property left out', { a: undefined, b: 1 }, '{"b":1}'],
    ['nothing inside nothing', [{}, []], '[{},[]]'],
  ])('writes %s', (_, value, text) => {
    expect(canonical(value)).toBe(text);
  });

  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate as a name', { '\udc00': 1 }],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['undefined in a list', [undefined]],
  ])('refuses %s, which has no canonical text', (_, value) => {
    expect(() => canonical({ value })).toThrow(TypeError);
  });

  test('refuses a cycle', () => {
    const cycle: Record<string, unknown> = {};
    cycle['again'] = cycle;
    expect(() => canonical(cycle)).toThrow('more than 32 levels deep');
  });

  test('says the same value in one way, and that way is JSON of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = canonical(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonical(reversed(JSON.parse(text)))).toBe(text);
      }),
    );
  });
});

/** The same value with the properties put in backwards. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, property]) => [name, reversed(property)]),
  );
}
