/**
 * Whether one allowance lets one operation pass, and if not, how far it got. This is the plain reading
 * of the policy language; `compile/table.ts` is the quick one, and a property test holds them together.
 */
import type {
  ModbusOperation,
  NodeName,
  OpcuaOperation,
  Operation,
} from '#sensor/model/operation.ts';
import { isConsistent, speaksOf } from './modbus-functions.ts';
import { type Pair, undecidedPair } from './pairs.ts';
import type { Allowance, ModbusAllowance, OpcuaAllowance } from './plant.ts';

/** What was not granted, in the order of docs/contracts.md "Refusals". A unit counts as its function. */
export type Refusal = 'function' | 'address' | 'value';

/** Position in the order: what comes first is reported first. */
export const REFUSAL_ORDER: readonly Refusal[] = ['function', 'address', 'value'];

/** Undefined = allowed. `pairs`: registers of the asset that hold one value together. */
export function shortfall(
  allowance: Allowance,
  operation: Operation,
  pairs: readonly Pair[] = [],
): Refusal | undefined {
  // An allowance says nothing about operations of another protocol.
  if (allowance.protocol === 'modbus' && operation.protocol === 'modbus') {
    return modbusShortfall(allowance, operation, pairs);
  }
  if (allowance.protocol === 'opcua' && operation.protocol === 'opcua') {
    return opcuaShortfall(allowance, operation);
  }
  return 'function';
}

function modbusShortfall(
  allowance: ModbusAllowance,
  operation: ModbusOperation,
  pairs: readonly Pair[],
): Refusal | undefined {
  // Nothing can allow what its own function code cannot do.
  if (!isConsistent(operation)) return 'function';
  const { kind, functionCode, object, values } = operation;
  if (!allowance.operations.includes(kind)) return 'function';
  if (!speaksOf(allowance.functions, functionCode)) return 'function';
  if (allowance.units !== undefined && !allowance.units.includes(object.unit)) return 'function';
  const { value } = allowance;
  if (object.kind !== 'modbus-range') {
    // An allowance that bounds addresses speaks of tables, and neither device nor file is in one.
    if (allowance.table !== undefined || allowance.addresses !== undefined) return 'function';
    const quantity = object.kind === 'modbus-device' ? 1 : object.quantity;
    const isInside = valuesInside(value, values, quantity);
    return kind !== 'write' || isInside ? undefined : 'value';
  }
  if (allowance.table !== undefined && allowance.table !== object.table) return 'function';
  const first = object.address;
  const last = object.address + object.quantity - 1;
  if (
    allowance.addresses !== undefined &&
    !allowance.addresses.some((range) => range.first <= first && last <= range.last)
  ) {
    return 'address';
  }
  if (kind !== 'write') return undefined;
  const bounded = value?.min !== undefined || value?.max !== undefined;
  return undecidedPair(pairs, operation, bounded) !== undefined ||
    !valuesInside(value, values, object.quantity)
    ? 'value'
    : undefined;
}

/**
 * A list of nodes or methods bounds: what is in none of the lists is not allowed. A node whose namespace
 * is not known stands in no list, because a number alone names nothing.
 */
function opcuaShortfall(
  { operations, nodes, methods }: OpcuaAllowance,
  { kind, object }: OpcuaOperation,
): Refusal | undefined {
  if (!operations.includes(kind)) return 'function';
  if (nodes === undefined && methods === undefined) return undefined;
  switch (object.kind) {
    case 'opcua-server':
      return 'function';
    case 'opcua-node':
      return lists(nodes, object.node) ? undefined : 'address';
    case 'opcua-method':
      if (methods === undefined || !lists(methods, object.method)) return 'function';
      return nodes === undefined || lists(nodes, object.object) ? undefined : 'address';
    default:
      return object satisfies never;
  }
}

const lists = (ids: readonly string[] | undefined, { uri }: NodeName): boolean =>
  uri !== undefined && ids?.includes(uri) === true;

/** Values that are not known cannot be shown to lie inside bounds, so they do not. */
function valuesInside(
  bounds: { readonly min?: number; readonly max?: number } | undefined,
  values: readonly number[] | undefined,
  quantity: number,
): boolean {
  if (bounds === undefined || (bounds.min === undefined && bounds.max === undefined)) return true;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = bounds;
  return (
    values !== undefined &&
    values.length === quantity &&
    values.every((value) => value >= min && value <= max)
  );
}

/** Of several allowances the most generous one decides: undefined if any allows, else the latest refusal. */
export function leastShortfall(
  allowances: readonly Allowance[],
  operation: Operation,
  pairs: readonly Pair[] = [],
): Refusal | undefined {
  let furthest: Refusal = 'function';
  for (const allowance of allowances) {
    const found = shortfall(allowance, operation, pairs);
    if (found === undefined) return undefined;
    if (REFUSAL_ORDER.indexOf(found) > REFUSAL_ORDER.indexOf(furthest)) furthest = found;
  }
  return furthest;
}
