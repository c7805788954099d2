/** Where the bytes of a chunk stand in the captured frames that carried them. */
import type { Chunk } from '../protocol.ts';

export interface Segment {
  readonly frame: number;
  readonly place: number;
  readonly length: number;
}

/** Bytes of memory that one takes, with its place in a list. */
export const SEGMENT_COST = 64;

/** Adds one; those of one frame that lie side by side are one. */
export function addSegment(segments: Segment[], { frame, place, length }: Segment): void {
  const last = segments.at(-1);
  if (last?.frame === frame && last.place + last.length === place) {
    segments[segments.length - 1] = { frame, place: last.place, length: last.length + length };
  } else {
    segments.push({ frame, place, length });
  }
}

/** Those of a chunk of `total` bytes at `at`; of its first bytes they are `earlier`, where it began in another frame. */
export function segmentsOf(
  chunk: Chunk,
  at: number,
  total: number,
  earlier: readonly Segment[] | undefined,
): readonly Segment[] {
  const { frame, place, offset } = chunk;
  if (earlier === undefined) return [{ frame, place: place + at - offset, length: total }];
  const before = earlier.reduce((sum, { length }) => sum + length, 0);
  const segments = [...earlier];
  addSegment(segments, { frame, place, length: total - before });
  return segments;
}
