import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type NamedRegister,
  type RegisterType,
  typedInWords,
  typedValue,
  type WordOrder,
} from '#sensor/model/typed-value.ts';

const register = (
  type: RegisterType,
  address = 100,
  wordOrder?: WordOrder,
  unit?: string,
): NamedRegister => ({
  name: 'it',
  table: type === 'bool' ? 'coils' : 'holding-registers',
  address,
  type,
  ...(wordOrder && { wordOrder }),
  ...(unit !== undefined && { unit }),
});

const at100 = (values: readonly number[], type: RegisterType, wordOrder?: WordOrder) => {
  const known = register(type, 100, wordOrder);
  return typedValue(known, { table: known.table, address: 100, values })?.value;
};

test.for([
  ['uint16', [65_535], undefined, 65_535],
  ['int16', [65_535], undefined, -1],
  ['int16', [32_767], undefined, 32_767],
  ['int16', [32_768], undefined, -32_768],
  ['bool', [1], undefined, true],
  ['bool', [0], undefined, false],
  ['uint32', [0x0001, 0x0002], undefined, 65_538],
  ['uint32', [0x0001, 0x0002], 'high-first', 65_538],
  ['uint32', [0x0001, 0x0002], 'low-first', 131_073],
  ['uint32', [0xffff, 0xffff], undefined, 4_294_967_295],
  ['int32', [0xffff, 0xfffe], undefined, -2],
  ['int32', [0xfffe, 0xffff], 'low-first', -2],
  ['float32', [0x4148, 0x0000], undefined, 12.5],
  ['float32', [0x0000, 0x4148], 'low-first', 12.5],
  ['float32', [0x4144, 0xcccd], undefined, 12.3],
  ['float32', [0x8000, 0x0000], undefined, 0],
  ['float32', [0x7fc0, 0x0000], undefined, 'NaN'],
  ['float32', [0xff80, 0x0000], undefined, '-Infinity'],
  ['float32', [0x4148], undefined, undefined],
  ['uint16', [], undefined, undefined],
] as const)('%s of %j, %s: %s', ([type, values, order, value]) => {
  expect(at100(values, type, order)).toBe(value);
});

test('a number of 32 bits is told in as few digits as keep it', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatBE(value);
      const told = at100([bytes.readUInt16BE(0), bytes.readUInt16BE(2)], 'float32');
      expect(typeof told === 'number' ? Math.fround(told) : told).toBe(value === 0 ? 0 : value);
    }),
  );
});

test.for([
  [99, 3, 12.5],
  [100, 2, 12.5],
  [101, 2, undefined],
  [99, 2, undefined],
  [0, 5, undefined],
] as const)(
  'a value of two registers is told where both were seen: %i+%i',
  ([address, length, value]) => {
    const words = new Map([
      [100, 0x4148],
      [101, 0],
    ]);
    const values = Array.from({ length }, (_, i) => words.get(address + i) ?? 7);
    const block = { table: 'holding-registers', address, values } as const;
    expect(typedValue(register('float32'), block)?.value).toBe(value);
    expect(typedValue(register('float32'), { ...block, table: 'input-registers' })).toBeUndefined();
  },
);

test('it says where it stands, both ways, and what it is counted in', () => {
  const known = register('int16', 100, undefined, '0.1 °C');
  const typed = typedValue(known, { table: 'holding-registers', address: 100, values: [65_531] });
  expect(typed).toEqual({
    table: 'holding-registers',
    address: 100,
    number: '40101',
    name: 'it',
    type: 'int16',
    value: -5,
    unit: '0.1 °C',
  });
  if (typed === undefined) return;
  expect(typedInWords(typed)).toBe('it -5 × 0.1 °C');
  expect(typedInWords({ ...typed, unit: 'bar' })).toBe('it -5 bar');
  const { unit: _, ...without } = typed;
  expect(typedInWords(without)).toBe('it -5');
});
