/**
 * Whether what one allowance names lies whole inside what others name. Exact for a single outer
 * allowance: neighbours are not joined, because the whole range of an operation must lie in one.
 */
import type { ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import {
  MAX_ADDRESS,
  MAX_VALUE,
  POLICY_FUNCTIONS,
  type PolicyFunctions,
  speaksOf,
} from '../modbus-functions.ts';
import type { Allowance, ModbusAllowance } from '../plant.ts';

/** The part of an allowance that one function does on one range of one unit. */
export interface Piece {
  readonly kind: OperationKind;
  readonly functionCode: number;
  /** Undefined = any. */
  readonly unit: number | undefined;
  /** Undefined = the device itself. */
  readonly table: ModbusTable | undefined;
  readonly first: number;
  readonly last: number;
  /** 0 and 65535 where the allowance does not bound. */
  readonly min: number;
  readonly max: number;
}

/**
 * `units`: those of the asset, where it is known which one is meant. Empty = the allowance can allow
 * nothing. `passed`: the functions that pass where the allowance speaks.
 */
export function pieces(
  allowance: Allowance,
  units?: readonly number[],
  passed: PolicyFunctions = POLICY_FUNCTIONS,
): readonly Piece[] {
  if (allowance.protocol !== 'modbus') return [];
  const { operations, functions, table, addresses, value } = allowance;
  const ranges = addresses ?? [{ first: 0, last: MAX_ADDRESS }];
  const named =
    allowance.units === undefined
      ? (units ?? [undefined])
      : allowance.units.filter((unit) => units === undefined || units.includes(unit));
  const pieced: Piece[] = [];
  for (const known of passed.values()) {
    if (!speaksOf(functions, known.code)) continue;
    if (table !== undefined && table !== known.table) continue;
    if (known.table === undefined && addresses !== undefined) continue;
    const isBounded = value?.min !== undefined || value?.max !== undefined;
    for (const kind of known.kinds.filter((each) => operations.includes(each))) {
      if (kind === 'write' && isBounded && known.valueUnknown === true) continue;
      const bounds = kind === 'write' ? value : undefined;
      const base = {
        kind,
        functionCode: known.code,
        table: known.table,
        min: bounds?.min ?? 0,
        max: bounds?.max ?? MAX_VALUE,
      };
      for (const unit of named)
        for (const range of ranges) pieced.push({ ...base, unit, ...range });
    }
  }
  return pieced;
}

export function holds(outer: Allowance, piece: Piece): boolean {
  if (outer.protocol !== 'modbus' || !meetsKind(outer, piece)) return false;
  const { units, addresses, value } = outer;
  if (units !== undefined && (piece.unit === undefined || !units.includes(piece.unit)))
    return false;
  const inRange =
    piece.table === undefined ||
    addresses === undefined ||
    addresses.some(({ first, last }) => first <= piece.first && piece.last <= last);
  const inBounds =
    piece.kind !== 'write' ||
    ((value?.min ?? 0) <= piece.min && piece.max <= (value?.max ?? MAX_VALUE));
  return inRange && inBounds;
}

/** Whether some operation could lie in both. */
export function meets(outer: Allowance, piece: Piece): boolean {
  if (outer.protocol !== 'modbus' || !meetsKind(outer, piece)) return false;
  const { units, addresses, value } = outer;
  if (units !== undefined && piece.unit !== undefined && !units.includes(piece.unit)) return false;
  const range =
    piece.table === undefined ||
    addresses === undefined ||
    addresses.some(({ first, last }) => first <= piece.last && piece.first <= last);
  const bounds =
    piece.kind !== 'write' ||
    ((value?.min ?? 0) <= piece.max && piece.min <= (value?.max ?? MAX_VALUE));
  return range && bounds;
}

const meetsKind = (outer: ModbusAllowance, { kind, functionCode, table }: Piece): boolean =>
  outer.operations.includes(kind) &&
  speaksOf(outer.functions, functionCode) &&
  (outer.table === undefined || outer.table === table) &&
  (table !== undefined || outer.addresses === undefined);

/** The pieces of `inner` that no one of `outers` holds whole. */
export const uncovered = (
  inner: Allowance,
  outers: readonly Allowance[],
  units?: readonly number[],
  passed?: PolicyFunctions,
): readonly Piece[] =>
  pieces(inner, units, passed).filter((piece) => !outers.some((outer) => holds(outer, piece)));
