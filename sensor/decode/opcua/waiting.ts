/**
 * Messages of all connections that wait for more chunks, so that what an attacker can make the sensor keep
 * is bounded. Whoever holds most makes room: those who come later must not be the ones to be cut.
 */
import type { Message } from './message.ts';

/** What they may cost together. */
const MAX_WAITING_COST = 67_108_864;

/** Bytes that remain of a message that was let go: type id, request header, and the first nodes. */
const KEPT_BYTES = 1024;

export class WaitingMessages {
  /** What each cost when it was counted last. */
  readonly #costs = new Map<Message, number>();
  #cost = 0;

  /** Counts a message, or what was added to it. */
  add(message: Message): void {
    this.#count(message, message.cost);
    while (this.#cost > MAX_WAITING_COST) this.letGo(this.#largest() ?? message);
  }

  release(message: Message): void {
    this.#count(message, 0);
  }

  /**
   * Cuts a message down to its beginning, which counts no more: there is but one in each direction of a
   * connection, and to cut it again makes no room. False where that was done before.
   */
  letGo(message: Message): boolean {
    if (!this.#costs.has(message)) return false;
    this.#count(message, 0);
    message.trim(KEPT_BYTES);
    return true;
  }

  #count(message: Message, cost: number): void {
    this.#cost += cost - (this.#costs.get(message) ?? 0);
    if (cost === 0) this.#costs.delete(message);
    else this.#costs.set(message, cost);
  }

  #largest(): Message | undefined {
    let largest: Message | undefined;
    for (const message of this.#costs.keys()) {
      if (largest === undefined || message.cost > largest.cost) largest = message;
    }
    return largest;
  }
}
