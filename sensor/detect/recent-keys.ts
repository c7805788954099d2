/**
 * Different things that happened within a window of time, each with its newest time.
 *
 * Two short arrays, searched from the newest: what happens is nearly always what happened just before.
 */
import type { Micros } from '#sensor/model/time.ts';

const NO_TIMES: Micros[] = [];

export class RecentKeys<Key> {
  readonly #window: number;
  readonly #limit: number;
  /** The one that happened longest ago first. Absent until something happened: there are thousands of these. */
  #keys: Key[] | undefined;
  #times: Micros[] = NO_TIMES;

  /** Keys older than `window` µs are forgotten; no more than `limit` are told apart. */
  constructor(window: number, limit: number) {
    this.#window = window;
    this.#limit = limit;
  }

  get size(): number {
    return this.#times.length;
  }

  /** Remembers that `key` happened; true iff it had not within the window. */
  note(key: Key, now: Micros): boolean {
    const keys = this.#keys;
    if (keys === undefined) {
      this.#keys = [key];
      this.#times = [now];
      return true;
    }
    this.#forget(keys, now);
    let at = keys.length - 1;
    while (at >= 0 && keys[at] !== key) at--;
    if (at >= 0) {
      this.#toEnd(keys, at, now);
      return false;
    }
    if (keys.length < this.#limit) {
      keys.push(key);
      this.#times.push(now);
    }
    return true;
  }

  /** One after the other: cutting it out of both arrays makes two more. */
  #toEnd(keys: Key[], at: number, now: Micros): void {
    const times = this.#times;
    const last = keys.length - 1;
    const key = keys[at] as Key;
    for (let i = at; i < last; i++) {
      keys[i] = keys[i + 1] as Key;
      times[i] = times[i + 1] as Micros;
    }
    keys[last] = key;
    times[last] = now;
  }

  #forget(keys: Key[], now: Micros): void {
    let gone = 0;
    while (gone < this.#times.length && now - (this.#times[gone] as number) >= this.#window) gone++;
    if (gone === 0) return;
    keys.splice(0, gone);
    this.#times.splice(0, gone);
  }
}
