import { describe, expect, test } from 'vitest';
import { inBytes } from '#broker/console/releases/bytes.ts';
import {
  type ReleaseFilter,
  releaseFilter,
  releaseQuery,
} from '#broker/console/releases/filter.ts';
import { readQuery } from '#broker/ui/address-query.ts';

describe('the filter of the list of releases in a URL', () => {
  test.for<[string, Readonly<Record<string, unknown>>, ReleaseFilter]>([
    ['nothing is everything', {}, { text: '' }],
    ['a version is a word', readQuery('?text=2'), { text: '2' }],
    ['what is unreadable is left out', { text: ['a'], verdict: 'maybe' }, { text: '' }],
    ['both', { text: 'press', verdict: 'deny' }, { text: 'press', verdict: 'deny' }],
  ])('%s', ([, search, filter]) => {
    expect(releaseFilter(search)).toEqual(filter);
  });

  test('is asked of the API as it stands', () => {
    expect(releaseQuery({ text: '' })).toBe('');
    expect(releaseQuery({ text: 'a b', verdict: 'hold' }, 'c')).toBe(
      'text=a+b&verdict=hold&cursor=c',
    );
  });
});

test.for<[number, string]>([
  [0, '0 bytes'],
  [1, '1 byte'],
  [2_000, '2,000 bytes'],
  [1024 ** 2 - 1, '1,048,575 bytes'],
  [1024 ** 2, '1.0 MiB (1,048,576 bytes)'],
  [3 * 1024 ** 3, '3.0 GiB (3,221,225,472 bytes)'],
])('%i is %s', ([bytes, words]) => {
  expect(inBytes(bytes)).toBe(words);
});
