/** A map that forgets what was not touched longest, so that an outsider cannot make it grow. */
import { UseOrder } from './use-order.ts';

export class RecentMap<Key, Value> {
  readonly #limit: number;
  readonly #entries = new UseOrder<Key, Value>();

  /** `limit` is the largest number of entries, at least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value of `key`, which is then the last one touched; undefined where there is none. */
  touch(key: Key): Value | undefined {
    return this.#entries.touch(key);
  }

  /** Adds a key that `touch` did not find. True iff another had to go. */
  add(key: Key, value: Value): boolean {
    const { oldest } = this.#entries;
    const isFull = this.#entries.size >= this.#limit && oldest !== undefined;
    if (isFull) this.#entries.delete(oldest.key);
    this.#entries.add(key, value);
    return isFull;
  }
}
