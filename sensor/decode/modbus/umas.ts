/**
 * The codes of UMAS, the protocol inside Modbus function 90 with which Schneider Electric's tools
 * program their controllers (Modicon M340, M580, Premium, Quantum; Unity Pro, Control Expert).
 *
 * There is no public specification. Names, numbers and layouts are those that public dissectors and
 * analyses agree on. Which way `0x30` to `0x35` go is told differently by them, so the names here say
 * it: blocks of `0x31` come in requests, to the controller, and those of `0x34` in responses, from it.
 */
import type { OperationKind } from '#sensor/model/operation.ts';

/** Modbus function code that carries it; "reserved" in MODBUS Application Protocol V1.1b3, annex A. */
export const UMAS_FUNCTION = 90;

/** How a response begins, where a request has its code. */
export const UMAS_OK = 0xfe;
export const UMAS_ERROR = 0xfd;

export const UMAS_INIT_COMM = 0x01;
export const UMAS_READ_ID = 0x02;
export const UMAS_TAKE_RESERVATION = 0x10;
export const UMAS_READ_MEMORY = 0x20;
export const UMAS_READ_VARIABLES = 0x22;
export const UMAS_WRITE_VARIABLES = 0x23;
const UMAS_BEGIN_TO_PLC = 0x30;
export const UMAS_BLOCK_TO_PLC = 0x31;
export const UMAS_END_TO_PLC = 0x32;
export const UMAS_BEGIN_FROM_PLC = 0x33;
export const UMAS_BLOCK_FROM_PLC = 0x34;
export const UMAS_END_FROM_PLC = 0x35;
/** A signed message around another one. */
export const UMAS_SIGNED = 0x38;
export const UMAS_NONCES = 0x6e;

/** Version and signature of a signed message, before the message inside. */
export const UMAS_SEAL_LENGTH = 33;

interface UmasInfo {
  /** As docs/contracts.md writes it in `modbus.umas.name`. */
  readonly name: string;
  readonly kind: OperationKind;
}

const row = (code: number, name: string, kind: OperationKind): readonly [number, UmasInfo] => [
  code,
  { name, kind },
];

/**
 * What each does to the controller. Moving a program is `program` both ways, as docs/contracts.md has
 * it. A reservation decides who may change the controller, so taking and releasing one configures.
 * `monitor-plc` reads for the most part and can force outputs; which of the two it does no public
 * source tells in full.
 */
export const UMAS_CODES: ReadonlyMap<number, UmasInfo> = new Map<number, UmasInfo>([
  row(UMAS_INIT_COMM, 'init-comm', 'identify'),
  row(UMAS_READ_ID, 'read-id', 'identify'),
  row(0x03, 'read-project-info', 'read'),
  row(0x04, 'read-plc-info', 'read'),
  row(0x05, 'read-loader-info', 'read'),
  row(0x06, 'read-card-info', 'read'),
  row(0x07, 'read-block-info', 'read'),
  row(0x0a, 'repeat', 'read'),
  row(UMAS_TAKE_RESERVATION, 'take-plc-reservation', 'configure'),
  row(0x11, 'release-plc-reservation', 'configure'),
  row(0x12, 'keep-alive', 'read'),
  row(UMAS_READ_MEMORY, 'read-memory-block', 'read'),
  row(0x21, 'write-memory-block', 'write'),
  row(UMAS_READ_VARIABLES, 'read-variables', 'read'),
  row(UMAS_WRITE_VARIABLES, 'write-variables', 'write'),
  row(0x24, 'read-coils-registers', 'read'),
  row(0x25, 'write-coils-registers', 'write'),
  row(0x26, 'read-data-dictionary', 'read'),
  row(0x28, 'read-physical-address', 'read'),
  row(0x29, 'write-physical-address', 'write'),
  row(0x2a, 'browse-events', 'read'),
  row(UMAS_BEGIN_TO_PLC, 'begin-program-to-plc', 'program'),
  row(UMAS_BLOCK_TO_PLC, 'program-block-to-plc', 'program'),
  row(UMAS_END_TO_PLC, 'end-program-to-plc', 'program'),
  row(UMAS_BEGIN_FROM_PLC, 'begin-program-from-plc', 'program'),
  row(UMAS_BLOCK_FROM_PLC, 'program-block-from-plc', 'program'),
  row(UMAS_END_FROM_PLC, 'end-program-from-plc', 'program'),
  row(0x36, 'backup', 'program'),
  row(0x37, 'preload-blocks', 'program'),
  row(UMAS_SIGNED, 'signed-message', 'configure'),
  row(0x39, 'read-ethernet-master-data', 'read'),
  row(0x40, 'start-plc', 'control'),
  row(0x41, 'stop-plc', 'control'),
  row(0x42, 'init-plc', 'control'),
  row(0x43, 'swap-blocks', 'program'),
  row(0x50, 'monitor-plc', 'write'),
  row(0x51, 'get-auto-modifications', 'read'),
  row(0x52, 'get-forced-bits', 'read'),
  row(0x53, 'get-selected-blocks', 'read'),
  row(0x58, 'check-plc', 'read'),
  row(0x60, 'set-breakpoint', 'control'),
  row(0x61, 'delete-breakpoint', 'control'),
  row(0x62, 'step-over', 'control'),
  row(0x63, 'step-in', 'control'),
  row(0x64, 'step-out', 'control'),
  row(0x65, 'get-call-stack', 'read'),
  row(0x66, 'check-debug-allowed', 'read'),
  row(UMAS_NONCES, 'exchange-reservation-nonces', 'configure'),
  row(0x70, 'read-io-object', 'read'),
  row(0x71, 'write-io-object', 'write'),
  row(0x72, 'read-rack', 'read'),
  row(0x73, 'get-module-status', 'read'),
  row(0x74, 'read-device-data', 'read'),
]);

/** What a code does to the controller. One that nobody knows is taken to change it. */
export const umasKind = (code: number): OperationKind => UMAS_CODES.get(code)?.kind ?? 'configure';

export const isUmasAnswer = (code: number): boolean => code === UMAS_OK || code === UMAS_ERROR;
