/** The life of a session, and which of its clocks has run out. The table is a constraint of the store. */
import type { SessionState } from '#broker/model/access.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { GrantClocks } from './grant.ts';

/** From each state, the states that may follow it. */
export const NEXT: Readonly<Record<SessionState, readonly SessionState[]>> = {
  active: ['grace', 'ended'],
  grace: ['ended'],
  ended: [],
};

/**
 * `open`: reads and writes. `grace`: reads only. `over`: nothing. `early`: nothing yet; a session is
 * never opened then, but a clock may be set back under one.
 */
export type Phase = 'early' | 'open' | 'grace' | 'over';

/** What may pass at `now`: a write iff `now < notAfter`, a read iff `now < graceUntil`. */
export function phaseAt(clocks: GrantClocks, now: Micros): Phase {
  if (now >= clocks.graceUntil) return 'over';
  if (now >= clocks.notAfter) return 'grace';
  return now < clocks.notBefore ? 'early' : 'open';
}

/** The state that a session must be in at `now`. */
export function stateAt(state: SessionState, clocks: GrantClocks, now: Micros): SessionState {
  switch (state) {
    case 'ended':
      return 'ended';
    case 'grace':
      return now >= clocks.graceUntil ? 'ended' : 'grace';
    case 'active':
      if (now >= clocks.graceUntil) return 'ended';
      return now >= clocks.notAfter ? 'grace' : 'active';
    default:
      return state satisfies never;
  }
}

/** Whether nothing passed for `idleTimeout` µs since `lastPdu`. */
export function isIdle(lastPdu: Micros, idleTimeout: number, now: Micros): boolean {
  return now - lastPdu >= idleTimeout;
}
