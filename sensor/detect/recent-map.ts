/** A map that forgets what was not touched longest, so that an outsider cannot make it grow. */
export class RecentMap<Key, Value> {
  readonly #limit: number;
  readonly #entries = new Map<Key, Value>();

  /** `limit` is the largest number of entries, at least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value of `key`, made by `create` where there is none. `forgot` is called when another had to go. */
  touch(key: Key, create: () => Value, forgot: () => void): Value {
    const value = this.#entries.get(key) ?? create();
    this.#entries.delete(key);
    if (this.#entries.size >= this.#limit) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        forgot();
        break;
      }
    }
    this.#entries.set(key, value);
    return value;
  }
}
