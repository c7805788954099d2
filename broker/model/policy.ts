import type { Micros } from '#sensor/model/time.ts';

/** A plant policy as it was applied: its text stays with every decision that was made under it. */
export interface PolicyRevision {
  /** sha-256 of the text, hex. */
  readonly id: string;
  readonly version: number;
  readonly text: string;
  readonly appliedAt: Micros;
  readonly appliedBy: string;
  readonly active: boolean;
}
