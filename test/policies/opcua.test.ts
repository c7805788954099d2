import { describe, expect, test } from 'vitest';
import { createEvaluator, evaluate } from '#policies/evaluate.ts';
import { explain } from '#policies/explain.ts';
import { lint } from '#policies/lint.ts';
import { leastShortfall } from '#policies/match.ts';
import type { OpcuaAllowance } from '#policies/plant.ts';
import { parseStatement } from '#policies/statement.ts';
import { runTests } from '#policies/tests.ts';
import type {
  NodeName,
  OpcuaObject,
  OpcuaOperation,
  OperationKind,
} from '#sensor/model/operation.ts';
import { plantOf } from '../support/plant.ts';

const named = (text: string): NodeName => ({ id: `ns=2;${text}`, uri: `nsu=urn:acme;${text}` });
const SETPOINT: OpcuaObject = {
  kind: 'opcua-node',
  node: named('s=SetPoint'),
  attribute: 'Value',
};
const NAMELESS: OpcuaObject = { ...SETPOINT, node: { id: 'ns=2;s=SetPoint' } };
const START: OpcuaObject = {
  kind: 'opcua-method',
  object: named('s=Boiler'),
  method: named('s=Start'),
};
const SERVER: OpcuaObject = { kind: 'opcua-server' };

const operation = (kind: OperationKind, object: OpcuaObject): OpcuaOperation => ({
  kind,
  protocol: 'opcua',
  service: 'Any',
  object,
});

const line = (
  operations: readonly OperationKind[],
  lists: Pick<OpcuaAllowance, 'nodes' | 'methods'> = {},
): OpcuaAllowance => ({
  protocol: 'opcua',
  operations,
  ...lists,
  at: { file: 'plant.yaml', line: 1 },
});

describe('an allowance of OPC UA', () => {
  const nodes = ['nsu=urn:acme;s=SetPoint'];
  const methods = ['nsu=urn:acme;s=Start'];
  const boiler = ['nsu=urn:acme;s=Boiler'];
  test.each<[string, OpcuaAllowance, OpcuaOperation, string | undefined]>([
    ['bounds nothing', line(['write']), operation('write', SETPOINT), undefined],
    ['of another kind', line(['read']), operation('write', SETPOINT), 'function'],
    ['that names the node', line(['write'], { nodes }), operation('write', SETPOINT), undefined],
    [
      'that names another',
      line(['write'], { nodes: boiler }),
      operation('write', SETPOINT),
      'address',
    ],
    ['a node without a URI', line(['write'], { nodes }), operation('write', NAMELESS), 'address'],
    ['the same without a list', line(['write']), operation('write', NAMELESS), undefined],
    [
      'a node where only methods are',
      line(['write'], { methods }),
      operation('write', SETPOINT),
      'address',
    ],
    [
      'that names the method',
      line(['control'], { methods }),
      operation('control', START),
      undefined,
    ],
    [
      'a method where only nodes are',
      line(['control'], { nodes }),
      operation('control', START),
      'function',
    ],
    [
      'and its object',
      line(['control'], { methods, nodes: boiler }),
      operation('control', START),
      undefined,
    ],
    [
      'of another object',
      line(['control'], { methods, nodes }),
      operation('control', START),
      'address',
    ],
    ['the server as a whole', line(['browse'], { nodes }), operation('browse', SERVER), 'function'],
    ['the server without a list', line(['browse']), operation('browse', SERVER), undefined],
  ])('%s', (_name, allowance, asked, refusal) => {
    expect(leastShortfall([allowance], asked)).toBe(refusal);
  });

  test('says nothing about Modbus, nor one of Modbus about it', () => {
    const modbus = { protocol: 'modbus', operations: ['write'], at: line([]).at } as const;
    expect(leastShortfall([modbus], operation('write', SETPOINT))).toBe('function');
    const coil = {
      kind: 'write',
      protocol: 'modbus',
      functionCode: 5,
      object: { kind: 'modbus-range', unit: 1, table: 'coils', address: 0, quantity: 1 },
    } as const;
    expect(leastShortfall([line(['write'])], coil)).toBe('function');
  });
});

const PLANT = `
version: 1
site: { name: Test, time_zone: UTC }
zones:
  cell: { name: Cell, purdue: 1, cidrs: [10.0.1.0/24], criticality: high }
  hall: { name: Hall, purdue: 2, cidrs: [10.0.0.0/24], criticality: low }
  sis: { name: Safety, purdue: 1, cidrs: [10.0.2.0/24], criticality: high, safety: true, allow: [] }
assets:
  boiler:
    name: Boiler
    zone: cell
    address: 10.0.1.20
    opcua: { port: 4840, application_uri: 'urn:boiler' }
    criticality: high
conduits:
  - id: hall-cell
    from: hall
    to: cell
    via: direct
    allow:
      - { proto: opcua, ops: [read, browse, subscribe] }
      - { proto: opcua, ops: [write], nodes: ['nsu=urn:acme;s=SetPoint'] }
    why: the operators' panel
  - id: hall-sis
    from: hall
    to: sis
    via: direct
    allow: [{ proto: opcua, ops: [read] }]
    why: nobody may, and the safety zone says so
`;

describe('on the wire', () => {
  const plant = plantOf(PLANT);
  const ask = (from: string, ip: string, port: number, asked: OpcuaOperation) =>
    evaluate(plant, { from, to: { ip, port }, operation: asked });

  test.each<[string, string, string, number, OpcuaOperation, boolean]>([
    ['a read', '10.0.0.7', '10.0.1.20', 4840, operation('read', NAMELESS), true],
    ['the setpoint', '10.0.0.7', '10.0.1.20', 4840, operation('write', SETPOINT), true],
    [
      'a node that no URI names',
      '10.0.0.7',
      '10.0.1.20',
      4840,
      operation('write', NAMELESS),
      false,
    ],
    ['a method', '10.0.0.7', '10.0.1.20', 4840, operation('control', START), false],
    ['a stranger', '192.0.2.7', '10.0.1.20', 4840, operation('read', SETPOINT), false],
    [
      'another port of the asset',
      '10.0.0.7',
      '10.0.1.20',
      4841,
      operation('read', SETPOINT),
      false,
    ],
    ['a server without a name', '10.0.0.7', '10.0.1.99', 4841, operation('read', SETPOINT), true],
    ['the safety zone', '10.0.0.7', '10.0.2.10', 4840, operation('read', SETPOINT), false],
  ])('%s', (_name, from, ip, port, asked, allowed) => {
    const decision = ask(from, ip, port, asked);
    expect(decision.allowed).toBe(allowed);
    expect(decision.because.length).toBeGreaterThan(0);
  });

  test('the refusal says why a node is in no list', () => {
    const [reason] = ask('10.0.0.7', '10.0.1.20', 4840, operation('write', NAMELESS)).because;
    expect(reason?.text).toContain('write node ns=2;s=SetPoint, whose namespace is not known');
  });
});

describe('a node that is known by an index alone, because the namespaces of its server were not seen', () => {
  const listed = PLANT.replace(
    "nodes: ['nsu=urn:acme;s=SetPoint'] }",
    `nodes: ['nsu=urn:acme;s=SetPoint', 'nsu=urn:spare;s=Level'] }
      - { proto: opcua, ops: [control], nodes: ['nsu=urn:acme;s=Boiler'], methods: ['nsu=urn:acme;s=Start', 'nsu=urn:spare;s=Stop'] }
      - { proto: opcua, ops: [configure], methods: ['nsu=urn:acme;s=Reset'] }`,
  );
  const { evaluate: ask } = createEvaluator(plantOf(listed));
  const unseen = (id: string): NodeName => ({ id, unseen: true });
  const node = (name: NodeName): OpcuaObject => ({ ...SETPOINT, node: name });
  const method = (object: NodeName, called: NodeName): OpcuaObject => ({
    kind: 'opcua-method',
    object,
    method: called,
  });
  const HALL = '10.0.0.7';

  test.each<[string, string, OpcuaOperation, boolean]>([
    [
      'a node of the name that is listed',
      HALL,
      operation('write', node(unseen('ns=2;s=SetPoint'))),
      true,
    ],
    ['at any index', HALL, operation('write', node(unseen('ns=7;s=SetPoint'))), true],
    ['another name', HALL, operation('write', node(unseen('ns=2;s=Boiler'))), false],
    [
      'a name that only begins alike',
      HALL,
      operation('write', node(unseen('ns=2;s=SetPoint2'))),
      false,
    ],
    [
      'the name as another kind of identifier',
      HALL,
      operation('write', node(unseen('ns=2;i=5'))),
      false,
    ],
    [
      'what nobody may do to a node of this name',
      HALL,
      operation('control', node(unseen('ns=2;s=SetPoint'))),
      false,
    ],
    ['an index that the server does not have', HALL, operation('write', NAMELESS), false],
    [
      'a client that may not write at all',
      '10.0.1.99',
      operation('write', node(unseen('ns=2;s=SetPoint'))),
      false,
    ],
    ['a stranger', '192.0.2.7', operation('write', node(unseen('ns=2;s=SetPoint'))), false],
    [
      'a method of an object',
      HALL,
      operation('control', method(unseen('ns=2;s=Boiler'), unseen('ns=2;s=Start'))),
      true,
    ],
    [
      'a method of another namespace than its object',
      HALL,
      operation('control', method(unseen('ns=2;s=Boiler'), unseen('ns=3;s=Stop'))),
      true,
    ],
    [
      'the same at one index, which is one namespace',
      HALL,
      operation('control', method(unseen('ns=2;s=Boiler'), unseen('ns=2;s=Stop'))),
      false,
    ],
    [
      'a method of a known object',
      HALL,
      operation('control', method(named('s=Boiler'), unseen('ns=2;s=Start'))),
      true,
    ],
    [
      'a method of another object',
      HALL,
      operation('control', method(named('s=Else'), unseen('ns=2;s=Start'))),
      false,
    ],
    [
      'a method of whatever object',
      HALL,
      operation('configure', method(unseen('ns=2;s=Any'), unseen('ns=2;s=Reset'))),
      true,
    ],
  ])('%s', (_name, from, asked, isOpen) => {
    const decision = ask({ from, to: { ip: '10.0.1.20', port: 4840 }, operation: asked });
    expect(decision.allowed).toBe(false);
    expect(decision.undecided).toBe(isOpen ? true : undefined);
    expect(decision.because.length).toBeGreaterThan(0);
  });

  test('is allowed where no list bounds it, and told with the line that may allow it', () => {
    const to = { ip: '10.0.1.20', port: 4840 };
    const read = operation('read', node(unseen('ns=2;s=SetPoint')));
    expect(ask({ from: HALL, to, operation: read }).allowed).toBe(true);
    const write = operation('write', node(unseen('ns=2;s=SetPoint')));
    const [reason, aside] = ask({ from: HALL, to, operation: write }).because;
    expect(reason?.text).toContain('whether node ns=2;s=SetPoint is the one that is allowed');
    expect(aside).toMatchObject({
      rule: 'hall-cell',
      at: { file: 'plant.yaml' },
      aside: true,
    });
    expect(aside?.text).toContain('nsu=urn:acme;s=SetPoint');
  });

  test('is forbidden in a safety zone that lists nothing', () => {
    const to = { ip: '10.0.2.10', port: 4840 };
    const decision = ask({
      from: HALL,
      to,
      operation: operation('write', node(unseen('ns=2;s=SetPoint'))),
    });
    expect(decision).toMatchObject({ allowed: false });
    expect(decision.undecided).toBeUndefined();
  });
});

describe('a sentence', () => {
  const NODE = 'nsu=urn:acme;s=SetPoint';
  const ON_BOILER = 'as: zone:hall, on: boiler';
  const run = (sentence: string, plant = PLANT) =>
    runTests(plantOf(`${plant}tests:\n  - { ${sentence} }\n`)).failures.map(({ text }) => text);

  test.each([
    [`${ON_BOILER}, allow: [read, browse, subscribe, "opcua write ${NODE}", "opcua read ${NODE}"]`],
    [`${ON_BOILER}, deny: [control, configure, program, identify, "opcua identify"]`],
    [
      `${ON_BOILER}, deny: ["opcua write nsu=urn:other;s=SetPoint", "opcua call ${NODE} on ${NODE}"]`,
    ],
    [`${ON_BOILER}, deny: ["modbus fc3 0"]`],
    ['as: zone:sis, on: boiler, deny: [everything]'],
    ['as: any, on: "zone:sis", deny: [everything]'],
  ])('holds: %s', (sentence) => {
    expect(run(sentence)).toEqual([]);
  });

  test.each([
    [`${ON_BOILER}, allow: [write]`, 'may not write the OPC UA server'],
    [`${ON_BOILER}, deny: [write]`, `may write node ${NODE}`],
    [`${ON_BOILER}, deny: [everything]`, 'may read'],
    [`${ON_BOILER}, allow: ["opcua call ${NODE} on ${NODE}"]`, 'may not control method'],
    // Of a host that the policy says nothing of, whatever it may speak is tried.
    ['as: zone:hall, on: "zone:cell", deny: [browse]', 'may browse'],
  ])('fails: %s', (sentence, says) => {
    expect(run(sentence).join()).toContain(says);
  });

  test('that denies everything sees a method that became allowed', () => {
    const methods =
      "ops: [control], nodes: ['nsu=urn:acme;s=Boiler'], methods: ['nsu=urn:acme;s=Start']";
    const wider = PLANT.replace(
      '{ proto: opcua, ops: [read, browse',
      `{ proto: opcua, ${methods} }\n      - { proto: opcua, ops: [read, browse`,
    );
    expect(run(`${ON_BOILER}, deny: [control]`)).toEqual([]);
    expect(run(`${ON_BOILER}, deny: [control]`, wider).join()).toContain('may control method');
  });

  test.each([
    'opcua',
    'opcua read',
    'opcua read ns=2;s=SetPoint',
    `opcua read ${NODE} ${NODE}`,
    `opcua identify ${NODE}`,
    `opcua call ${NODE}`,
    `opcua call ${NODE} of ${NODE}`,
    `opcua configure ${NODE}`,
  ])('`%s` is none', (said) => {
    expect(parseStatement(said)).toMatchObject({ kind: 'fault' });
  });
});

test('explain answers for OPC UA', () => {
  const plant = plantOf(PLANT);
  const ask = (statement: string) => explain(plant, { from: '10.0.0.7', to: 'boiler', statement });
  expect(ask('opcua write nsu=urn:acme;s=SetPoint')).toMatchObject({
    kind: 'answer',
    allowed: true,
  });
  expect(ask('opcua write nsu=urn:acme;s=Other')).toMatchObject({ kind: 'answer', allowed: false });
});

test('lint calls an allowance of OPC UA dead where only the gate could let it pass', () => {
  const checks = (plant: string) => lint(plantOf(plant)).map(({ check }) => check);
  expect(checks(PLANT)).not.toContain('dead-allowance');
  const byGate = PLANT.replace(
    'from: hall\n    to: cell\n    via: direct',
    'from: hall\n    to: cell\n    via: gate',
  ).replace('zones:', 'gates: [10.0.0.9]\nzones:');
  expect(checks(byGate)).toContain('dead-allowance');
});
