/** The life of an access request. The same table is a constraint of the store. */
import type { AccessRequest, RequestState } from '#broker/model/access.ts';
import type { Micros } from '#sensor/model/time.ts';

/** From each state, the states that may follow it. An approved request lives on as its grant. */
export const NEXT: Readonly<Record<RequestState, readonly RequestState[]>> = {
  pending: ['approved', 'denied', 'withdrawn', 'expired'],
  approved: [],
  denied: [],
  withdrawn: [],
  expired: [],
};

/** The state that `request` must be in at `now`: a pending one can be decided iff `now < requestExpiresAt`. */
export function stateAt(
  request: Pick<AccessRequest, 'state' | 'requestExpiresAt'>,
  now: Micros,
): RequestState {
  return request.state === 'pending' && now >= request.requestExpiresAt ? 'expired' : request.state;
}

/** What is wrong with one field of what was asked; all of them are reported together. */
export interface FieldFault {
  /** Path as the API names it: `operations.0.addresses`. */
  readonly field: string;
  readonly message: string;
}
