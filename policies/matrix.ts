/**
 * Which zone may speak to which, at a glance: the conduits that lead from some host of one zone to some
 * host of another. What stands in no cell does not pass, also within one zone.
 */
import type { Conduit, Plant, Zone } from './plant.ts';
import { createLocator, liesIn, safetyAmong, zonesAround } from './zones.ts';

export interface MatrixCell {
  /** Zone ids; hosts whose innermost zone it is. */
  readonly from: string;
  readonly to: string;
  /** Those that name whole zones: every host of `from` may go by them to every host of `to`. */
  readonly whole: readonly Conduit[];
  /** Those that name an asset, and so hold for it alone. One of the two lists is not empty. */
  readonly single: readonly Conduit[];
  /** Safety zones around `to`: whatever a conduit allows, only what each of them lists passes. */
  readonly safety: readonly Zone[];
}

/** The cells in which something passes; there is none for the rest. */
export function matrixOf(plant: Plant): readonly MatrixCell[] {
  const locate = createLocator(plant);
  const gates = new Set(plant.gates.map((gate) => locate(gate)?.zones[0]));
  const holds = (zone: string, end: string): boolean =>
    plant.zones.has(end) ? liesIn(plant, zone, end) : plant.assets.get(end)?.zone === zone;
  const zones = [...plant.zones.keys()];
  return zones.flatMap((from) =>
    zones.flatMap((to): readonly MatrixCell[] => {
      const conduits = plant.conduits.filter(
        (conduit) =>
          holds(from, conduit.from) &&
          holds(to, conduit.to) &&
          (conduit.via === 'direct' || gates.has(from)),
      );
      if (conduits.length === 0) return [];
      const isWhole = (conduit: Conduit): boolean =>
        plant.zones.has(conduit.from) && plant.zones.has(conduit.to);
      return [
        {
          from,
          to,
          whole: conduits.filter(isWhole),
          single: conduits.filter((conduit) => !isWhole(conduit)),
          safety: safetyAmong(plant, zonesAround(plant, to)),
        },
      ];
    }),
  );
}
