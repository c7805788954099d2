/** A map that forgets what was not touched longest, so that an outsider cannot make it grow. */

interface Entry<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  /** Touched just before and just after this one. */
  older: Entry<Key, Value> | undefined;
  newer: Entry<Key, Value> | undefined;
}

/** The order of use is a list of its own: a `Map` whose keys are put behind again and again is made anew all the time. */
export class RecentMap<Key, Value> {
  readonly #limit: number;
  readonly #entries = new Map<Key, Entry<Key, Value>>();
  #oldest: Entry<Key, Value> | undefined;
  #newest: Entry<Key, Value> | undefined;

  /** `limit` is the largest number of entries, at least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value of `key`, which is then the last one touched; undefined where there is none. */
  touch(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry !== this.#newest) {
      this.#unlink(entry);
      this.#append(entry);
    }
    return entry.value;
  }

  /** Adds a key that `touch` did not find. True iff another had to go. */
  add(key: Key, value: Value): boolean {
    const oldest = this.#entries.size >= this.#limit ? this.#oldest : undefined;
    if (oldest !== undefined) {
      this.#unlink(oldest);
      this.#entries.delete(oldest.key);
    }
    const entry: Entry<Key, Value> = { key, value, older: undefined, newer: undefined };
    this.#entries.set(key, entry);
    this.#append(entry);
    return oldest !== undefined;
  }

  #append(entry: Entry<Key, Value>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: Entry<Key, Value>): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}
