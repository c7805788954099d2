/**
 * The locks in force, in memory, so that the gate can ask at each PDU. The store stays the truth:
 * this is filled from it at the start and follows each commit. What somebody stops is held here from
 * that instant until the store has it: where the store fails, here alone.
 */
import type { Lock } from '#broker/model/access.ts';
import type { Store, Write } from '#broker/store/store.ts';
import { all } from './pages.ts';

/** A lock that the store does not have yet. It is gone when the process ends. */
export interface HeldLock {
  readonly lock: Lock;
  /** Whether the store now stops by itself what this lock stops. */
  readonly settledBy: (committed: Write) => boolean;
}

export class ActiveLocks {
  #stored: readonly Lock[] = [];
  /** By what they stop, so that trying again and again while the store fails holds one. */
  readonly #held = new Map<string, HeldLock>();
  #active: readonly Lock[] = [];

  static async load(store: Store): Promise<ActiveLocks> {
    const locks = new ActiveLocks();
    locks.#stored = await all(store.locks, { active: true });
    locks.#refresh();
    return locks;
  }

  /** The same array until a lock is placed, lifted, held or settled. */
  list(): readonly Lock[] {
    return this.#active;
  }

  /** Takes in a write as it was committed. */
  follow(write: Write): void {
    const settled = [...this.#held].filter(([, { settledBy }]) => settledBy(write));
    for (const [what] of settled) this.#held.delete(what);
    if (write.noun === 'lock') {
      const others = this.#stored.filter(({ id }) => id !== write.put.id);
      this.#stored = write.put.lifted === undefined ? [...others, write.put] : others;
    }
    if (write.noun === 'lock' || settled.length > 0) this.#refresh();
  }

  /** Stops `what` until a commit settles it. Gives what takes it back, leaving an earlier hold as it was. */
  hold(what: string, held: HeldLock): () => void {
    const before = this.#held.get(what);
    this.#held.set(what, held);
    this.#refresh();
    return () => {
      if (this.#held.get(what) !== held) return;
      if (before === undefined) this.#held.delete(what);
      else this.#held.set(what, before);
      this.#refresh();
    };
  }

  #refresh(): void {
    this.#active = [...this.#stored, ...[...this.#held.values()].map(({ lock }) => lock)];
  }
}
