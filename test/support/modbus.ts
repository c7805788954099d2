import fc from 'fast-check';
import { DIAGNOSTICS } from '#sensor/decode/modbus/diagnostics.ts';
import { emitAdu } from '#sensor/decode/modbus/emit.ts';
import type { ModbusRequest, ModbusResponse } from '#sensor/decode/modbus/pdu.ts';
import {
  isUmasAnswer,
  UMAS_ERROR,
  UMAS_FUNCTION,
  UMAS_OK,
  UMAS_SIGNED,
} from '#sensor/decode/modbus/umas.ts';

const byte = fc.nat(0xff);
const word = fc.nat(0xffff);

/** A well-formed ADU: transaction id, unit id, function code and 0..252 data bytes. */
export const adu = fc
  .record({
    tid: word,
    unit: byte,
    code: byte,
    data: fc.uint8Array({ maxLength: 252 }),
  })
  .map(({ tid, unit, code, data }) => emitAdu(tid, unit, Buffer.from([code, ...data])));

/** `fc.oneof` for one type of value, so that each variant is checked against it. */
const oneOf = <T>(...arbitraries: fc.Arbitrary<T>[]): fc.Arbitrary<T> => fc.oneof(...arbitraries);

/** Address and quantity that stay inside the address space. */
const block = (max: number) =>
  fc.integer({ min: 1, max }).chain((quantity) =>
    fc.record({
      address: fc.nat(65_536 - quantity),
      quantity: fc.constant(quantity),
    }),
  );

const written = (max: number, value: fc.Arbitrary<number>) =>
  block(max).chain(({ address, quantity }) =>
    fc.record({
      address: fc.constant(address),
      quantity: fc.constant(quantity),
      values: fc.array(value, { minLength: quantity, maxLength: quantity }),
    }),
  );

const single = fc.oneof(
  fc.record({
    kind: fc.constant('write-single' as const),
    functionCode: fc.constant(5 as const),
    address: word,
    value: fc.constantFrom(0, 0xff00),
  }),
  fc.record({
    kind: fc.constant('write-single' as const),
    functionCode: fc.constant(6 as const),
    address: word,
    value: word,
  }),
);

const unknown = fc.record({
  kind: fc.constant('unknown' as const),
  functionCode: fc.constantFrom(9, 19, 65, 126),
  data: fc.uint8Array({ maxLength: 252 }).map((bytes) => Buffer.from(bytes)),
});

const bytes = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((data) => Buffer.from(data));

const diagnostics = fc
  .oneof(
    fc.tuple(
      fc.constant(0),
      fc.array(word, { minLength: 1, maxLength: 125 }).map((fields) => {
        const data = Buffer.alloc(fields.length * 2);
        for (const [i, value] of fields.entries()) data.writeUInt16BE(value, i * 2);
        return data;
      }),
    ),
    fc.tuple(
      fc.constantFrom(...[...DIAGNOSTICS.keys()].filter((code) => code > 0)),
      fc.constant(Buffer.alloc(2)),
    ),
  )
  .map(([subFunction, data]) => ({
    kind: 'diagnostics' as const,
    functionCode: 8 as const,
    subFunction,
    data,
  }));

const fileNumber = fc.integer({ min: 1, max: 0xffff });
/** So that up to 20 records end within the file. */
const recordNumber = fc.nat(9980);

const fileWrite = fc
  .array(
    fc
      .tuple(fileNumber, recordNumber, fc.array(word, { minLength: 1, maxLength: 20 }))
      .map(([file, record, values]) => ({ file, record, quantity: values.length, values })),
    { minLength: 1, maxLength: 5 },
  )
  .map((records) => ({ kind: 'write-file' as const, functionCode: 21 as const, records }));

const maskWrite = fc.record({
  kind: fc.constant('mask-write' as const),
  functionCode: fc.constant(22 as const),
  address: word,
  andMask: word,
  orMask: word,
});

const canopen = fc.record({
  kind: fc.constant('canopen' as const),
  functionCode: fc.constant(43 as const),
  data: bytes(0, 251),
});

const umasMessage = (code: fc.Arbitrary<number>) =>
  fc.record({ sessionKey: byte, code, data: bytes(0, 200) });

/** Sealed or not; a plain message of the code of sealed ones is left out, because it would be opened. */
const umas = fc
  .tuple(
    umasMessage(byte.filter((code) => !isUmasAnswer(code) && code !== UMAS_SIGNED)),
    fc.option(fc.record({ sessionKey: byte, seal: bytes(33, 33) })),
  )
  .map(([message, signed]) => ({
    kind: 'umas' as const,
    functionCode: UMAS_FUNCTION as typeof UMAS_FUNCTION,
    message,
    ...(signed === null ? {} : { signed }),
  }));

/** What may be a request as well as a response. */
const either = fc.oneof(diagnostics, fileWrite, maskWrite, canopen, unknown);

/** Each request that the specification allows. */
export const request = oneOf<ModbusRequest>(
  fc
    .constantFrom(1 as const, 2 as const, 3 as const, 4 as const)
    .chain((functionCode) =>
      block(functionCode <= 2 ? 2000 : 125).map((b) => ({ kind: 'read', functionCode, ...b })),
    ),
  single,
  written(1968, fc.nat(1)).map((b) => ({ kind: 'write-multiple', functionCode: 15, ...b })),
  written(123, word).map((b) => ({ kind: 'write-multiple', functionCode: 16, ...b })),
  fc
    .tuple(block(125), written(121, word))
    .map(([read, write]) => ({ kind: 'read-write', functionCode: 23, read, write })),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), byte)
    .map(([level, objectId]) => ({ kind: 'identify', functionCode: 43, level, objectId })),
  fc
    .constantFrom(7 as const, 11 as const, 12 as const, 17 as const)
    .map((functionCode) => ({ kind: 'bare', functionCode })),
  fc
    .array(
      fc.record({
        file: fileNumber,
        record: recordNumber,
        quantity: fc.integer({ min: 1, max: 5 }),
      }),
      { minLength: 1, maxLength: 20 },
    )
    .map((records) => ({ kind: 'read-file', functionCode: 20, records })),
  word.map((address) => ({ kind: 'read-fifo', functionCode: 24, address })),
  umas,
  either,
);

const bits = fc
  .array(fc.tuple(...Array.from({ length: 8 }, () => fc.nat(1))), { minLength: 1, maxLength: 250 })
  .map((bytes) => bytes.flat());

/** Each response that the specification allows. */
export const response = oneOf<ModbusResponse>(
  fc
    .tuple(fc.constantFrom(1 as const, 2 as const), bits)
    .map(([functionCode, values]) => ({ kind: 'bits', functionCode, values })),
  fc
    .tuple(
      fc.constantFrom(3 as const, 4 as const, 23 as const),
      fc.array(word, { minLength: 1, maxLength: 125 }),
    )
    .map(([functionCode, values]) => ({ kind: 'registers', functionCode, values })),
  single,
  block(1968).map((b) => ({ kind: 'written', functionCode: 15, ...b })),
  block(123).map((b) => ({ kind: 'written', functionCode: 16, ...b })),
  fc
    .record({
      level: fc.integer({ min: 1, max: 4 }),
      conformity: byte,
      moreFollows: fc.constantFrom(0, 0xff),
      nextObjectId: byte,
      objects: fc.array(
        fc.record({
          id: byte,
          value: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        }),
        { maxLength: 5 },
      ),
    })
    .map((fields) => ({ kind: 'identity', functionCode: 43, ...fields })),
  fc
    .tuple(fc.integer({ min: 1, max: 127 }), fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 10, 11))
    .map(([functionCode, exceptionCode]) => ({ kind: 'exception', functionCode, exceptionCode })),
  byte.map((status) => ({ kind: 'exception-status', functionCode: 7, status })),
  fc.tuple(word, word).map(([status, eventCount]) => ({
    kind: 'event-counter',
    functionCode: 11,
    status,
    eventCount,
  })),
  fc
    .record({ status: word, eventCount: word, messageCount: word, events: bytes(0, 64) })
    .map((fields) => ({ kind: 'event-log', functionCode: 12, ...fields })),
  bytes(1, 251).map((data) => ({ kind: 'server-id', functionCode: 17, data })),
  fc
    .array(fc.array(word, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 })
    .map((records) => ({ kind: 'file-records', functionCode: 20, records })),
  fc.array(word, { maxLength: 31 }).map((values) => ({ kind: 'fifo', functionCode: 24, values })),
  umasMessage(fc.constantFrom(UMAS_OK, UMAS_ERROR)).map((message) => ({
    kind: 'umas-answer',
    functionCode: UMAS_FUNCTION,
    message,
  })),
  either,
);

/** Cuts `stream` at the places `cuts`, whatever they are. */
export function cutAt(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const inside = cuts.filter((cut) => cut > 0 && cut < stream.length);
  const at = [0, ...[...new Set(inside)].sort((a, b) => a - b)];
  return at.map((start, i) => stream.subarray(start, at[i + 1] ?? stream.length));
}
