/**
 * Everything the product knows about each Modbus function code, in one table.
 *
 * Decoders, detectors and the gate look codes up here and never list them again. To add a function,
 * add its row, its variant in `pdu.ts`, and its cases in `parse.ts`, `emit.ts` and `operations.ts`;
 * the compiler names the places.
 *
 * Spec: MODBUS Application Protocol V1.1b3 ("AP"), section 6.
 */
import type { ModbusTable } from '#sensor/model/operation.ts';

export interface FunctionInfo {
  /** As docs/contracts.md writes it in `modbus.function.name`. */
  readonly name: string;
  /** What executing it does to the device; `read-write` is one request that does both. */
  readonly effect: 'read' | 'write' | 'read-write' | 'identify';
  /** The primary table that it touches. Absent where it touches none. */
  readonly table?: ModbusTable;
  /** Largest quantity that a read may ask for. Valid iff it reads a block. */
  readonly maxRead?: number;
  /** Largest quantity that a write may carry. Valid iff it writes a block. */
  readonly maxWrite?: number;
  /** Section of AP that says so. */
  readonly section: string;
}

export const READ_DEVICE_IDENTIFICATION = 43;
/** The MEI type of function 43 that this product reads. AP 6.21. */
export const MEI_DEVICE_IDENTIFICATION = 14;

export const FUNCTIONS: ReadonlyMap<number, FunctionInfo> = new Map<number, FunctionInfo>([
  [1, { name: 'read-coils', effect: 'read', table: 'coils', maxRead: 2000, section: '6.1' }],
  [
    2,
    {
      name: 'read-discrete-inputs',
      effect: 'read',
      table: 'discrete-inputs',
      maxRead: 2000,
      section: '6.2',
    },
  ],
  [
    3,
    {
      name: 'read-holding-registers',
      effect: 'read',
      table: 'holding-registers',
      maxRead: 125,
      section: '6.3',
    },
  ],
  [
    4,
    {
      name: 'read-input-registers',
      effect: 'read',
      table: 'input-registers',
      maxRead: 125,
      section: '6.4',
    },
  ],
  [5, { name: 'write-single-coil', effect: 'write', table: 'coils', section: '6.5' }],
  [
    6,
    { name: 'write-single-register', effect: 'write', table: 'holding-registers', section: '6.6' },
  ],
  [
    15,
    {
      name: 'write-multiple-coils',
      effect: 'write',
      table: 'coils',
      maxWrite: 1968,
      section: '6.11',
    },
  ],
  [
    16,
    {
      name: 'write-multiple-registers',
      effect: 'write',
      table: 'holding-registers',
      maxWrite: 123,
      section: '6.12',
    },
  ],
  [
    23,
    {
      name: 'read-write-multiple-registers',
      effect: 'read-write',
      table: 'holding-registers',
      maxRead: 125,
      maxWrite: 121,
      section: '6.17',
    },
  ],
  [
    READ_DEVICE_IDENTIFICATION,
    { name: 'read-device-identification', effect: 'identify', section: '6.21' },
  ],
]);

/** Exception codes. AP 7; 7 stands in the older "Modbus Protocol Reference Guide" PI-MBUS-300, and devices still send it. */
export const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [1, 'illegal-function'],
  [2, 'illegal-data-address'],
  [3, 'illegal-data-value'],
  [4, 'server-device-failure'],
  [5, 'acknowledge'],
  [6, 'server-device-busy'],
  [7, 'negative-acknowledge'],
  [8, 'memory-parity-error'],
  [10, 'gateway-path-unavailable'],
  [11, 'gateway-target-device-failed-to-respond'],
]);

/** Number of coils, inputs or registers in one table. AP 4.4. */
export const ADDRESS_SPACE = 65_536;

/** The bit that turns a function code into that of an exception response. AP 4.1. */
export const EXCEPTION_BIT = 0x80;
