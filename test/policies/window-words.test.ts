import { expect, test } from 'vitest';
import type { Window } from '#policies/plant.ts';
import { describeWindows } from '#policies/window-words.ts';

const window = (days: readonly number[], from: number, until: number): Window => ({
  days,
  from: from * 60,
  until: until * 60,
  timeZone: 'Europe/Berlin',
});

test.for<[string, readonly Window[], readonly string[]]>([
  ['none', [], []],
  ['a run of days', [window([1, 2, 3, 4, 5], 6, 18)], ['Mon-Fri 06:00-18:00 Europe/Berlin']],
  ['in whatever order', [window([3, 1, 2], 6, 18)], ['Mon-Wed 06:00-18:00 Europe/Berlin']],
  ['two days', [window([6, 7], 0, 24)], ['Sat, Sun 00:00-24:00 Europe/Berlin']],
  ['days apart', [window([1, 3, 5], 22, 24)], ['Mon, Wed, Fri 22:00-24:00 Europe/Berlin']],
  [
    'two of them',
    [window([1], 6, 7.5), window([2], 6, 7)],
    ['Mon 06:00-07:30 Europe/Berlin', 'Tue 06:00-07:00 Europe/Berlin'],
  ],
  [
    'all days, and not all hours',
    [window([1, 2, 3, 4, 5, 6, 7], 0, 23)],
    ['Mon-Sun 00:00-23:00 Europe/Berlin'],
  ],
  ['all hours of all days', [window([1, 2, 3, 4, 5, 6, 7], 0, 24)], []],
  ['those beside another', [window([1], 6, 7), window([1, 2, 3, 4, 5, 6, 7], 0, 24)], []],
])('the windows of an entry in words: %s', ([, windows, words]) => {
  expect(describeWindows(windows)).toEqual(words);
});
