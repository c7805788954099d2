/** What a change of the policy changes for vendors: the most that a grant of each access entry can give. */
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { evaluateAccess } from '../evaluate.ts';
import { accessLayers } from '../layers.ts';
import { GATE_FUNCTIONS } from '../modbus-functions.ts';
import type { Allowance, Plant } from '../plant.ts';
import { pointOf } from './answer.ts';
import { type Box, boxesOf, type Deed, meet, passes, type Side, widest } from './box.ts';
import type { Direction, GrantChange } from './change.ts';
import { type Delta, modbusDeltas } from './delta.ts';
import { DEEDS, within } from './rights.ts';

export interface Grants {
  readonly changes: readonly GrantChange[];
  /** Those that an operation under a grant of all of an entry is part of; none where its answer stays. */
  readonly changesOf: (access: GrantAccess) => readonly GrantChange[];
}

interface GrantAccess {
  readonly entry: string;
  readonly asset: string;
  readonly operation: ModbusOperation;
}

type Sides = ReadonlyMap<string, Side>;

interface Told {
  readonly change: GrantChange;
  readonly delta: Delta;
}

export function compareGrants(before: Plant, after: Plant): Grants {
  const told = subjects([before, after]).flatMap(({ entry, asset }): readonly Told[] => {
    const [was, is] = [sidesOf(before, entry, asset), sidesOf(after, entry, asset)];
    const tell = (becomes: Direction, delta: Delta): Told => ({
      change: show(after, before, { becomes, entry, asset }, delta),
      delta,
    });
    return [
      ...modbusDeltas(is, was).map((delta) => tell('allowed', delta)),
      ...modbusDeltas(was, is).map((delta) => tell('denied', delta)),
    ];
  });
  return {
    changes: told.map(({ change }) => change),
    changesOf: ({ entry, asset, operation }) => {
      const was = answer(sidesOf(before, entry, asset), operation);
      const is = answer(sidesOf(after, entry, asset), operation);
      if (was === is) return [];
      return told
        .filter(({ change }) => change.entry === entry && change.asset === asset)
        .filter(({ change }) => change.becomes === (is ? 'allowed' : 'denied'))
        .filter(({ delta }) => delta.holds(operation))
        .map(({ change }) => change);
    },
  };
}

/** Every asset that some entry names, with the entry; each once. */
function subjects(
  plants: readonly Plant[],
): readonly { readonly entry: string; readonly asset: string }[] {
  const targets = new Map<string, Set<string>>();
  for (const { access } of plants) {
    for (const [id, entry] of access) {
      targets.set(id, new Set([...(targets.get(id) ?? []), ...entry.targets]));
    }
  }
  return [...targets].flatMap(([entry, assets]) => [...assets].map((asset) => ({ entry, asset })));
}

/** Nothing where the policy does not know the entry or the asset, or has no way to it. */
function sidesOf(plant: Plant, entry: string, asset: string): Sides {
  const operations = plant.access.get(entry)?.mayRequest ?? [];
  const found = accessLayers(plant, { entry, asset, operations });
  if (found.kind === 'nothing') return new Map();
  const [first, ...more] = found.layers;
  if (first === undefined) return new Map();
  const pairs = found.layers.flatMap((layer) => layer.pairs ?? []);
  const sides = new Map<string, Side>();
  for (const [name, deed] of DEEDS) {
    if (!GATE_FUNCTIONS.has(deed.known.code)) continue;
    const boxes = within(
      ofLines(first.allowances, deed),
      more.map(({ allowances }) => ofLines(allowances, deed)),
      meet,
    );
    if (boxes.length > 0) sides.set(name, { boxes: widest(boxes), pairs });
  }
  return sides;
}

const ofLines = (lines: readonly Allowance[], deed: Deed): readonly Box[] =>
  lines.flatMap((line) => (line.protocol === 'modbus' ? boxesOf(line, deed) : []));

function answer(sides: Sides, operation: ModbusOperation): boolean {
  const name = `${operation.functionCode} ${operation.kind}`;
  const [side, deed] = [sides.get(name), DEEDS.get(name)];
  return side !== undefined && deed !== undefined && passes(side, deed, pointOf(operation));
}

function show(
  after: Plant,
  before: Plant,
  { becomes, entry, asset }: Pick<GrantChange, 'becomes' | 'entry' | 'asset'>,
  { line, what, both, example }: Delta,
): GrantChange {
  const operations = after.access.get(entry)?.mayRequest ?? [];
  const asked = example.protocol === 'modbus' ? [example] : [];
  const [because] = evaluateAccess(after, { entry, asset, operations }, asked).because;
  return {
    becomes,
    vendor: (after.access.get(entry) ?? before.access.get(entry))?.vendor ?? '',
    entry,
    asset,
    what,
    both,
    at: line.at,
    example: { operation: example, ...(because !== undefined && { because }) },
  };
}
