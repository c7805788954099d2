/**
 * The layers that an operation of a grant must pass, each by itself: what was granted, what the access
 * entry lets ask, the units of the asset, the ceilings of the conduits through the gate, and every
 * safety zone around the asset. Nothing here looks at the operation, so a layer can only narrow.
 */
import type { Operation, OperationKind } from '#sensor/model/operation.ts';
import { leastShortfall } from './match.ts';
import { type Pair, pairsOf, undecidedPair } from './pairs.ts';
import type {
  AccessEntry,
  Allowance,
  Asset,
  Conduit,
  Plant,
  Reason,
  SourceRef,
  Zone,
} from './plant.ts';
import { describePair, describeRefusal } from './words.ts';
import { createLocator, liesIn, type Place, safetyAmong, zonesAround } from './zones.ts';

export interface Layer {
  readonly rule: string;
  readonly at?: SourceRef;
  /** Whose word it is: `access entry \`acme\``. */
  readonly speaker: string;
  readonly allowances: readonly Allowance[];
  /** Valid iff the layer speaks of units alone. */
  readonly units?: readonly number[];
  /** Registers that hold one value together, of which a write may be undecidable; absent = none. */
  readonly pairs?: readonly Pair[];
}

export interface GrantSubject {
  /** Access entry id. */
  readonly entry: string;
  /** Asset id. */
  readonly asset: string;
  /** What was granted; a grant that names nothing lets nothing pass. */
  readonly operations: readonly Allowance[];
}

export type Layers =
  | {
      readonly kind: 'layers';
      readonly entry: AccessEntry;
      readonly asset: Asset;
      readonly layers: readonly Layer[];
    }
  /** The policy does not know the entry or the asset, or has no way to it: nothing passes. */
  | { readonly kind: 'nothing'; readonly because: Reason };

/** What may pass into a safety zone at all, whatever anybody writes. docs/contracts.md, "Operation kinds". */
export const SAFE_KINDS: readonly OperationKind[] = ['read', 'identify', 'subscribe'];

export const OPERATION_KINDS: readonly OperationKind[] = [
  'read',
  'write',
  'control',
  'configure',
  'program',
  'browse',
  'subscribe',
  'identify',
];

const nothing = (rule: string, text: string, at?: SourceRef): Layers => ({
  kind: 'nothing',
  because: { rule, text, ...(at !== undefined && { at }) },
});

/** `gates`: addresses that may emit for it; those of the plant where it is not said which. */
export function accessLayers(
  plant: Plant,
  subject: GrantSubject,
  gates: readonly string[] = plant.gates,
): Layers {
  const entry = plant.access.get(subject.entry);
  if (entry === undefined) {
    return nothing('default-deny', `the policy has no access entry \`${subject.entry}\``);
  }
  const asset = plant.assets.get(subject.asset);
  if (asset === undefined || !entry.targets.includes(subject.asset)) {
    const text = `access entry \`${entry.id}\` does not name asset \`${subject.asset}\``;
    return nothing(entry.id, text, entry.at);
  }
  if (asset.modbus === undefined) {
    const text = `the policy names no Modbus endpoint of asset \`${asset.id}\``;
    return nothing('default-deny', text, asset.at);
  }
  const conduits = gateConduitsTo(plant, asset, gates);
  const [first] = conduits;
  if (first === undefined) {
    const text = `no conduit leads through the gate to asset \`${asset.id}\``;
    return nothing('default-deny', text, asset.at);
  }
  const own: readonly Layer[] = [
    // A grant of all that the entry lets ask says nothing of its own.
    ...(subject.operations === entry.mayRequest ? [] : [grantLayer(entry, subject.operations)]),
    {
      rule: entry.id,
      at: entry.at,
      speaker: `access entry \`${entry.id}\``,
      allowances: entry.mayRequest,
    },
    unitLayer(asset, asset.modbus.units),
    {
      // Several conduits count as one ceiling; the first gives its name.
      rule: first.id,
      at: first.at,
      speaker: conduits.map(({ id }) => `conduit \`${id}\``).join(' and '),
      allowances: conduits.flatMap(({ allow }) => allow),
    },
  ];
  const pairs = pairsOf(asset);
  return {
    kind: 'layers',
    entry,
    asset,
    layers: [
      ...own.map((layer) => ({ ...layer, pairs })),
      ...safetyAmong(plant, zonesAround(plant, asset.zone)).map(safetyLayer),
    ],
  };
}

const grantLayer = (entry: AccessEntry, granted: readonly Allowance[]): Layer => ({
  rule: entry.id,
  at: entry.at,
  speaker: 'the grant',
  allowances: granted,
});

/** Another unit behind the same address is another device. */
const unitLayer = (asset: Asset, units: readonly number[]): Layer => ({
  rule: 'default-deny',
  at: asset.at,
  speaker: `asset \`${asset.id}\``,
  allowances: [{ protocol: 'modbus', operations: OPERATION_KINDS, units, at: asset.at }],
  units,
});

/** Why `layer` does not let `operation` pass. */
export function refusalReason(layer: Layer, operation: Operation): Reason {
  const { rule, at, speaker, allowances, units, pairs = [] } = layer;
  const unit = operation.protocol === 'modbus' ? operation.object.unit : undefined;
  // What passes but for the pair that it touches was not refused by what the layer says.
  const pair =
    leastShortfall(allowances, operation) === undefined
      ? undecidedPair(pairs, operation, true)
      : undefined;
  const text =
    units !== undefined && unit !== undefined && !units.includes(unit)
      ? `${speaker} has no unit ${unit} in the policy`
      : pair === undefined
        ? describeRefusal(speaker, allowances, operation)
        : describePair(pair, operation);
  return { rule, text, ...(at !== undefined && { at }) };
}

/** A safety zone allows what it lists and only of kinds that change nothing, however it was written. */
export const safetyLayer = (zone: Zone): Layer => ({
  rule: zone.id,
  at: zone.at,
  speaker: `safety zone \`${zone.id}\``,
  allowances: zone.allow.map((allowance) => ({
    ...allowance,
    operations: allowance.operations.filter((kind) => SAFE_KINDS.includes(kind)),
  })),
});

/** Conduits by which something that one of `gates` emits may reach `asset`. */
export function gateConduitsTo(
  plant: Plant,
  asset: Asset,
  gates: readonly string[] = plant.gates,
): readonly Conduit[] {
  const locate = createLocator(plant);
  const places = gates.filter((gate) => plant.gates.includes(gate)).flatMap((g) => locate(g) ?? []);
  return plant.conduits.filter(
    ({ via, from, to }) =>
      via === 'gate' &&
      (to === asset.id || (plant.zones.has(to) && liesIn(plant, asset.zone, to))) &&
      places.some((gate) => standsAt(gate, from)),
  );
}

/** Whether `place` is the asset `id`, or lies in the zone `id`. */
export const standsAt = ({ asset, zones }: Place, id: string): boolean =>
  asset?.id === id || zones.includes(id);
