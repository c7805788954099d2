import '../../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIp } from '#policies/address.ts';
import type { FirewallChange } from '#policies/plan/change.ts';
import { compareFirewall } from '#policies/plan/firewall.ts';
import { plantOf, SMALL_PLANT } from '../../support/plant.ts';
import { plant, wire } from '../arbitrary.ts';
import { createReach } from '../reach.ts';

const lies = (range: string, ip: string): boolean => {
  const [first = '', last = first] = range.split('-');
  const [low, high, at] = [parseIp(first), parseIp(last), parseIp(ip)];
  if (low === undefined || high === undefined || at?.family !== low.family) return false;
  return low.value <= at.value && at.value <= high.value;
};

const told = (changes: readonly FirewallChange[], from: string, ip: string, port: number) =>
  changes
    .filter(({ to, when }) => when === 'always' && to.ip === ip && to.port === port)
    .filter((change) => change.from.some((range) => lies(range, from)))
    .map(({ becomes }) => becomes);

test('a way is told iff it opens or closes, whichever conduit does it', () => {
  let changed = 0;
  const pairs = fc.tuple(plant, plant, fc.array(wire, { minLength: 60, maxLength: 60 }));
  fc.assert(
    fc.property(pairs, ([before, after, asked]) => {
      const changes = compareFirewall(before, after);
      const [was, is] = [createReach(before), createReach(after)];
      for (const { from, to } of asked) {
        const [old, fresh] = [was(from, to.ip, to.port), is(from, to.ip, to.port)];
        const expected = old === fresh ? [] : [fresh ? 'allowed' : 'denied'];
        expect([from, to, told(changes, from, to.ip, to.port)]).toEqual([from, to, expected]);
        if (old !== fresh) changed += 1;
      }
    }),
  );
  expect(changed).toBeGreaterThan(50);
});

test('the same plant changes nothing, and a way for a grant says so', () => {
  const small = plantOf(SMALL_PLANT);
  expect(compareFirewall(small, small)).toEqual([]);
  const without = { ...small, conduits: small.conduits.filter(({ via }) => via === 'direct') };
  expect(compareFirewall(without, small)).toEqual([
    {
      becomes: 'allowed',
      from: ['10.0.10.1'],
      to: { asset: 'plc', ip: '10.0.1.12', port: 502 },
      protocol: 'modbus',
      when: 'for a grant',
    },
  ]);
});
