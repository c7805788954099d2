import '../support/property-runs.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Window } from '#policies/plant.ts';
import { insideWindows } from '#policies/window.ts';
import { type Micros, micros, parseIso } from '#sensor/model/time.ts';

const BERLIN = 'Europe/Berlin';

const time = (iso: string): Micros => {
  const at = parseIso(iso);
  if (at === undefined) throw new Error(`no time: ${iso}`);
  return at;
};

const window = (days: number[], from: number, until: number, timeZone = BERLIN): Window => ({
  days,
  from: from * 60,
  until: until * 60,
  timeZone,
});

const WORK = [window([1, 2, 3, 4, 5], 6, 18)];
const ALL_WEEK = [window([1, 2, 3, 4, 5, 6, 7], 0, 24)];
const SUNDAY_NIGHT = [window([7], 1, 5)];

/** 2026-11-23 is a Monday. Berlin is at +01:00 in winter and +02:00 in summer. */
const CASES: readonly [string, readonly Window[], string, string, boolean][] = [
  ['inside', WORK, '2026-11-23T08:00:00+01:00', '2026-11-23T12:00:00+01:00', true],
  ['the whole of it', WORK, '2026-11-23T06:00:00+01:00', '2026-11-23T18:00:00+01:00', true],
  [
    'a microsecond too early',
    WORK,
    '2026-11-23T05:59:59.999999+01:00',
    '2026-11-23T12:00:00+01:00',
    false,
  ],
  [
    'a microsecond too late',
    WORK,
    '2026-11-23T08:00:00+01:00',
    '2026-11-23T18:00:00.000001+01:00',
    false,
  ],
  [
    'at its end, where nothing is left',
    WORK,
    '2026-11-23T18:00:00+01:00',
    '2026-11-23T18:00:01+01:00',
    false,
  ],
  [
    'over a night between two days',
    WORK,
    '2026-11-23T17:00:00+01:00',
    '2026-11-24T07:00:00+01:00',
    false,
  ],
  ['on a Saturday', WORK, '2026-11-28T08:00:00+01:00', '2026-11-28T09:00:00+01:00', false],
  ['on the same instant in UTC', WORK, '2026-11-23T05:00:00Z', '2026-11-23T17:00:00Z', true],
  ['in summer, an hour earlier in UTC', WORK, '2026-07-06T04:00:00Z', '2026-07-06T16:00:00Z', true],
  [
    'in summer, at the hours of winter',
    WORK,
    '2026-07-06T05:00:00Z',
    '2026-07-06T17:00:00Z',
    false,
  ],
  [
    'over midnights, where every day is open',
    ALL_WEEK,
    '2026-11-23T22:00:00+01:00',
    '2026-11-30T02:00:00+01:00',
    true,
  ],
  [
    'over the last hours of a Sunday',
    ALL_WEEK,
    '2026-11-29T23:00:00+01:00',
    '2026-11-30T01:00:00+01:00',
    true,
  ],
  [
    'over windows that touch',
    [window([1], 6, 12), window([1], 12, 18)],
    '2026-11-23T11:00:00+01:00',
    '2026-11-23T13:00:00+01:00',
    true,
  ],
  [
    'over windows that do not',
    [window([1], 6, 12), window([1], 13, 18)],
    '2026-11-23T11:00:00+01:00',
    '2026-11-23T14:00:00+01:00',
    false,
  ],
  [
    'over windows of two time zones',
    [window([1], 6, 12), window([1], 11, 17, 'UTC')],
    '2026-11-23T11:00:00+01:00',
    '2026-11-23T18:00:00+01:00',
    true,
  ],
  ['an empty span', ALL_WEEK, '2026-11-23T08:00:00Z', '2026-11-23T08:00:00Z', false],
  ['a span that runs backwards', ALL_WEEK, '2026-11-23T08:00:01Z', '2026-11-23T08:00:00Z', false],

  // 2027-03-28: at 02:00 the clock shows 03:00.
  [
    'spring: over the hour that does not occur',
    SUNDAY_NIGHT,
    '2027-03-28T01:00:00+01:00',
    '2027-03-28T05:00:00+02:00',
    true,
  ],
  [
    'spring: an instant past the end',
    SUNDAY_NIGHT,
    '2027-03-28T01:00:00+01:00',
    '2027-03-28T05:00:00.000001+02:00',
    false,
  ],
  [
    'spring: an instant before the begin',
    SUNDAY_NIGHT,
    '2027-03-28T00:59:59.999999+01:00',
    '2027-03-28T04:00:00+02:00',
    false,
  ],
  [
    'spring: a window of only that hour never opens',
    [window([7], 2, 3)],
    '2027-03-28T01:00:00Z',
    '2027-03-28T01:00:01Z',
    false,
  ],
  [
    'spring: a window that ends in that hour ends with it',
    [window([7], 1, 2.5)],
    '2027-03-28T00:30:00Z',
    '2027-03-28T01:00:00Z',
    true,
  ],
  [
    'spring: and is not open after it',
    [window([7], 1, 2.5)],
    '2027-03-28T00:30:00Z',
    '2027-03-28T01:00:00.000001Z',
    false,
  ],
  [
    'spring: a window that begins in that hour begins after it',
    [window([7], 2.5, 5)],
    '2027-03-28T01:00:00Z',
    '2027-03-28T03:00:00Z',
    true,
  ],
  ['spring: over the whole day', ALL_WEEK, '2027-03-27T12:00:00Z', '2027-03-29T12:00:00Z', true],

  // 2026-10-25: at 03:00 the clock shows 02:00 again.
  [
    'autumn: over the hour that occurs twice',
    SUNDAY_NIGHT,
    '2026-10-25T01:00:00+02:00',
    '2026-10-25T05:00:00+01:00',
    true,
  ],
  [
    'autumn: an instant past the end',
    SUNDAY_NIGHT,
    '2026-10-25T01:00:00+02:00',
    '2026-10-25T05:00:00.000001+01:00',
    false,
  ],
  [
    'autumn: a window of only that hour is open twice',
    [window([7], 2, 3)],
    '2026-10-25T00:00:00Z',
    '2026-10-25T02:00:00Z',
    true,
  ],
  [
    'autumn: a window that ends in that hour shuts and opens again',
    [window([7], 1, 2.5)],
    '2026-10-25T00:00:00Z',
    '2026-10-25T01:30:00Z',
    false,
  ],
  [
    'autumn: its second half hour',
    [window([7], 1, 2.5)],
    '2026-10-25T01:00:00Z',
    '2026-10-25T01:30:00Z',
    true,
  ],
  [
    'autumn: a window that begins in that hour',
    [window([7], 2.5, 5)],
    '2026-10-25T00:30:00Z',
    '2026-10-25T01:00:00Z',
    true,
  ],
  ['autumn: over the whole day', ALL_WEEK, '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z', true],
];

test.each(CASES)('%s', (_, windows, from, until, expected) => {
  expect(insideWindows(windows, time(from), time(until))).toBe(expected);
});

test('without windows any time is inside', () => {
  expect(insideWindows([], time('2026-11-23T08:00:00Z'), time('2026-11-23T09:00:00Z'))).toBe(true);
});

test('a span of years inside windows that never shut comes to an end', () => {
  expect(insideWindows(ALL_WEEK, time('2026-01-01T00:00:00Z'), time('2027-01-01T00:00:00Z'))).toBe(
    true,
  );
  expect(insideWindows(ALL_WEEK, time('2026-01-01T00:00:00Z'), time('2226-01-01T00:00:00Z'))).toBe(
    false,
  );
});

describe('a span', () => {
  /** The specification: the wall clock, minute by minute. */
  function reference(windows: readonly Window[], from: number, until: number): boolean {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: BERLIN,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
    for (let at = from; at < until; at += 60_000) {
      const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
      const day = names.indexOf(parts.get('weekday') ?? '') + 1;
      const minutes = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
      const open = windows.some(
        (w) => w.days.includes(day) && w.from <= minutes && minutes < w.until,
      );
      if (!open) return false;
    }
    return true;
  }

  test('is inside iff every minute of it is, around both changes of the clock', () => {
    const quarter = fc.integer({ min: 0, max: 96 }).map((n) => n * 15);
    const windows = fc.array(
      fc
        .record({ days: fc.subarray([1, 6, 7], { minLength: 1 }), a: quarter, b: quarter })
        .filter(({ a, b }) => a !== b)
        .map(({ days, a, b }) => ({
          days,
          from: Math.min(a, b),
          until: Math.max(a, b),
          timeZone: BERLIN,
        })),
      { minLength: 1, maxLength: 5 },
    );
    const begin = fc
      .constantFrom('2026-10-25T00:00:00Z', '2027-03-28T00:00:00Z')
      .map((iso) => Date.parse(iso));
    const offset = fc.integer({ min: -480, max: 480 });
    fc.assert(
      fc.property(
        windows,
        begin,
        offset,
        fc.integer({ min: 1, max: 360 }),
        (random, day, start, length) => {
          const from = day + start * 60_000;
          const until = from + length * 60_000;
          expect(insideWindows(random, micros(from * 1000), micros(until * 1000))).toBe(
            reference(random, from, until),
          );
        },
      ),
    );
  });
});
