/**
 * Whether one allowance lies inside others: what is asked inside what may be asked, and that inside
 * the ceilings of the conduits. Conservative: where it cannot be shown, the answer is no.
 *
 * This is checked at human speed, when something is asked, approved or opened. What a PDU may do is
 * decided by the compiled grant (`policies/compile/table.ts`), which knows the same ceilings.
 */
import { accessLayers } from '#policies/layers.ts';
import { GATE_FUNCTIONS } from '#policies/modbus-functions.ts';
import type { Allowance, ModbusAllowance, OpcuaAllowance, Plant } from '#policies/plant.ts';
import type { ModbusTable, OperationKind } from '#sensor/model/operation.ts';

export interface AddressRange {
  /** Inclusive, 0-based. */
  readonly first: number;
  readonly last: number;
}

export interface ValueBounds {
  readonly min?: number;
  readonly max?: number;
}

/** Whether everything that `inner` lets pass, each function code for itself, lies whole inside one of `outers`. */
export function covers(outers: readonly Allowance[], inner: Allowance): boolean {
  if (inner.protocol === 'opcua') {
    return (
      inner.operations.length > 0 &&
      inner.operations.every((kind) => outers.some((outer) => coversNodes(outer, inner, kind)))
    );
  }
  const deeds = deedsOf(inner);
  return (
    deeds.length > 0 &&
    deeds.every((deed) => {
      const candidates = outers.filter(
        (outer): outer is ModbusAllowance =>
          outer.protocol === 'modbus' && coversAllButRange(outer, inner, deed),
      );
      return coversRanges(candidates, inner.addresses);
    })
  );
}

/** One thing that one function code does. */
interface Deed {
  readonly code: number;
  readonly kind: OperationKind;
  /** Absent where it touches no table. */
  readonly table?: ModbusTable;
}

/** What `allowance` can let pass at all: a read of function 6 is nothing, whoever allows it. */
function deedsOf({ operations, functions, table, addresses }: ModbusAllowance): readonly Deed[] {
  return [...GATE_FUNCTIONS.values()]
    .filter(({ code }) => functions?.includes(code) ?? true)
    .filter((row) =>
      row.table === undefined
        ? table === undefined && addresses === undefined
        : table === undefined || table === row.table,
    )
    .flatMap((row) => row.kinds.map((kind) => ({ ...row, kind })))
    .filter(({ kind }) => operations.includes(kind));
}

function coversAllButRange(outer: ModbusAllowance, inner: ModbusAllowance, deed: Deed): boolean {
  const { code, kind, table } = deed;
  return (
    outer.operations.includes(kind) &&
    (outer.functions?.includes(code) ?? true) &&
    coversList(outer.units, inner.units) &&
    (table === undefined
      ? outer.table === undefined && outer.addresses === undefined
      : outer.table === undefined || outer.table === table) &&
    // Only a written value has bounds.
    (kind !== 'write' || coversValue(outer.value, inner.value))
  );
}

/** An absent list names everything, so only an absent one holds it. */
function coversList<T>(outer: readonly T[] | undefined, inner: readonly T[] | undefined): boolean {
  return outer === undefined || (inner?.every((item) => outer.includes(item)) ?? false);
}

/** Each range must lie whole in one of an outer allowance: neighbours are not joined. */
function coversRanges(
  outers: readonly ModbusAllowance[],
  inner: readonly AddressRange[] | undefined,
): boolean {
  if (inner === undefined) return outers.some(({ addresses }) => addresses === undefined);
  if (inner.length === 0) return false;
  return inner.every((range) => outers.some(({ addresses }) => holdsRange(addresses, range)));
}

/** Whether `range` lies whole inside one of `ranges`; absent ranges hold all. */
export function holdsRange(
  ranges: readonly AddressRange[] | undefined,
  range: AddressRange,
): boolean {
  return (
    range.first <= range.last &&
    (ranges === undefined ||
      ranges.some(({ first, last }) => first <= range.first && range.last <= last))
  );
}

/** Whether `inner` is at least as tight as `outer`; an absent bound does not bound. */
export function coversValue(
  outer: ValueBounds | undefined,
  inner: ValueBounds | undefined,
): boolean {
  const below = outer?.min === undefined || (inner?.min !== undefined && inner.min >= outer.min);
  const above = outer?.max === undefined || (inner?.max !== undefined && inner.max <= outer.max);
  return below && above;
}

function coversNodes(outer: Allowance, inner: OpcuaAllowance, kind: OperationKind): boolean {
  return (
    outer.protocol === 'opcua' &&
    outer.operations.includes(kind) &&
    coversList(outer.nodes, inner.nodes) &&
    coversList(outer.methods, inner.methods)
  );
}

/**
 * Who does not let `asked` pass to `asset` under `entry`, in words; undefined = everybody does. The
 * layers are those of the compiled grant. What names no unit means the units of this asset.
 */
export function narrowedBy(
  plant: Plant,
  subject: { readonly entry: string; readonly asset: string },
  asked: Allowance,
): string | undefined {
  const found = accessLayers(plant, { ...subject, operations: [asked] });
  if (found.kind === 'nothing') return found.because.text;
  const units = found.asset.modbus?.units;
  const meant =
    asked.protocol === 'modbus' && asked.units === undefined && units !== undefined
      ? { ...asked, units }
      : asked;
  const layer = found.layers.find(({ allowances }) => !covers(allowances, meant));
  return layer && `${layer.speaker} does not let all of this pass`;
}
