/**
 * What the policy language knows about Modbus function codes: which kinds of operation a request with
 * this code is made of, and on which table. A code that does not stand here cannot be allowed.
 *
 * Spec: MODBUS Application Protocol V1.1b3, section 6. The decoder's own table
 * (`sensor/decode/modbus/functions.ts`) also knows limits and layouts; a test holds the two together.
 */
import type { ModbusOperation, ModbusTable, OperationKind } from '#sensor/model/operation.ts';

export interface PolicyFunction {
  readonly code: number;
  readonly kinds: readonly OperationKind[];
  /** Absent where it touches no table. */
  readonly table?: ModbusTable;
  /** Most objects that one request may write; valid iff it writes. */
  readonly maxWrite?: number;
  /** Most objects that one request may read; valid iff it reads a table. */
  readonly maxRead?: number;
}

const ROWS: readonly PolicyFunction[] = [
  { code: 1, kinds: ['read'], table: 'coils', maxRead: 2000 },
  { code: 2, kinds: ['read'], table: 'discrete-inputs', maxRead: 2000 },
  { code: 3, kinds: ['read'], table: 'holding-registers', maxRead: 125 },
  { code: 4, kinds: ['read'], table: 'input-registers', maxRead: 125 },
  { code: 5, kinds: ['write'], table: 'coils', maxWrite: 1 },
  { code: 6, kinds: ['write'], table: 'holding-registers', maxWrite: 1 },
  { code: 15, kinds: ['write'], table: 'coils', maxWrite: 1968 },
  { code: 16, kinds: ['write'], table: 'holding-registers', maxWrite: 123 },
  { code: 23, kinds: ['read', 'write'], table: 'holding-registers', maxRead: 125, maxWrite: 121 },
  { code: 43, kinds: ['identify'] },
];

export const POLICY_FUNCTIONS: ReadonlyMap<number, PolicyFunction> = new Map(
  ROWS.map((row) => [row.code, row]),
);

export const MAX_ADDRESS = 65_535;
/** Largest value of a register; a coil is 0 or 1. */
export const MAX_VALUE = 65_535;

/**
 * Whether `operation` is one that its function code can do at all. What a decoder gives always is; for
 * anything else nothing is known, and so nothing can allow it.
 */
export function isConsistent({ functionCode, kind, object }: ModbusOperation): boolean {
  const row = POLICY_FUNCTIONS.get(functionCode);
  if (row === undefined || !row.kinds.includes(kind)) return false;
  if (object.kind === 'modbus-device') return row.table === undefined;
  return (
    object.table === row.table &&
    object.address >= 0 &&
    object.quantity >= 1 &&
    // Without 16-bit wrap: the last address is a number like any other.
    object.address + object.quantity - 1 <= MAX_ADDRESS
  );
}
