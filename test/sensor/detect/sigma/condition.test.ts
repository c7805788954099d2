import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Condition,
  compileCondition,
  MAX_CONDITION,
  MAX_NESTING,
  parseCondition,
} from '#sensor/detect/sigma/condition.ts';

const NAMES = ['a', 'b', 'c', 'sel_1', 'sel_2', '_hidden'] as const;
type Name = (typeof NAMES)[number];
type World = ReadonlySet<string>;

const predicates = new Map(
  NAMES.map((name) => [name as string, (world: World) => world.has(name)]),
);

function holds(text: string, world: Iterable<string>): boolean {
  const parsed = parseCondition(text, NAMES);
  if (parsed.kind === 'fault') throw new Error(`${parsed.at}: ${parsed.message}`);
  return compileCondition(parsed.condition, predicates)(new Set(world));
}

describe('a condition', () => {
  const table: [string, Name[], boolean][] = [
    ['a', ['a'], true],
    ['not a', ['a'], false],
    ['not not a', ['a'], true],
    ['a and b', ['a'], false],
    ['a or b', ['b'], true],
    ['a or b and c', ['a'], true],
    ['(a or b) and c', ['a'], false],
    ['not a and b', ['b'], true],
    ['not (a and b)', ['a'], true],
    ['A'.toLowerCase(), [], false],
    ['a AND b', ['a', 'b'], true],
    ['1 of sel_*', ['sel_2'], true],
    ['any of sel_*', ['a'], false],
    ['all of sel_*', ['sel_1'], false],
    ['all of sel_*', ['sel_1', 'sel_2'], true],
    ['1 of them', ['c'], true],
    ['1 of them', ['_hidden'], false],
    ['1 of _*', ['_hidden'], true],
    ['all of a', ['a'], true],
    ['not 1 of sel_* and a', ['a'], true],
    ['all of them', ['a', 'b', 'c', 'sel_1', 'sel_2'], true],
  ];
  test.each(table)('%s with %j is %s', (text, world, expected) => {
    expect(holds(text, world)).toBe(expected);
  });

  test.each([
    ['', 0, /ends where a selection should stand/],
    ['a and', 5, /ends where/],
    ['a b', 2, /`b` is one too many/],
    ['(a', 2, /`\)` is missing/],
    ['a)', 1, /`\)` is one too many/],
    ['d', 0, /no selection `d`/],
    ['a and nope', 6, /no selection `nope`/],
    ['1 of', 4, /needs `them` or a pattern/],
    ['1 of x*', 5, /no selection fits `x\*`/],
    ['2 of them', 0, /no selection `2`/],
    ['a | count() > 5', 2, /old aggregation/],
    ['a'.repeat(MAX_CONDITION + 1), 0, /longer than/],
  ])('`%s` is refused at %i', (text, at, said) => {
    const parsed = parseCondition(text, NAMES);
    expect(parsed).toMatchObject({ kind: 'fault', at });
    expect(parsed.kind === 'fault' && parsed.message).toMatch(said);
  });

  test('parentheses may nest so deep and no deeper', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`;
    expect(parseCondition(nested(MAX_NESTING), NAMES).kind).toBe('ok');
    expect(parseCondition(nested(MAX_NESTING + 1), NAMES).kind).toBe('fault');
  });

  test('no text makes the parser throw', () => {
    const word = fc.constantFrom(
      'a',
      'b',
      'and',
      'or',
      'not',
      '(',
      ')',
      '1',
      'of',
      'them',
      'sel_*',
      '|',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), fc.string(), (words, rest) => {
        parseCondition(words.join(' '), NAMES);
        parseCondition(rest, NAMES);
      }),
    );
  });
});

/** The meaning of a condition, said as plainly as possible, over its own text and not our tree. */
type Term =
  | { readonly is: 'name'; readonly name: Name }
  | { readonly is: 'not'; readonly of: Term }
  | { readonly is: 'and' | 'or'; readonly left: Term; readonly right: Term }
  | { readonly is: 'some' | 'every'; readonly begin: string };

const { term } = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ is: fc.constant('name' as const), name: fc.constantFrom(...NAMES) }),
    fc.record({
      is: fc.constantFrom('some' as const, 'every' as const),
      begin: fc.constantFrom('sel_', ''),
    }),
    fc.record({ is: fc.constant('not' as const), of: tie('term') }),
    fc.record({
      is: fc.constantFrom('and' as const, 'or' as const),
      left: tie('term'),
      right: tie('term'),
    }),
  ),
}));

function print(each: Term): string {
  switch (each.is) {
    case 'name':
      return each.name;
    case 'not':
      return `not (${print(each.of)})`;
    case 'some':
    case 'every':
      return `${each.is === 'some' ? '1' : 'all'} of ${each.begin === '' ? 'them' : `${each.begin}*`}`;
    case 'and':
    case 'or':
      return `(${print(each.left)}) ${each.is} (${print(each.right)})`;
    default:
      return each satisfies never;
  }
}

function means(each: Term, world: World): boolean {
  switch (each.is) {
    case 'name':
      return world.has(each.name);
    case 'not':
      return !means(each.of, world);
    case 'and':
      return means(each.left, world) && means(each.right, world);
    case 'or':
      return means(each.left, world) || means(each.right, world);
    case 'some':
    case 'every': {
      const names = NAMES.filter((name) => !name.startsWith('_') && name.startsWith(each.begin));
      return each.is === 'some'
        ? names.some((name) => world.has(name))
        : names.every((name) => world.has(name));
    }
    default:
      return each satisfies never;
  }
}

test('the compiled condition means what its text says, in every world', () => {
  fc.assert(
    fc.property(term, fc.subarray([...NAMES]), (each, world) => {
      expect(holds(print(each), world)).toBe(means(each, new Set(world)));
    }),
    { numRuns: 500 },
  );
});

test('a chain without parentheses: not binds before and, and before or', () => {
  const parsed = parseCondition('a or not b and c', NAMES);
  const selection = (name: string): Condition => ({ kind: 'selection', name });
  expect(parsed).toMatchObject({
    condition: {
      kind: 'or',
      of: [
        selection('a'),
        { kind: 'and', of: [{ kind: 'not', of: selection('b') }, selection('c')] },
      ],
    },
  });
});
