import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createEvaluator } from '#policies/evaluate.ts';
import { lint } from '#policies/lint.ts';
import { runTests } from '#policies/tests.ts';
import {
  BOILER,
  BOILER_URI,
  GATE,
  HISTORIAN,
  HMI,
  LAPTOP,
  PLC,
  ROGUE,
  SAFETY_PLC,
} from '../../deploy/demo/plan.ts';
import { plantOf } from '../support/plant.ts';

const TEXT = readFileSync(new URL('../../policies/example-plant.yaml', import.meta.url), 'utf8');
const plant = plantOf(TEXT, 'policies/example-plant.yaml');

test('has nothing that lint would say', () => {
  expect(lint(plant)).toEqual([]);
});

test('holds what it says of itself, and says much', () => {
  const { statements, failures } = runTests(plant);
  expect(failures).toEqual([]);
  expect(statements).toBeGreaterThanOrEqual(50);
});

test('says why, for every conduit and every entry', () => {
  for (const { why } of [...plant.conduits, ...plant.access.values()]) {
    expect(why.length).toBeGreaterThan(20);
  }
});

test('has the addresses of the demo', () => {
  const { locate } = createEvaluator(plant);
  for (const [id, { host, port, unit }] of [
    ['plc-12', PLC],
    ['sis-1', SAFETY_PLC],
  ] as const) {
    const asset = plant.assets.get(id);
    expect(asset).toMatchObject({ address: host, modbus: { port, units: [unit] } });
  }
  expect(plant.assets.get('boiler-1')).toMatchObject({
    address: BOILER.host,
    opcua: { port: BOILER.port, applicationUri: BOILER_URI },
  });
  expect(locate(HISTORIAN.host)).toMatchObject({ asset: { id: 'historian-1' } });
  expect(locate(HMI.host)).toMatchObject({ asset: { id: 'hmi-1' }, zones: ['control-room'] });
  expect(locate(GATE.host)).toMatchObject({ isGate: true, zones: ['dmz'] });
  expect(locate(LAPTOP.host)?.zones).toEqual(['vendors']);
  expect(locate(ROGUE.host)?.zones).toEqual([]);
});

test('is read by every sentence: each one, turned round, fails', () => {
  for (const each of plant.tests) {
    const turned = { ...each, allow: each.deny, deny: each.allow };
    const { statements, failures } = runTests({ ...plant, tests: [turned] });
    // A sentence about many parties may hold for some of them either way, one about one may not.
    if (!each.as.startsWith('any') && !each.as.startsWith('zone:')) {
      expect(failures).toHaveLength(statements);
    }
  }
});
