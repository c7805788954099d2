/** What a session's recording tells of one operation. Shown live, listed afterwards, kept as NDJSON. */
import type { OperationKind } from '#sensor/model/operation.ts';

/** A coil or register before or after. `value` is unsigned; coils are 0 or 1. */
export interface RecordedValue {
  readonly address: number;
  readonly value: number;
}

/** A value as the gate last saw it pass, in a read or in the echo of a write. */
export interface SeenValue extends RecordedValue {
  /** ms since it was seen. */
  readonly ageMs: number;
}

/** A read that repeats is told to live screens this often; the recording has each of them. */
export const READS_TOLD_EVERY_MS = 2_000;

export type RecordedOutcome = 'success' | 'exception' | 'no-answer' | 'not-sent';

export interface RecordedOperation {
  readonly session: string;
  /** Position in the recording, from 0. */
  readonly sequence: number;
  /** When it was decided, ISO 8601 with µs. */
  readonly at: string;
  readonly decision: 'allowed' | 'refused';
  /** In words: `wrote 1500 to holding register 100 (40101) of unit 1, was 1200 (3 s ago)`. */
  readonly text: string;
  /** `text` without what `decision` and `old` say; absent where it says nothing of them. */
  readonly deed?: string;
  /** Absent where the function is not understood. */
  readonly kind?: OperationKind;
  readonly functionCode: number;
  /** Rule that decided. */
  readonly rule: string;
  readonly outcome: RecordedOutcome;
  /** Valid iff it writes: what stood there, where that was seen. */
  readonly old?: readonly SeenValue[];
  /** Valid iff it writes. */
  readonly new?: readonly RecordedValue[];
}
