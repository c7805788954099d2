import { expect, test } from 'vitest';
import type { LinkAccount } from '#sensor/model/link-account.ts';
import { linkFacts, linkGrowth, lossOf } from '#sensor/output/links.ts';

const GOOD: LinkAccount = {
  interfaceIndex: 0,
  vlan: 10,
  seenBytes: 9900,
  lostBytes: 0,
  holes: 0,
  bothWays: 5,
  oneWay: 0,
};

const said = (change: Partial<LinkAccount>) => linkFacts([{ ...GOOD, ...change }]);

test.for([
  [{}, []],
  [{ lostBytes: 99, holes: 9 }, []],
  [{ lostBytes: 100, holes: 9 }, ['sensor.capture-loss']],
  [{ lostBytes: 5000, holes: 2 }, []],
  [{ lostBytes: 5000, holes: 3 }, ['sensor.capture-loss']],
  [{ oneWay: 5 }, []],
  [{ oneWay: 6 }, ['sensor.one-direction']],
  [{ bothWays: 0, oneWay: 1 }, ['sensor.one-direction']],
] as const)('%o is said as %o', ([change, names]) => {
  expect(said(change).map(({ name }) => name)).toEqual(names);
});

test('facts name the link and how much', () => {
  expect(said({ lostBytes: 100, holes: 9 })[0]?.text).toBe(
    '1.0 % of the TCP bytes on VLAN 10 were never captured: 100 bytes in 9 places',
  );
  expect(said({ interfaceIndex: 2, vlan: -1, oneWay: 6 })[0]?.text).toBe(
    'only one direction is seen of 6 of 11 connections on untagged frames of interface 2',
  );
});

test('a link without traffic lost nothing', () => {
  expect(lossOf({ ...GOOD, seenBytes: 0 })).toBe(0);
});

test('an account of a while is what was added', () => {
  const later = { ...GOOD, seenBytes: 10_000, lostBytes: 7, holes: 1, bothWays: 6 };
  expect(linkGrowth([GOOD], [later, GOOD])).toEqual([
    { ...GOOD, seenBytes: 100, lostBytes: 7, holes: 1, bothWays: 1, oneWay: 0 },
    GOOD,
  ]);
});
