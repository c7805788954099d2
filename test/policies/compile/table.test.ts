import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compileGrant, tablesOf } from '#policies/compile/table.ts';
import { operationsOf, parseStatement } from '#policies/statement.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { plantOf, SMALL_PLANT } from '../../support/plant.ts';
import { policy } from '../run-main.ts';

const EXAMPLE = fileURLToPath(new URL('../../../policies/example-plant.yaml', import.meta.url));

const plant = plantOf(SMALL_PLANT);
const operations = plant.access.get('acme-press')?.mayRequest ?? [];
const compiled = compileGrant(plant, { entry: 'acme-press', asset: 'plc', operations });

function ask(said: string) {
  const statement = parseStatement(said);
  if (statement.kind !== 'request') throw new Error(`no request: ${said}`);
  return compiled.decide(statement.functionCode, operationsOf(statement, statement.unit ?? 1));
}

describe('a compiled grant', () => {
  test.each([
    ['modbus fc16 100+10 value 1500', 'allow'],
    ['modbus fc3 0+125', 'allow'],
    ['modbus fc43', 'allow'],
    ['modbus fc5 0 value 1', 'function'],
    ['modbus fc3 0 unit 2', 'function'],
    ['modbus fc90', 'function'],
    ['modbus fc3 100+101', 'address'],
    ['modbus fc16 100+2 value 1500,1501', 'value'],
    ['modbus fc16 100+2', 'value'],
  ])('%s: %s', (said, expected) => {
    const decision = ask(said);
    expect(decision.kind === 'allow' ? 'allow' : decision.refusal).toBe(expected);
  });

  test('names the entry that allows, and who refuses', () => {
    const allowed = ask('modbus fc3 0');
    expect(allowed).toMatchObject({ kind: 'allow', rule: 'acme-press' });
    expect(ask('modbus fc3 0 unit 2').because.text).toContain('unit 2');
    expect(ask('modbus fc6 110 value 10').because).toEqual({
      rule: 'acme-press',
      at: plant.access.get('acme-press')?.at,
      text: 'access entry `acme-press` lets only write holding registers 100-109 (40101-40110) of unit 1, values 10 to 1500, functions 6, 16; not: write 10 to holding register 110 (40111) of unit 1 with function 6',
    });
  });

  const read: ModbusOperation = {
    kind: 'read',
    protocol: 'modbus',
    functionCode: 3,
    object: { kind: 'modbus-range', unit: 1, table: 'holding-registers', address: 0, quantity: 10 },
  };

  test('refuses an operation of another function, also where both are granted', () => {
    const write: ModbusOperation = {
      ...read,
      kind: 'write',
      functionCode: 6,
      object: {
        kind: 'modbus-range',
        unit: 1,
        table: 'holding-registers',
        address: 100,
        quantity: 1,
      },
      values: [10],
    };
    expect(compiled.decide(6, [write]).kind).toBe('allow');
    expect(compiled.decide(16, [write])).toMatchObject({ kind: 'refuse', refusal: 'function' });
  });

  test.each([
    ['no operations', 3, []],
    ['operations of another function', 4, [read]],
    ['a function code that is none', 0, [read]],
    ['a function code that is none', 200, [read]],
    [
      'a table that the function does not touch',
      3,
      [{ ...read, object: { ...read.object, table: 'coils' } }],
    ],
    ['a kind that the function does not do', 3, [{ ...read, kind: 'write', values: [10] }]],
  ] as const)('refuses %s', (_, code, asked) => {
    expect(compiled.decide(code, asked as readonly ModbusOperation[])).toMatchObject({
      kind: 'refuse',
      refusal: 'function',
    });
  });

  test.each([
    ['a range of nothing', { address: 5, quantity: 0 }],
    ['a range that would wrap', { address: 65_535, quantity: 2 }],
    ['an address before the first', { address: -1, quantity: 1 }],
    ['an address that is no number', { address: Number.NaN, quantity: 1 }],
  ])('refuses %s', (_, block) => {
    const object = { ...read.object, ...block } as ModbusOperation['object'];
    expect(compiled.decide(3, [{ ...read, object }]).kind).toBe('refuse');
  });

  test('refuses a value that is no number', () => {
    const write: ModbusOperation = {
      ...read,
      kind: 'write',
      functionCode: 6,
      object: {
        kind: 'modbus-range',
        unit: 1,
        table: 'holding-registers',
        address: 100,
        quantity: 1,
      },
      values: [Number.NaN],
    };
    expect(compiled.decide(6, [write])).toMatchObject({ refusal: 'value' });
  });

  test('allocates nothing while it allows', () => {
    const { gc } = globalThis;
    if (gc === undefined) throw new Error('run with --expose-gc');
    const asked = [read];
    let allowed = 0;
    const run = (count: number): void => {
      for (let i = 0; i < count; i += 1) {
        if (compiled.decide(3, asked).kind === 'allow') allowed += 1;
      }
    };
    run(20_000);
    gc();
    const before = process.memoryUsage().heapUsed;
    run(200_000);
    const grown = process.memoryUsage().heapUsed - before;
    expect(allowed).toBe(220_000);
    // Less than one byte a decision: what is left is the measurement itself.
    expect(grown).toBeLessThan(200_000);
  });
});

test('the rows of each layer can be read, of functions of which something may pass', async () => {
  const tables = tablesOf(plant, { entry: 'acme-press', asset: 'plc', operations });
  expect(tables.map(({ functionCode }) => functionCode)).toEqual([3, 6, 16, 43]);
  const [, writes] = tables;
  expect(
    writes?.layers.map(({ rows }) => rows.map(({ first, last, max }) => [first, last, max])),
  ).toEqual(expect.arrayContaining([[[100, 109, 1500]], [[100, 119, Number.POSITIVE_INFINITY]]]));
  expect(tablesOf(plant, { entry: 'nothing', asset: 'plc', operations })).toEqual([]);
  const { out } = await policy('compile', EXAMPLE, '--target', 'table');
  expect(out).toMatch(/write holding-registers 100-109 of units 1, values 0 to 1500/);
});
