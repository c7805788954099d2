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
  /** What each sub-function does, where a request does just one of `kinds`; else it does all of them. */
  readonly subFunctions?: ReadonlyMap<number, OperationKind>;
  /**
   * True iff only a line that names its code can allow it, because whoever lets a panel `read` does not
   * think of the tools that program the controller. A sentence may speak of all its sub-functions at once.
   */
  readonly onlyNamed?: true;
  /** Absent where it touches no table. */
  readonly table?: ModbusTable;
  /** True iff it touches files, which the language gives no names: all of them, or none. */
  readonly files?: true;
  /** True iff the gate does not pass it, so that only a direct conduit can allow it. */
  readonly directOnly?: true;
  /** True iff what it writes depends on what was there: no bounds of values can be shown to hold. */
  readonly valueUnknown?: true;
  /** Most objects that one request may write; valid iff it writes. */
  readonly maxWrite?: number;
  /** Most objects that one request may read; valid iff it reads a table. */
  readonly maxRead?: number;
}

/** MODBUS Application Protocol V1.1b3, 6.8.1. Those that are reserved are taken to configure. */
const DIAGNOSTICS: ReadonlyMap<number, OperationKind> = new Map<number, OperationKind>([
  ...[0, 2, 11, 12, 13, 14, 15, 16, 17, 18].map((code) => [code, 'read'] as const),
  ...[1, 4].map((code) => [code, 'control'] as const),
  ...[3, 10, 20].map((code) => [code, 'configure'] as const),
]);

/**
 * Schneider Electric's UMAS in function 90, by its codes. Those that nobody knows are taken to configure;
 * moving a program is `program` both ways.
 */
const UMAS: ReadonlyMap<number, OperationKind> = new Map<number, OperationKind>([
  ...[0x01, 0x02].map((code) => [code, 'identify'] as const),
  ...[
    ...[0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x12, 0x20, 0x22, 0x24, 0x26, 0x28, 0x2a, 0x39],
    ...[0x51, 0x52, 0x53, 0x58, 0x65, 0x66, 0x70, 0x72, 0x73, 0x74],
  ].map((code) => [code, 'read'] as const),
  ...[0x21, 0x23, 0x25, 0x29, 0x50, 0x71].map((code) => [code, 'write'] as const),
  ...[0x40, 0x41, 0x42, 0x60, 0x61, 0x62, 0x63, 0x64].map((code) => [code, 'control'] as const),
  ...[0x10, 0x11, 0x38, 0x6e].map((code) => [code, 'configure'] as const),
  ...[0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x43].map(
    (code) => [code, 'program'] as const,
  ),
]);

const ROWS: readonly PolicyFunction[] = [
  { code: 1, kinds: ['read'], table: 'coils', maxRead: 2000 },
  { code: 2, kinds: ['read'], table: 'discrete-inputs', maxRead: 2000 },
  { code: 3, kinds: ['read'], table: 'holding-registers', maxRead: 125 },
  { code: 4, kinds: ['read'], table: 'input-registers', maxRead: 125 },
  { code: 5, kinds: ['write'], table: 'coils', maxWrite: 1 },
  { code: 6, kinds: ['write'], table: 'holding-registers', maxWrite: 1 },
  { code: 7, kinds: ['read'], directOnly: true },
  {
    code: 8,
    kinds: ['read', 'control', 'configure'],
    subFunctions: DIAGNOSTICS,
    directOnly: true,
  },
  { code: 11, kinds: ['read'], directOnly: true },
  { code: 12, kinds: ['read'], directOnly: true },
  { code: 15, kinds: ['write'], table: 'coils', maxWrite: 1968 },
  { code: 16, kinds: ['write'], table: 'holding-registers', maxWrite: 123 },
  { code: 17, kinds: ['identify'], directOnly: true },
  { code: 20, kinds: ['read'], files: true, directOnly: true },
  { code: 21, kinds: ['write'], files: true, directOnly: true },
  {
    code: 22,
    kinds: ['write'],
    table: 'holding-registers',
    maxWrite: 1,
    valueUnknown: true,
    directOnly: true,
  },
  { code: 23, kinds: ['read', 'write'], table: 'holding-registers', maxRead: 125, maxWrite: 121 },
  // Which registers the queue holds, the device alone knows: its address bounds nothing.
  { code: 24, kinds: ['read'], directOnly: true },
  // Of MEI type 14. What type 13 (CANopen) does to the bus behind is for no policy to say.
  { code: 43, kinds: ['identify'] },
  {
    code: 90,
    kinds: ['read', 'write', 'control', 'configure', 'program', 'identify'],
    subFunctions: UMAS,
    onlyNamed: true,
    // What its writes carry stands in a layout of Schneider Electric's own.
    valueUnknown: true,
    directOnly: true,
  },
];

export type PolicyFunctions = ReadonlyMap<number, PolicyFunction>;

export const POLICY_FUNCTIONS: PolicyFunctions = new Map(ROWS.map((row) => [row.code, row]));

/** Those that the gate passes on: what a grant can allow at all. */
export const GATE_FUNCTIONS: PolicyFunctions = new Map(
  ROWS.filter(({ directOnly }) => directOnly !== true).map((row) => [row.code, row]),
);

export const MAX_ADDRESS = 65_535;
/** Whether a line with these function codes, or none, speaks of `code`. */
export const speaksOf = (functions: readonly number[] | undefined, code: number): boolean =>
  functions?.includes(code) ?? POLICY_FUNCTIONS.get(code)?.onlyNamed !== true;

/** Largest value of a register; a coil is 0 or 1. */
export const MAX_VALUE = 65_535;

/**
 * Whether `operation` is one that its function code can do at all. What a decoder gives always is; for
 * anything else nothing is known, and so nothing can allow it.
 */
export function isConsistent({ functionCode, kind, object }: ModbusOperation): boolean {
  const row = POLICY_FUNCTIONS.get(functionCode);
  if (row === undefined || !row.kinds.includes(kind)) return false;
  switch (object.kind) {
    case 'modbus-device':
      return row.table === undefined && row.files !== true;
    case 'modbus-file':
      return row.files === true && isBlock(object.record, object.quantity);
    case 'modbus-range':
      return object.table === row.table && isBlock(object.address, object.quantity);
    default:
      return object satisfies never;
  }
}

/** Without 16-bit wrap: the last address is a number like any other. */
const isBlock = (first: number, quantity: number): boolean =>
  first >= 0 && quantity >= 1 && first + quantity - 1 <= MAX_ADDRESS;
