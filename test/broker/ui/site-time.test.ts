import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duration, fromLocalInput, inZone, localInput, span } from '#broker/ui/site-time.ts';

const BERLIN = 'Europe/Berlin';

describe('a span in words', () => {
  test.for([
    [-5, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min 0 s'],
    [3_600_000, '1 h 0 min'],
    [90_000_000, '1 d 1 h'],
  ] as const)('%d ms is %s', ([ms, words]) => {
    expect(span(ms)).toBe(words);
  });
});

test.for([
  [14_400_000, '4 h'],
  [600_000, '10 min'],
  [86_400_000, '1 d'],
  [5_400_000, '1 h 30 min'],
  [0, '0 s'],
] as const)('a duration of %d ms is %s', ([ms, words]) => {
  expect(duration(ms)).toBe(words);
});

describe('times of the site', () => {
  test('an instant is shown in the zone of the site, not of the browser', () => {
    expect(inZone('2026-11-23T13:05:09.000000Z', BERLIN)).toBe('2026-11-23 14:05:09');
  });

  test.for([
    ['in winter', '2026-01-10T12:00', '2026-01-10T11:00:00.000Z'],
    ['in summer', '2026-07-10T12:00', '2026-07-10T10:00:00.000Z'],
    ['the minute before clocks go forward', '2026-03-29T01:59', '2026-03-29T00:59:00.000Z'],
    ['the minute after clocks go forward', '2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
    ['after clocks went back', '2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
  ] as const)('%s', ([, local, utc]) => {
    expect(fromLocalInput(local, BERLIN).toISOString()).toBe(utc);
  });

  test('what an instant shows names that instant again, but for the hour that is repeated', () => {
    const zone = fc.constantFrom(BERLIN, 'America/New_York', 'Asia/Kolkata', 'UTC');
    // Whole minutes of 2026: the field has no seconds.
    const minute = fc.nat(525_599).map((m) => new Date(Date.UTC(2026, 0, 1) + m * 60_000));
    fc.assert(
      fc.property(zone, minute, (timeZone, at) => {
        const again = fromLocalInput(localInput(at, timeZone), timeZone);
        const apart = Math.abs(again.getTime() - at.getTime());
        expect([0, 3_600_000]).toContain(apart);
        expect(localInput(again, timeZone)).toBe(localInput(at, timeZone));
      }),
    );
  });
});
