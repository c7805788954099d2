/** Ids carry their kind in front, so that a grant's id can never be taken for a session's. */
import type { Brand } from '#sensor/model/brand.ts';

export type RequestId = Brand<string, 'RequestId'>;
export type GrantId = Brand<string, 'GrantId'>;
export type SessionId = Brand<string, 'SessionId'>;
export type SensorId = Brand<string, 'SensorId'>;
export type LockId = Brand<string, 'LockId'>;
export type ReleaseId = Brand<string, 'ReleaseId'>;

const SHAPE = /^[a-z]{2,4}_[0-9A-Za-z-]{8,64}$/;

const checked =
  <Id extends string>(prefix: string) =>
  (text: string): Id | undefined =>
    SHAPE.test(text) && text.startsWith(`${prefix}_`) ? (text as Id) : undefined;

/** Each gives undefined for a text that is no id of its kind. */
export const requestId = checked<RequestId>('req');
export const grantId = checked<GrantId>('gr');
export const sessionId = checked<SessionId>('ses');
export const sensorId = checked<SensorId>('sen');
export const lockId = checked<LockId>('lock');
export const releaseId = checked<ReleaseId>('rel');

/** Makes a new id of a kind. `random` gives at least 12 bytes that nobody can guess. */
export function newId<Id extends string>(
  prefix: 'req' | 'gr' | 'ses' | 'sen' | 'lock' | 'rel',
  random: (bytes: number) => Buffer,
): Id {
  return `${prefix}_${random(12).toString('hex')}` as Id;
}
