/** Which kinds of operation may pass at all, whatever their objects: what a cell of the matrix shows, and a conversation of which only that is known. */
import type { OperationKind } from '#sensor/model/operation.ts';
import type { Evaluator } from './evaluate.ts';
import { SAFE_KINDS } from './layers.ts';
import type { Conduit, Plant, Zone } from './plant.ts';
import { safetyAmong } from './zones.ts';

/** By one of `conduits`, into every zone of `safety`. */
export function kindsBy(
  conduits: readonly Conduit[],
  safety: readonly Zone[],
): readonly OperationKind[] {
  const passes = safety.map(({ allow }) => new Set(allow.flatMap(({ operations }) => operations)));
  const kinds = conduits.flatMap(({ allow }) => allow.flatMap(({ operations }) => operations));
  return [...new Set(kinds)].filter(
    (kind) =>
      passes.length === 0 ||
      (SAFE_KINDS.includes(kind) && passes.every((listed) => listed.has(kind))),
  );
}

/** From one address to another. */
export function kindsBetween(
  plant: Plant,
  { conduitsBetween, locate }: Pick<Evaluator, 'conduitsBetween' | 'locate'>,
  from: string,
  to: string,
): readonly OperationKind[] {
  return kindsBy(conduitsBetween(from, to), safetyAmong(plant, locate(to)?.zones ?? []));
}
