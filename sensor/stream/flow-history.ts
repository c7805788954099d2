/** What happened in a flow, in letters, while it is counted: `FlowRecord.history` of sensor/model/flow.ts says them. */
import type { Side } from './consumer.ts';

/** More tells nobody anything, and a sender of RSTs must not make it grow. */
const MAX_HISTORY = 64;

/** Told at the 1st, 10th, 100th time. */
const SCALED = 'TWG';

export class FlowHistory {
  #text = '';
  /** By letter, in the case of its side: how often it happened. */
  readonly #counts = new Map<string, number>();

  /** Something that is told once for each side. */
  note(side: Side, letter: string): void {
    const code = side === 0 ? letter : letter.toLowerCase();
    const count = (this.#counts.get(code) ?? 0) + 1;
    if (count > 1 && !SCALED.includes(letter)) return;
    this.#counts.set(code, count);
    if (isPowerOfTen(count)) this.#append(code);
  }

  /** Something that is told again, because it is not the same packet once more. */
  again(side: Side, letter: string): void {
    this.#append(side === 0 ? letter : letter.toLowerCase());
  }

  has(side: Side, letter: string): boolean {
    return this.#counts.has(side === 0 ? letter : letter.toLowerCase());
  }

  /** As the originator has it. */
  text(originator: Side): string {
    if (originator === 0) return this.#text;
    const swapped = [...this.#text].map((letter) =>
      letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
    );
    return `^${swapped.join('')}`;
  }

  #append(code: string): void {
    if (this.#text.length < MAX_HISTORY) this.#text += code;
  }
}

function isPowerOfTen(count: number): boolean {
  let power = 1;
  while (power < count) power *= 10;
  return power === count;
}
