/**
 * One line of an `allow` or `may_request` list: which operations, on which objects.
 *
 * A line may become several allowances: function codes are grouped by the table that they touch, and
 * registers by table and limits, so that each allowance says one thing that a person can read.
 */
import type { ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import { MAX_VALUE, POLICY_FUNCTIONS } from '../modbus-functions.ts';
import type { Allowance, Asset, ModbusAllowance, OpcuaAllowance, SourceRef } from '../plant.ts';
import { type Fields, fields, integer, list, oneOf, word } from './read.ts';
import { type Item, inside, type Reading } from './reading.ts';
import { type NamedRange, registerRanges } from './register-range.ts';
import { type AddressRange, addressRange, nodeId } from './scalar.ts';

export const KINDS: readonly OperationKind[] = [
  'read',
  'write',
  'control',
  'configure',
  'program',
  'browse',
  'subscribe',
  'identify',
];

export const TABLES: readonly ModbusTable[] = [
  'coils',
  'discrete-inputs',
  'input-registers',
  'holding-registers',
];

/** An approver reads every line; a list that is longer is read by nobody. */
const MAX_ALLOWANCES = 64;
const MAX_RANGES = 64;

const MODBUS_KEYS = ['proto', 'ops', 'fc', 'units', 'table', 'range', 'registers', 'value'];
const OPCUA_KEYS = ['proto', 'ops', 'nodes', 'methods'];

/** `targets`: the assets that the list is about; their register maps give names to addresses. */
export function allowances(
  reading: Reading,
  item: Item | undefined,
  targets: readonly Asset[],
): readonly Allowance[] {
  return list(reading, item, { max: MAX_ALLOWANCES }).flatMap((each): readonly Allowance[] => {
    const all = fields(reading, each, [...new Set([...MODBUS_KEYS, ...OPCUA_KEYS])]);
    if (all === undefined) return [];
    const at = reading.refOf(each);
    const proto = all.has('proto')
      ? oneOf(reading, all.get('proto'), ['modbus', 'opcua'])
      : 'modbus';
    switch (proto) {
      case undefined:
        return [];
      case 'modbus':
        return modbus({ reading, item: each, found: all, targets, at });
      case 'opcua':
        return opcua({ reading, item: each, found: all, targets, at });
      default:
        return proto satisfies never;
    }
  });
}

interface Line {
  readonly reading: Reading;
  readonly item: Item;
  readonly found: Fields;
  readonly targets: readonly Asset[];
  readonly at: SourceRef;
}

function foreign({ reading, found }: Line, known: readonly string[], protocol: string): void {
  for (const [key, value] of found) {
    if (!known.includes(key)) reading.fault(value, `\`${key}\` says nothing about ${protocol}`);
  }
}

function kinds({ reading, found }: Line): readonly OperationKind[] | undefined {
  if (!found.has('ops')) return undefined;
  const members = list(reading, found.get('ops'), { min: 1, max: KINDS.length, orOne: true });
  const read = members.flatMap((each) => oneOf(reading, each, KINDS) ?? []);
  return [...new Set(read)];
}

function opcua(line: Line): readonly OpcuaAllowance[] {
  const { reading, item, found, at } = line;
  foreign(line, OPCUA_KEYS, 'OPC UA');
  const operations = kinds(line);
  if (operations === undefined) {
    reading.fault(item, 'key `ops` is missing: say which operations');
    return [];
  }
  const ids = (key: string): readonly string[] | undefined =>
    found.has(key)
      ? list(reading, found.get(key), { min: 1, max: 1000 }).flatMap(
          (each) => nodeId(reading, each) ?? [],
        )
      : undefined;
  const nodes = ids('nodes');
  const methods = ids('methods');
  return [
    {
      protocol: 'opcua',
      operations,
      ...(nodes !== undefined && { nodes }),
      ...(methods !== undefined && { methods }),
      at,
    },
  ];
}

function modbus(line: Line): readonly ModbusAllowance[] {
  const { reading, item, found, at } = line;
  foreign(line, MODBUS_KEYS, 'Modbus');
  const groups = functionGroups(line);
  if (groups === undefined) return [];
  const units = found.has('units') ? unitList(line) : undefined;
  const places = placesOf(
    line,
    groups.some(({ operations }) => operations.includes('write')),
  );
  const value = found.has('value') ? bounds(line) : undefined;
  if (found.has('value') && !groups.some(({ operations }) => operations.includes('write'))) {
    reading.fault(item, '`value` bounds what is written, and nothing is written here');
  }
  const made = groups.flatMap((group) =>
    placesIn(places, group, line).map((place): ModbusAllowance => {
      const writes = group.operations.includes('write');
      const limits = writes ? (value ?? place.limits) : undefined;
      const table = place.table ?? group.table;
      return {
        protocol: 'modbus',
        operations: group.operations,
        ...(group.functions !== undefined && { functions: group.functions }),
        ...(units !== undefined && { units }),
        ...(table !== undefined && { table }),
        ...(place.addresses !== undefined && { addresses: place.addresses }),
        ...(limits !== undefined && { value: limits }),
        at,
      };
    }),
  );
  if (made.length === 0) {
    const message = 'allows nothing: no function here touches what is named';
    reading.faultUnless(inside(item.path), item, message);
  }
  return made;
}

interface FunctionGroup {
  readonly operations: readonly OperationKind[];
  /** Absent = any function of these kinds. */
  readonly functions?: readonly number[];
  readonly table?: ModbusTable;
}

/** The functions of a line, grouped by the table that they touch. */
function functionGroups(line: Line): readonly FunctionGroup[] | undefined {
  const { reading, item, found } = line;
  const operations = kinds(line);
  const table = oneOf(reading, found.get('table'), TABLES);
  if (!found.has('fc')) {
    if (operations === undefined) {
      reading.fault(item, 'says neither `ops` nor `fc`: name operations or function codes');
      return undefined;
    }
    return operations.length === 0
      ? undefined
      : [{ operations, ...(table !== undefined && { table }) }];
  }
  const groups = new Map<ModbusTable | undefined, number[]>();
  for (const each of list(reading, found.get('fc'), { min: 1, max: 127, orOne: true })) {
    const known = knownFunction(reading, each);
    if (known === undefined) continue;
    if (table !== undefined && known.table !== table) {
      const touches = known.table ?? 'no table';
      reading.fault(each, `function ${known.code} touches ${touches}, not ${table}`);
    }
    if (operations !== undefined && !known.kinds.some((kind) => operations.includes(kind))) {
      reading.fault(
        each,
        `function ${known.code} is none of \`ops\`: it does ${known.kinds.join(' and ')}`,
      );
    }
    groups.set(known.table, [...(groups.get(known.table) ?? []), known.code]);
  }
  return [...groups].map(([touched, functions]) => ({
    operations: KINDS.filter(
      (kind) =>
        (operations === undefined || operations.includes(kind)) &&
        functions.some((code) => POLICY_FUNCTIONS.get(code)?.kinds.includes(kind) === true),
    ),
    functions: [...new Set(functions)],
    ...(touched !== undefined && { table: touched }),
  }));
}

function knownFunction(reading: Reading, item: Item) {
  const code = integer(reading, item, { min: 1, max: 127 });
  if (code === undefined) return undefined;
  const known = POLICY_FUNCTIONS.get(code);
  if (known === undefined) {
    const codes = [...POLICY_FUNCTIONS.keys()].join(', ');
    reading.fault(
      item,
      `function ${code} is not decoded, so it cannot be allowed: known are ${codes}`,
    );
  }
  return known;
}

function unitList({ reading, found }: Line): readonly number[] {
  const members = list(reading, found.get('units'), { min: 1, max: 256, orOne: true });
  return members.flatMap((each) => integer(reading, each, { min: 0, max: 255 }) ?? []);
}

/** Where a line allows something: addresses of one table, with the limits of the registers there. */
interface Place {
  readonly table?: ModbusTable;
  readonly addresses?: readonly AddressRange[];
  readonly limits?: NamedRange['limits'];
}

function placesOf(line: Line, writes: boolean): readonly Place[] | undefined {
  const { reading, found, targets } = line;
  const named = found.get('registers');
  const ranged = found.get('range');
  if (named !== undefined && (ranged !== undefined || found.has('table'))) {
    reading.fault(named, '`registers` already says table and range: leave the others out');
  }
  if (named !== undefined) {
    const names = list(reading, named, { min: 1, max: MAX_RANGES, orOne: true });
    const bounded = found.has('value');
    return registerRanges(
      names.flatMap((each) => {
        const name = word(reading, each, 'the name of a register');
        return name === undefined ? [] : [{ item: each, name }];
      }),
      { reading, targets, writes, bounded },
    );
  }
  if (ranged === undefined) return undefined;
  const ranges = list(reading, ranged, { min: 1, max: MAX_RANGES, orOne: true });
  return [{ addresses: ranges.flatMap((each) => addressRange(reading, each) ?? []) }];
}

/** The places that a group of functions touches; a fault where a device as a whole is given addresses. */
function placesIn(
  places: readonly Place[] | undefined,
  { functions, operations, table }: FunctionGroup,
  { reading, item }: Line,
): readonly Place[] {
  if (places === undefined) return [{}];
  if (functions !== undefined && table === undefined) {
    reading.fault(
      item,
      `function ${functions.join(', ')} has no addresses: give it a line of its own`,
    );
  }
  if (functions === undefined && operations.includes('identify')) {
    reading.fault(item, 'identify has no addresses: give it a line of its own');
  }
  return places.filter(
    (place) => place.table === undefined || table === undefined || place.table === table,
  );
}

function bounds({ reading, found }: Line): ModbusAllowance['value'] {
  const item = found.get('value');
  const limits = item && fields(reading, item, ['min', 'max']);
  if (item === undefined || limits === undefined) return undefined;
  const min = integer(reading, limits.get('min'), { min: 0, max: MAX_VALUE });
  const max = integer(reading, limits.get('max'), { min: 0, max: MAX_VALUE });
  if (limits.size === 0) reading.fault(item, '`value` names neither `min` nor `max`');
  if (min !== undefined && max !== undefined && min > max) {
    reading.fault(item, `no value is at least ${min} and at most ${max}`);
  }
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}
