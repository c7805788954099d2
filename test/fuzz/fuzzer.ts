/**
 * Fuzzing that is led by what an input reaches: one that takes a branch no other took, or takes one more
 * often by an order, is kept, and further ones are made of it. The same seed gives the same run.
 *
 * After the way of AFL, whose counts are grouped likewise.
 */
import { type Material, mutated } from './mutate.ts';
import type { Trace } from './program.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

interface Finding {
  readonly bytes: Buffer;
  readonly why: string;
}

export interface FuzzResult {
  readonly executions: number;
  /** Branches that were taken by any input. */
  readonly branches: number;
  /** Inputs that were kept. */
  readonly kept: number;
  /** The first, if any: the run ends with it. */
  readonly finding: Finding | undefined;
}

export interface FuzzOptions {
  readonly executions: number;
  readonly seed: number;
}

/** Counts that make a difference: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more. */
const group = (count: number): number => {
  if (count <= 3) return 1 << (count - 1);
  if (count <= 7) return 8;
  if (count <= 15) return 16;
  if (count <= 31) return 32;
  return count <= 127 ? 64 : 128;
};

/** Of the inputs that were kept, the newest are tried more often: what they opened is not looked through yet. */
const NEWEST = 16;

export function fuzz(target: Target, trace: Trace, { executions, seed }: FuzzOptions): FuzzResult {
  const random = new Random(seed);
  const reached = new Uint8Array(trace.counts.length);
  const corpus: Uint8Array[] = [];
  const material: Material = { others: corpus, words: target.words, most: target.most };
  let done = 0;
  const attempt = (bytes: Buffer): Finding | undefined => {
    done++;
    const why = broken(target, trace, bytes);
    if (why !== undefined) return { bytes, why };
    if (isNew(trace, reached)) corpus.push(bytes);
    return undefined;
  };
  const result = (finding?: Finding): FuzzResult => ({
    executions: done,
    branches: reached.reduce((sum, groups) => sum + (groups === 0 ? 0 : 1), 0),
    kept: corpus.length,
    finding,
  });
  for (const bytes of [...target.seeds, Buffer.alloc(0)]) {
    const finding = attempt(Buffer.from(bytes));
    if (finding !== undefined) return result(finding);
  }
  while (done < executions) {
    const newest = Math.min(NEWEST, corpus.length);
    const index = random.once(2)
      ? corpus.length - 1 - random.below(newest)
      : random.below(corpus.length);
    const finding = attempt(mutated(corpus[index] ?? Buffer.alloc(0), random, material));
    if (finding !== undefined) return result(finding);
  }
  return result();
}

/** What of its promise `target` breaks for `bytes`; undefined where it holds. Leaves the trace of the run. */
export function broken(target: Target, trace: Trace, bytes: Buffer): string | undefined {
  for (let i = 0; i < trace.length; i++) trace.counts[trace.taken[i] ?? 0] = 0;
  trace.length = 0;
  trace.left = target.work.fixed + target.work.each * bytes.length;
  try {
    target.run(bytes);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function isNew(trace: Trace, reached: Uint8Array): boolean {
  let found = false;
  for (let i = 0; i < trace.length; i++) {
    const branch = trace.taken[i] ?? 0;
    const bit = group(trace.counts[branch] ?? 0);
    const before = reached[branch] ?? 0;
    if ((before & bit) !== 0) continue;
    reached[branch] = before | bit;
    found = true;
  }
  return found;
}
