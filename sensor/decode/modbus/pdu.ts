/**
 * What a Modbus PDU says, as values. `parse.ts` makes them, `emit.ts` writes them back.
 *
 * Numbers are as on the wire: addresses 0-based, registers unsigned, coils 0 or 1. Content that this
 * product does not understand is `unknown` and keeps its bytes.
 */

export interface Block {
  readonly address: number;
  readonly quantity: number;
}

export interface WrittenBlock extends Block {
  /** One number for each coil or register that the bytes held; `quantity` long unless a fault says otherwise. */
  readonly values: readonly number[];
}

export type ReadFunction = 1 | 2 | 3 | 4;

export interface UnknownPdu {
  readonly kind: 'unknown';
  /** 0..255 */
  readonly functionCode: number;
  /** All that follows the function code; a copy, at most 252 bytes (1028 of function 90). */
  readonly data: Buffer;
}

interface SingleWrite {
  readonly kind: 'write-single';
  readonly functionCode: 5 | 6;
  readonly address: number;
  /** The 16 bits of the value field: function 5 allows 0x0000 and 0xFF00 only. */
  readonly value: number;
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
  | UnknownPdu;

/** The two values that function 5 may carry. AP 6.5. */
export const COIL_ON = 0xff00;
export const COIL_OFF = 0x0000;

/** The 0/1 of a coil value field; undefined where the field holds what the specification forbids. */
export function coilState(value: number): 0 | 1 | undefined {
  if (value === COIL_ON) return 1;
  return value === COIL_OFF ? 0 : undefined;
}
