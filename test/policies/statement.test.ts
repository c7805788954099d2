import { describe, expect, test } from 'vitest';
import { operationsOf, parseStatement } from '#policies/statement.ts';

const holding = (address: number, quantity: number, unit = 1) => ({
  kind: 'modbus-range',
  unit,
  table: 'holding-registers',
  address,
  quantity,
});

test.each([
  ['modbus fc3 0+10', [{ kind: 'read', object: holding(0, 10) }]],
  ['modbus fc3 7', [{ kind: 'read', object: holding(7, 1) }]],
  ['  modbus   fc6 100  value 5 ', [{ kind: 'write', object: holding(100, 1), values: [5] }]],
  ['modbus fc16 100+3 value 5', [{ kind: 'write', object: holding(100, 3), values: [5, 5, 5] }]],
  [
    'modbus fc16 100+2 value 5,6 unit 9',
    [{ kind: 'write', object: holding(100, 2, 9), values: [5, 6] }],
  ],
  ['modbus fc16 100+2', [{ kind: 'write', object: holding(100, 2) }]],
  [
    'modbus fc23 read 0+10 write 100+2 value 5',
    [
      { kind: 'write', object: holding(100, 2), values: [5, 5] },
      { kind: 'read', object: holding(0, 10) },
    ],
  ],
  ['modbus fc43', [{ kind: 'identify', object: { kind: 'modbus-device', unit: 1 } }]],
  ['modbus fc8/2', [{ kind: 'read', object: { kind: 'modbus-device', unit: 1 } }]],
  ['modbus fc8/4 unit 3', [{ kind: 'control', object: { kind: 'modbus-device', unit: 3 } }]],
  ['modbus fc8/10', [{ kind: 'configure', object: { kind: 'modbus-device', unit: 1 } }]],
  ['modbus fc8/99', [{ kind: 'configure', object: { kind: 'modbus-device', unit: 1 } }]],
  ['modbus fc17', [{ kind: 'identify', object: { kind: 'modbus-device', unit: 1 } }]],
  ['modbus fc20', [{ kind: 'read', object: { kind: 'modbus-file' } }]],
  ['modbus fc21', [{ kind: 'write', object: { kind: 'modbus-file' } }]],
  ['modbus fc21 value 5,6', [{ kind: 'write', object: { quantity: 2 }, values: [5, 6] }]],
  ['modbus fc22 100', [{ kind: 'write', object: holding(100, 1) }]],
  ['modbus fc24', [{ kind: 'read', object: { kind: 'modbus-device', unit: 1 } }]],
  ['modbus fc65 unit 3', []],
  ['modbus fc90/0x41', [{ kind: 'control', object: { kind: 'modbus-device', unit: 1 } }]],
  ['modbus fc90/49 unit 2', [{ kind: 'program', object: { kind: 'modbus-device', unit: 2 } }]],
  ['modbus fc90/0x23', [{ kind: 'write', object: { kind: 'modbus-device', unit: 1 } }]],
  ['modbus fc90/0xee', [{ kind: 'configure', object: { kind: 'modbus-device', unit: 1 } }]],
  [
    'modbus fc90 unit 3',
    ['read', 'write', 'control', 'configure', 'program', 'identify'].map((kind) => ({ kind })),
  ],
])('%s', (said, expected) => {
  const statement = parseStatement(said);
  if (statement.kind !== 'request') throw new Error(JSON.stringify(statement));
  const operations = operationsOf(statement, statement.unit ?? 1);
  expect(operations).toMatchObject(expected);
  expect(operations).toHaveLength(expected.length);
});

describe('a kind', () => {
  test('stands for itself, and `everything` for all', () => {
    expect(parseStatement('write')).toEqual({ kind: 'kinds', kinds: ['write'] });
    expect(parseStatement('everything')).toMatchObject({
      kinds: expect.arrayContaining(['read', 'program']) as unknown,
    });
  });
});

test.each([
  [''],
  ['writes'],
  ['modbus'],
  ['modbus fc0'],
  ['modbus fc128'],
  ['modbus 3 0+10'],
  ['opcua read x'],
  ['modbus fc3'],
  ['modbus fc3 0+0'],
  ['modbus fc3 0+126'],
  ['modbus fc3 65535+2'],
  ['modbus fc3 65536'],
  ['modbus fc3 -1'],
  ['modbus fc3 0 0'],
  ['modbus fc3 0+10 value 5'],
  ['modbus fc6 0+2 value 5'],
  ['modbus fc6 0 value 65536'],
  ['modbus fc6 0 value x'],
  ['modbus fc6 0 value'],
  ['modbus fc16 0+3 value 1,2'],
  ['modbus fc16 0+124 value 1'],
  ['modbus fc23 0+10'],
  ['modbus fc23 read 0+10'],
  ['modbus fc43 0+1'],
  ['modbus fc8 0+1'],
  ['modbus fc3 0 unit 256'],
  ['modbus fc3 0 unit 1,2'],
  ['modbus fc3 0 unit 1 unit 2'],
  ['modbus fc3 read 0+10'],
  [`modbus fc6 0 value ${'1,'.repeat(2000)}`],
])('`%s` is none', (said) => {
  expect(parseStatement(said)).toMatchObject({ kind: 'fault' });
});
