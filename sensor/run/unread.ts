import type { Fact } from '#sensor/model/fact.ts';

/** Turns counts since the start of what was not read into accounts since the last one. */
export class Unread {
  readonly #counts: () => ReadonlyMap<string, number>;
  readonly #told = new Map<string, number>();

  constructor(counts: () => ReadonlyMap<string, number>) {
    this.#counts = counts;
  }

  takeFacts(): readonly Fact[] {
    const news = [...this.#counts()].map(([reason, count]) => {
      const more = count - (this.#told.get(reason) ?? 0);
      this.#told.set(reason, count);
      return { reason, more };
    });
    const found = news.filter(({ more }) => more > 0);
    if (found.length === 0) return [];
    const total = found.reduce((sum, { more }) => sum + more, 0);
    const reasons = found.map(({ reason, more }) => `${reason} ${more}`).join(', ');
    return [{ name: 'sensor.unread', text: `${total} packets were not read: ${reasons}` }];
  }
}
