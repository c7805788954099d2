import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Simulation } from '#policies/simulate.ts';
import type { Operation } from '#sensor/model/operation.ts';
import { micros } from '#sensor/model/time.ts';
import { plantOf, SMALL_PLANT } from '../support/plant.ts';
import { policy } from './run-main.ts';

const PLANT = plantOf(SMALL_PLANT);
const [PLC, HMI, ROGUE] = ['10.0.1.12', '10.0.0.10', '192.0.2.66'];
const CAPTURE = fileURLToPath(new URL('../../deploy/demo/plant.pcap', import.meta.url));
const POLICY = fileURLToPath(new URL('../../policies/example-plant.yaml', import.meta.url));

const write = (address: number): Operation => ({
  protocol: 'modbus',
  kind: 'write',
  functionCode: 6,
  object: { kind: 'modbus-range', unit: 1, table: 'holding-registers', address, quantity: 1 },
  values: [7],
});

function simulated(observed: readonly (readonly [string, number])[]) {
  const simulation = new Simulation(PLANT);
  for (const [at, [from, address]] of observed.entries()) {
    simulation.observe({
      at: micros(at),
      from,
      to: { ip: PLC, port: 502 },
      operation: write(address),
    });
  }
  return simulation.report();
}

test('what a line says to one client is one outcome, with its first example and its times', () => {
  const { outcomes, operations } = simulated([
    [HMI, 100],
    [HMI, 99],
    [HMI, 98],
    [HMI, 101],
  ]);
  expect(operations).toBe(4);
  expect(outcomes).toMatchObject([
    {
      verdict: 'denied',
      rule: 'hall-cell',
      count: 2,
      firstAt: 1,
      lastAt: 2,
      example: 'write 7 to holding register 99 (40100) of unit 1 with function 6',
    },
    { verdict: 'allowed', rule: 'hall-cell', count: 2, firstAt: 0, lastAt: 3 },
  ]);
});

test('lines that nothing passed by are named, and hosts of no zone', () => {
  const { unused, outside, outcomes } = simulated([
    [HMI, 100],
    [ROGUE, 100],
  ]);
  expect(outside).toEqual([ROGUE]);
  expect(outcomes[0]).toMatchObject({ verdict: 'denied', rule: 'default-deny', from: ROGUE });
  expect(unused.map(({ conduit, text }) => [conduit, text])).toEqual([
    ['hall-cell', 'read anything of any unit'],
    ['hall-safety', 'read anything of any unit'],
    ['dmz-cell', 'read anything of any unit'],
    ['dmz-cell', expect.stringContaining('100-119') as string],
    ['dmz-cell', 'identify any unit, function 43'],
  ]);
});

test('the shipped capture under the shipped policy: its attacks alone would be denied', async () => {
  const { code, out } = await policy('simulate', POLICY, '--from', CAPTURE, '--json');
  expect(code).toBe(1);
  const { outcomes } = JSON.parse(out) as {
    readonly outcomes: readonly {
      readonly verdict: string;
      readonly from: string;
      readonly kind: string;
    }[];
  };
  const denied = outcomes.filter(({ verdict }) => verdict === 'denied');
  expect(denied.map(({ from, kind }) => `${from} ${kind}`).sort()).toEqual([
    '127.20.66.66 identify',
    '127.20.66.66 read',
    '127.20.66.66 write',
    '127.20.66.66 write',
  ]);
});

test.each([
  [['simulate', POLICY], 'needs one FILE and a recording'],
  [['simulate', POLICY, '--from', '/nowhere.pcap'], 'cannot be read'],
  [['simulate', POLICY, '--from', POLICY], 'cannot be read'],
])('%j is refused in words', async (args, words) => {
  const { code, err } = await policy(...args);
  expect(code).toBe(2);
  expect(err).toContain(words);
});
