/** Allowances and operations in words, for reasons and for `lockkeeper policy`. */
import {
  classicNumber,
  describeObject,
  type ModbusTable,
  type OpcuaOperation,
  type Operation,
} from '#sensor/model/operation.ts';
import type { Pair } from './pairs.ts';
import type { Allowance, ModbusAllowance } from './plant.ts';

/** Values shown before the rest is counted. */
const SHOWN_VALUES = 4;

/** `write holding registers 100-109 (40101-40110) of unit 1, values 0 to 1500, functions 6, 16` */
export function describeAllowance(allowance: Allowance): string {
  if (allowance.protocol === 'opcua') {
    const objects = [...(allowance.nodes ?? []), ...(allowance.methods ?? [])];
    const where = objects.length === 0 ? 'any node' : objects.join(', ');
    return `${allowance.operations.join(', ')} ${where} (OPC UA)`;
  }
  const { operations, functions } = allowance;
  return [
    `${operations.join(', ')} ${object(allowance)}`,
    bounds(allowance),
    functions === undefined
      ? ''
      : `function${functions.length === 1 ? '' : 's'} ${functions.join(', ')}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function object({ operations, units, table, addresses }: ModbusAllowance): string {
  const unit =
    units === undefined ? 'any unit' : `unit${units.length === 1 ? '' : 's'} ${units.join(', ')}`;
  // Whom one identifies is the device as a whole.
  if (operations.every((kind) => kind === 'identify')) return unit;
  const noun = table?.replace('-', ' ');
  const ranges = addresses?.map((range) => describeRange(table, range)).join(', ');
  const what = [noun ?? (ranges === undefined ? 'anything' : 'addresses'), ranges];
  return `${what.filter((part) => part !== undefined).join(' ')} of ${unit}`;
}

/** `100-109 (40101-40110)` */
function describeRange(
  table: ModbusTable | undefined,
  { first, last }: { readonly first: number; readonly last: number },
): string {
  const numbers = first === last ? `${first}` : `${first}-${last}`;
  if (table === undefined) return numbers;
  const from = classicNumber(table, first);
  return `${numbers} (${first === last ? from : `${from}-${classicNumber(table, last)}`})`;
}

function bounds({ value }: ModbusAllowance): string {
  if (value?.min !== undefined && value.max !== undefined) {
    return `values ${value.min} to ${value.max}`;
  }
  if (value?.min !== undefined) return `values from ${value.min}`;
  return value?.max === undefined ? '' : `values up to ${value.max}`;
}

/** `write 1500 to holding register 100 (40101) of unit 1 with function 6` */
export function describeOperation(operation: Operation): string {
  if (operation.protocol === 'opcua') return describeOpcua(operation);
  const { kind, functionCode, object, values } = operation;
  const on = describeObject(object);
  if (kind !== 'write') return `${kind} ${on} with function ${functionCode}`;
  if (values === undefined) return `write unknown values to ${on} with function ${functionCode}`;
  const shown = values.slice(0, SHOWN_VALUES).join(', ');
  const more = values.length - SHOWN_VALUES;
  return `write ${shown}${more > 0 ? ` and ${more} more` : ''} to ${on} with function ${functionCode}`;
}

/** `write node ns=2;s=Boiler.SetPoint with service Write` */
function describeOpcua({ kind, service, object }: OpcuaOperation): string {
  const name = object.kind === 'opcua-node' ? object.node : undefined;
  const unknown = name !== undefined && name.uri === undefined;
  const namespace = unknown ? ', whose namespace is not known' : '';
  return `${kind} ${describeObject(object)}${namespace} with service ${service}`;
}

/** Why a write that touches two registers of one value is refused; ends with the operation, as `describeRefusal`. */
export function describePair({ name, first, last }: Pair, operation: Operation): string {
  const why = `registers ${first}-${last} hold one value (${name}), which bounds on single words, or half of it, do not decide`;
  return `${why}; not: ${describeOperation(operation)}`;
}

/**
 * Why `speaker` does not let `operation` pass: `the grant lets only write holding registers 100-109 ...;
 * not: write 5 to coil 3 ...`. Of what it allows, only that of the same kind is named.
 */
export function describeRefusal(
  speaker: string,
  allowances: readonly Allowance[],
  operation: Operation,
): string {
  const near = allowances.filter(({ operations }) => operations.includes(operation.kind));
  const allowed =
    near.length === 0
      ? `allows no ${operation.kind}`
      : `lets only ${near.map(describeAllowance).join('; ')}`;
  return `${speaker} ${allowed}; not: ${describeOperation(operation)}`;
}
