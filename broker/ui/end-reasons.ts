import type { SessionView } from '../api/views.ts';

/** Why a session ended, as a person says it. */
export const END_REASONS: Readonly<Record<NonNullable<SessionView['endReason']>, string>> = {
  deadline: 'its time was over',
  'ended-by-vendor': 'ended by the vendor',
  'ended-by-approver': 'ended by an approver',
  'ended-by-operator': 'ended by an operator',
  locked: 'blocked by a lock',
  idle: 'nothing happened for too long',
  'policy-changed': 'the plant policy changed',
  'role-lost': 'the person lost the role',
  'grant-revoked': 'the grant was revoked',
  'recording-failed': 'it could no longer be recorded',
  'renewal-failed': 'the vendor did not come back in time',
  'broker-stopped': 'the broker stopped',
};
