import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers, coversValue, narrowedBy } from '#broker/access/allowance.ts';
import { leastShortfall, shortfall } from '#policies/match.ts';
import { POLICY_FUNCTIONS } from '#policies/modbus-functions.ts';
import type { Allowance, ModbusAllowance } from '#policies/plant.ts';
import type { ModbusOperation, ModbusTable } from '#sensor/model/operation.ts';
import { at, PLANT, READS, WRITES } from '../../support/broker-site.ts';

const allowance = (change: Partial<ModbusAllowance>): Allowance => ({
  protocol: 'modbus',
  operations: ['write'],
  at,
  ...change,
});

test.for<[string, Partial<ModbusAllowance>, Partial<ModbusAllowance>, boolean]>([
  ['itself', {}, {}, true],
  ['fewer functions', { functions: [6, 16] }, { functions: [6] }, true],
  ['more functions', { functions: [6] }, { functions: [6, 16] }, false],
  ['all functions in some', { functions: [6] }, {}, false],
  [
    'all functions of a table in those',
    { functions: [5, 15], table: 'coils' },
    { table: 'coils' },
    true,
  ],
  ['a table in all', {}, { table: 'coils' }, true],
  ['another table', { table: 'holding-registers' }, { table: 'coils' }, false],
  ['all tables in one', { table: 'coils' }, {}, false],
  ['a table that the function implies', { table: 'holding-registers' }, { functions: [6] }, true],
  ['units', { units: [1, 2] }, { units: [2] }, true],
  ['another unit', { units: [1] }, { units: [2] }, false],
  ['units of which one is another', { units: [1, 2] }, { units: [2, 3] }, false],
  [
    'the second of two ranges',
    {
      addresses: [
        { first: 0, last: 9 },
        { first: 100, last: 109 },
      ],
    },
    range(105, 109),
    true,
  ],
  [
    'a device in a table',
    { operations: ['identify'], table: 'coils' },
    { operations: ['identify'] },
    false,
  ],
  [
    'a device among addresses',
    { operations: ['identify'], ...range(0, 9) },
    { operations: ['identify'] },
    false,
  ],
  ['a device', { operations: ['identify'] }, { operations: ['identify'], functions: [43] }, true],
  ['all units in one', { units: [1] }, {}, false],
  ['a range', range(100, 109), range(100, 109), true],
  ['one more below', range(100, 109), range(99, 109), false],
  ['one more above', range(100, 109), range(100, 110), false],
  ['all addresses in a range', range(100, 109), {}, false],
  ['a range turned round', range(100, 109), range(109, 100), false],
  ['no range', range(100, 109), { addresses: [] }, false],
  ['tighter values', { value: { min: 0, max: 10 } }, { value: { min: 1, max: 9 } }, true],
  ['a value too low', { value: { min: 0, max: 10 } }, { value: { min: -1, max: 10 } }, false],
  ['a value too high', { value: { min: 0, max: 10 } }, { value: { min: 0, max: 11 } }, false],
  ['half a bound', { value: { min: 0, max: 10 } }, { value: { max: 10 } }, false],
  ['another kind', { operations: ['read'] }, { operations: ['write'] }, false],
  ['nothing', {}, { operations: [] }, false],
  ['a function that does nothing of the kind', {}, { functions: [3] }, false],
])('%s', ([, outer, inner, expected]) => {
  expect(covers([allowance(outer)], allowance(inner))).toBe(expected);
});

function range(first: number, last: number): Partial<ModbusAllowance> {
  return { addresses: [{ first, last }] };
}

test('nodes and methods of OPC UA are held like functions, kind by kind', () => {
  const node = (operations: Allowance['operations'], ...nodes: readonly string[]): Allowance => ({
    protocol: 'opcua',
    operations,
    nodes,
    at,
  });
  const both = node(['read', 'write'], 'a', 'b');
  expect(covers([both], node(['read'], 'b'))).toBe(true);
  expect(covers([both], node(['read'], 'b', 'c'))).toBe(false);
  expect(covers([both], node(['control'], 'a'))).toBe(false);
  expect(covers([both], node([], 'a'))).toBe(false);
  expect(covers([node(['read'], 'a')], node(['read', 'write'], 'a'))).toBe(false);
  expect(covers([node(['read'], 'x'), node(['read'], 'a')], node(['read'], 'a'))).toBe(true);
  expect(covers([both], allowance({ operations: ['read'] }))).toBe(false);
  expect(covers([allowance({ operations: ['read'] })], node(['read'], 'a'))).toBe(false);
  const any: Allowance = { protocol: 'opcua', operations: ['control'], methods: ['m'], at };
  expect(covers([any], { ...any, methods: ['n'] })).toBe(false);
  expect(covers([any], any)).toBe(true);
});

test('several allowances hold together what none holds alone, but ranges are not joined', () => {
  const both = allowance({ operations: ['read', 'write'], functions: [3, 6] });
  const reads = allowance({ operations: ['read'], functions: [3] });
  const writes = allowance({ functions: [6] });
  expect(covers([reads], both)).toBe(false);
  expect(covers([reads, writes], both)).toBe(true);
  expect(covers([allowance(range(0, 9)), allowance(range(10, 19))], allowance(range(5, 14)))).toBe(
    false,
  );
});

test('an absent bound does not bound, and a bound is not held by an absent one', () => {
  expect(coversValue(undefined, undefined)).toBe(true);
  expect(coversValue({}, { min: 1 })).toBe(true);
  expect(coversValue({ min: 1 }, undefined)).toBe(false);
  expect(coversValue({ min: 1 }, { min: 1 })).toBe(true);
});

test('what no policy layer narrows may be asked, and the one that narrows it is named', () => {
  const subject = { entry: 'acme-press', asset: 'plc-12' };
  expect(narrowedBy(PLANT, subject, READS)).toBeUndefined();
  expect(narrowedBy(PLANT, subject, WRITES)).toBeUndefined();
  const more = { ...WRITES, value: { min: 0, max: 1501 } } as Allowance;
  expect(narrowedBy(PLANT, subject, more)).toContain('access entry `acme-press`');
  const other = { ...READS, units: [2] } as Allowance;
  expect(narrowedBy(PLANT, subject, other)).toContain('asset `plc-12`');
  const closed = { ...PLANT, conduits: [] };
  expect(narrowedBy(closed, subject, READS)).toContain('no conduit');
  const ceiling = { ...PLANT, conduits: PLANT.conduits.map((one) => ({ ...one, allow: [READS] })) };
  expect(narrowedBy(ceiling, subject, WRITES)).toContain('conduit `gate-to-cell-1`');
});

test('into a safety zone nothing is asked that changes anything', () => {
  const access = new Map(
    [...PLANT.access].map(([id, entry]) => [id, { ...entry, targets: ['sis-1'] }] as const),
  );
  const plant = { ...PLANT, access };
  const subject = { entry: 'acme-press', asset: 'sis-1' };
  expect(narrowedBy(plant, subject, READS)).toBeUndefined();
  expect(narrowedBy(plant, subject, WRITES)).toContain('safety zone');
});

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const word = fc.integer({ min: 0, max: 12 });
const anyRange = fc
  .tuple(word, word)
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const code = fc.constantFrom(...POLICY_FUNCTIONS.keys());
const table = fc.constantFrom<ModbusTable>('coils', 'holding-registers', 'input-registers');
const dropAbsent = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
const anyAllowance = fc
  .record({
    operations: fc.subarray(['read', 'write', 'identify'] as const, { minLength: 1 }),
    functions: some(fc.uniqueArray(code, { minLength: 1, maxLength: 4 })),
    units: some(fc.subarray([1, 2], { minLength: 1 })),
    table: some(table),
    addresses: some(fc.array(anyRange, { minLength: 1, maxLength: 2 })),
    value: some(fc.record({ min: some(word), max: some(word) }).map(dropAbsent)),
  })
  .map((fields): Allowance => ({ protocol: 'modbus', at, ...dropAbsent(fields) }) as Allowance);

const anyOperation = code.chain((functionCode) => {
  const row = POLICY_FUNCTIONS.get(functionCode);
  return fc
    .record({
      kind: fc.constantFrom(...(row?.kinds ?? [])),
      unit: fc.constantFrom(1, 2),
      address: word,
      values: fc.array(word, { minLength: 1, maxLength: 3 }),
    })
    .map(({ kind, unit, address, values }): ModbusOperation => {
      const where = row?.table;
      return {
        kind,
        protocol: 'modbus',
        functionCode,
        object:
          where === undefined
            ? { kind: 'modbus-device', unit }
            : { kind: 'modbus-range', unit, table: where, address, quantity: values.length },
        ...(kind === 'write' && { values }),
      };
    });
});

test('what is covered lets nothing pass that the cover does not', () => {
  let covered = 0;
  fc.assert(
    fc.property(
      fc.array(anyAllowance, { minLength: 1, maxLength: 3 }),
      anyAllowance,
      fc.array(anyOperation, { minLength: 10, maxLength: 10 }),
      (outers, inner, operations) => {
        // With `inner` among them they cover it mostly, so that the claim is put to the test often.
        for (const cover of [outers, [...outers, inner]]) {
          if (!covers(cover, inner)) continue;
          covered += 1;
          for (const operation of operations) {
            if (shortfall(inner, operation) === undefined) {
              expect(leastShortfall(cover, operation)).toBeUndefined();
            }
          }
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(covered).toBeGreaterThan(50);
});
