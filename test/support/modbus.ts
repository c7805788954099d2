import fc from 'fast-check';
import { emitAdu } from '#sensor/decode/modbus/emit.ts';
import type { ModbusRequest, ModbusResponse } from '#sensor/decode/modbus/pdu.ts';

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
  functionCode: fc.constantFrom(7, 8, 11, 12, 17, 20, 21, 22, 24, 65, 90, 126),
  data: fc.uint8Array({ maxLength: 252 }).map((bytes) => Buffer.from(bytes)),
});

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
  unknown,
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
  unknown,
);

/** Cuts `stream` at the places `cuts`, whatever they are. */
export function cutAt(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const inside = cuts.filter((cut) => cut > 0 && cut < stream.length);
  const at = [0, ...[...new Set(inside)].sort((a, b) => a - b)];
  return at.map((start, i) => stream.subarray(start, at[i + 1] ?? stream.length));
}
