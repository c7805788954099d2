import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEXT as ALERT_NEXT } from '#broker/access/alert.ts';
import * as grant from '#broker/access/grant.ts';
import * as request from '#broker/access/request.ts';
import * as session from '#broker/access/session.ts';
import type { GrantState, SessionState } from '#broker/model/access.ts';
import { micros } from '#sensor/model/time.ts';

/** Begins at 100, writes end at 200, reads end at 250. */
const clocks = {
  notBefore: micros(100),
  notAfter: micros(200),
  graceUntil: micros(250),
};

test.for([
  ['scheduled', 99, 'scheduled'],
  ['scheduled', 100, 'active'],
  ['scheduled', 101, 'active'],
  ['scheduled', 249, 'active'],
  ['scheduled', 250, 'expired'],
  ['active', 249, 'active'],
  ['active', 250, 'expired'],
  ['active', 251, 'expired'],
  ['expired', 150, 'expired'],
  ['revoked', 150, 'revoked'],
  ['revoked', 251, 'revoked'],
] as const)('a %s grant is, at %d, %s', ([state, now, expected]) => {
  expect(grant.stateAt({ ...clocks, state }, micros(now))).toBe(expected);
});

test.for([
  ['active', 99, 'not-yet'],
  ['active', 100, 'yes'],
  ['active', 101, 'yes'],
  ['scheduled', 100, 'yes'],
  ['active', 199, 'yes'],
  ['active', 200, 'over'],
  ['active', 201, 'over'],
  ['revoked', 150, 'over'],
  ['expired', 150, 'over'],
] as const)('a session under a %s grant may be opened at %d: %s', ([state, now, expected]) => {
  expect(grant.mayOpenAt({ ...clocks, state }, micros(now))).toBe(expected);
});

test.for([
  [99, 'early'],
  [100, 'open'],
  [101, 'open'],
  [199, 'open'],
  [200, 'grace'],
  [201, 'grace'],
  [249, 'grace'],
  [250, 'over'],
  [251, 'over'],
] as const)('at %d a session is %s', ([now, expected]) => {
  expect(session.phaseAt(clocks, micros(now))).toBe(expected);
});

test('without a grace reads end with the writes', () => {
  const sharp = { ...clocks, graceUntil: clocks.notAfter };
  expect(session.phaseAt(sharp, micros(199))).toBe('open');
  expect(session.phaseAt(sharp, micros(200))).toBe('over');
});

test.for([
  ['active', 199, 'active'],
  ['active', 200, 'grace'],
  ['active', 201, 'grace'],
  ['grace', 249, 'grace'],
  ['grace', 250, 'ended'],
  ['active', 250, 'ended'],
  ['grace', 150, 'grace'],
  ['ended', 150, 'ended'],
] as const)('a session that was %s is, at %d, %s', ([state, now, expected]) => {
  expect(session.stateAt(state, clocks, micros(now))).toBe(expected);
});

test.for([
  [29, false],
  [30, true],
  [31, true],
] as const)(
  'after %d µs without a PDU a session with a timeout of 30 is idle: %s',
  ([idle, expected]) => {
    expect(session.isIdle(micros(1000), 30, micros(1000 + idle))).toBe(expected);
  },
);

test.for([
  ['pending', 299, 'pending'],
  ['pending', 300, 'expired'],
  ['pending', 301, 'expired'],
  ['approved', 301, 'approved'],
  ['denied', 301, 'denied'],
] as const)('a %s request that waits until 300 is, at %d, %s', ([state, now, expected]) => {
  expect(request.stateAt({ state, requestExpiresAt: micros(300) }, micros(now))).toBe(expected);
});

describe('time only moves along the transition tables', () => {
  const spans = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 1000 }), fc.nat(), fc.nat());
  const clocksOf = ([from, length, grace]: readonly number[]) => ({
    notBefore: micros(from ?? 0),
    notAfter: micros((from ?? 0) + (length ?? 1)),
    graceUntil: micros((from ?? 0) + (length ?? 1) + (grace ?? 0)),
  });

  test('of a grant', () => {
    const states = fc.constantFrom<GrantState>('scheduled', 'active', 'expired', 'revoked');
    fc.assert(
      fc.property(states, spans, (state, span) => {
        const next = grant.stateAt({ ...clocksOf(span), state }, micros(span[3]));
        expect(next === state || grant.NEXT[state].includes(next)).toBe(true);
      }),
    );
  });

  test('of a session, whose state never allows more than its phase', () => {
    const states = fc.constantFrom<SessionState>('active', 'grace', 'ended');
    fc.assert(
      fc.property(states, spans, (state, span) => {
        const now = micros(span[3]);
        const next = session.stateAt(state, clocksOf(span), now);
        expect(next === state || session.NEXT[state].includes(next)).toBe(true);
        if (session.phaseAt(clocksOf(span), now) === 'over') expect(next).toBe('ended');
        if (session.phaseAt(clocksOf(span), now) === 'grace') expect(next).not.toBe('active');
      }),
    );
  });
});

test('every table ends somewhere, and names no state that it does not know', () => {
  const tables: readonly Readonly<Record<string, readonly string[]>>[] = [
    grant.NEXT,
    request.NEXT,
    session.NEXT,
    ALERT_NEXT,
  ];
  for (const table of tables) {
    const states = Object.keys(table);
    const ends = states.filter((state) => table[state]?.length === 0);
    expect(ends.length).toBeGreaterThan(0);
    for (const next of Object.values(table))
      expect(states).toEqual(expect.arrayContaining([...next]));
  }
});
