/**
 * Everything the product knows about each Modbus function code, in one table.
 *
 * Decoders, detectors and the gate look codes up here and never list them again. To add a function,
 * add its row, its variant in `pdu.ts`, and its cases in `parse.ts`, `emit.ts`, `shape.ts` and
 * `operations.ts`; the compiler names most of the places.
 *
 * Spec: MODBUS Application Protocol V1.1b3 ("AP"), section 6.
 */
import type { ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import { UMAS_FUNCTION } from './umas.ts';

export interface FunctionInfo {
  /** As docs/contracts.md writes it in `modbus.function.name`. */
  readonly name: string;
  /** What executing it does to the device: all of them, or of 8 and 90 what the code behind says. */
  readonly kinds: readonly OperationKind[];
  /** The primary table that it touches. Absent where it touches none. */
  readonly table?: ModbusTable;
  /** Largest quantity that a read may ask for. Valid iff it reads a block. */
  readonly maxRead?: number;
  /** Largest quantity that a write may carry. Valid iff it writes a block. */
  readonly maxWrite?: number;
  /** Section of AP that says so. */
  readonly section: string;
}

/** Encapsulated interface transport: what it is about stands in the MEI type behind the code. AP 6.19. */
export const ENCAPSULATED = 43;
/** AP 6.20: bytes of CiA 309-2, which the specification does not describe. */
export const MEI_CANOPEN = 13;
/** AP 6.21. */
export const MEI_DEVICE_IDENTIFICATION = 14;

export const FUNCTIONS: ReadonlyMap<number, FunctionInfo> = new Map<number, FunctionInfo>([
  [1, { name: 'read-coils', kinds: ['read'], table: 'coils', maxRead: 2000, section: '6.1' }],
  [
    2,
    {
      name: 'read-discrete-inputs',
      kinds: ['read'],
      table: 'discrete-inputs',
      maxRead: 2000,
      section: '6.2',
    },
  ],
  [
    3,
    {
      name: 'read-holding-registers',
      kinds: ['read'],
      table: 'holding-registers',
      maxRead: 125,
      section: '6.3',
    },
  ],
  [
    4,
    {
      name: 'read-input-registers',
      kinds: ['read'],
      table: 'input-registers',
      maxRead: 125,
      section: '6.4',
    },
  ],
  [5, { name: 'write-single-coil', kinds: ['write'], table: 'coils', section: '6.5' }],
  [
    6,
    { name: 'write-single-register', kinds: ['write'], table: 'holding-registers', section: '6.6' },
  ],
  [7, { name: 'read-exception-status', kinds: ['read'], section: '6.7' }],
  [8, { name: 'diagnostics', kinds: ['read', 'control', 'configure'], section: '6.8' }],
  [11, { name: 'get-comm-event-counter', kinds: ['read'], section: '6.9' }],
  [12, { name: 'get-comm-event-log', kinds: ['read'], section: '6.10' }],
  [
    15,
    {
      name: 'write-multiple-coils',
      kinds: ['write'],
      table: 'coils',
      maxWrite: 1968,
      section: '6.11',
    },
  ],
  [
    16,
    {
      name: 'write-multiple-registers',
      kinds: ['write'],
      table: 'holding-registers',
      maxWrite: 123,
      section: '6.12',
    },
  ],
  [17, { name: 'report-server-id', kinds: ['identify'], section: '6.13' }],
  [20, { name: 'read-file-record', kinds: ['read'], section: '6.14' }],
  [21, { name: 'write-file-record', kinds: ['write'], section: '6.15' }],
  [
    22,
    {
      name: 'mask-write-register',
      kinds: ['write'],
      table: 'holding-registers',
      section: '6.16',
    },
  ],
  [
    23,
    {
      name: 'read-write-multiple-registers',
      kinds: ['read', 'write'],
      table: 'holding-registers',
      maxRead: 125,
      maxWrite: 121,
      section: '6.17',
    },
  ],
  [24, { name: 'read-fifo-queue', kinds: ['read'], section: '6.18' }],
  [
    ENCAPSULATED,
    // By the MEI type that is everywhere; the other is told in `exchange.ts`.
    { name: 'read-device-identification', kinds: ['identify'], section: '6.21' },
  ],
  [
    UMAS_FUNCTION,
    {
      name: 'umas',
      kinds: ['read', 'write', 'control', 'configure', 'program', 'identify'],
      section: 'annex A',
    },
  ],
]);

/** The name of function 43 where its MEI type is 13. AP 6.20. */
export const CANOPEN_NAME = 'canopen-general-reference';

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
