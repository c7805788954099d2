/** A set of addresses as few ranges: what a client touches of a table. */

/** Ranges told apart; beyond it the two nearest are joined, so the set only ever grows. */
export const MAX_RANGES = 32;

export class Ranges {
  /** Ascending, never touching each other. */
  #ranges: { first: number; last: number }[] = [];
  /** True once ranges were joined over addresses between them that nobody touched. */
  rough = false;

  /** Both ends inclusive. */
  add(first: number, last: number): void {
    for (const range of this.#ranges) if (range.first <= first && last <= range.last) return;
    const apart = this.#ranges.filter((r) => r.last + 1 < first || last + 1 < r.first);
    const joined = this.#ranges.filter((r) => !apart.includes(r));
    const range = {
      first: Math.min(first, ...joined.map((r) => r.first)),
      last: Math.max(last, ...joined.map((r) => r.last)),
    };
    this.#ranges = [...apart, range].sort((a, b) => a.first - b.first);
    if (this.#ranges.length > MAX_RANGES) this.#joinNearest();
  }

  get list(): readonly { readonly first: number; readonly last: number }[] {
    return this.#ranges;
  }

  #joinNearest(): void {
    let best = 1;
    for (let i = 1; i < this.#ranges.length; i++) if (this.#gap(i) < this.#gap(best)) best = i;
    const [left, right] = [this.#ranges[best - 1], this.#ranges[best]];
    if (left === undefined || right === undefined) return;
    this.#ranges.splice(best - 1, 2, { first: left.first, last: right.last });
    this.rough = true;
  }

  /** Addresses between range `i` and the one before. */
  #gap(i: number): number {
    return (this.#ranges[i]?.first ?? 0) - (this.#ranges[i - 1]?.last ?? 0);
  }
}
