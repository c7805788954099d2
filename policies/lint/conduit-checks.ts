/** Checks of conduits and of lists of allowances. */
import { SAFE_KINDS, safetyLayer, standsAt } from '../layers.ts';
import { GATE_FUNCTIONS, POLICY_FUNCTIONS } from '../modbus-functions.ts';
import type { Allowance, Conduit, Plant, SourceRef } from '../plant.ts';
import { describeAllowance } from '../words.ts';
import { createLocator, safetyAmong, zonesAround } from '../zones.ts';
import { holds, meets, pieces, uncovered } from './cover.ts';
import { error, type Finding, warning } from './finding.ts';

/** The enterprise side of the industrial DMZ, and the control side. ISA-95 / Purdue. */
const ENTERPRISE = 4;
const CONTROL = 2;

const zoneOf = (plant: Plant, id: string): string | undefined =>
  plant.zones.has(id) ? id : plant.assets.get(id)?.zone;

export function gateConduitWithoutGate(plant: Plant): readonly Finding[] {
  const locate = createLocator(plant);
  const gates = plant.gates.flatMap((gate) => locate(gate) ?? []);
  return plant.conduits
    .filter(({ via, from }) => via === 'gate' && !gates.some((gate) => standsAt(gate, from)))
    .map(({ id, from, at }) => {
      const message = `conduit \`${id}\` goes through the gate, but no gate stands in \`${from}\`: nothing passes`;
      return error('gate-conduit-without-gate', at, message);
    });
}

/** What a conduit into a safety zone names beyond what the zone lists never passes, and misleads who reads it. */
export const conduitIntoSafety = (plant: Plant): readonly Finding[] =>
  plant.conduits.flatMap((conduit) => {
    const zone = zoneOf(plant, conduit.to);
    const around = zone === undefined ? [] : zonesAround(plant, zone);
    return safetyAmong(plant, around).flatMap((safety) => {
      const { allowances } = safetyLayer(safety);
      return conduit.allow.flatMap((allowance) => {
        const changes = allowance.operations.filter((kind) => !SAFE_KINDS.includes(kind));
        const subject = `conduit \`${conduit.id}\` names "${describeAllowance(allowance)}" into safety zone \`${safety.id}\``;
        if (changes.length > 0) {
          const message = `${subject}: ${changes.join(', ')} never passes there; take it out`;
          return [error('conduit-into-safety', allowance.at, message)];
        }
        return uncovered(allowance, allowances).length === 0
          ? []
          : [
              warning(
                'conduit-into-safety',
                allowance.at,
                `${subject}: more than the zone lists, and only what it lists passes`,
              ),
            ];
      });
    });
  });

/** Office networks reach controllers through the industrial DMZ, not past it. IEC 62443-3-3, SR 5.1. */
export const conduitPastDmz = (plant: Plant): readonly Finding[] =>
  plant.conduits.flatMap((conduit) => {
    const level = (id: string): number =>
      plant.zones.get(zoneOf(plant, id) ?? '')?.purdue ?? Number.NaN;
    const skips =
      conduit.via === 'direct' && level(conduit.from) >= ENTERPRISE && level(conduit.to) <= CONTROL;
    const message = `conduit \`${conduit.id}\` leads from level ${level(conduit.from)} to level ${level(conduit.to)} past the industrial DMZ: go through the gate`;
    return skips ? [warning('conduit-past-dmz', conduit.at, message)] : [];
  });

export const emptyConduit = ({ conduits }: Plant): readonly Finding[] =>
  conduits
    .filter(({ allow }) => allow.length === 0)
    .map(({ id, at }) => warning('empty-list', at, `conduit \`${id}\` lets nothing pass`));

/** The lists that stand together: conduits between the same ends count as one. */
function lists(plant: Plant): readonly (readonly Allowance[])[] {
  const conduits = new Map<string, Conduit[]>();
  for (const conduit of plant.conduits) {
    const ends = `${conduit.from} ${conduit.to} ${conduit.via}`;
    conduits.set(ends, [...(conduits.get(ends) ?? []), conduit]);
  }
  return [
    ...[...conduits.values()].map((same) => same.flatMap(({ allow }) => allow)),
    ...[...plant.zones.values()].map(({ allow }) => allow),
    ...[...plant.access.values()].map(({ mayRequest }) => mayRequest),
  ];
}

/** Allowances that speak of the gate alone: those of safety zones also bound what passes directly. */
const gateAllowances = (plant: Plant): ReadonlySet<Allowance> =>
  new Set([
    ...plant.conduits.filter(({ via }) => via === 'gate').flatMap(({ allow }) => allow),
    ...[...plant.access.values()].flatMap(({ mayRequest }) => mayRequest),
  ]);

/** A function that a line names by its code, for the gate, which refuses it all the same. */
export const functionPastGate = (plant: Plant): readonly Finding[] =>
  [...gateAllowances(plant)].flatMap((allowance) => {
    if (
      allowance.protocol !== 'modbus' ||
      pieces(allowance, undefined, GATE_FUNCTIONS).length === 0
    )
      return [];
    const refused = (allowance.functions ?? []).filter((code) => !GATE_FUNCTIONS.has(code));
    if (refused.length === 0) return [];
    const named = `function${refused.length === 1 ? '' : 's'} ${refused.join(', ')}`;
    const message = `"${describeAllowance(allowance)}" names ${named}, which the gate does not pass yet: take it out`;
    return [warning('function-past-gate', allowance.at, message)];
  });

/** An allowance that names nothing any decoded function does. Of OPC UA, the sensor judges by what passes directly. */
export const deadAllowance = (plant: Plant): readonly Finding[] => {
  const ofGate = gateAllowances(plant);
  return lists(plant).flatMap((list) =>
    list
      .filter((allowance) => {
        const passed = ofGate.has(allowance) ? GATE_FUNCTIONS : POLICY_FUNCTIONS;
        return pieces(allowance, undefined, passed).length === 0;
      })
      .filter((allowance) => allowance.protocol === 'modbus' || ofGate.has(allowance))
      .map((allowance) => {
        const why =
          allowance.protocol === 'opcua'
            ? 'the gate does not speak OPC UA yet'
            : pieces(allowance).length > 0
              ? 'the gate does not pass these functions yet'
              : 'no function that is decoded does this';
        const message = `"${describeAllowance(allowance)}" lets nothing pass: ${why}`;
        return warning('dead-allowance', allowance.at, message);
      }),
  );
};

/**
 * Allowances of one list that another of it holds whole, and such that overlap in part: an operation
 * across both is refused, which surprises.
 */
export const overlappingAllowances = (plant: Plant): readonly Finding[] =>
  lists(plant).flatMap((list) =>
    list.flatMap((allowance, index) => {
      const parts = pieces(allowance);
      if (parts.length === 0) return [];
      const shadow = list.find(
        (other, at) =>
          at !== index &&
          parts.every((piece) => holds(other, piece)) &&
          // Of two that say the same, the second is the one too many.
          (at < index || !pieces(other).every((piece) => holds(allowance, piece))),
      );
      if (shadow !== undefined) {
        const message = `"${describeAllowance(allowance)}" adds nothing: line ${shadow.at.line} allows it already`;
        return [warning('shadowed-allowance', allowance.at, message)];
      }
      return overlaps(list.slice(0, index), allowance);
    }),
  );

function overlaps(before: readonly Allowance[], allowance: Allowance): readonly Finding[] {
  const inPart = (other: Allowance, at: SourceRef): boolean =>
    other.at.line !== at.line &&
    pieces(allowance).some(
      (piece) =>
        piece.table !== undefined &&
        meets(other, piece) &&
        !holds(other, piece) &&
        !pieces(other).some((theirs) => meetsPiece(theirs, piece) && holds(allowance, theirs)),
    );
  return before
    .filter((other) => inPart(other, allowance.at))
    .map((other) => {
      const message = `"${describeAllowance(allowance)}" overlaps line ${other.at.line}: an operation across both is refused, so write one range`;
      return warning('overlapping-allowances', allowance.at, message);
    });
}

const meetsPiece = (
  one: ReturnType<typeof pieces>[number],
  other: ReturnType<typeof pieces>[number],
): boolean =>
  one.kind === other.kind &&
  one.functionCode === other.functionCode &&
  one.first <= other.last &&
  other.first <= one.last;
