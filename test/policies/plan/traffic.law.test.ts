import '../../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEvaluator } from '#policies/evaluate.ts';
import { compareTraffic } from '#policies/plan/traffic.ts';
import type { Asset, Plant, Zone } from '#policies/plant.ts';
import type { OpcuaOperation } from '#sensor/model/operation.ts';
import { isReal, plant, requests, wire } from '../arbitrary.ts';

const opcuaLines = fc.array(
  fc.record(
    {
      operations: fc.subarray(['read', 'write', 'control', 'browse'] as const, { minLength: 1 }),
      nodes: fc.subarray(['nsu=urn:a;s=X', 'nsu=urn:a;s=Y']),
      methods: fc.subarray(['nsu=urn:a;s=M', 'nsu=urn:a;s=N']),
    },
    { requiredKeys: ['operations'] },
  ),
  { maxLength: 2 },
);

const at = { file: 'plant.yaml', line: 1 };

/** What else an edit may touch: where things are, and what of OPC UA may pass. */
const edit = fc.record({
  plcAddress: fc.constantFrom('10.0.1.12', '10.0.1.12', '10.0.1.99'),
  plcZone: fc.constantFrom('cell', 'cell', 'hall'),
  modbus: fc.constantFrom(
    { port: 502, units: [1, 2] },
    { port: 502, units: [1, 2] },
    { port: 503, units: [1] },
    undefined,
  ),
  cellPrefix: fc.constantFrom('10.0.1.0/24', '10.0.1.0/24', '10.0.1.0/26', '10.0.3.0/24'),
  cellParent: fc.constantFrom('hall', 'hall', undefined),
  gates: fc.constantFrom(['10.0.10.1'], ['10.0.10.1'], ['10.0.10.2'], []),
  hmi: fc.constantFrom(true, true, false),
  opcua: opcuaLines,
});

const edited = fc.tuple(plant, edit).map(([random, change]): Plant => {
  const zones = new Map<string, Zone>(random.zones);
  const cell = zones.get('cell');
  if (cell !== undefined) {
    const { parent: _, ...alone } = cell;
    zones.set('cell', {
      ...alone,
      cidrs: [change.cellPrefix],
      ...(change.cellParent !== undefined && { parent: change.cellParent }),
    });
  }
  const assets = new Map<string, Asset>(random.assets);
  const plc = assets.get('plc');
  if (plc !== undefined) {
    const { modbus: _, ...bare } = plc;
    assets.set('plc', {
      ...bare,
      address: change.plcAddress,
      zone: change.plcZone,
      opcua: { port: 4840, applicationUri: 'urn:plc' },
      ...(change.modbus !== undefined && { modbus: change.modbus }),
    });
  }
  if (!change.hmi) assets.delete('hmi');
  const lines = change.opcua.map((line) => ({ protocol: 'opcua' as const, ...line, at }));
  const conduits = random.conduits.map((conduit, i) =>
    i === 1 ? { ...conduit, allow: [...conduit.allow, ...lines] } : conduit,
  );
  return { ...random, zones, assets, conduits, gates: change.gates };
});

const node = fc
  .constantFrom('nsu=urn:a;s=X', 'nsu=urn:a;s=Y', 'nsu=urn:b;s=X', undefined)
  .map((uri) => ({ id: 'ns=1;s=X', ...(uri !== undefined && { uri }) }));
const method = fc
  .constantFrom('nsu=urn:a;s=M', 'nsu=urn:a;s=N', undefined)
  .map((uri) => ({ id: 'ns=1;s=M', ...(uri !== undefined && { uri }) }));

const opcua: fc.Arbitrary<OpcuaOperation> = fc.record({
  protocol: fc.constant('opcua'),
  service: fc.constant('any'),
  kind: fc.constantFrom('read', 'write', 'control', 'browse', 'subscribe'),
  object: fc.oneof(
    fc.constant({ kind: 'opcua-server' as const }),
    node.map((each) => ({ kind: 'opcua-node' as const, node: each, attribute: 'Value' })),
    fc.record({ kind: fc.constant('opcua-method' as const), object: node, method }),
  ),
});

test('an operation is told of iff its answer is another one', () => {
  const seen = { stays: 0, allowed: 0, denied: 0 };
  fc.assert(
    fc.property(
      edited,
      edited,
      fc.array(wire, { minLength: 4, maxLength: 4 }),
      requests,
      fc.array(opcua, { minLength: 20, maxLength: 20 }),
      (before, after, ways, many, ofNodes) => {
        const [was, is] = [createEvaluator(before), createEvaluator(after)];
        const { changes, changesOf } = compareTraffic(before, after);
        const modbus = many.flatMap((request) => request.operations).filter(isReal);
        const operations = [...modbus, ...ofNodes];
        for (const [index, operation] of operations.entries()) {
          const way = ways[index % ways.length];
          if (way === undefined) throw new Error('there are ways');
          const port = operation.protocol === 'opcua' ? way.to.port + 4338 : way.to.port;
          const access = { ...way, to: { ...way.to, port }, operation };
          const [old, now] = [was.evaluate(access).allowed, is.evaluate(access).allowed];
          const told = changesOf(access).map(({ becomes }) => becomes);
          const expected = old === now ? 'stays' : now ? 'allowed' : 'denied';
          seen[expected] += 1;
          expect(told.length > 0, JSON.stringify({ access, old, now, changes })).toBe(old !== now);
          for (const becomes of told) expect(becomes).toBe(expected);
        }
        // What is told of is there: each change has an operation whose answer really is another one.
        for (const { becomes, example } of changes) {
          expect(was.evaluate(example).allowed, JSON.stringify(example)).toBe(becomes === 'denied');
          expect(is.evaluate(example).allowed, JSON.stringify(example)).toBe(becomes === 'allowed');
        }
      },
    ),
  );
  // A law that only ever saw one answer would say nothing.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
});
