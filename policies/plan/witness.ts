/**
 * Looks for operations that pass one side and not the other: the smallest sign that two policies differ.
 *
 * Exact with few questions: between two neighbouring edges of boxes every address, and every value, is like any
 * other, so only those beside an edge are asked about. An operation that is shrunk towards them stays in the boxes
 * that hold it and enters none that does not.
 */
import { MAX_ADDRESS } from '../modbus-functions.ts';
import type { Pair } from '../pairs.ts';
import { type Box, type Deed, isWithin, type Point, passes, type Side, topOf } from './box.ts';

/** Units are one byte. MODBUS Messaging on TCP/IP V1.0b, 3.1.3. */
const MAX_UNIT = 255;

/** A box in which something passes that the other side does not let pass, and such a thing. */
export interface Differing {
  readonly box: Box;
  readonly point: Point;
}

/** All boxes of `one` that `other` does not hold whole. */
export const differing = (one: Side, other: Side, deed: Deed): readonly Differing[] =>
  one.boxes.flatMap((box) => {
    const point = witness(box, one, other, deed);
    return point === undefined ? [] : [{ box, point }];
  });

function witness(box: Box, one: Side, other: Side, deed: Deed): Point | undefined {
  const isHeld = other.boxes.some((outer) => isWithin(box, outer));
  if (isHeld && samePairs(one.pairs, other.pairs)) return undefined;
  const alone: Side = { boxes: [box], pairs: one.pairs };
  const ends = endsOf(box, [...one.pairs, ...other.pairs], other.boxes);
  const most = mostOf(deed);
  const spans = valuesOf(box, other.boxes, deed);
  for (const unit of unitsOf(box, other.boxes)) {
    for (const first of ends) {
      for (const last of ends) {
        if (last < first || last - first >= most) continue;
        for (const values of spans) {
          // A single object has a single value.
          if (first === last && values !== undefined && values.low !== values.high) continue;
          const point = { unit, first, last, ...(values !== undefined && { values }) };
          if (passes(alone, deed, point) && !passes(other, deed, point)) return point;
        }
      }
    }
  }
  return undefined;
}

const samePairs = (one: readonly Pair[], other: readonly Pair[]): boolean =>
  one.length === other.length &&
  one.every(({ first, last }, i) => other[i]?.first === first && other[i]?.last === last);

/** Most objects of one request. */
function mostOf({ known, kind }: Deed): number {
  const most = kind === 'write' ? known.maxWrite : known.maxRead;
  return most ?? MAX_ADDRESS + 1;
}

/** Those that are named, and one that is not. */
function unitsOf(box: Box, others: readonly Box[]): readonly number[] {
  if (box.units !== undefined) return box.units;
  const named = new Set(others.flatMap(({ units = [] }) => units));
  for (let unit = 0; unit <= MAX_UNIT; unit += 1) {
    if (!named.has(unit)) return [...named, unit];
  }
  return [...named];
}

/** Addresses of `box` beside an edge. Two above it, so that a range of two finds room behind each. */
function endsOf(box: Box, pairs: readonly Pair[], others: readonly Box[]): readonly number[] {
  const edges = [box, ...pairs, ...others].flatMap(({ first, last }) => [first, last]);
  const beside = edges.flatMap((edge) => [edge - 1, edge, edge + 1, edge + 2]);
  return inside(beside, box.first, box.last);
}

/** Spans of values beside an edge; undefined = not known. */
function valuesOf(
  box: Box,
  others: readonly Box[],
  { known, kind }: Deed,
): readonly (Point['values'] | undefined)[] {
  if (kind !== 'write' || known.valueUnknown === true) return [undefined];
  const edges = [box, ...others].flatMap(({ min, max }) => [min, max]);
  const beside = edges.flatMap((edge) => [edge - 1, edge, edge + 1]);
  const values = inside(beside, Math.max(0, box.min), Math.min(topOf(known), box.max));
  const spans = values.flatMap((low) =>
    values.filter((high) => low <= high).map((high) => ({ low, high })),
  );
  return [undefined, ...spans];
}

const inside = (numbers: readonly number[], least: number, most: number): readonly number[] =>
  [...new Set(numbers)].filter((n) => least <= n && n <= most).sort((a, b) => a - b);
