/** Looks into a tree of the schema. What is missing, or of another kind, is as if it were not there. */
import type { Datum, List, Structure } from './datum.ts';
import { timeText } from './values.ts';

export const structureOf = (datum: Datum): Structure | undefined =>
  typeof datum === 'object' && datum.kind === 'structure' ? datum : undefined;

export const listOf = (datum: Datum): List | undefined =>
  typeof datum === 'object' && datum.kind === 'list' ? datum : undefined;

/** The field at the end of `path`, through structures and the bodies of extension objects. */
export function fieldAt(from: Datum, ...path: readonly string[]): Datum {
  let datum = from;
  for (const name of path) datum = bodyOf(datum)?.fields.get(name);
  return datum;
}

const bodyOf = (datum: Datum): Structure | undefined =>
  structureOf(typeof datum === 'object' && datum.kind === 'extension' ? datum.body : datum);

export function textAt(from: Datum, ...path: readonly string[]): string | undefined {
  const datum = fieldAt(from, ...path);
  return typeof datum === 'string' ? datum : undefined;
}

/** A number, a status or a value of an enumeration; 0 where there is none. */
export function numberAt(from: Datum, ...path: readonly string[]): number {
  const datum = fieldAt(from, ...path);
  if (typeof datum === 'number') return datum;
  if (typeof datum !== 'object') return 0;
  if (datum.kind === 'choice') return datum.value;
  return datum.kind === 'status' ? datum.code : 0;
}

/** A byte string; empty where it is null, or more than is kept of one. */
export function bytesAt(from: Datum, ...path: readonly string[]): Buffer {
  const datum = fieldAt(from, ...path);
  const isWhole = typeof datum === 'object' && datum.kind === 'bytes';
  return isWhole && datum.kept.length === datum.length ? datum.kept : Buffer.alloc(0);
}

/** ISO 8601; the beginning of all times where there is none. */
export function timeAt(from: Datum, ...path: readonly string[]): string {
  const datum = fieldAt(from, ...path);
  return timeText(typeof datum === 'object' && datum.kind === 'time' ? datum.ticks : 0n);
}
