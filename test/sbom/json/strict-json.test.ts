import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '#sbom/json/strict-json.ts';

const BOUNDS = { bytes: 1_000_000, depth: 50, values: 10_000 };
const read = (text: string, bounds = BOUNDS) => readJson(Buffer.from(text), bounds);

describe('JSON from outside', () => {
  test('whatever is JSON is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        const value: unknown = JSON.parse(text);
        expect(read(JSON.stringify(value, undefined, indent))).toEqual({ kind: 'json', value });
      }),
    );
  });

  test('what JSON.parse refuses is refused, and nothing throws', () => {
    const pieces = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"',
        '\\',
        '1',
        '-',
        '0',
        '.5',
        'e9',
        'true',
        'nul',
        ' ',
        '\n',
        '\u0001',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const isJson = (() => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        const { kind } = read(text);
        // stricter than JSON.parse in names that are there twice, never laxer
        if (!isJson) expect(kind).toBe('refused');
      }),
    );
  });

  test.each([
    ['a name twice', '{"a":1,\n "a":2}', 'line 2, column 2: a name is there twice in one object'],
    [
      'a name twice, once escaped',
      '{"a":1,"\\u0061":2}',
      'line 1, column 8: a name is there twice in one object',
    ],
    [
      'a name twice, deep inside',
      '[{"x":{"b":1,"b":1}}]',
      'line 1, column 14: a name is there twice in one object',
    ],
    [
      '`__proto__` twice',
      '{"__proto__":1,"__proto__":2}',
      'line 1, column 16: a name is there twice in one object',
    ],
    ['something behind the value', '{} x', 'line 1, column 4: something follows the value'],
    ['a second value', '{}{}', 'line 1, column 3: something follows the value'],
    ['half of a surrogate pair', '["\\ud800"]', 'line 1, column 2: holds half of a surrogate pair'],
    ['a number beyond a double', '[1e999]', 'line 1, column 2: is a number too large to be read'],
    ['a number that begins with zero', '[01]', 'line 1, column 2: is no JSON value'],
    ['a comma at the end', '[1,]', 'line 1, column 4: is no JSON value'],
    ['an object that does not end', '{"a":', 'line 1, column 6: ends in the middle'],
    [
      'a control character',
      '["a\u0000"]',
      'line 1, column 4: a control character stands in a string',
    ],
    ['nothing', '', 'line 1, column 1: ends in the middle'],
  ])('refused with its place: %s', (_, text, why) => {
    expect(read(text)).toEqual({ kind: 'refused', isTooLarge: false, why });
  });

  test('one name in two objects is nothing to complain about', () => {
    expect(read('[{"a":1},{"a":1,"b":{"a":1}}]').kind).toBe('json');
  });

  test('a byte order mark and what is no UTF-8 are refused', () => {
    expect(readJson(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), BOUNDS)).toMatchObject({
      why: 'line 1, column 1: begins with a byte order mark',
    });
    expect(readJson(Buffer.from([0x22, 0xff, 0x22]), BOUNDS)).toMatchObject({
      why: 'is no UTF-8 text',
    });
  });

  test.each([
    [49, 'json'],
    [50, 'json'],
    [51, 'refused'],
    [200_000, 'refused'],
  ])('%i levels deep, with 50 allowed: %s', (depth, kind) => {
    expect(read(`${'['.repeat(depth)}${']'.repeat(depth)}`).kind).toBe(kind);
  });

  test.each([
    [9, 'refused'],
    [10, 'json'],
    [11, 'json'],
  ])('ten bytes, with %i allowed: %s', (bytes, kind) => {
    expect(read('[11111111]', { ...BOUNDS, bytes }).kind).toBe(kind);
  });

  test.each([
    [6, 'refused'],
    [7, 'json'],
    [8, 'json'],
  ])('seven values of all kinds, with %i allowed: %s', (values, kind) => {
    const answer = read('[{"a":"b"},\n[],1,true,null]', { ...BOUNDS, values });
    expect(answer.kind).toBe(kind);
    if (answer.kind === 'refused') {
      const why = 'line 2, column 11: there are more than 6 values';
      expect(answer).toEqual({ kind: 'refused', isTooLarge: true, why });
    }
  });

  test('a place is where an editor shows it, whatever lies before it', () => {
    const text = fc.string({ unit: fc.constantFrom('\n', ' ', '\t', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(text, (before) => {
        const lines = before.split('\n');
        const why = `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}: is no JSON value`;
        expect(read(`${before}x`)).toMatchObject({ why });
      }),
    );
  });
});
