/** What every action is given; `broker/main.ts` puts it together. */
import type { EndReason } from '#broker/model/access.ts';
import type { SessionId } from '#broker/model/ids.ts';
import type { Store, Write } from '#broker/store/store.ts';
import type { May } from '#policies/people.ts';
import type { Plant } from '#policies/plant.ts';
import type { Clock } from '#sensor/model/time.ts';
import type { ActiveLocks } from './active-locks.ts';

export interface ActionContext {
  readonly store: Store;
  /** The policy of this moment; undefined = none, and nothing passes. */
  readonly plant: () => Plant | undefined;
  readonly may: May;
  readonly clock: Clock;
  /** Bytes that nobody can guess. */
  readonly random: (bytes: number) => Buffer;
  /** Called for each write after its commit, in order: feeds the live screens. Must not throw. */
  readonly publish: (write: Write) => void;
  /**
   * Called after a session was ended by somebody else than the gate, so that the gate cuts it. `text`: why,
   * in that person's words. Must not throw.
   */
  readonly cut: (session: SessionId, reason: EndReason, text?: string) => void;
  readonly locks: ActiveLocks;
}
