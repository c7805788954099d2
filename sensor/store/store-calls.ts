/** What the sensor asks its store thread, and what that answers. Plain data, copied between the threads. */
import type { Alert } from '#sensor/model/alert.ts';
import type { LinkItem } from '#sensor/model/link.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { OutboxLimits } from './outbox.ts';
import type { PackedBatch } from './packed.ts';
import type { Backlog, StoredEvidence } from './sensor-store.ts';

interface Committed {
  /** Outbox rows given up for space by this commit. */
  readonly givenUp: number;
  readonly backlog: Backlog;
}

/** Each question with the type of its answer; they mean what the methods of `SensorStore` do. */
export interface StoreCalls {
  commit(batch: PackedBatch, now: Micros): Committed;
  next(limit: number, maxBytes: number): readonly LinkItem[];
  settle(accepted: readonly string[]): void;
  nextEvidence(): StoredEvidence | undefined;
  settleEvidence(alertId: string): void;
  alertsSince(since: Micros, limit: number): readonly Alert[];
  close(): void;
}

export type StoreCall = keyof StoreCalls;

export interface Question<C extends StoreCall = StoreCall> {
  /** Rises by one with each question. */
  readonly number: number;
  readonly call: C;
  readonly args: Parameters<StoreCalls[C]>;
}

export type Reply =
  | { readonly kind: 'ready'; readonly backlog: Backlog }
  /** The database cannot be used; the thread ends. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly kind: 'error'; readonly number: number; readonly message: string };

/** What the thread is started with. */
export interface StoreThreadData {
  readonly path: string;
  readonly limits: OutboxLimits | undefined;
  /** One 32-bit number: how many questions were answered. Whoever must wait without turning waits on it. */
  readonly answered: SharedArrayBuffer;
}
