/**
 * Ranges as few as say the same: whoever may ask for the wider one may ask for what lies in it. Those that only touch or
 * overlap stay apart, because one request over both was never seen.
 */
import type { SeenRange } from './observations.ts';

export function widest(ranges: Iterable<SeenRange>): readonly SeenRange[] {
  const sorted = [...ranges].sort((a, b) => a.first - b.first || b.last - a.last);
  const kept: SeenRange[] = [];
  for (const range of sorted) {
    // Sorted by start, so only one that reaches as far can hold it.
    const holder = kept.find(({ last }) => last >= range.last);
    if (holder === undefined) kept.push({ ...range });
    else {
      holder.count += range.count;
      if (range.firstAt < holder.firstAt) holder.firstAt = range.firstAt;
      if (range.lastAt > holder.lastAt) holder.lastAt = range.lastAt;
    }
  }
  return kept;
}
