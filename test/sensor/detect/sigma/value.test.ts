import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesWildcards, parseWildcards, safeRegExp } from '#sensor/detect/sigma/pattern.ts';
import { compileValues, type RuleValue } from '#sensor/detect/sigma/value.ts';

type Found = readonly (string | number)[];

function verdict(modifiers: string[], values: RuleValue[], found: Found): boolean {
  const compiled = compileValues(modifiers, values);
  if ('fault' in compiled) throw new Error(compiled.fault);
  return compiled.test(found);
}

describe('a comparison', () => {
  const table: [string, string[], RuleValue[], Found, boolean][] = [
    ['text, whatever its case', [], ['Write'], ['wRITE'], true],
    ['text is compared whole', [], ['write'], ['write-single'], false],
    ['a star is any text', [], ['write*'], ['write-single'], true],
    ['a question mark is one character', [], ['f?'], ['fc'], true],
    ['a question mark is not nothing', [], ['f?'], ['f'], false],
    ['an escaped star is a star', [], ['a\\*b'], ['axb'], false],
    ['an escaped star matches itself', [], ['a\\*b'], ['a*b'], true],
    ['an escaped backslash', [], ['a\\\\*'], ['a\\bc'], true],
    ['a number', [], [16], [16], true],
    ['a number is no text that begins so', [], [1], [16], false],
    ['any of several values', [], [5, 6], [6], true],
    ['none of several values', [], [5, 6], [7], false],
    ['any of several found', [], ['b'], ['a', 'b'], true],
    ['all: each value is found somewhere', ['all'], ['a', 'b'], ['a', 'b'], true],
    ['all: one is missing', ['all'], ['a', 'b'], ['a', 'c'], false],
    ['contains', ['contains'], ['can'], ['a scan'], true],
    ['contains, all of them', ['contains', 'all'], ['a', 'z'], ['a scan'], false],
    ['startswith', ['startswith'], ['scan.'], ['scan.functions'], true],
    ['startswith is not contains', ['startswith'], ['can'], ['scan'], false],
    ['endswith', ['endswith'], ['functions'], ['scan.functions'], true],
    ['gt at the bound', ['gt'], [100], [100], false],
    ['gt above it', ['gt'], [100], [101], true],
    ['gte at the bound', ['gte'], [100], [100], true],
    ['lt at the bound', ['lt'], [100], [100], false],
    ['lt below it', ['lt'], [100], [99], true],
    ['lte at the bound', ['lte'], [100], [100], true],
    ['lte above it', ['lte'], [100], [101], false],
    ['text is not compared by size', ['gt'], [1], ['2'], false],
    ['re', ['re'], ['^modbus-write'], ['modbus-write-single-coil'], true],
    ['re is not anchored by itself', ['re'], ['write'], ['modbus-write'], true],
    ['re knows case', ['re'], ['Write'], ['write'], false],
    ['cidr inside', ['cidr'], ['10.1.0.0/16'], ['10.1.255.255'], true],
    ['cidr outside', ['cidr'], ['10.1.0.0/16'], ['10.2.0.0'], false],
    ['cidr of the other family', ['cidr'], ['10.1.0.0/16'], ['::1'], false],
    ['cidr of IPv6', ['cidr'], ['2001:db8::/32'], ['2001:db8:1::1'], true],
    ['cidr and no address', ['cidr'], ['0.0.0.0/0'], ['plc'], false],
    ['exists and is there', ['exists'], [true], ['x'], true],
    ['exists and is not there', ['exists'], [true], [], false],
    ['does not exist', ['exists'], [false], [], true],
    ['null: not there', [], [null], [], true],
    ['null: there', [], [null], ['x'], false],
    ['null or a value', [], [null, 1], [1], true],
    ['nothing found matches no value', [], ['*'], [], false],
  ];
  test.each(table)('%s', (_name, modifiers, values, found, expected) => {
    expect(verdict(modifiers, values, found)).toBe(expected);
  });

  test.each([
    [['fuzzy'], ['a'], /modifier `fuzzy` is not known; use one of contains/],
    [['contains', 're'], ['a'], /do not go together/],
    [['gt'], ['100'], /`gt` takes a number/],
    [['exists'], ['yes'], /takes true or false/],
    [['contains'], [null], /does not go with null/],
    [[], [true], /quote it to mean text/],
    [[], [], /no value is named/],
    [['cidr'], ['10.1.0.0'], /is no network like/],
    [['cidr'], ['10.1.0.0/33'], /is no network like/],
    [['re'], ['(a+)+$'], /repeats a group/],
    [[], ['x'.repeat(501)], /longer than 500/],
  ] as [string[], RuleValue[], RegExp][])('%j with %j is refused', (modifiers, values, said) => {
    const compiled = compileValues(modifiers, values);
    expect('fault' in compiled ? compiled.fault : '').toMatch(said);
  });
});

describe('a regular expression that could be slow is refused', () => {
  test.each([
    ['(a+)+$', /repeats a group/],
    ['(a|b)*', /repeats a group/],
    ['(ab){3}', /repeats a group/],
    ['.*.*x', /too many ways/],
    ['a*b*', /too many ways/],
    ['a?a?a?a?a?a?a?a?a?a?a?a', /too many ways/],
    ['(a)\\1', /back-reference/],
    ['(?=a)', /looks around/],
    ['(?<n>a)', /looks around/],
    ['a{1001}', /more than 1000 times/],
    ['[^]*]*', /too many ways/],
    ['(', /no regular expression/],
    ['x'.repeat(501), /longer than 500/],
  ])('%s', (pattern, said) => {
    expect(safeRegExp(pattern)).toMatch(said);
  });

  test.each(['^a.*b$', 'a|b', '(?:ab)?c', '[a-z]+', '\\d{1,3}', 'a\\*b', '[\\]]+'])(
    'but not %s',
    (pattern) => {
      expect(safeRegExp(pattern)).toBeInstanceOf(RegExp);
    },
  );

  test('whatever is accepted answers at once on a hostile text', () => {
    const piece = fc.constantFrom('a', '.', '[ab]', 'a*', '.*', 'a+', 'a?', '(a|b)', 'a{1,9}', '|');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const regExp = safeRegExp(pieces.join(''));
        if (typeof regExp === 'string') return;
        const begin = performance.now();
        regExp.test(`${'a'.repeat(1000)}!`);
        expect(performance.now() - begin).toBeLessThan(500);
      }),
    );
  });
});

test('wildcards agree with the same pattern as a regular expression', () => {
  const char = fc.constantFrom('a', 'b', '*', '?');
  const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((chars) => chars.join(''));
  fc.assert(
    fc.property(fc.array(char, { maxLength: 8 }), text, (chars, subject) => {
      const pattern = chars.join('');
      const source = pattern.replaceAll('*', '.*').replaceAll('?', '.');
      expect(matchesWildcards(parseWildcards(pattern), subject)).toBe(
        new RegExp(`^${source}$`).test(subject),
      );
    }),
    { numRuns: 500 },
  );
});
