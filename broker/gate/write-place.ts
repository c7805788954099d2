/**
 * The one place for a changing request at an asset, whichever session and connection it comes by: what
 * two vendors write at the same time to one controller is a race that nobody approved.
 *
 * A write that was given up may still lie with an asset that stands still, so no other goes after it
 * until the asset has answered something that was asked later.
 */

import type { Refusal } from './desk.ts';
import { BUSY, UNPROVEN } from './refusals.ts';

export class WritePlace {
  #taken = false;
  /** Requests to this asset, ever; the position of the newest. */
  #asked = 0;
  /** Position of the newest write that was given up and not yet followed by an answer. */
  #unproven: number | undefined;

  /** Takes the place; otherwise says why it cannot be had. */
  take(): Refusal | undefined {
    if (this.#taken) return BUSY;
    if (this.#unproven !== undefined) return UNPROVEN;
    this.#taken = true;
    return undefined;
  }

  giveBack(): void {
    this.#taken = false;
  }

  /** The position of a request that is about to be sent. */
  next(): number {
    this.#asked += 1;
    return this.#asked;
  }

  /** The write at `position` was reset with its connection. */
  gaveUp(position: number): void {
    this.#unproven = Math.max(position, this.#unproven ?? 0);
  }

  /** The asset answered the request at `position`. */
  answered(position: number): void {
    if (this.#unproven !== undefined && position > this.#unproven) this.#unproven = undefined;
  }
}
