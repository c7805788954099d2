/** Random small plants, grants and requests: few addresses and values, so that bounds are met often. */
import fc from 'fast-check';
import type { GrantSubject } from '#policies/layers.ts';
import { POLICY_FUNCTIONS, type PolicyFunction } from '#policies/modbus-functions.ts';
import type { Allowance, ModbusAllowance, Plant, Zone } from '#policies/plant.ts';
import type { ModbusOperation, ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import { plantOf, SMALL_PLANT } from '../support/plant.ts';

const at = { file: 'plant.yaml', line: 1 };
const KINDS: readonly OperationKind[] = ['read', 'write', 'identify', 'control', 'subscribe'];
const TABLES: readonly ModbusTable[] = [
  'coils',
  'discrete-inputs',
  'input-registers',
  'holding-registers',
];
const CODES = [...POLICY_FUNCTIONS.keys()];

const smallAddress = fc.oneof(
  fc.integer({ min: 0, max: 12 }),
  fc.integer({ min: 65_530, max: 65_535 }),
);
const smallValue = fc.integer({ min: 0, max: 4 });

const range = fc
  .tuple(smallAddress, smallAddress)
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

export const allowance: fc.Arbitrary<Allowance> = fc
  .record({
    operations: fc.oneof(fc.constant([...KINDS]), fc.subarray([...KINDS], { minLength: 1 })),
    functions: optional(fc.subarray(CODES, { minLength: 4 })),
    units: optional(fc.subarray([1, 2, 3], { minLength: 1 })),
    table: optional(fc.constantFrom(...TABLES)),
    addresses: optional(fc.array(range, { maxLength: 4 })),
    min: optional(smallValue),
    max: optional(smallValue),
  })
  .map(
    ({ operations, functions, units, table, addresses, min, max }): ModbusAllowance => ({
      protocol: 'modbus',
      operations,
      ...(functions !== undefined && { functions }),
      ...(units !== undefined && { units }),
      ...(table !== undefined && { table }),
      ...(addresses !== undefined && { addresses }),
      ...((min !== undefined || max !== undefined) && {
        value: { ...(min !== undefined && { min }), ...(max !== undefined && { max }) },
      }),
      at,
    }),
  );

const opcua: Allowance = { protocol: 'opcua', operations: ['read', 'write'], at };

export const allowances = fc.array(
  fc.oneof({ weight: 19, arbitrary: allowance }, fc.constant(opcua)),
  {
    maxLength: 5,
  },
);

interface Request {
  readonly functionCode: number;
  readonly operations: readonly ModbusOperation[];
}

/** Everything that one request of one function does; sometimes values are not known, sometimes too few. */
export const request: fc.Arbitrary<Request> = fc
  .record({
    functionCode: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...CODES) },
      fc.integer({ min: 1, max: 127 }),
    ),
    unit: fc.constantFrom(1, 1, 2, 3),
    blocks: fc.array(
      fc.record({ address: smallAddress, quantity: fc.integer({ min: 1, max: 5 }) }),
      {
        minLength: 2,
        maxLength: 2,
      },
    ),
    values: fc.constantFrom('known', 'known', 'known', 'unknown', 'short'),
    value: fc.array(smallValue, { minLength: 5, maxLength: 5 }),
    which: fc.nat(2),
  })
  .map(({ functionCode, unit, blocks, values, value, which }) => {
    const known = POLICY_FUNCTIONS.get(functionCode);
    const kinds =
      known?.subFunctions !== undefined
        ? known.kinds.slice(which, which + 1)
        : (known?.kinds ?? []);
    const operations = kinds.map((kind, index): ModbusOperation => {
      const base = { kind, protocol: 'modbus', functionCode } as const;
      const block = blocks[index] ?? { address: 0, quantity: 1 };
      const quantity = Math.min(block.quantity, 65_536 - block.address);
      const { address } = block;
      const object = objectOf(known, { unit, address, quantity });
      if (kind !== 'write' || values === 'unknown' || known?.valueUnknown)
        return { ...base, object };
      return {
        ...base,
        object,
        values: value.slice(0, values === 'short' ? quantity - 1 : quantity),
      };
    });
    return { functionCode, operations };
  });

function objectOf(
  known: PolicyFunction | undefined,
  { unit, address, quantity }: { unit: number; address: number; quantity: number },
): ModbusOperation['object'] {
  if (known?.files === true) {
    return { kind: 'modbus-file', unit, file: 1, record: address, quantity };
  }
  if (known?.table === undefined) return { kind: 'modbus-device', unit };
  return { kind: 'modbus-range', unit, table: known.table, address, quantity };
}

/** A coil is 0 or 1: no decoder gives another value. */
export const isReal = ({ functionCode, values = [] }: ModbusOperation): boolean =>
  (functionCode !== 5 && functionCode !== 15) || values.every((value) => value <= 1);

/** To one policy: a policy costs more to make than to ask. */
export const requests = fc.array(request, { minLength: 40, maxLength: 40 });

const SMALL = plantOf(SMALL_PLANT);

/** The small plant with random ceilings, entry and safety zones. */
export const plant: fc.Arbitrary<Plant> = fc
  .record({
    ceiling: allowances,
    conduits: fc.array(
      fc.record({
        from: fc.constantFrom('dmz', 'dmz', 'hall', 'cell', 'plc', 'hmi'),
        to: fc.constantFrom('cell', 'hall', 'hall', 'plc', 'safety', 'sis'),
        via: fc.constantFrom('gate', 'direct'),
        allow: allowances,
      }),
      { maxLength: 5 },
    ),
    mayRequest: allowances,
    hallIsSafe: fc.constantFrom(false, false, false, true),
    cellIsSafe: fc.constantFrom(false, false, false, true),
    safe: allowances,
    targets: fc.subarray(['plc', 'sis'], { minLength: 1 }),
    // Rarely none: what an unbounded write does with them is met often enough.
    registers: fc.array(
      fc.record({
        name: fc.constantFrom('position', 'speed'),
        table: fc.constantFrom('holding-registers' as const, 'input-registers' as const),
        address: fc.integer({ min: 0, max: 12 }),
        type: fc.constantFrom('uint16' as const, 'int32' as const, 'float32' as const),
      }),
      { maxLength: 2 },
    ),
  })
  .map(
    ({
      ceiling,
      conduits,
      mayRequest,
      hallIsSafe,
      cellIsSafe,
      safe,
      targets,
      registers,
    }): Plant => {
      const entry = SMALL.access.get('acme-press');
      if (entry === undefined) throw new Error('the small plant has an entry');
      const zone = (each: Zone): Zone => {
        const safety =
          each.safety || (each.id === 'hall' && hallIsSafe) || (each.id === 'cell' && cellIsSafe);
        return { ...each, safety, allow: safety ? safe : [] };
      };
      return {
        ...SMALL,
        zones: new Map([...SMALL.zones].map(([id, each]) => [id, zone(each)])),
        assets: new Map([...SMALL.assets].map(([id, each]) => [id, { ...each, registers }])),
        conduits: [
          { from: 'dmz', to: 'hall', via: 'gate', allow: ceiling } as const,
          ...conduits,
        ].map((conduit, index) => ({
          ...conduit,
          id: `c${index}`,
          onRecordingFailure: 'stop-writes',
          why: 'test',
          at,
        })),
        access: new Map([[entry.id, { ...entry, mayRequest, targets }]]),
      };
    },
  );

/** Under a random policy, a grant of random lines or of all that the entry lets ask, and what is asked of it. */
export const granted: fc.Arbitrary<{
  readonly random: Plant;
  readonly subject: GrantSubject;
  readonly many: readonly Request[];
}> = fc
  .record({
    random: plant,
    asset: fc.constantFrom('plc', 'plc', 'plc', 'sis', 'hmi'),
    lines: fc.option(allowances, { freq: 1 }),
    many: requests,
  })
  .map(({ random, asset, lines, many }) => {
    const operations = lines ?? random.access.get('acme-press')?.mayRequest ?? [];
    return { random, subject: { entry: 'acme-press', asset, operations }, many };
  });

/** What is asked on the wire; ports and addresses are those of the small plant, and some that are not. */
export const wire = fc.record({
  from: fc.constantFrom(
    '10.0.10.1',
    '10.0.10.2',
    '10.0.0.10',
    '10.0.1.12',
    '10.0.1.77',
    '192.0.2.1',
  ),
  to: fc.record({
    ip: fc.constantFrom(
      '10.0.1.12',
      '10.0.2.10',
      '10.0.0.10',
      '10.0.1.99',
      '10.0.2.99',
      '192.0.2.1',
    ),
    port: fc.constantFrom(502, 503),
  }),
});
