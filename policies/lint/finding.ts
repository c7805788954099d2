import type { Plant, SourceRef } from '../plant.ts';

/** What is wrong or doubtful in a policy that can be loaded. */
export interface Finding {
  /** An `error` keeps the policy from being applied. */
  readonly severity: 'error' | 'warning';
  /** Stable name of the check. */
  readonly check: string;
  readonly message: string;
  /** Absent = the policy as a whole. */
  readonly at?: SourceRef;
}

export type Check = (plant: Plant) => readonly Finding[];

export const error = (check: string, at: SourceRef, message: string): Finding => ({
  severity: 'error',
  check,
  at,
  message,
});

export const warning = (check: string, at: SourceRef, message: string): Finding => ({
  severity: 'warning',
  check,
  at,
  message,
});
