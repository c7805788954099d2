/** One thing that happened and must never be denied afterwards. It becomes a leaf of the Merkle log. */
import type { Micros } from '#sensor/model/time.ts';

export interface AuditEvent {
  readonly at: Micros;
  /** Person id, `sensor:<id>`, `gate` or `broker`. */
  readonly actor: string;
  /** What was done, as the action is named in the route table: `decide-request`, `end-session`. */
  readonly action: string;
  /** What it was done to: an id. */
  readonly subject: string;
  readonly outcome: 'allowed' | 'denied' | 'failed';
  /** Plain data, canonical JSON; never a secret. */
  readonly detail: Readonly<Record<string, unknown>>;
}
