/** A set of addresses as few ranges: what a client touches of a table. */

/** Ranges told apart; beyond it the two nearest are joined, so the set only ever grows. */
export const MAX_RANGES = 32;

/** Both ends inclusive. */
interface Range {
  readonly first: number;
  readonly last: number;
}

export class Ranges {
  /** Ascending, never touching each other. */
  readonly #ranges: Range[] = [];
  /** True once ranges were joined over addresses between them that nobody touched. */
  rough = false;

  /** Both ends inclusive. */
  add(first: number, last: number): void {
    const ranges = this.#ranges;
    const at = this.#place(first);
    const next = ranges[at];
    if (next !== undefined && next.first <= first && last <= next.last) return;
    let [from, to, end] = [first, last, at];
    for (; end < ranges.length && (ranges[end] as Range).first <= last + 1; end++) {
      from = Math.min(from, (ranges[end] as Range).first);
      to = Math.max(to, (ranges[end] as Range).last);
    }
    ranges.splice(at, end - at, { first: from, last: to });
    if (ranges.length > MAX_RANGES) this.#joinNearest();
  }

  get list(): readonly Range[] {
    return this.#ranges;
  }

  /** Of the first range that reaches to `first`, or to right before it. */
  #place(first: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle] as Range).last + 1 < first) low = middle + 1;
      else high = middle;
    }
    return low;
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
