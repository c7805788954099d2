/**
 * The nouns of vendor access: Request -> Approval -> Grant -> Session, and the Lock that stops them.
 *
 * The four clocks (docs/contracts.md) stand here as separate fields and are never derived from each
 * other silently. Every noun carries a `version` that each change raises by one; the store refuses a
 * write that expects another.
 */
import type { Allowance } from '#policies/plant.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { GrantId, LockId, RequestId, SessionId } from './ids.ts';

export type RequestState = 'pending' | 'approved' | 'denied' | 'withdrawn' | 'expired';

export interface Approval {
  readonly person: string;
  readonly at: Micros;
  readonly verdict: 'approve' | 'deny';
  readonly comment: string;
  /** The request hash that the person saw; an approval of another hash does not count. */
  readonly hash: string;
  /** The policy of that moment, so that people are told why it no longer counts. */
  readonly policyVersion: string;
}

/** What a vendor asks for. Changing any field that `hash` covers voids the approvals given so far. */
export interface AccessRequest {
  readonly id: RequestId;
  readonly version: number;
  readonly state: RequestState;
  readonly requester: string;
  readonly vendor: string;
  /** Access entry of the plant policy under which it is asked. */
  readonly entry: string;
  readonly asset: string;
  readonly operations: readonly Allowance[];
  readonly notBefore: Micros;
  /** First instant at which no write passes any more. */
  readonly notAfter: Micros;
  /** First instant at which nothing passes any more; equal to `notAfter` where no grace was asked. */
  readonly graceUntil: Micros;
  readonly idleTimeout: number;
  /** First instant at which a pending request can no longer be approved. */
  readonly requestExpiresAt: Micros;
  readonly purpose: string;
  readonly ticket?: string;
  readonly submittedAt: Micros;
  readonly policyVersion: string;
  /** sha-256 over the canonical JSON of what is asked, the clocks and the policy version; hex. */
  readonly hash: string;
  readonly approvals: readonly Approval[];
  /** Valid iff an approver narrowed it: the hash as first submitted. */
  readonly narrowedFrom?: string;
  /** Valid iff narrowed: what was asked at first, so that everybody sees what was taken away. */
  readonly asked?: { readonly operations: readonly Allowance[]; readonly notAfter: Micros };
}

export type GrantState = 'scheduled' | 'active' | 'expired' | 'revoked';

export interface Grant {
  readonly id: GrantId;
  readonly version: number;
  readonly state: GrantState;
  readonly request: RequestId;
  readonly requestHash: string;
  readonly person: string;
  readonly vendor: string;
  readonly entry: string;
  readonly asset: string;
  readonly operations: readonly Allowance[];
  readonly notBefore: Micros;
  readonly notAfter: Micros;
  readonly graceUntil: Micros;
  readonly idleTimeout: number;
  readonly policyVersion: string;
  /** Sessions opened under it, ever. */
  readonly sessions: number;
}

export type SessionState = 'active' | 'grace' | 'ended';

export type EndReason =
  | 'deadline'
  | 'ended-by-vendor'
  | 'ended-by-approver'
  | 'ended-by-operator'
  | 'locked'
  | 'idle'
  | 'policy-changed'
  | 'role-lost'
  | 'grant-revoked'
  | 'recording-failed'
  | 'renewal-failed'
  | 'broker-stopped';

export interface Session {
  readonly id: SessionId;
  readonly version: number;
  readonly state: SessionState;
  readonly grant: GrantId;
  readonly person: string;
  readonly vendor: string;
  readonly asset: string;
  readonly startedAt: Micros;
  readonly endedAt?: Micros;
  readonly endReason?: EndReason;
  /** Who ended it, where a person did. */
  readonly endedBy?: string;
  /** Valid iff a person ended it and said why, in their words. */
  readonly endText?: string;
  /** sha-256 of the certificate that the session is bound to, hex. */
  readonly certificate: string;
  /** First instant at which that certificate no longer counts. */
  readonly certificateUntil: Micros;
  readonly counts: { readonly allowed: number; readonly refused: number; readonly writes: number };
  /** Valid iff ended: sha-256 of the recording's manifest, hex. */
  readonly recording?: string;
  /** Valid iff not all of what passed is recorded: why. Set as soon as that is known. */
  readonly incomplete?: string;
}

/** Blocks sessions and reconnects until somebody lifts it. */
export interface Lock {
  readonly id: LockId;
  readonly version: number;
  readonly target:
    | { readonly kind: 'grant'; readonly grant: GrantId }
    | { readonly kind: 'person'; readonly person: string }
    | { readonly kind: 'vendor'; readonly vendor: string }
    | { readonly kind: 'zone'; readonly zone: string }
    | { readonly kind: 'all' };
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: Micros;
  readonly lifted?: { readonly by: string; readonly at: Micros };
}
