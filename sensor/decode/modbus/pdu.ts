/**
 * What a Modbus PDU says, as values. `parse.ts` makes them, `emit.ts` writes them back.
 *
 * Numbers are as on the wire: addresses 0-based, registers unsigned, coils 0 or 1. Content that this
 * product does not understand is `unknown` and keeps its bytes.
 */
import type { UMAS_FUNCTION } from './umas.ts';

export interface Block {
  readonly address: number;
  readonly quantity: number;
}

export interface WrittenBlock extends Block {
  /** One number for each coil or register that the bytes held; `quantity` long unless a fault says otherwise. */
  readonly values: readonly number[];
}

type ReadFunction = 1 | 2 | 3 | 4;

export interface UnknownPdu {
  readonly kind: 'unknown';
  /** 0..255 */
  readonly functionCode: number;
  /** All that follows the function code; a copy, at most 252 bytes. */
  readonly data: Buffer;
}

interface SingleWrite {
  readonly kind: 'write-single';
  readonly functionCode: 5 | 6;
  readonly address: number;
  /** The 16 bits of the value field: function 5 allows 0x0000 and 0xFF00 only. */
  readonly value: number;
}

/** A function that is all of its request. */
export type BareFunction = 7 | 11 | 12 | 17;

interface Diagnostics {
  readonly kind: 'diagnostics';
  readonly functionCode: 8;
  /** 0..65535; see `diagnostics.ts`. */
  readonly subFunction: number;
  /** What follows the sub-function; 2 bytes but for sub-function 0, which has any even number, unless a fault says otherwise. */
  readonly data: Buffer;
}

/** The only reference type of functions 20 and 21. AP 6.14. */
export const FILE_REFERENCE = 6;

/** A piece of a file of extended memory. AP 6.14. */
export interface FileRecord {
  /** 1..65535 */
  readonly file: number;
  /** Number of the first record, 0..9999. */
  readonly record: number;
  /** Number of records, each a register. */
  readonly quantity: number;
}

export interface WrittenFileRecord extends FileRecord {
  /** `quantity` long unless a fault says otherwise. */
  readonly values: readonly number[];
}

interface FileWrite {
  readonly kind: 'write-file';
  readonly functionCode: 21;
  readonly records: readonly WrittenFileRecord[];
}

interface MaskWrite {
  readonly kind: 'mask-write';
  readonly functionCode: 22;
  readonly address: number;
  /** The register becomes `(old & andMask) | (orMask & ~andMask)`. */
  readonly andMask: number;
  readonly orMask: number;
}

interface CanOpen {
  readonly kind: 'canopen';
  readonly functionCode: 43;
  /** What follows the MEI type: CiA 309-2. */
  readonly data: Buffer;
}

/** One message of Schneider Electric's UMAS; see `umas.ts`. */
export interface UmasMessage {
  /** Handle of the reservation that it is sent under, 1..255; 0 = none. */
  readonly sessionKey: number;
  readonly code: number;
  /** What follows the code, at most 1026 bytes. */
  readonly data: Buffer;
}

export interface UmasRequest {
  readonly kind: 'umas';
  readonly functionCode: typeof UMAS_FUNCTION;
  /** What the controller is to do: of a signed message, the one inside. */
  readonly message: UmasMessage;
  /** Of a signed message that could be opened: what stands around it. */
  readonly signed?: {
    readonly sessionKey: number;
    /** Version and signature. */
    readonly seal: Buffer;
  };
}

export interface UmasResponse {
  readonly kind: 'umas-answer';
  readonly functionCode: typeof UMAS_FUNCTION;
  /** Its code says whether it was done. */
  readonly message: UmasMessage;
}

export type ModbusRequest =
  | ({ readonly kind: 'read'; readonly functionCode: ReadFunction } & Block)
  | SingleWrite
  | ({ readonly kind: 'write-multiple'; readonly functionCode: 15 | 16 } & WrittenBlock)
  | {
      readonly kind: 'read-write';
      readonly functionCode: 23;
      readonly read: Block;
      readonly write: WrittenBlock;
    }
  | {
      readonly kind: 'identify';
      readonly functionCode: 43;
      /** 1 basic, 2 regular, 3 extended, 4 one object. AP 6.21. */
      readonly level: number;
      readonly objectId: number;
    }
  | { readonly kind: 'bare'; readonly functionCode: BareFunction }
  | Diagnostics
  | {
      readonly kind: 'read-file';
      readonly functionCode: 20;
      readonly records: readonly FileRecord[];
    }
  | FileWrite
  | MaskWrite
  | { readonly kind: 'read-fifo'; readonly functionCode: 24; readonly address: number }
  | CanOpen
  | UmasRequest
  | UnknownPdu;

export interface IdentityObject {
  readonly id: number;
  readonly value: Buffer;
}

export type ModbusResponse =
  | {
      readonly kind: 'bits';
      readonly functionCode: 1 | 2;
      /** Eight for each byte: the request alone knows how many of the last byte were asked for. */
      readonly values: readonly number[];
    }
  | {
      readonly kind: 'registers';
      readonly functionCode: 3 | 4 | 23;
      readonly values: readonly number[];
    }
  | SingleWrite
  | ({ readonly kind: 'written'; readonly functionCode: 15 | 16 } & Block)
  | {
      readonly kind: 'identity';
      readonly functionCode: 43;
      readonly level: number;
      readonly conformity: number;
      /** 0xFF when more objects wait behind `nextObjectId`, 0x00 when not. */
      readonly moreFollows: number;
      readonly nextObjectId: number;
      readonly objects: readonly IdentityObject[];
    }
  | {
      readonly kind: 'exception';
      /** Of the request that it answers, without the exception bit. */
      readonly functionCode: number;
      readonly exceptionCode: number;
    }
  /** Eight exception status outputs, of a meaning that the device alone knows. AP 6.7. */
  | { readonly kind: 'exception-status'; readonly functionCode: 7; readonly status: number }
  | Diagnostics
  | ({ readonly kind: 'event-counter'; readonly functionCode: 11 } & EventCounter)
  | ({
      readonly kind: 'event-log';
      readonly functionCode: 12;
      readonly messageCount: number;
      /** The newest first, a byte for each, at most `MAX_EVENTS`. */
      readonly events: Buffer;
    } & EventCounter)
  /** Id, run indicator and more, in a layout that the device alone knows. AP 6.13. */
  | { readonly kind: 'server-id'; readonly functionCode: 17; readonly data: Buffer }
  | {
      readonly kind: 'file-records';
      readonly functionCode: 20;
      /** The registers of each record that was asked for, in that order. */
      readonly records: readonly (readonly number[])[];
    }
  | FileWrite
  | MaskWrite
  /** At most `MAX_FIFO` registers. */
  | { readonly kind: 'fifo'; readonly functionCode: 24; readonly values: readonly number[] }
  | CanOpen
  | UmasResponse
  | UnknownPdu;

interface EventCounter {
  /** 0xFFFF while a program command of before is still carried out, else 0, by AP 6.9; devices send what they like. */
  readonly status: number;
  readonly eventCount: number;
}

/** Events that a device keeps. AP 6.10. */
export const MAX_EVENTS = 64;

/** Registers that a queue may hold. AP 6.18. */
export const MAX_FIFO = 31;

/** The two values that function 5 may carry. AP 6.5. */
export const COIL_ON = 0xff00;
export const COIL_OFF = 0x0000;

/** The 0/1 of a coil value field; undefined where the field holds what the specification forbids. */
export function coilState(value: number): 0 | 1 | undefined {
  if (value === COIL_ON) return 1;
  return value === COIL_OFF ? 0 : undefined;
}
