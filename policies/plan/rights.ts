/** All that one policy lets pass between two places on the wire, as boxes: `evaluate.ts` turned inside out. */
import type { OperationKind } from '#sensor/model/operation.ts';
import { safetyLayer, standsAt } from '../layers.ts';
import { GATE_FUNCTIONS, POLICY_FUNCTIONS } from '../modbus-functions.ts';
import type { Allowance, Asset, Conduit, Plant } from '../plant.ts';
import { type Place, safetyAmong } from '../zones.ts';
import { type Box, boxesOf, type Deed, meet, meetUnits, widest } from './box.ts';
import { meetOpcua, type OpcuaBox, opcuaBox } from './opcua-box.ts';

/** Every function with every kind of what it does, by a name of its own. */
export const DEEDS: ReadonlyMap<string, Deed> = new Map(
  [...POLICY_FUNCTIONS.values()].flatMap((known) =>
    known.kinds.map((kind) => [`${known.code} ${kind}`, { known, kind }] as const),
  ),
);

export interface Rights {
  /** The same text = the same rights. */
  readonly key: string;
  readonly modbus: Endpoint<Box>;
  readonly opcua: Endpoint<OpcuaBox>;
}

export interface Endpoint<Of> {
  /** Undefined = any: the policy knows no asset there. */
  readonly port: number | undefined;
  /** By name of the deed, or kind of operation; what is absent never passes. */
  readonly boxes: ReadonlyMap<string, readonly Of[]>;
}

export interface PlantRights {
  readonly between: (from: Place, to: Place) => Rights;
  /** Conduits that lead from one place to another at all. */
  readonly conduits: (from: Place, to: Place) => readonly Conduit[];
  /** What is the same in two policies has the same text. */
  readonly textOf: (conduit: Conduit) => string;
}

export function createRights(plant: Plant): PlantRights {
  const texts = new Map(plant.conduits.map((conduit) => [conduit, conduitText(conduit)]));
  const textOf = (conduit: Conduit): string => texts.get(conduit) ?? conduitText(conduit);
  const byStart = new Map<string, Conduit[]>();
  for (const conduit of plant.conduits) {
    byStart.set(conduit.from, [...(byStart.get(conduit.from) ?? []), conduit]);
  }
  const conduits = (from: Place, to: Place): readonly Conduit[] =>
    [...(from.asset === undefined ? [] : [from.asset.id]), ...from.zones]
      .flatMap((id) => byStart.get(id) ?? [])
      .filter((conduit) => standsAt(to, conduit.to) && (conduit.via === 'direct' || from.isGate));
  const safety = new Map(
    [...plant.zones.values()]
      .filter((zone) => zone.safety)
      .map((zone) => {
        const { allowances } = safetyLayer(zone);
        return [zone.id, { allowances, text: linesText(allowances) }] as const;
      }),
  );
  const known = new Map<string, Rights>();
  return {
    conduits,
    textOf,
    between: (from, to) => {
      const passable = conduits(from, to);
      const guards = safetyAmong(plant, to.zones).flatMap(({ id }) => safety.get(id) ?? []);
      const key = JSON.stringify([
        passable.map(textOf).sort(),
        guards.map(({ text }) => text).sort(),
        endpointText(to.asset),
      ]);
      const found = known.get(key);
      if (found !== undefined) return found;
      const rights = rightsOf(key, {
        passable,
        asset: to.asset,
        guards: guards.map((g) => g.allowances),
      });
      known.set(key, rights);
      return rights;
    },
  };
}

interface Way {
  readonly passable: readonly Conduit[];
  readonly asset: Asset | undefined;
  /** What each safety zone around the server lets pass. */
  readonly guards: readonly (readonly Allowance[])[];
}

function rightsOf(key: string, way: Way): Rights {
  const { asset } = way;
  const modbus = new Map<string, readonly Box[]>();
  const opcua = new Map<string, readonly OpcuaBox[]>();
  if (asset === undefined || asset.modbus !== undefined) {
    for (const [name, deed] of DEEDS) {
      const boxes = modbusBoxes(way, deed);
      if (boxes.length > 0) modbus.set(name, boxes);
    }
  }
  if (asset === undefined || asset.opcua !== undefined) {
    for (const kind of kindsOf(way.passable)) {
      const boxes = opcuaBoxes(way, kind);
      if (boxes.length > 0) opcua.set(kind, boxes);
    }
  }
  return {
    key,
    modbus: { port: asset?.modbus?.port, boxes: modbus },
    opcua: { port: asset?.opcua?.port, boxes: opcua },
  };
}

function modbusBoxes({ passable, asset, guards }: Way, deed: Deed): readonly Box[] {
  const ofLines = (lines: readonly Allowance[]): readonly Box[] =>
    lines.flatMap((line) => (line.protocol === 'modbus' ? boxesOf(line, deed) : []));
  const own = passable
    .filter(({ via }) => via === 'direct' || GATE_FUNCTIONS.has(deed.known.code))
    .flatMap(({ allow }) => ofLines(allow));
  const units = asset?.modbus?.units;
  const ofDevice = own.flatMap((box): readonly Box[] => {
    const left = meetUnits(box.units, units);
    return left?.length === 0 ? [] : [{ ...box, units: left }];
  });
  return widest(within(ofDevice, guards.map(ofLines), meet));
}

function opcuaBoxes({ passable, guards }: Way, kind: OperationKind): readonly OpcuaBox[] {
  const ofLines = (lines: readonly Allowance[]): readonly OpcuaBox[] =>
    lines.flatMap((line) =>
      line.protocol === 'opcua' && line.operations.includes(kind) ? [opcuaBox(line)] : [],
    );
  return within(
    passable.flatMap(({ allow }) => ofLines(allow)),
    guards.map(ofLines),
    meetOpcua,
  );
}

const kindsOf = (conduits: readonly Conduit[]): ReadonlySet<OperationKind> =>
  new Set(conduits.flatMap(({ allow }) => allow.flatMap(({ operations }) => operations)));

/** What of `own` lies in some box of each of `all`. */
export const within = <Of>(
  own: readonly Of[],
  all: readonly (readonly Of[])[],
  both: (one: Of, other: Of) => Of | undefined,
): readonly Of[] =>
  all.reduce(
    (left, others) => left.flatMap((one) => others.flatMap((other) => both(one, other) ?? [])),
    own,
  );

const conduitText = ({ from, to, via, allow }: Conduit): string =>
  JSON.stringify([from, to, via, linesText(allow)]);

/** Without the places in the file, which change nothing. */
const linesText = (lines: readonly Allowance[]): string =>
  JSON.stringify(lines.map(({ at: _, ...line }) => line));

const endpointText = (asset: Asset | undefined): string =>
  JSON.stringify(asset && [asset.modbus?.port, asset.modbus?.units, asset.opcua?.port]);
