/** The life of a time-boxed vendor grant. The same table is a constraint of the store. */
import type { Grant, GrantState } from '#broker/model/access.ts';
import type { Micros } from '#sensor/model/time.ts';

/** From each state, the states that may follow it. */
export const NEXT: Readonly<Record<GrantState, readonly GrantState[]>> = {
  scheduled: ['active', 'expired', 'revoked'],
  active: ['expired', 'revoked'],
  expired: [],
  revoked: [],
};

/** INVARIANT: notBefore < notAfter <= graceUntil. */
export type GrantClocks = Pick<Grant, 'notBefore' | 'notAfter' | 'graceUntil'>;

/**
 * The state that `grant` must be in at `now`. It stays active through its grace, in which reads still
 * pass; whether a session may be *opened* is `mayOpenAt`.
 */
export function stateAt(
  grant: GrantClocks & { readonly state: GrantState },
  now: Micros,
): GrantState {
  switch (grant.state) {
    case 'expired':
    case 'revoked':
      return grant.state;
    case 'active':
      return now >= grant.graceUntil ? 'expired' : 'active';
    case 'scheduled':
      if (now >= grant.graceUntil) return 'expired';
      return now >= grant.notBefore ? 'active' : 'scheduled';
    default:
      return grant.state satisfies never;
  }
}

/**
 * Whether a session may be opened at `now`. The grace is for what is running already, so nothing is
 * opened from `notAfter` on.
 */
export function mayOpenAt(
  grant: GrantClocks & { readonly state: GrantState },
  now: Micros,
): 'yes' | 'not-yet' | 'over' {
  if (grant.state === 'revoked' || grant.state === 'expired' || now >= grant.notAfter) {
    return 'over';
  }
  return now < grant.notBefore ? 'not-yet' : 'yes';
}
