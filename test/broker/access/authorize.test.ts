import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAuthorizer } from '#broker/access/authorize.ts';
import { lockOn } from '#broker/access/lock.ts';
import type { Grant, Lock } from '#broker/model/access.ts';
import type { GrantId, LockId } from '#broker/model/ids.ts';
import { evaluateAccess } from '#policies/evaluate.ts';
import type { AccessEntry, Plant } from '#policies/plant.ts';
import { micros } from '#sensor/model/time.ts';
import {
  GATE,
  grantOf,
  NOW,
  operation,
  PLANT,
  person,
  plantWith,
  plantWithPeople,
  READS,
} from '../../support/broker-site.ts';

const grant = grantOf();
const read = operation('read', 0, 10);
const write = operation('write', 100, [1500]);

const decide = (
  offset: number,
  code: number,
  operations: readonly ReturnType<typeof operation>[],
  { plant = PLANT as Plant, of = grant as Grant, locks = [] as readonly Lock[] } = {},
) => {
  const answer = createAuthorizer({ plant, grant: of, locks: () => locks, gate: GATE })(
    micros(offset),
    code,
    operations,
  );
  return answer.kind === 'allow' ? 'allow' : answer.refusal;
};

const lockOf = (target: Lock['target'], lifted?: Lock['lifted']): Lock => ({
  id: 'lock_000000000001' as LockId,
  version: 1,
  target,
  reason: 'an incident',
  placedBy: 'otto',
  placedAt: NOW,
  ...(lifted && { lifted }),
});

describe('a policy that changes under a session', () => {
  const entryWith = (more: Partial<AccessEntry>): Plant => {
    const entry = PLANT.access.get(grant.entry);
    if (entry === undefined) throw new Error('the plant has the entry');
    return plantWith({ access: new Map([[entry.id, { ...entry, ...more }]]) });
  };
  const limits = PLANT.access.get(grant.entry)?.limits;
  if (limits === undefined) throw new Error('the plant has the entry');
  const night = { days: [7], from: 180, until: 185, timeZone: 'Europe/Berlin' };

  test.for([
    ['another window', { windows: [night] }],
    ['a shorter time', { limits: { ...limits, max: 1 } }],
    ['a shorter grace', { limits: { ...limits, readGrace: 0 } }],
    ['a shorter idle time', { limits: { ...limits, idle: 1 } }],
  ] as const)('ends it on the next PDU, where the entry now has %s', ([, more]) => {
    const of = grantOf({ graceUntil: micros(grant.notAfter + 1) });
    const answer = createAuthorizer({
      plant: entryWith(more),
      grant: of,
      locks: () => [],
      gate: GATE,
    })(micros(grant.notBefore), 3, [read]);
    expect(answer).toMatchObject({ kind: 'refuse', refusal: 'ended', end: 'policy-changed' });
  });

  test('lets nothing pass by a gate from which no conduit leads', () => {
    const elsewhere = createAuthorizer({
      plant: PLANT,
      grant,
      locks: () => [],
      gate: '127.20.11.1',
    });
    expect(elsewhere(micros(grant.notBefore), 3, [read])).toMatchObject({ kind: 'refuse' });
  });
});

describe('the clocks, to the microsecond', () => {
  test.for([
    [grant.notBefore - 1, 'ended', 'ended'],
    [grant.notBefore, 'allow', 'allow'],
    [grant.notBefore + 1, 'allow', 'allow'],
    [grant.notAfter - 1, 'allow', 'allow'],
    [grant.notAfter, 'allow', 'read-only-grace'],
    [grant.notAfter + 1, 'allow', 'read-only-grace'],
    [grant.graceUntil - 1, 'allow', 'read-only-grace'],
    [grant.graceUntil, 'ended', 'ended'],
    [grant.graceUntil + 1, 'ended', 'ended'],
  ] as const)('at %d a read is %s and a write is %s', ([now, reads, writes]) => {
    expect(decide(now, 3, [read])).toBe(reads);
    expect(decide(now, 16, [write])).toBe(writes);
  });

  test('a request that reads and writes counts as a write', () => {
    const wide = [{ ...READS, operations: ['read', 'write'] as const, functions: [23] }];
    const of = grantOf({ operations: wide });
    const both = [
      operation('write', 100, [1], { code: 23 }),
      operation('read', 0, 1, { code: 23 }),
    ];
    expect(decide(grant.notAfter, 23, both, { of })).toBe('read-only-grace');
  });

  test('the session is to be ended at the end, and not before its beginning', () => {
    const authorize = createAuthorizer({ plant: PLANT, grant, locks: () => [], gate: GATE });
    expect(authorize(micros(grant.notBefore - 1), 3, [read])).not.toHaveProperty('end');
    expect(authorize(grant.graceUntil, 3, [read])).toMatchObject({ end: 'deadline' });
  });

  test('a clock that is set back reopens nothing', () => {
    const authorize = createAuthorizer({ plant: PLANT, grant, locks: () => [], gate: GATE });
    expect(authorize(grant.notAfter, 16, [write]).kind).toBe('refuse');
    expect(authorize(micros(grant.notAfter - 1), 16, [write]).kind).toBe('refuse');
    expect(authorize(grant.graceUntil, 3, [read]).kind).toBe('refuse');
    expect(authorize(micros(grant.notAfter - 1), 3, [read]).kind).toBe('refuse');
  });
});

describe('what was granted', () => {
  const now = grant.notBefore;
  test.for([
    ['the last register', 16, [operation('write', 109, [0])], 'allow'],
    ['one behind it', 16, [operation('write', 110, [0])], 'address'],
    ['a range that reaches behind it', 16, [operation('write', 109, [0, 0])], 'address'],
    ['the largest value', 6, [operation('write', 100, [1500], { code: 6 })], 'allow'],
    ['one above it', 6, [operation('write', 100, [1501], { code: 6 })], 'value'],
    [
      'a function that was not granted',
      5,
      [operation('write', 100, [1], { code: 5, table: 'coils' })],
      'function',
    ],
    ['another unit', 3, [operation('read', 0, 1, { unit: 2 })], 'function'],
    ['a function that nobody knows', 90, [], 'function'],
    ['nothing', 3, [], 'function'],
  ] as const)('%s', ([, code, operations, expected]) => {
    expect(decide(now, code, operations)).toBe(expected);
  });

  test('is asked, not all that the entry lets ask', () => {
    const of = grantOf({ operations: [READS] });
    expect(decide(now, 16, [write], { of })).toBe('function');
  });

  test('lets nothing pass where it names nothing', () => {
    expect(decide(now, 3, [read], { of: grantOf({ operations: [] }) })).toBe('function');
  });
});

describe('what changed since', () => {
  const now = grant.notBefore;

  test('a policy that allows less bites', () => {
    const entry = PLANT.access.get('acme-press');
    if (entry === undefined) throw new Error('the site has changed');
    const less = plantWith({ access: new Map([[entry.id, { ...entry, mayRequest: [READS] }]]) });
    expect(decide(now, 16, [write], { plant: less })).toBe('function');
    expect(decide(now, 3, [read], { plant: less })).toBe('allow');
  });

  test('no policy lets nothing pass', () => {
    const authorize = createAuthorizer({ plant: undefined, grant, locks: () => [], gate: GATE });
    expect(authorize(now, 3, [read])).toMatchObject({ refusal: 'ended', end: 'policy-changed' });
  });

  test.for([
    ['the person is gone', plantWithPeople([], ['vera']), 'role-lost'],
    ['the person is no vendor any more', plantWithPeople([person('vera', 'acme')]), 'role-lost'],
    [
      'the person changed company',
      plantWithPeople([person('vera', 'bolt', 'vendor')]),
      'role-lost',
    ],
    ['the vendor is gone', plantWith({ vendors: new Map() }), 'role-lost'],
    ['the entry is gone', plantWith({ access: new Map() }), 'policy-changed'],
    ['the asset is gone', plantWith({ assets: new Map() }), 'policy-changed'],
  ] as const)('%s', ([, plant, end]) => {
    const answer = createAuthorizer({ plant, grant, locks: () => [], gate: GATE })(now, 3, [read]);
    expect(answer).toMatchObject({ kind: 'refuse', refusal: 'ended', end });
  });

  test('a revoked grant is over', () => {
    expect(decide(now, 3, [read], { of: grantOf({ state: 'revoked' }) })).toBe('ended');
  });
});

describe('a lock', () => {
  const now = grant.notBefore;
  const lockable = { ...grant, grant: grant.id };

  test.for([
    [{ kind: 'grant', grant: grant.id }, true],
    [{ kind: 'grant', grant: 'gr_000000000002' as GrantId }, false],
    [{ kind: 'person', person: 'vera' }, true],
    [{ kind: 'person', person: 'victor' }, false],
    [{ kind: 'vendor', vendor: 'acme' }, true],
    [{ kind: 'vendor', vendor: 'bolt' }, false],
    [{ kind: 'zone', zone: 'cell-1' }, true],
    [{ kind: 'zone', zone: 'plant' }, true],
    [{ kind: 'zone', zone: 'cell-2' }, false],
    [{ kind: 'all' }, true],
  ] as const)('on %o meets the session: %s', ([target, meets]) => {
    expect(lockOn(PLANT, [lockOf(target)], lockable) !== undefined).toBe(meets);
    expect(decide(now, 3, [read], { locks: [lockOf(target)] })).toBe(meets ? 'ended' : 'allow');
  });

  test('that was lifted does not', () => {
    const lifted = { by: 'otto', at: NOW };
    expect(decide(now, 3, [read], { locks: [lockOf({ kind: 'all' }, lifted)] })).toBe('allow');
  });

  test('on a zone holds for an asset that nobody can place any more', () => {
    const zone = lockOf({ kind: 'zone', zone: 'cell-2' });
    expect(lockOn(plantWith({ assets: new Map() }), [zone], lockable)).toBe(zone);
    expect(lockOn(undefined, [zone], lockable)).toBe(zone);
  });

  test('is asked at each PDU', () => {
    const locks: Lock[] = [];
    const authorize = createAuthorizer({ plant: PLANT, grant, locks: () => locks, gate: GATE });
    expect(authorize(now, 3, [read]).kind).toBe('allow');
    locks.push(lockOf({ kind: 'all' }));
    expect(authorize(now, 3, [read])).toMatchObject({ kind: 'refuse', end: 'locked' });
    locks.pop();
    expect(authorize(now, 3, [read]).kind).toBe('allow');
  });
});

test('nothing passes that the plain reading of the policy does not let pass', () => {
  const values = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 4 });
  const any = fc.record({
    now: fc.integer({ min: grant.notBefore - 5, max: grant.graceUntil + 5 }),
    isWrite: fc.boolean(),
    address: fc.integer({ min: 95, max: 115 }),
    values,
  });
  fc.assert(
    fc.property(any, ({ now, isWrite, address, values: written }) => {
      const one = isWrite
        ? operation('write', address, written)
        : operation('read', address, written.length);
      const passes = decide(now, one.functionCode, [one]) === 'allow';
      const plain = evaluateAccess(PLANT, grant, [one]);
      const inTime = now >= grant.notBefore && now < (isWrite ? grant.notAfter : grant.graceUntil);
      expect(passes).toBe(inTime && plain.allowed);
    }),
  );
});
