/**
 * The security tokens of a channel: each message names the one with whose keys it is secured, in the
 * clear. OPC 10000-6, 6.7.1; OPC 10000-4, 5.6.2.
 *
 * An opening gives a new one, which the client uses from its next message on, and the server once the
 * client has; until then the old one holds. Under most policies nobody can read which id an opening gave,
 * so that the next new one is taken for it.
 */
import type { Micros } from '#sensor/model/time.ts';
import type { Side } from '#sensor/stream/consumer.ts';
import { fault, type OpcuaFact } from './fault.ts';

/** What is secured with a token is taken for so much of its lifetime, because clocks differ. OPC 10000-6, 6.7.4. */
const OVERLAP = 1.25;

const MICROS_PER_MS = 1000;

/** A token that was given, as far as that could be read. */
interface Given {
  readonly id: number;
  /** Of the token, ms; 0 where the server says nothing. */
  readonly lifetime: number;
  readonly at: Micros;
}

export class Tokens {
  #current: number | undefined;
  #previous: number | undefined;
  /** When each of the two may not be used any more, µs; infinite where that is not known, or was told. */
  #currentEnds = Number.POSITIVE_INFINITY;
  #previousEnds = Number.POSITIVE_INFINITY;
  /** One was given whose id nobody could read, and has not been used yet. */
  #isAwaited = false;
  /** Sides that have used the current one. */
  readonly #moved: [boolean, boolean] = [false, false];
  /** The last strange one of each side, which is told once. */
  readonly #strange: [number | undefined, number | undefined] = [undefined, undefined];

  /** The server gave a token; undefined where its id could not be read. */
  issue(given: Given | undefined): void {
    if (given === undefined) {
      this.#isAwaited = true;
      return;
    }
    const { id, lifetime, at } = given;
    if (id !== this.#current) this.#renew(id);
    if (lifetime > 0) this.#currentEnds = at + lifetime * OVERLAP * MICROS_PER_MS;
  }

  /** True iff the newest token may not be used any more. Takes an object because a large number would cost one. */
  isOver(moment: { readonly at: Micros }): boolean {
    return moment.at > this.#currentEnds;
  }

  /** A message is secured with token `id`: states once for each token that its time was over. */
  late(id: number, at: Micros): OpcuaFact | undefined {
    const ends =
      id === this.#current
        ? this.#currentEnds
        : id === this.#previous
          ? this.#previousEnds
          : Number.POSITIVE_INFINITY;
    if (at <= ends) return undefined;
    if (id === this.#current) this.#currentEnds = Number.POSITIVE_INFINITY;
    else this.#previousEnds = Number.POSITIVE_INFINITY;
    const late = Math.ceil((at - ends) / 1_000_000);
    return fault(
      'opcua.token',
      `token ${id} is used ${late} s after its lifetime and a quarter of it were over`,
    );
  }

  /** Openings may be among bytes that were never captured. */
  forget(): void {
    this.#current = undefined;
    this.#previous = undefined;
    this.#currentEnds = Number.POSITIVE_INFINITY;
    this.#previousEnds = Number.POSITIVE_INFINITY;
  }

  /** A message of `side` names a token. `isOpening`: an opening was asked for whose answer was not seen yet. */
  use(side: Side, id: number, isOpening: boolean): OpcuaFact | undefined {
    if (id !== this.#current && id !== this.#previous) {
      if (this.#current !== undefined && !this.#isAwaited && !isOpening)
        return this.#unknown(side, id);
      this.#renew(id);
    }
    if (id === this.#current) {
      this.#moved[side] = true;
      return undefined;
    }
    if (!this.#moved[side]) return undefined;
    this.#moved[side] = false;
    const text = `a message was secured with token ${id} again, after token ${this.#current} was in use`;
    return fault('opcua.token', text);
  }

  isCurrent(id: number): boolean {
    return id === this.#current;
  }

  #renew(id: number): void {
    this.#previous = this.#current;
    this.#previousEnds = this.#currentEnds;
    this.#current = id;
    this.#currentEnds = Number.POSITIVE_INFINITY;
    this.#isAwaited = false;
    this.#moved.fill(false);
  }

  #unknown(side: Side, id: number): OpcuaFact | undefined {
    if (this.#strange[side] === id) return undefined;
    this.#strange[side] = id;
    return fault(
      'opcua.token',
      `a message names token ${id}, which no opening of the channel gave`,
    );
  }
}
