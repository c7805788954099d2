/**
 * Answers that came before their request: mirror ports swap packets, and where a packet of the client is
 * missing, reassembly holds the next ones back while the server's go on.
 */
import type { Micros } from '#sensor/model/time.ts';
import type { Message } from './exchange.ts';
import type { ModbusFact } from './fault.ts';

/** So long an answer waits for its request. */
export const REQUEST_WITHIN_MICROS = 2_000_000;

/** How much earlier than its request an answer may have been captured. */
const SWAPPED_WITHIN_MICROS = 1_000;

/** Answers that wait for their request; beyond it the oldest is told without. */
const MAX_EARLY_ANSWERS = 64;

export interface EarlyAnswer {
  /** See `exchangeKey`. */
  readonly key: number;
  readonly answer: Message;
  /** Hash of its bytes. */
  readonly content: number;
  /** Its request may be among bytes that were never captured. */
  excused: boolean;
  /** Index of the request that it answers if its id means nothing; -1 where none of its function and unit waited. */
  readonly byOrder: number;
  /** What is strange about it if its request never comes. */
  readonly strange: ModbusFact;
}

/** Bytes of memory that an answer takes beside its own. */
const KEPT_COST = 400;

/** Hardly a connection has any. */
const NONE: readonly EarlyAnswer[] = [];

export class EarlyAnswers {
  #waiting: readonly EarlyAnswer[] = NONE;

  /** About the bytes of memory that they take. */
  get cost(): number {
    // Asked with each message, and hardly ever there is any.
    if (this.#waiting.length === 0) return 0;
    return this.#waiting.reduce((sum, { answer }) => sum + answer.pdu.length + KEPT_COST, 0);
  }

  get none(): boolean {
    return this.#waiting.length === 0;
  }

  add(early: EarlyAnswer): void {
    this.#waiting = [...this.#waiting, early];
  }

  /** The one that answers the request with this key, asked at `at`. */
  take(key: number, at: Micros): EarlyAnswer | undefined {
    const place = this.#waiting.findIndex(
      (early) => early.key === key && early.answer.at >= at - SWAPPED_WITHIN_MICROS,
    );
    const found = this.#waiting[place];
    if (found !== undefined) this.#waiting = this.#waiting.toSpliced(place, 1);
    return found;
  }

  /** The oldest, if it came before `until` or there are too many. */
  takeLate(until: number): EarlyAnswer | undefined {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return undefined;
    const isLate = oldest.answer.at < until || this.#waiting.length > MAX_EARLY_ANSWERS;
    if (!isLate) return undefined;
    this.#waiting = this.#waiting.slice(1);
    return oldest;
  }

  /** The newest with this function and unit. */
  newest(functionAndUnit: number): EarlyAnswer | undefined {
    return this.#waiting.findLast(({ key }) => key >>> 16 === functionAndUnit);
  }

  /** The requests of all of them may have been lost on the way to the sensor. */
  excuseAll(): void {
    for (const early of this.#waiting) early.excused = true;
  }
}
