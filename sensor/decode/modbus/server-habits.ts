/**
 * Some servers answer with transaction ids of their own, often always 0, and their clients do not mind.
 * That is how the server is, not a fault of each of its answers: once it is known, its answers are joined
 * with its requests by unit, function and order, which is all that its clients can go by too. One answer
 * that keeps its id ends the belief, so that nobody who forges answers can have a sound server taken for
 * such a one for long.
 */
import type { Endpoint } from '#sensor/model/net.ts';

/** Answers in a row with an id that nobody asked with, each while a request that it would fit waited. */
export const BROKEN_IDS = 3;

/** Servers remembered; a plant has some hundreds. The oldest goes first. */
export const MAX_SERVERS = 4096;

export class ServerHabit {
  #broken = 0;
  #last: number | undefined;

  /** Whether its answers are joined by order. */
  get ignoresIds(): boolean {
    return this.#broken >= BROKEN_IDS;
  }

  /** An answer had the id of its request, which proves nothing where the server always says that one. */
  kept(id: number): void {
    if (id !== this.#last) this.#broken = 0;
  }

  /** An answer had an id that nobody asked with; true iff that is now how the server is. */
  broke(id: number): boolean {
    this.#last = id;
    this.#broken++;
    return this.#broken === BROKEN_IDS;
  }
}

/** One for all connections, because many clients open a new connection for each poll. */
export class ServerHabits {
  readonly #habits = new Map<string, ServerHabit>();

  of({ ip, port }: Endpoint): ServerHabit {
    const name = `${ip} ${port}`;
    const known = this.#habits.get(name);
    if (known !== undefined) return known;
    const [oldest] = this.#habits.keys();
    if (this.#habits.size === MAX_SERVERS && oldest !== undefined) this.#habits.delete(oldest);
    const habit = new ServerHabit();
    this.#habits.set(name, habit);
    return habit;
  }
}
