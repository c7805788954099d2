/**
 * Connections whose streams are seen from their middle, and whose first segments wait a moment for earlier ones. Where a
 * sensor begins to listen these are all of a plant at once, so none may wait longer than it must.
 */
import type { Micros } from '#sensor/model/time.ts';
import type { TcpConnection } from './connection.ts';
import { SETTLING_MICROS } from './patience.ts';

export class Settling {
  /** In the order in which they began to wait. */
  readonly #connections = new Set<TcpConnection>();

  get none(): boolean {
    return this.#connections.size === 0;
  }

  add(connection: TcpConnection): void {
    this.#connections.add(connection);
  }

  delete(connection: TcpConnection): void {
    this.#connections.delete(connection);
  }

  /** Takes out the one that has waited for long enough; undefined where none has. */
  takeDue(now: Micros): TcpConnection | undefined {
    for (const connection of this.#connections) {
      if (now - since(connection) <= SETTLING_MICROS) return undefined;
      this.#connections.delete(connection);
      return connection;
    }
    return undefined;
  }
}

/** When the newer of its directions that are seen from their middle began to wait; then both have waited. */
function since({ directions }: TcpConnection): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { settling, hole } of directions) {
    if (settling && hole !== undefined && hole.since > newest) newest = hole.since;
  }
  return newest;
}
