/**
 * What of a grant passes every layer of the policy, as allowances that a person can read: the gate's
 * decision turned inside out. A property test holds the two equal, but for writes whose values cannot be
 * known, and for values of two registers (`pairs.ts`): those are a matter of the single operation.
 */
import { accessLayers, type GrantSubject } from './layers.ts';
import { holds, pieces, uncovered } from './lint/cover.ts';
import { GATE_FUNCTIONS } from './modbus-functions.ts';
import type { Allowance, ModbusAllowance, Plant } from './plant.ts';
import { describeAllowance } from './words.ts';

/** Lines that pass whole stay as they were granted, where "any unit" is any of the asset; of the others, what is left. */
export function passing(
  plant: Plant,
  subject: GrantSubject,
  gates?: readonly string[],
): readonly ModbusAllowance[] {
  const found = accessLayers(plant, subject, gates);
  if (found.kind === 'nothing') return [];
  const units = found.asset.modbus?.units ?? [];
  const ceilings = found.layers.map(({ allowances }) => allowances);
  const left = subject.operations
    .filter(isModbus)
    .map(ofGate)
    .flatMap((line) =>
      ceilings.every((ceiling) => uncovered(line, ceiling, units, GATE_FUNCTIONS).length === 0)
        ? [line]
        : ceilings.reduce<readonly ModbusAllowance[]>(
            (parts, ceiling) =>
              widest(
                parts.flatMap((part) =>
                  ceiling.filter(isModbus).flatMap((each) => both(part, each)),
                ),
                units,
              ),
            [line],
          ),
    );
  return widest(left, units);
}

/** A list that is longer is read by nobody, and one message must hold it. */
const MAX_SENTENCES = 64;

/** The same in words, one sentence each; empty where nothing passes. */
export function describePassing(
  plant: Plant,
  subject: GrantSubject,
  gates?: readonly string[],
): readonly string[] {
  const said = passing(plant, subject, gates).map(describeAllowance);
  const more = said.length - MAX_SENTENCES;
  return more > 0 ? [...said.slice(0, MAX_SENTENCES), `and ${more} more`] : said;
}

const isModbus = (allowance: Allowance): allowance is ModbusAllowance =>
  allowance.protocol === 'modbus';

/** What both allow; empty where no operation is in both. */
function both(one: ModbusAllowance, other: ModbusAllowance): readonly ModbusAllowance[] {
  if (one.table !== undefined && other.table !== undefined && one.table !== other.table) return [];
  const table = one.table ?? other.table;
  const functions = common(one.functions, other.functions);
  const units = common(one.units, other.units);
  const addresses = ranges(one.addresses, other.addresses);
  const min = Math.max(
    one.value?.min ?? Number.NEGATIVE_INFINITY,
    other.value?.min ?? Number.NEGATIVE_INFINITY,
  );
  const max = Math.min(
    one.value?.max ?? Number.POSITIVE_INFINITY,
    other.value?.max ?? Number.POSITIVE_INFINITY,
  );
  // No value is in both bounds; what is read has none.
  const operations = one.operations.filter(
    (kind) => other.operations.includes(kind) && (kind !== 'write' || min <= max),
  );
  const value = {
    ...(min > Number.NEGATIVE_INFINITY && { min }),
    ...(max < Number.POSITIVE_INFINITY && { max }),
  };
  return [
    {
      protocol: 'modbus',
      operations,
      ...(functions !== undefined && { functions }),
      ...(units !== undefined && { units }),
      ...(table !== undefined && { table }),
      ...(addresses !== undefined && { addresses }),
      ...(operations.includes('write') && Object.keys(value).length > 0 && { value }),
      at: one.at,
    },
  ];
}

/** Undefined = any. */
function common<Value>(
  one: readonly Value[] | undefined,
  other: readonly Value[] | undefined,
): readonly Value[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.filter((each) => other.includes(each));
}

function ranges(
  one: ModbusAllowance['addresses'],
  other: ModbusAllowance['addresses'],
): ModbusAllowance['addresses'] {
  if (one === undefined || other === undefined) return one ?? other;
  return one.flatMap((a) =>
    other
      .map((b) => ({ first: Math.max(a.first, b.first), last: Math.min(a.last, b.last) }))
      .filter(({ first, last }) => first <= last),
  );
}

/** Without the functions that it names in vain. */
const ofGate = (line: ModbusAllowance): ModbusAllowance => {
  const { functions } = line;
  const isWhole = functions === undefined || functions.every((code) => GATE_FUNCTIONS.has(code));
  return isWhole
    ? line
    : { ...line, functions: functions.filter((code) => GATE_FUNCTIONS.has(code)) };
};

const passed = (allowance: ModbusAllowance, units: readonly number[]) =>
  pieces(allowance, units, GATE_FUNCTIONS);

/** Without those that allow nothing, and those that another of them holds whole. */
function widest(
  allowances: readonly ModbusAllowance[],
  units: readonly number[],
): readonly ModbusAllowance[] {
  const kept: ModbusAllowance[] = [];
  const isIn = (inner: ModbusAllowance, outer: ModbusAllowance): boolean =>
    passed(inner, units).every((piece) => holds(outer, piece));
  for (const each of allowances) {
    if (passed(each, units).length === 0 || kept.some((other) => isIn(each, other))) continue;
    kept.splice(0, kept.length, ...kept.filter((other) => !isIn(other, each)), each);
  }
  return kept;
}
