/** What one list of rights lets pass and another does not, in the words of the policy's lines. */
import type { Operation, OperationKind } from '#sensor/model/operation.ts';
import { OPERATION_KINDS } from '../layers.ts';
import { MAX_ADDRESS } from '../modbus-functions.ts';
import type { Allowance, ModbusAllowance, OpcuaAllowance } from '../plant.ts';
import { describeAllowance } from '../words.ts';
import { pointOf } from './answer.ts';
import { type Box, boxesOf, type Deed, type Point, passes, type Side } from './box.ts';
import { differingOpcua, type OpcuaBox, opcuaBox, opcuaPasses } from './opcua-box.ts';
import { DEEDS } from './rights.ts';
import { differing } from './witness.ts';

/** Something that one side lets pass and the other does not. */
export interface Delta {
  readonly line: Allowance;
  /** `write holding registers 100-119 (40101-40120) of any unit, functions 6, 16` */
  readonly what: string;
  /** What of it both let pass, in the same words. */
  readonly both: readonly string[];
  /** One that makes the difference. */
  readonly example: Operation;
  /** Whether an operation is among those that `what` says. */
  readonly holds: (operation: Operation) => boolean;
}

const NOTHING: Side = { boxes: [], pairs: [] };

interface Part {
  readonly deed: Deed;
  readonly box: Box;
  /** In the box, and not let pass by the other side. */
  readonly point: Point;
  readonly both: readonly Box[];
}

/** By line, in the order of `one`. Sides by name of the deed; those that are absent let nothing pass. */
export function modbusDeltas(
  one: ReadonlyMap<string, Side>,
  other: ReadonlyMap<string, Side>,
): readonly Delta[] {
  const byLine = new Map<ModbusAllowance, Some<Part>>();
  for (const [name, deed] of DEEDS) {
    const there = other.get(name) ?? NOTHING;
    for (const { box, point } of differing(one.get(name) ?? NOTHING, there, deed)) {
      const both = there.boxes.filter((each) => overlap(each, box));
      const part = { deed, box, point, both };
      const known = byLine.get(box.line);
      byLine.set(box.line, known === undefined ? [part] : [...known, part]);
    }
  }
  return [...byLine].flatMap(([line, parts]) =>
    sentences(line, parts, one).map((said) => ({
      line,
      what: isWhole(line, said, one) ? describeAllowance(line) : say(said),
      both: describeBoth(said),
      example: exampleOf(said),
      holds: (operation) => said.some(({ deed, box }) => isIn(box, deed, operation)),
    })),
  );
}

/** At least one. */
type Some<Each> = readonly [Each, ...Each[]];

/** Where all that a line lets pass is new, the line itself says it best. */
function sentences(
  line: ModbusAllowance,
  parts: Some<Part>,
  one: ReadonlyMap<string, Side>,
): readonly Some<Part>[] {
  return isWhole(line, parts, one) ? [parts] : groups(parts);
}

function isWhole(
  line: ModbusAllowance,
  parts: readonly Part[],
  one: ReadonlyMap<string, Side>,
): boolean {
  const own = [...one.values()].flatMap(({ boxes }) => boxes.filter((box) => box.line === line));
  return (
    parts.length === own.length &&
    parts.every(
      ({ deed, box, both }) =>
        both.length === 0 &&
        boxesOf(line, deed).some(
          (written) =>
            written.first === box.first &&
            written.last === box.last &&
            written.min === box.min &&
            written.max === box.max,
        ),
    )
  );
}

const isIn = (box: Box, deed: Deed, operation: Operation): boolean =>
  operation.protocol === 'modbus' &&
  operation.functionCode === deed.known.code &&
  operation.kind === deed.kind &&
  passes({ boxes: [box], pairs: [] }, deed, pointOf(operation));

const describeBoth = (group: readonly Part[]): readonly string[] => {
  const boxes = group.flatMap(({ deed, both }) => both.map((box) => ({ deed, box })));
  return [...new Set(groups(boxes).map(say))];
};

const overlap = (one: Box, other: Box): boolean =>
  one.first <= other.last &&
  other.first <= one.last &&
  one.min <= other.max &&
  other.min <= one.max &&
  (one.units === undefined || (other.units?.some((unit) => one.units?.includes(unit)) ?? true));

interface Said {
  readonly deed: Deed;
  readonly box: Box;
}

/** Parts that a person would say in one sentence: the same objects and values, by one function or another. */
function groups<Each extends Said>(parts: readonly Each[]): readonly Some<Each>[] {
  const grouped = new Map<string, Some<Each>>();
  for (const part of parts) {
    const { everyUnit, first, last, bounded, min, max } = part.box;
    const units = everyUnit ? [] : part.box.units;
    const { kind, known } = part.deed;
    const where = isBounded(part) ? [known.table, first, last] : [];
    const key = JSON.stringify([kind, units, where, bounded && [min, max]]);
    const others = grouped.get(key);
    grouped.set(key, others === undefined ? [part] : [...others, part]);
  }
  return [...grouped.values()];
}

/** Whether it is about some addresses and no others. */
const isBounded = ({ deed, box }: Said): boolean =>
  deed.known.table !== undefined && (box.first > 0 || box.last < MAX_ADDRESS);

/** The line that says just this, in words. */
function say([head, ...more]: Some<Said>): string {
  const group = [head, ...more];
  const { units, everyUnit, first, last, bounded, min, max, line } = head.box;
  const { table } = head.deed.known;
  return describeAllowance({
    protocol: 'modbus',
    operations: [head.deed.kind],
    functions: [...new Set(group.map(({ deed }) => deed.known.code))],
    ...(units !== undefined && !everyUnit && { units }),
    ...(table !== undefined && group.every(({ deed }) => deed.known.table === table) && { table }),
    ...(isBounded(head) && { addresses: [{ first, last }] }),
    ...(bounded && { value: { min, max } }),
    at: line.at,
  });
}

const exampleOf = ([{ deed, point }]: Some<Part>): Operation => operationOf(deed, point);

function operationOf({ known, kind }: Deed, { unit, first, last, values }: Point): Operation {
  const quantity = last - first + 1;
  const base = { kind, protocol: 'modbus', functionCode: known.code } as const;
  const written =
    values === undefined
      ? {}
      : {
          values: Array.from({ length: quantity }, (_, i) => (i === 0 ? values.low : values.high)),
        };
  if (known.files === true) {
    const object = { kind: 'modbus-file', unit, file: 1, record: first, quantity } as const;
    return { ...base, object, ...written };
  }
  if (known.table === undefined) {
    return { ...base, object: { kind: 'modbus-device', unit }, ...written };
  }
  const object = {
    kind: 'modbus-range',
    unit,
    table: known.table,
    address: first,
    quantity,
  } as const;
  return { ...base, object, ...written };
}

/** By line, in the order of `one`. Boxes by kind. */
export function opcuaDeltas(
  one: ReadonlyMap<string, readonly OpcuaBox[]>,
  other: ReadonlyMap<string, readonly OpcuaBox[]>,
): readonly Delta[] {
  const byLine = new Map<
    OpcuaAllowance,
    { readonly kinds: OperationKind[]; readonly both: Set<string>; readonly example: Operation }
  >();
  for (const kind of OPERATION_KINDS) {
    const there = other.get(kind) ?? [];
    for (const { box, object } of differingOpcua(one.get(kind) ?? [], there)) {
      const example: Operation = { kind, protocol: 'opcua', service: 'any', object };
      const known = byLine.get(box.line) ?? { kinds: [], both: new Set(), example };
      known.kinds.push(kind);
      for (const { line } of there) {
        known.both.add(describeAllowance({ ...line, operations: [kind] }));
      }
      byLine.set(box.line, known);
    }
  }
  return [...byLine].map(([line, { kinds, both, example }]) => ({
    line,
    what: describeAllowance({ ...line, operations: kinds }),
    both: [...both],
    example,
    holds: ({ protocol, kind, object }) =>
      protocol === 'opcua' && kinds.includes(kind) && opcuaPasses([opcuaBox(line)], object),
  }));
}
