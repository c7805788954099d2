/**
 * A grant as tables, so that the gate can ask for every PDU: the same answer as `evaluateAccess`, held
 * equal by a property test, without allocating while it allows.
 *
 * For each function code and each layer there is a list of rows; an operation passes a layer iff one
 * row holds it, and it passes iff it passes every layer. Rows are few (one grant, one asset), so they
 * are scanned.
 */
import type { ModbusOperation, ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import { accessLayers, type GrantSubject, type Layer, refusalReason } from '../layers.ts';
import type { Refusal } from '../match.ts';
import { GATE_FUNCTIONS, MAX_ADDRESS, POLICY_FUNCTIONS } from '../modbus-functions.ts';
import { type Pair, undecidedPair } from '../pairs.ts';
import type { AccessEntry, ModbusAllowance, Plant, Reason } from '../plant.ts';

type GrantDecision =
  | { readonly kind: 'allow'; readonly rule: string; readonly because: Reason }
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly because: Reason };

export interface CompiledGrant {
  /**
   * `operations`: everything that one request with this function code does; empty = not understood.
   * The same object comes back for every allowed request.
   */
  readonly decide: (functionCode: number, operations: readonly ModbusOperation[]) => GrantDecision;
}

/** What an operation is held against. */
export interface Row {
  readonly kind: OperationKind;
  /** Undefined = any. */
  readonly units: readonly number[] | undefined;
  /** Undefined = the device itself. */
  readonly table: ModbusTable | undefined;
  readonly first: number;
  readonly last: number;
  /** Valid iff `bounded`. */
  readonly min: number;
  readonly max: number;
  readonly bounded: boolean;
}

/** Function codes are 7 bits. MODBUS Application Protocol V1.1b3, 4.1. */
const FUNCTION_CODES = 128;

/** How far an operation got in one layer; the numbers order as docs/contracts.md "Refusals". */
const NO_FUNCTION = 0;
const NO_ADDRESS = 1;
const NO_VALUE = 2;
const PASSES = 3;
const REFUSALS: readonly Refusal[] = ['function', 'address', 'value'];
const NO_PAIRS: readonly Pair[] = [];

/** Compiles what `subject` may do under `plant`. A subject that the plant does not know gets nothing. */
export function compileGrant(
  plant: Plant,
  subject: GrantSubject,
  gates?: readonly string[],
): CompiledGrant {
  const found = accessLayers(plant, subject, gates);
  if (found.kind === 'nothing') {
    const never: GrantDecision = {
      kind: 'refuse',
      refusal: 'function',
      because: found.because,
    };
    return { decide: () => never };
  }
  const { entry, layers } = found;
  const tables = Array.from({ length: FUNCTION_CODES }, (_, code) => rowsByLayer(code, layers));
  const allow = allowed(entry);

  return {
    decide: (functionCode, operations) => {
      const byLayer = tables[functionCode];
      if (byLayer === undefined || operations.length === 0) return notUnderstood(functionCode);
      let lowest = PASSES;
      let culprit: ModbusOperation | undefined;
      let layer = 0;
      for (let i = 0; i < operations.length; i += 1) {
        const operation = operations[i];
        if (operation === undefined || operation.functionCode !== functionCode) {
          return notUnderstood(functionCode);
        }
        for (let l = 0; l < byLayer.length; l += 1) {
          const reached = furthest(byLayer[l], operation, layers[l]?.pairs);
          if (reached < lowest) {
            lowest = reached;
            culprit = operation;
            layer = l;
          }
        }
      }
      return culprit === undefined ? allow : refusal(lowest, layers[layer], culprit);
    },
  };
}

/** All that the gate looks through for one function: an operation must be held by one row of each layer. */
export interface FunctionTable {
  readonly functionCode: number;
  readonly layers: readonly { readonly speaker: string; readonly rows: readonly Row[] }[];
}

/** Functions of which something may pass, to be read; empty for a subject that the plant does not know. */
export function tablesOf(plant: Plant, subject: GrantSubject): readonly FunctionTable[] {
  const found = accessLayers(plant, subject);
  if (found.kind === 'nothing') return [];
  return [...GATE_FUNCTIONS.keys()].flatMap((functionCode): readonly FunctionTable[] => {
    const layers = (rowsByLayer(functionCode, found.layers) ?? []).map((rows, index) => ({
      speaker: found.layers[index]?.speaker ?? '',
      rows,
    }));
    return layers.every(({ rows }) => rows.length > 0) ? [{ functionCode, layers }] : [];
  });
}

/** The rows of each layer for one function; undefined for a code that is not understood. */
function rowsByLayer(
  code: number,
  layers: readonly Layer[],
): readonly (readonly Row[])[] | undefined {
  const known = GATE_FUNCTIONS.get(code);
  if (known === undefined) return undefined;
  return layers.map(({ allowances }) =>
    allowances
      .filter((each): each is ModbusAllowance => each.protocol === 'modbus')
      .filter(({ functions }) => functions === undefined || functions.includes(code))
      .filter(({ table }) => table === undefined || table === known.table)
      // An allowance that bounds addresses speaks of tables, and a device is in none.
      .filter(({ addresses }) => known.table !== undefined || addresses === undefined)
      .flatMap((allowance) =>
        known.kinds
          .filter((kind) => allowance.operations.includes(kind))
          .flatMap((kind) => rows(allowance, kind, known.table)),
      ),
  );
}

function rows(
  { units, addresses, value }: ModbusAllowance,
  kind: OperationKind,
  table: ModbusTable | undefined,
): readonly Row[] {
  const bounds = kind === 'write' ? value : undefined;
  const row = {
    kind,
    units,
    table,
    bounded: bounds?.min !== undefined || bounds?.max !== undefined,
    min: bounds?.min ?? Number.NEGATIVE_INFINITY,
    max: bounds?.max ?? Number.POSITIVE_INFINITY,
  };
  // An empty list of addresses grants the function and no address.
  const ranges = addresses?.length === 0 ? [{ first: 1, last: 0 }] : addresses;
  return (ranges ?? [{ first: 0, last: MAX_ADDRESS }]).map(({ first, last }) => ({
    ...row,
    first,
    last,
  }));
}

/** How far `operation` gets in one layer: by its most generous row. */
function furthest(
  layer: readonly Row[] | undefined,
  operation: ModbusOperation,
  pairs: readonly Pair[] = NO_PAIRS,
): number {
  if (layer === undefined) return NO_FUNCTION;
  const { kind, object } = operation;
  let reached = NO_FUNCTION;
  for (let r = 0; r < layer.length; r += 1) {
    const row = layer[r];
    if (row === undefined || row.kind !== kind) continue;
    if (row.units !== undefined && !row.units.includes(object.unit)) continue;
    if (object.kind !== 'modbus-range') {
      // No function that passes the gate touches files.
      if (object.kind === 'modbus-device' && row.table === undefined) return PASSES;
      continue;
    }
    if (row.table !== object.table || !isRange(object.address, object.quantity)) continue;
    if (object.address < row.first || object.address + object.quantity - 1 > row.last) {
      if (reached < NO_ADDRESS) reached = NO_ADDRESS;
      continue;
    }
    const undecided =
      kind === 'write' && undecidedPair(pairs, operation, row.bounded) !== undefined;
    if (!undecided && (!row.bounded || valuesInside(row, operation))) return PASSES;
    reached = NO_VALUE;
  }
  return reached;
}

const isRange = (address: number, quantity: number): boolean =>
  address >= 0 && quantity >= 1 && address + quantity - 1 <= MAX_ADDRESS;

/** Values that are not known cannot be shown to lie inside bounds, so they do not. */
function valuesInside(row: Row, { values, object }: ModbusOperation): boolean {
  if (values === undefined || object.kind !== 'modbus-range') return false;
  if (values.length !== object.quantity) return false;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    // Written so that a value that is no number is outside.
    if (value === undefined || !(value >= row.min && value <= row.max)) return false;
  }
  return true;
}

function allowed(entry: AccessEntry): GrantDecision {
  const { id, at, why } = entry;
  return { kind: 'allow', rule: id, because: { rule: id, at, text: why } };
}

function notUnderstood(functionCode: number): GrantDecision {
  const text = POLICY_FUNCTIONS.has(functionCode)
    ? `function ${functionCode} does not pass the gate yet, so nothing can grant it`
    : `function ${functionCode} is not understood, so nothing can grant it`;
  return { kind: 'refuse', refusal: 'function', because: { rule: 'default-deny', text } };
}

function refusal(
  reached: number,
  layer: Layer | undefined,
  operation: ModbusOperation,
): GrantDecision {
  const refused = REFUSALS[reached] ?? 'function';
  // INVARIANT: there is a layer, because one of them did not let the operation pass.
  if (layer === undefined) return notUnderstood(operation.functionCode);
  return { kind: 'refuse', refusal: refused, because: refusalReason(layer, operation) };
}
