import { expect, test } from 'vitest';
import { readQuery, writeQuery } from '#broker/ui/address-query.ts';

test.each([
  [
    { status: ['new', 'closed'], severity: 70, text: 'plc 12' },
    '?status=new&status=closed&severity=70&text=plc+12',
  ],
  [{ zone: '' }, '?zone='],
  [{ status: [] }, '?status='],
  [{ zone: undefined }, ''],
  [{}, ''],
])('%j is written %s, which a person can type', (said, written) => {
  expect(writeQuery(said)).toBe(written);
});

test.each([
  ['?status=new&status=closed&text=1500', { status: ['new', 'closed'], text: '1500' }],
  ['status=new,closed', { status: 'new,closed' }],
  ['?text=%5B%22a%22%5D', { text: '["a"]' }],
  ['?__proto__=1&a=%', { ['__proto__']: '1', a: '%' }],
  ['', {}],
])('%s is read as words, and never as JSON', (query, words) => {
  expect(readQuery(query)).toEqual(words);
  expect(({} as Record<string, unknown>)['1']).toBeUndefined();
});
