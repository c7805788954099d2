/** What an action answers. It never throws for what an outsider did. */
import type { FieldFault } from '#broker/access/request.ts';

export type RefusalCode =
  /** There is no plant policy, so nothing may be done. */
  | 'no-policy'
  /** There is no such thing, or it is none of the asker's business; both look the same. */
  | 'unknown'
  /** The person may not do this. */
  | 'forbidden'
  /** `fields` says which fields are wrong, all of them. */
  | 'invalid'
  /** A bound of the product is reached: pending requests, locks, comments. */
  | 'too-many'
  /** Nothing can be done in the state it is in. */
  | 'wrong-state'
  /** The time in which it could be done is over. */
  | 'expired'
  | 'not-yet'
  /** The plant policy is another than the one it was decided under. */
  | 'policy-changed'
  /** What was decided about is not what stands there now. */
  | 'request-changed'
  | 'already-decided'
  /** The person, entry or asset is no longer what the grant was given for. */
  | 'not-entitled'
  | 'locked'
  | 'session-limit'
  /** The certificate is not the one that the session is bound to. */
  | 'wrong-certificate';

export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  /** For people. */
  readonly message: string;
  /** Valid iff `invalid`, or `policy-changed` where what was asked no longer fits. */
  readonly fields?: readonly FieldFault[];
}

/** Somebody else was first: load again and decide again. */
export interface Conflict {
  readonly kind: 'conflict';
}

export type Outcome<T> = ({ readonly kind: 'done' } & T) | Refused | Conflict;

export function refused(
  code: RefusalCode,
  message: string,
  fields?: readonly FieldFault[],
): Refused {
  return { kind: 'refused', code, message, ...(fields === undefined ? {} : { fields }) };
}
