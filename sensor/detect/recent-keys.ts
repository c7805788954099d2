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
    if (this.#keys === undefined) {
      this.#keys = [key];
      this.#times = [now];
      return true;
    }
    this.#forget(this.#keys, now);
    const last = this.#keys.length - 1;
    const at = this.#keys.lastIndexOf(key);
    if (at >= 0 && at === last) {
      this.#times[last] = now;
      return false;
    }
    if (at >= 0) {
      this.#keys.splice(at, 1);
      this.#times.splice(at, 1);
    }
    if (this.#keys.length < this.#limit) {
      this.#keys.push(key);
      this.#times.push(now);
    }
    return at < 0;
  }

  #forget(keys: Key[], now: Micros): void {
    let gone = 0;
    while (gone < this.#times.length && now - (this.#times[gone] as number) >= this.#window) gone++;
    if (gone === 0) return;
    keys.splice(0, gone);
    this.#times.splice(0, gone);
  }
}
