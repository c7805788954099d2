/** A set of addresses as few ranges: what a client touches of a table. */

/** Ranges told apart; beyond it the two nearest are joined, so the set only ever grows. */
export const MAX_RANGES = 32;

/** Both ends inclusive. */
interface Range {
  readonly first: number;
  readonly last: number;
}

export class Ranges {
  /** Ends of the ranges: ascending, never touching each other. Numbers, because each exchange of a plant looks for its place here. */
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];
  /** True once ranges were joined over addresses between them that nobody touched. */
  rough = false;

  /** Both ends inclusive. */
  add(first: number, last: number): void {
    const [firsts, lasts] = [this.#firsts, this.#lasts];
    const at = this.#place(first);
    let end = at;
    while (end < firsts.length && (firsts[end] as number) <= last + 1) end++;
    if (end === at) this.#insert(at, first, last);
    else {
      firsts[at] = Math.min(first, firsts[at] as number);
      lasts[at] = Math.max(last, lasts[end - 1] as number);
      if (end > at + 1) this.#remove(at + 1, end);
    }
    if (firsts.length > MAX_RANGES) this.#joinNearest();
  }

  get list(): readonly Range[] {
    return this.#firsts.map((first, i) => ({ first, last: this.#lasts[i] as number }));
  }

  /** Of the first range that reaches to `first`, or to right before it. */
  #place(first: number): number {
    const lasts = this.#lasts;
    let [low, high] = [0, lasts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lasts[middle] as number) + 1 < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(at: number, first: number, last: number): void {
    const [firsts, lasts] = [this.#firsts, this.#lasts];
    firsts.push(first);
    lasts.push(last);
    for (let i = firsts.length - 1; i > at; i--) {
      firsts[i] = firsts[i - 1] as number;
      lasts[i] = lasts[i - 1] as number;
    }
    firsts[at] = first;
    lasts[at] = last;
  }

  /** Takes out the ranges `from` to before `end`. */
  #remove(from: number, end: number): void {
    const [firsts, lasts] = [this.#firsts, this.#lasts];
    const left = firsts.length - (end - from);
    for (let i = from; i < left; i++) {
      firsts[i] = firsts[i + end - from] as number;
      lasts[i] = lasts[i + end - from] as number;
    }
    firsts.length = left;
    lasts.length = left;
  }

  #joinNearest(): void {
    const [firsts, lasts] = [this.#firsts, this.#lasts];
    let [best, smallest] = [1, Number.POSITIVE_INFINITY];
    for (let i = 1; i < firsts.length; i++) {
      const gap = (firsts[i] as number) - (lasts[i - 1] as number);
      if (gap < smallest) [best, smallest] = [i, gap];
    }
    lasts[best - 1] = lasts[best] as number;
    this.#remove(best, best + 1);
    this.rough = true;
  }
}
