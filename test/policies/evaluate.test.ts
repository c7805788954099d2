import { describe, expect, test } from 'vitest';
import { createEvaluator, evaluate, evaluateAccess } from '#policies/evaluate.ts';
import { loadPlant } from '#policies/load.ts';
import { shortfall } from '#policies/match.ts';
import type { Plant } from '#policies/plant.ts';
import { operationsOf, parseStatement } from '#policies/statement.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { edited, plantOf, SMALL_PLANT } from '../support/plant.ts';

const plant = plantOf(SMALL_PLANT);

function request(said: string, unit = 1): readonly ModbusOperation[] {
  const statement = parseStatement(said);
  if (statement.kind !== 'request') throw new Error(`no request: ${said}`);
  return operationsOf(statement, statement.unit ?? unit);
}

const only = (said: string): ModbusOperation => {
  const [operation] = request(said);
  if (operation === undefined) throw new Error(`no operation: ${said}`);
  return operation;
};

const GATE = '10.0.10.1';

describe('on the wire', () => {
  const PLC = { ip: '10.0.1.12', port: 502 };
  const CASES: readonly [string, string, { ip: string; port: number }, string, string | true][] = [
    ['a host of the hall reads', '10.0.0.77', PLC, 'modbus fc3 0+10', true],
    [
      'the hall holds the cell, so its hosts are of the hall too',
      '10.0.1.99',
      PLC,
      'modbus fc3 0+10',
      true,
    ],
    [
      'a host of the hall writes inside its range',
      '10.0.0.10',
      PLC,
      'modbus fc16 100+10 value 1',
      true,
    ],
    ['a range that begins before it', '10.0.0.10', PLC, 'modbus fc16 99+2 value 1', 'hall-cell'],
    ['a range that ends behind it', '10.0.0.10', PLC, 'modbus fc16 109+2 value 1', 'hall-cell'],
    ['a function that was not given', '10.0.0.10', PLC, 'modbus fc43', 'hall-cell'],
    ['another unit of the same asset', '10.0.0.10', PLC, 'modbus fc3 0+10 unit 2', true],
    [
      'a unit that the asset does not have',
      '10.0.0.10',
      PLC,
      'modbus fc3 0+10 unit 3',
      'default-deny',
    ],
    [
      'a port that the asset does not have',
      '10.0.0.10',
      { ip: '10.0.1.12', port: 503 },
      'modbus fc3 0',
      'default-deny',
    ],
    [
      'an asset without Modbus',
      '10.0.0.10',
      { ip: '10.0.0.10', port: 502 },
      'modbus fc3 0',
      'default-deny',
    ],
    [
      'a host of the cell that is no asset',
      '10.0.0.10',
      { ip: '10.0.1.200', port: 1502 },
      'modbus fc3 0 unit 9',
      true,
    ],
    ['a stranger', '192.0.2.7', PLC, 'modbus fc3 0', 'default-deny'],
    [
      'the mapped form of an address is that address',
      '::ffff:10.0.0.10',
      PLC,
      'modbus fc3 0',
      true,
    ],
    ['no address at all', 'hmi.example', PLC, 'modbus fc3 0', 'default-deny'],
    ['the gate, through its conduit', GATE, PLC, 'modbus fc16 110+10 value 1', true],
    [
      'another host of the DMZ, through the conduit of the gate',
      '10.0.10.2',
      PLC,
      'modbus fc3 0',
      'default-deny',
    ],
    [
      'into the safety zone, what it lists',
      '10.0.0.10',
      { ip: '10.0.2.10', port: 502 },
      'modbus fc3 0+10',
      true,
    ],
    [
      'into the safety zone, more than it lists',
      '10.0.0.10',
      { ip: '10.0.2.10', port: 502 },
      'modbus fc3 0+11',
      'safety',
    ],
    [
      'into the safety zone, another table',
      '10.0.0.10',
      { ip: '10.0.2.10', port: 502 },
      'modbus fc1 0',
      'safety',
    ],
    [
      'a host of the safety zone that is no asset',
      '10.0.0.10',
      { ip: '10.0.2.99', port: 502 },
      'modbus fc6 0 value 0',
      'safety',
    ],
  ];

  test.each(CASES)('%s', (_, from, to, said, expected) => {
    const decision = evaluate(plant, { from, to, operation: only(said) });
    expect(decision.because.length).toBeGreaterThan(0);
    expect(decision.allowed).toBe(expected === true);
    if (expected !== true) expect(decision.because.map(({ rule }) => rule)).toContain(expected);
  });

  test('a decision names the line that made it', () => {
    const { because } = evaluate(plant, {
      from: '10.0.0.10',
      to: PLC,
      operation: only('modbus fc3 0'),
    });
    expect(because[0]?.rule).toBe('hall-cell');
    expect(SMALL_PLANT.split('\n')[(because[0]?.at?.line ?? 0) - 1]).toContain('id: hall-cell');
  });

  test('a stranger is refused with the line of the asset, and told which conduits lead there', () => {
    const { because } = evaluate(plant, {
      from: '192.0.2.7',
      to: PLC,
      operation: only('modbus fc3 0'),
    });
    const [first, ...asides] = because;
    const lineOf = (at: { readonly line: number } | undefined) =>
      SMALL_PLANT.split('\n')[(at?.line ?? 0) - 1];
    expect(first?.rule).toBe('default-deny');
    expect(lineOf(first?.at)).toContain('plc');
    expect(asides.map(({ rule, aside }) => [rule, aside])).toEqual([
      ['hall-cell', true],
      ['dmz-cell', true],
    ]);
    expect(asides[1]?.text).toBe('conduit `dmz-cell` leads there, from `dmz` through the gate');
    expect(lineOf(asides[1]?.at)).toContain('id: dmz-cell');
  });

  test.each(['modbus fc7', 'modbus fc8/2', 'modbus fc17', 'modbus fc20', 'modbus fc24'])(
    'from the address of the gate nothing passes that the gate does not pass: %s',
    (said) => {
      const plant = plantOf(edited('{ fc: [43] }]', '{ ops: [read, identify] }]'));
      const [operation] = request(said);
      if (operation === undefined) throw new Error('nothing is asked');
      const to = { ip: '10.0.1.12', port: 502 };
      expect(evaluate(plant, { from: '10.0.10.1', to, operation }).allowed).toBe(false);
      const direct = operation.kind === 'read';
      expect(evaluate(plant, { from: '10.0.0.10', to, operation }).allowed).toBe(direct);
    },
  );

  test('nothing is allowed where the policy is empty', () => {
    const empty = loadPlant('', 'plant.yaml');
    if (empty.kind !== 'plant') throw new Error('an empty policy must load');
    const operation = only('modbus fc3 0');
    expect(evaluate(empty.plant, { from: GATE, to: PLC, operation }).allowed).toBe(false);
  });

  test('a conduit that lists writes into a safety zone does not open it', () => {
    const open = plantOf(
      edited(
        'why: sees it, allow: [{ ops: [read] }]',
        'why: sees it, allow: [{ ops: [read, write, control] }]',
      ),
    );
    const to = { ip: '10.0.2.10', port: 502 };
    expect(
      evaluate(open, { from: '10.0.0.10', to, operation: only('modbus fc6 0 value 1') }).allowed,
    ).toBe(false);
  });

  test('a safety zone that lists writes does not let them pass', () => {
    const open = plantOf(
      edited('allow: [{ fc: [3], range: 0-9 }]', 'allow: [{ ops: [read, write] }]').replace(
        'why: sees it, allow: [{ ops: [read] }]',
        'why: sees it, allow: [{ ops: [read, write] }]',
      ),
    );
    const ask = (said: string) =>
      evaluate(open, {
        from: '10.0.0.10',
        to: { ip: '10.0.2.10', port: 502 },
        operation: only(said),
      });
    expect(ask('modbus fc6 0 value 1').allowed).toBe(false);
    expect(ask('modbus fc3 0').allowed).toBe(true);
  });

  test('only a direct conduit makes a local operator', () => {
    const { evaluate: any, evaluateDirect } = createEvaluator(plant);
    const write = { to: PLC, operation: only('modbus fc6 100 value 1') };
    expect(evaluateDirect({ ...write, from: '10.0.0.10' }).allowed).toBe(true);
    expect(any({ ...write, from: GATE }).allowed).toBe(true);
    expect(evaluateDirect({ ...write, from: GATE }).allowed).toBe(false);
  });

  test('conduits between two addresses are found, those through the gate only from a gate', () => {
    const { conduitsBetween } = createEvaluator(plant);
    const ids = (from: string): readonly string[] =>
      conduitsBetween(from, PLC.ip).map(({ id }) => id);
    expect(ids('10.0.0.10')).toEqual(['hall-cell']);
    expect(ids(GATE)).toEqual(['dmz-cell']);
    expect(ids('10.0.10.2')).toEqual([]);
    expect(ids('nowhere')).toEqual([]);
  });
});

describe('the function of vendor tools, 90', () => {
  const lets = (line: string, said: string): boolean => {
    const { conduits } = plantOf(
      edited('runs it, allow: [{ ops: [read] }', `runs it, allow: [${line}`),
    );
    const [direct] = conduits;
    return direct?.allow.some((each) => shortfall(each, only(said)) === undefined) === true;
  };

  test.each([
    ['{ ops: [read, write, control, configure, program, identify] }', []],
    ['{ fc: [90] }', ['0x02', '0x20', '0x23', '0x30', '0x41', '0x10', '0xee']],
    ['{ fc: [90], ops: [read, identify] }', ['0x02', '0x20']],
    ['{ fc: [90], ops: [control] }', ['0x41']],
    ['{ fc: [90], ops: [configure] }', ['0x10', '0xee']],
    ['{ fc: [90], ops: [write], value: { max: 65535 } }', []],
    ['{ fc: [90], units: [2] }', []],
  ])('%s lets pass %j', (line, passing) => {
    const codes = ['0x02', '0x20', '0x23', '0x30', '0x41', '0x10', '0xee'];
    expect(codes.filter((code) => lets(line, `modbus fc90/${code}`))).toEqual(passing);
  });
});

describe('under a grant of all that an entry lets ask', () => {
  const operations = plant.access.get('acme-press')?.mayRequest ?? [];
  const subject = { entry: 'acme-press', asset: 'plc', operations };
  const CASES: readonly [string, string, 'function' | 'address' | 'value' | true][] = [
    ['a read', 'modbus fc3 0+125', true],
    ['a read up to the last register', 'modbus fc3 199', true],
    ['a read across the end', 'modbus fc3 199+2', 'address'],
    ['a function that was not granted', 'modbus fc4 0', 'function'],
    ['a function that is not decoded', 'modbus fc65', 'function'],
    ['the function of vendor tools', 'modbus fc90', 'function'],
    ['a function that the gate does not pass', 'modbus fc8/2', 'function'],
    ['a unit that was not granted', 'modbus fc3 0 unit 2', 'function'],
    ['a write at the lower bound', 'modbus fc6 100 value 10', true],
    ['a write below it', 'modbus fc6 100 value 9', 'value'],
    ['a write at the upper bound', 'modbus fc16 100+10 value 1500', true],
    ['a write with one value above it', 'modbus fc16 100+2 value 1500,1501', 'value'],
    ['a write whose values are not known', 'modbus fc16 100+2', 'value'],
    ['a write that is wrong in address and value', 'modbus fc16 109+2 value 9', 'address'],
    ['an identification', 'modbus fc43', true],
    [
      'function 23, which the entry does not name',
      'modbus fc23 read 0+2 write 100+2 value 10',
      'function',
    ],
  ];

  test.each(CASES)('%s', (_, said, expected) => {
    const decision = evaluateAccess(plant, subject, request(said));
    expect(decision.allowed ? true : decision.refusal).toBe(expected);
    expect(decision.because.length).toBeGreaterThan(0);
  });

  describe('of a value of two registers', () => {
    const PAIR =
      'registers: { position: { table: holding-registers, address: 104, type: float32 } }';
    const withPair = (line: string) =>
      plantOf(
        edited(
          'modbus: { units: [1, 2] }, tags: [press] }',
          `modbus: { units: [1, 2] }, tags: [press], ${PAIR} }`,
        ).replace('units: [1], value: { min: 10, max: 1500 } }', line),
      );
    const ask = (of: Plant, said: string) =>
      evaluateAccess(
        of,
        { ...subject, operations: of.access.get('acme-press')?.mayRequest ?? [] },
        request(said),
      );
    const unbounded = withPair('units: [1] }');
    const bounded = withPair('units: [1], value: { max: 1500 } }');

    test.each([
      ['the whole', 'modbus fc16 104+2 value 1', true, 'value'],
      ['the whole and more', 'modbus fc16 103+4 value 1', true, 'value'],
      ['its first half', 'modbus fc6 104 value 1', 'value', 'value'],
      ['its second half, with what is behind', 'modbus fc16 105+2 value 1', 'value', 'value'],
      ['what is before', 'modbus fc6 103 value 1', true, true],
      ['what is behind', 'modbus fc6 106 value 1', true, true],
    ])('%s is written only where no bound of single words is to hold', (_, said, free, held) => {
      expect(ask(unbounded, said).refusal ?? true).toBe(free);
      expect(ask(bounded, said).refusal ?? true).toBe(held);
    });

    test('may be read in halves, and a refusal says why', () => {
      expect(ask(bounded, 'modbus fc3 104').allowed).toBe(true);
      expect(ask(bounded, 'modbus fc6 104 value 1').because[0]?.text).toBe(
        'registers 104-105 hold one value (position), which bounds on single words, or half of it, do not decide; not: write 1 to holding register 104 (40105) of unit 1 with function 6',
      );
    });
  });

  test('of two gates each passes only by its own conduits', () => {
    const two = plantOf(
      edited('gates: [10.0.10.1]', 'gates: [10.0.10.1, 10.0.11.1]').replace(
        '  dmz: {',
        '  dmz-2: { purdue: 3.5, cidrs: [10.0.11.0/24], owner: it }\n  dmz: {',
      ),
    );
    const operations = two.access.get('acme-press')?.mayRequest ?? [];
    const by = (gate: string) =>
      evaluateAccess(two, { ...subject, operations }, request('modbus fc3 0'), [gate]).allowed;
    expect([by('10.0.10.1'), by('10.0.11.1'), by('192.0.2.1')]).toEqual([true, false, false]);
  });

  test('function 23 needs both rights', () => {
    const both = plantOf(
      edited(
        '- { fc: [6, 16], range: 100-109, units: [1], value',
        '- { fc: [6, 16, 23], range: 0-109, units: [1], value',
      ),
    );
    const entry = both.access.get('acme-press')?.mayRequest ?? [];
    const ask = (said: string, granted = entry) =>
      evaluateAccess(both, { ...subject, operations: granted }, request(said));
    expect(ask('modbus fc23 read 0+2 write 100+2 value 10').allowed).toBe(true);
    expect(ask('modbus fc23 read 0+2 write 99+2 value 10').refusal).toBe('address');
    expect(ask('modbus fc23 read 109+2 write 100+2 value 10').refusal).toBe('address');
    const writesOnly = entry.map((each) => ({ ...each, operations: ['write'] as const }));
    expect(ask('modbus fc23 read 0+2 write 100+2 value 10', writesOnly).refusal).toBe('function');
  });

  test.each([
    ['an entry that is gone', { ...subject, entry: 'gone' }],
    ['an asset that the entry does not name', { ...subject, asset: 'sis' }],
    ['an asset that is gone', { ...subject, asset: 'gone' }],
    ['a grant that names nothing', { ...subject, operations: [] }],
  ])('nothing passes for %s', (_, other) => {
    const decision = evaluateAccess(plant, other, request('modbus fc3 0'));
    expect(decision).toMatchObject({ allowed: false, refusal: 'function' });
  });

  test('nothing passes where no conduit leads through the gate', () => {
    const shut = plantOf(edited('via: gate', 'via: direct'));
    const granted = shut.access.get('acme-press')?.mayRequest ?? [];
    const decision = evaluateAccess(
      shut,
      { ...subject, operations: granted },
      request('modbus fc3 0'),
    );
    expect(decision.because[0]?.text).toBe('no conduit leads through the gate to asset `plc`');
  });

  test('a grant cannot exceed the entry, the entry not the conduit', () => {
    const wide = [
      { protocol: 'modbus', operations: ['read', 'write'], at: { file: 'x', line: 1 } },
    ] as const;
    const ask = (said: string) =>
      evaluateAccess(plant, { ...subject, operations: wide }, request(said));
    expect(ask('modbus fc6 110 value 10').refusal).toBe('address');
    expect(ask('modbus fc1 0').refusal).toBe('function');
    const wider = plantOf(
      edited(
        'range: 100-109, units: [1], value: { min: 10, max: 1500 }',
        'range: 0-65535, units: [1]',
      ),
    );
    const granted = wider.access.get('acme-press')?.mayRequest ?? [];
    const decision = evaluateAccess(
      wider,
      { ...subject, operations: granted },
      request('modbus fc6 120 value 0'),
    );
    expect(decision.refusal).toBe('address');
    expect(decision.because[0]?.rule).toBe('dmz-cell');
  });
});
