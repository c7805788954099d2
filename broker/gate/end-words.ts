/** Why a session ended, for the vendor; and which ends leave no time. */
import type { EndReason } from '#broker/model/access.ts';

/** Somebody, or the policy, wants it to stop now: nothing lingers. */
export const AT_ONCE: ReadonlySet<EndReason> = new Set<EndReason>([
  'ended-by-approver',
  'ended-by-operator',
  'locked',
  'policy-changed',
  'role-lost',
  'grant-revoked',
]);

const WORDS: Readonly<Record<EndReason, string>> = {
  deadline: 'the time of the grant is over',
  'ended-by-vendor': 'you ended it',
  'ended-by-approver': 'an approver of the plant ended it',
  'ended-by-operator': 'an operator of the plant ended it',
  locked: 'the plant locked this access',
  idle: 'nothing was asked for too long',
  'policy-changed': 'the plant policy no longer allows it',
  'role-lost': 'you are no longer entitled to it',
  'grant-revoked': 'the grant was revoked',
  'recording-failed': 'it could not be recorded any more',
  'renewal-failed': 'its certificate was not renewed',
  'broker-stopped': 'the broker was stopped',
};

export const inWords = (reason: EndReason): string => WORDS[reason];
