/**
 * The security tokens of a channel: each message names the one with whose keys it is secured, in the
 * clear. OPC 10000-6, 6.7.1; OPC 10000-4, 5.6.2.
 *
 * An opening gives a new one, which the client uses from its next message on, and the server once the
 * client has; until then the old one holds. Under most policies nobody can read which id an opening gave,
 * so that the next new one is taken for it.
 */
import type { Side } from '#sensor/stream/consumer.ts';
import { fault, type OpcuaFact } from './fault.ts';

export class Tokens {
  #current: number | undefined;
  #previous: number | undefined;
  /** One was given whose id nobody could read, and has not been used yet. */
  #isAwaited = false;
  /** Sides that have used the current one. */
  readonly #moved: [boolean, boolean] = [false, false];
  /** The last strange one of each side, which is told once. */
  readonly #strange: [number | undefined, number | undefined] = [undefined, undefined];

  /** The server gave a token; undefined where its id could not be read. */
  issue(id: number | undefined): void {
    if (id === undefined) this.#isAwaited = true;
    else if (id !== this.#current) this.#renew(id);
  }

  /** Openings may be among bytes that were never captured. */
  forget(): void {
    this.#current = undefined;
    this.#previous = undefined;
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
    this.#current = id;
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
