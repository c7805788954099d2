/**
 * What a line of the policy lets one Modbus function do, as a box: an operation passes it iff it lies inside on
 * every side. Boxes meet in boxes, so that all that a way through the policy lets pass is a list of them, and two
 * policies can be compared without asking about each operation.
 */
import type { OperationKind } from '#sensor/model/operation.ts';
import { MAX_ADDRESS, MAX_VALUE, type PolicyFunction, speaksOf } from '../modbus-functions.ts';
import type { Pair } from '../pairs.ts';
import type { ModbusAllowance } from '../plant.ts';

/** What one function does: a request of function 23 both reads and writes. */
export interface Deed {
  readonly known: PolicyFunction;
  readonly kind: OperationKind;
}

export interface Box {
  /** Undefined = any. */
  readonly units: readonly number[] | undefined;
  /** Whether those are all that the server has, so that people say "any unit". */
  readonly everyUnit: boolean;
  /** Addresses, or records of a file, inclusive; 0 where the device itself is meant. */
  readonly first: number;
  readonly last: number;
  /** Where it is, a value that is not known lies outside. */
  readonly bounded: boolean;
  /** Inclusive; of all values where not `bounded`. */
  readonly min: number;
  readonly max: number;
  /** The line that it is of. */
  readonly line: ModbusAllowance;
}

/** An operation as a box sees it. */
export interface Point {
  readonly unit: number;
  readonly first: number;
  readonly last: number;
  /** Smallest and largest of what is written; absent = not known, or nothing is written. */
  readonly values?: { readonly low: number; readonly high: number };
}

/** All that may pass: what lies in one of the boxes and does not break a value of two registers. */
export interface Side {
  readonly boxes: readonly Box[];
  readonly pairs: readonly Pair[];
}

/** Largest value of one object. */
export const topOf = ({ table }: PolicyFunction): number => (table === 'coils' ? 1 : MAX_VALUE);

/** What `line` lets `deed` do; the plain reading of the same is `match.ts`. */
export function boxesOf(line: ModbusAllowance, { known, kind }: Deed): readonly Box[] {
  const { operations, functions, units, table, addresses, value } = line;
  if (!operations.includes(kind) || !speaksOf(functions, known.code)) return [];
  if (table !== undefined && table !== known.table) return [];
  // A line that bounds addresses speaks of tables, and neither device nor file is in one.
  if (addresses !== undefined && known.table === undefined) return [];
  const bounded = kind === 'write' && (value?.min !== undefined || value?.max !== undefined);
  if (bounded && known.valueUnknown === true) return [];
  const min = bounded ? Math.max(0, value?.min ?? 0) : 0;
  const max = bounded ? Math.min(topOf(known), value?.max ?? MAX_VALUE) : topOf(known);
  if (min > max) return [];
  const isDevice = known.table === undefined && known.files !== true;
  const ranges = addresses ?? [{ first: 0, last: isDevice ? 0 : MAX_ADDRESS }];
  return ranges
    .filter(({ first, last }) => first <= last)
    .map((range) => ({ units, everyUnit: units === undefined, ...range, bounded, min, max, line }));
}

/** What lies in both; undefined where nothing does. It is told as a part of the line of `one`. */
export function meet(one: Box, other: Box): Box | undefined {
  const units = meetUnits(one.units, other.units);
  const first = Math.max(one.first, other.first);
  const last = Math.min(one.last, other.last);
  const min = Math.max(one.min, other.min);
  const max = Math.min(one.max, other.max);
  if (units?.length === 0 || first > last || min > max) return undefined;
  return {
    units,
    everyUnit: one.everyUnit && other.everyUnit,
    first,
    last,
    bounded: one.bounded || other.bounded,
    min,
    max,
    line: one.line,
  };
}

export function meetUnits(
  one: readonly number[] | undefined,
  other: readonly number[] | undefined,
): readonly number[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.filter((unit) => other.includes(unit));
}

/** Whether whatever lies in `inner` lies in `outer`. */
export const isWithin = (inner: Box, outer: Box): boolean =>
  (outer.units === undefined ||
    (inner.units?.every((unit) => outer.units?.includes(unit)) ?? false)) &&
  outer.first <= inner.first &&
  inner.last <= outer.last &&
  (!outer.bounded || (inner.bounded && outer.min <= inner.min && inner.max <= outer.max));

/** Without those that lie in another one. */
export function widest(boxes: readonly Box[]): readonly Box[] {
  const kept: Box[] = [];
  for (const box of boxes) {
    if (kept.some((other) => isWithin(box, other))) continue;
    kept.splice(0, kept.length, ...kept.filter((other) => !isWithin(other, box)), box);
  }
  return kept;
}

export function passes({ boxes, pairs }: Side, deed: Deed, point: Point): boolean {
  for (const box of boxes) {
    if (liesIn(box, deed, point) && !breaksPair(pairs, deed, point, box.bounded)) return true;
  }
  return false;
}

function liesIn(box: Box, { kind }: Deed, { unit, first, last, values }: Point): boolean {
  if (box.units !== undefined && !box.units.includes(unit)) return false;
  if (first < box.first || last > box.last) return false;
  if (kind !== 'write' || !box.bounded) return true;
  return values !== undefined && box.min <= values.low && values.high <= box.max;
}

/** As `undecidedPair`: bounds of single words say nothing about a value of two, and half of one is none. */
function breaksPair(
  pairs: readonly Pair[],
  { known, kind }: Deed,
  { first, last }: Point,
  bounded: boolean,
): boolean {
  if (kind !== 'write' || known.table !== 'holding-registers') return false;
  return pairs.some(
    (pair) =>
      pair.first <= last &&
      first <= pair.last &&
      (bounded || first > pair.first || last < pair.last),
  );
}
