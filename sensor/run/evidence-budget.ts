import type { Fact } from '#sensor/model/fact.ts';
import type { Micros } from '#sensor/model/time.ts';

/** Slices cut in a second, about a millisecond each: somebody who provokes alerts must not deafen the sensor. */
export const MAX_CUTS = 50;
const SECOND_MICROS = 1_000_000;

/** Says whether the packets of one more alert may be cut now; what was left out is a fact. */
export class EvidenceBudget {
  #second = 0;
  #cuts = 0;
  #skipped = 0;

  allows(now: Micros): boolean {
    const second = Math.floor(now / SECOND_MICROS);
    if (second !== this.#second) {
      this.#second = second;
      this.#cuts = 0;
    }
    if (this.#cuts < MAX_CUTS) {
      this.#cuts++;
      return true;
    }
    this.#skipped++;
    return false;
  }

  /** What is to be said since the last call. */
  takeFacts(): readonly Fact[] {
    const skipped = this.#skipped;
    this.#skipped = 0;
    if (skipped === 0) return [];
    const text = `${skipped} alerts have no packets, because more than ${MAX_CUTS} were new within a second`;
    return [{ name: 'sensor.evidence-skipped', text }];
  }
}
