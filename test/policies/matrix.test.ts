import '../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEvaluator } from '#policies/evaluate.ts';
import { matrixOf } from '#policies/matrix.ts';
import { partiesOf } from '#policies/parties.ts';
import { plantOf, SMALL_PLANT } from '../support/plant.ts';
import { plant } from './arbitrary.ts';

test('a cell holds what leads there by zone, by the zone around it, by asset, and through the gate from its zone', () => {
  const cells = matrixOf(plantOf(SMALL_PLANT)).map(({ from, to, whole, single, safety }) => [
    `${from} > ${to}`,
    whole.map(({ id }) => id).join(' '),
    single.map(({ id }) => id).join(' '),
    safety.map(({ id }) => id).join(' '),
  ]);
  expect(cells).toEqual([
    ['hall > cell', 'hall-cell', '', ''],
    ['hall > safety', 'hall-safety', '', 'safety'],
    // A cell lies in its hall, so what the hall may do within itself its cells may do too.
    ['cell > cell', 'hall-cell', '', ''],
    ['cell > safety', 'hall-safety', '', 'safety'],
    ['safety > cell', 'hall-cell', '', ''],
    ['safety > safety', 'hall-safety', '', 'safety'],
    ['dmz > cell', 'dmz-cell', '', ''],
  ]);
});

test('a cell names exactly the conduits by which some host reaches some host, and those of whole zones hold for all', () => {
  fc.assert(
    fc.property(plant, (given) => {
      const { conduitsBetween, locate } = createEvaluator(given);
      const cells = new Map(matrixOf(given).map((cell) => [`${cell.from} > ${cell.to}`, cell]));
      const zones = [...given.zones.keys()];
      const hostsOf = (zone: string) =>
        partiesOf(given, `zone:${zone}`).filter(({ ip }) => locate(ip)?.zones[0] === zone);
      for (const from of zones) {
        for (const to of zones) {
          const led = hostsOf(from).flatMap((client) =>
            hostsOf(to).map((server) => conduitsBetween(client.ip, server.ip)),
          );
          const { whole = [], single = [] } = cells.get(`${from} > ${to}`) ?? {};
          expect(new Set([...whole, ...single])).toEqual(new Set(led.flat()));
          const direct = whole.filter(({ via }) => via === 'direct');
          for (const ways of led) expect(ways).toEqual(expect.arrayContaining(direct));
        }
      }
    }),
  );
});
