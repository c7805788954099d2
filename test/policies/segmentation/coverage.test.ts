import { expect, test } from 'vitest';
import type { Plant } from '#policies/plant.ts';
import { type Heard, Segmentation } from '#policies/segmentation/coverage.ts';
import { isRestricted, weightOf } from '#policies/segmentation/permissiveness.ts';
import { htmlReport, markdownReport } from '#policies/segmentation/report.ts';
import type { Operation } from '#sensor/model/operation.ts';
import { micros } from '#sensor/model/time.ts';
import { edited, plantOf, SMALL_PLANT } from '../../support/plant.ts';

const PLANT = plantOf(SMALL_PLANT);
const [PLC, HMI, ROGUE] = ['10.0.1.12', '10.0.0.10', '192.0.2.66'];
const DAY = 86_400_000_000;

const operation = (kind: 'read' | 'write', address = 100): Operation => ({
  protocol: 'modbus',
  kind,
  functionCode: kind === 'read' ? 3 : 6,
  object: { kind: 'modbus-range', unit: 1, table: 'holding-registers', address, quantity: 1 },
  ...(kind === 'write' && { values: [7] }),
});

const heard = (
  from: string,
  operations: readonly Operation[],
  more: Partial<Heard> = {},
): Heard => ({
  at: micros(0),
  protocol: 'modbus',
  from,
  to: { ip: PLC, port: 502 },
  operations,
  encrypted: false,
  ...more,
});

function measured(plant: Plant, all: readonly Heard[]) {
  const segmentation = new Segmentation(plant);
  for (const each of all) segmentation.hear(each);
  return segmentation.report();
}

test('a conversation is covered iff conduits let all of it pass', () => {
  const { hosts, conversations } = measured(PLANT, [
    heard(HMI, [operation('read')]),
    heard(HMI, [operation('write')]),
    heard(ROGUE, [operation('read')]),
    heard('10.0.0.11', [operation('write', 100)]),
    heard('10.0.0.11', [operation('write', 200)]),
  ]);
  expect(hosts).toEqual({ heard: 4, inZone: 3, outside: [ROGUE] });
  expect(conversations).toMatchObject({ heard: 3, covered: 1, encrypted: 0 });
});

test('violations are told by rule and day, the newest first', () => {
  const { violations } = measured(PLANT, [
    heard(HMI, [operation('write', 200), operation('write', 201)]),
    heard(ROGUE, [operation('read')], { at: micros(DAY) }),
  ]);
  expect(violations).toMatchObject([
    { day: '1970-01-02', rule: 'default-deny', count: 1 },
    {
      day: '1970-01-01',
      rule: 'hall-cell',
      count: 2,
      example: `${HMI} to ${PLC}: write 7 to holding register 200 (40201) of unit 1 with function 6`,
    },
  ]);
});

test('of what is encrypted only whether a conduit leads there is known', () => {
  const sealed = { protocol: 'opcua', encrypted: true } as const;
  const { conversations, violations } = measured(PLANT, [
    heard(HMI, [], sealed),
    heard(ROGUE, [], sealed),
  ]);
  expect(conversations).toMatchObject({ heard: 2, covered: 1, encrypted: 2 });
  expect(violations).toEqual([]);
});

test('what the policy names and nobody heard is named, and counted nowhere', () => {
  const { unheard, hosts } = measured(PLANT, [heard(HMI, [operation('read')])]);
  expect(unheard).toEqual({ assets: ['sis'], zones: ['safety', 'dmz'] });
  expect(hosts.heard).toBe(2);
});

test('one rule for everybody and everything scores near nothing', () => {
  const wide = edited(
    '{ id: hall-cell, from: hall, to: cell, via: direct, why: runs it, allow: [{ ops: [read] }, { fc: [6, 16], range: 100-109 }] }',
    '{ id: all, from: world, to: world, via: direct, why: x, allow: [{ ops: [read, write] }] }',
  )
    .replace('zones:\n', 'zones:\n  world: { purdue: 5, cidrs: [0.0.0.0/0], owner: it }\n')
    .replace('hall: { purdue: 2,', 'hall: { purdue: 2, parent: world,')
    .replace('dmz: { purdue: 3.5,', 'dmz: { purdue: 3.5, parent: world,');
  const talk = [heard(HMI, [operation('read')]), heard(ROGUE, [operation('write')])];
  const { conversations } = measured(plantOf(wide), talk);
  expect(conversations.covered).toBe(2);
  expect(conversations.weight).toBeLessThan(0.05);
});

test.each([
  ['hall-cell', 1 - (11 / 32 + 8 / 32) / 2],
  ['hall-safety', 1 - (11 / 32 + 8 / 32) / 2],
])('the weight of %s is that of its prefixes', (id, weight) => {
  const conduit = PLANT.conduits.find((each) => each.id === id);
  if (conduit === undefined) throw new Error(id);
  expect(weightOf(PLANT, conduit)).toBeCloseTo(weight, 1);
});

test('a line that lets something be changed must say what', () => {
  const [conduit] = PLANT.conduits;
  if (conduit === undefined) throw new Error('no conduit');
  expect(isRestricted(conduit)).toBe(true);
  const at = conduit.at;
  const open = { ...conduit, allow: [{ protocol: 'modbus', operations: ['write'], at } as const] };
  expect(isRestricted(open)).toBe(false);
  expect(weightOf(PLANT, open)).toBeCloseTo(weightOf(PLANT, conduit) / 2);
});

test('what a plant calls itself is text in every report', () => {
  const evil = { ...PLANT, site: { ...PLANT.site, name: '<script>alert(1)</script> | [x](y)' } };
  const coverage = measured(evil, [heard(HMI, [operation('write', 200)])]);
  const html = htmlReport(evil, coverage);
  expect(html).not.toContain('<script');
  expect(html).toContain('&lt;script&gt;');
  expect(html).toContain("default-src 'none'");
  expect(markdownReport(evil, coverage)).toContain('# Segmentation of \\<script\\>');
});
