import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { misfits } from '#broker/access/fit.ts';
import { narrow } from '#broker/access/narrow.ts';
import { hashRequest } from '#broker/access/request-hash.ts';
import { draftRequest, type Submission } from '#broker/access/submission.ts';
import type { AccessRequest } from '#broker/model/access.ts';
import { canonical } from '#broker/model/canonical.ts';
import { micros } from '#sensor/model/time.ts';
import {
  HOUR,
  later,
  MINUTE,
  NOW,
  PLANT,
  person,
  plantWith,
  plantWithPeople,
  READS,
  requestOf,
  WRITES,
} from '../../support/broker-site.ts';

const who = { person: 'vera', vendor: 'acme' };
const asked: Submission = {
  entry: 'acme-press',
  asset: 'plc-12',
  operations: [{ allowance: 0 }, { allowance: 1, addresses: [{ first: 100, last: 103 }] }],
  notBefore: later(HOUR),
  notAfter: later(2 * HOUR),
  readGrace: true,
  purpose: 'change the recipe',
};
const faultsOf = (change: Partial<Submission>, now = NOW) => {
  const outcome = draftRequest(PLANT, who, { ...asked, ...change }, now);
  return outcome.kind === 'ok' ? [] : outcome.faults.map(({ field }) => field);
};

describe('what a vendor asks', () => {
  test('is taken with every clock in its own field', () => {
    const outcome = draftRequest(PLANT, who, asked, NOW);
    expect(outcome).toMatchObject({
      kind: 'ok',
      draft: {
        requester: 'vera',
        operations: [READS, { ...WRITES, addresses: [{ first: 100, last: 103 }] }],
        notAfter: later(2 * HOUR),
        graceUntil: later(2 * HOUR + 10 * MINUTE),
        idleTimeout: 10 * MINUTE,
        requestExpiresAt: later(2 * HOUR),
      },
    });
    expect(draftRequest(PLANT, who, { ...asked, readGrace: false }, NOW)).toMatchObject({
      draft: { graceUntil: later(2 * HOUR) },
    });
  });

  test('is refused with every missing field at once', () => {
    const outcome = draftRequest(PLANT, who, {}, NOW);
    expect(outcome.kind === 'faults' && outcome.faults.map(({ field }) => field)).toEqual([
      'purpose',
      'entry',
      'asset',
      'notBefore',
      'notAfter',
      'operations',
    ]);
  });

  test.for<[string, Partial<Submission>, readonly string[]]>([
    ['no purpose but spaces', { purpose: ' \n ' }, ['purpose']],
    ['a purpose with hidden direction', { purpose: 'read \u202eetirw' }, ['purpose']],
    ['a purpose with half a character', { purpose: 'read \ud83d' }, ['purpose']],
    ['a purpose with a control character', { purpose: 'read\u0007' }, ['purpose']],
    ['a purpose that is too long', { purpose: 'x'.repeat(1001) }, ['purpose']],
    ['a ticket with a quote', { ticket: 'A"1' }, ['ticket']],
    ["another vendor's entry", { entry: 'bolt-reads' }, ['entry']],
    ['an unknown entry', { entry: 'no-such' }, ['entry']],
    ['an asset that the entry does not name', { asset: 'sis-1' }, ['entry']],
    ['an unknown asset', { asset: 'no-such' }, ['entry']],
    ['no operation', { operations: [] }, ['operations']],
    ['an allowance that is none', { operations: [{ allowance: 3 }] }, ['operations.0.allowance']],
    [
      'one good allowance and one that is none',
      { operations: [{ allowance: 0 }, { allowance: 9 }] },
      ['operations.1.allowance'],
    ],
    [
      'too many operations',
      { operations: Array.from({ length: 33 }, () => ({ allowance: 0 })) },
      ['operations'],
    ],
    [
      'too many ranges',
      {
        operations: [
          {
            allowance: 1,
            addresses: Array.from({ length: 33 }, () => ({ first: 100, last: 100 })),
          },
        ],
      },
      ['operations.0.addresses'],
    ],
    [
      'an address that is no number',
      { operations: [{ allowance: 1, addresses: [{ first: 100, last: 100.5 }] }] },
      ['operations.0.addresses'],
    ],
    [
      'a negative address',
      { operations: [{ allowance: 0, addresses: [{ first: -1, last: 5 }] }] },
      ['operations.0.addresses'],
    ],
    ['a negative allowance', { operations: [{ allowance: -1 }] }, ['operations.0.allowance']],
    ['half an allowance', { operations: [{ allowance: 0.5 }] }, ['operations.0.allowance']],
    [
      'addresses outside',
      { operations: [{ allowance: 1, addresses: [{ first: 100, last: 110 }] }] },
      ['operations.0.addresses'],
    ],
    [
      'addresses turned round',
      { operations: [{ allowance: 1, addresses: [{ first: 103, last: 100 }] }] },
      ['operations.0.addresses'],
    ],
    ['no addresses', { operations: [{ allowance: 1, addresses: [] }] }, ['operations.0.addresses']],
    [
      'values outside',
      { operations: [{ allowance: 1, value: { max: 1501 } }] },
      ['operations.0.value'],
    ],
    [
      'half a value',
      { operations: [{ allowance: 1, value: { max: 1.5 } }] },
      ['operations.0.value'],
    ],
    [
      'bounds turned round',
      { operations: [{ allowance: 1, value: { min: 9, max: 8 } }] },
      ['operations.0.value'],
    ],
    ['an end before the beginning', { notAfter: later(HOUR) }, ['notAfter']],
    ['an end in the past', { notBefore: later(-MINUTE), notAfter: NOW }, ['notAfter']],
    [
      'too far ahead',
      { notBefore: later(91 * 24 * HOUR), notAfter: later(91 * 24 * HOUR + 1) },
      ['notBefore'],
    ],
  ])('is refused for %s', ([, change, fields]) => {
    expect(faultsOf(change)).toEqual(fields);
  });

  test('is refused for the entry in the same words, whether it is hidden or not there', () => {
    const messages = ['bolt-reads', 'no-such'].map((entry) => {
      const outcome = draftRequest(PLANT, who, { ...asked, entry }, NOW);
      return outcome.kind === 'faults' && outcome.faults[0]?.message;
    });
    expect(messages[0]).toBe(messages[1]);
  });

  test.for([
    [4 * HOUR - 1, []],
    [4 * HOUR, []],
    [4 * HOUR + 1, ['notAfter']],
  ] as const)('for %d µs, where 4 h are the most', ([span, fields]) => {
    expect(faultsOf({ notAfter: later(HOUR + span) })).toEqual(fields);
  });

  test.for([
    [-15 * MINUTE - 1, ['notBefore']],
    [-15 * MINUTE, []],
    [-15 * MINUTE + 1, []],
  ] as const)('from %d µs ago, where a form may take 15 min', ([back, fields]) => {
    expect(faultsOf({ notBefore: later(back), notAfter: later(HOUR) })).toEqual(fields);
  });

  test('is taken up to its bounds', () => {
    expect(faultsOf({ operations: Array.from({ length: 32 }, () => ({ allowance: 0 })) })).toEqual(
      [],
    );
    const addresses = Array.from({ length: 32 }, () => ({ first: 100, last: 109 }));
    expect(faultsOf({ operations: [{ allowance: 1, addresses }] })).toEqual([]);
    expect(faultsOf({ purpose: 'x'.repeat(1000), ticket: 'CHG-2026/11 #4.2_a:b' })).toEqual([]);
    expect(faultsOf({ operations: [{ allowance: 1, value: { min: 1500 } }] })).toEqual([]);
  });

  test('keeps its ticket, and begins at most 90 days ahead', () => {
    expect(draftRequest(PLANT, who, { ...asked, ticket: 'A-1' }, NOW)).toMatchObject({
      draft: { ticket: 'A-1' },
    });
    const from = later(90 * 24 * HOUR);
    expect(faultsOf({ notBefore: from, notAfter: micros(from + 1) })).toEqual([]);
    const after = micros(from + 1);
    expect(faultsOf({ notBefore: after, notAfter: micros(after + 1) })).toEqual(['notBefore']);
  });

  test('is told of each field once, and of the asset where only that is missing', () => {
    const { asset: _, ...rest } = asked;
    const outcome = draftRequest(PLANT, who, rest, NOW);
    expect(outcome.kind === 'faults' && outcome.faults.map(({ field }) => field)).toEqual([
      'asset',
    ]);
    expect(faultsOf({ notBefore: later(HOUR), notAfter: later(-HOUR) })).toEqual(['notAfter']);
  });

  test('reaches the last address and the largest value where the entry lets it', () => {
    const entry = PLANT.access.get('acme-press');
    if (entry === undefined) throw new Error('the site has changed');
    const whole = {
      ...WRITES,
      addresses: [{ first: 0, last: 0xffff }],
      value: { min: 0, max: 0xffff },
    };
    const plant = plantWith({
      access: new Map([[entry.id, { ...entry, mayRequest: [whole] as never }]]),
      conduits: PLANT.conduits.map((one) => ({ ...one, allow: [whole] as never })),
    });
    const faults = (last: number, max: number) => {
      const operations = [
        { allowance: 0, addresses: [{ first: 0, last }], value: { min: 0, max } },
      ];
      return draftRequest(plant, who, { ...asked, operations }, NOW).kind;
    };
    expect(faults(0xffff, 0xffff)).toBe('ok');
    expect(faults(0x10000, 0xffff)).toBe('faults');
    expect(faults(0xffff, 0x10000)).toBe('faults');
  });

  test('must lie in the windows of the entry', () => {
    const entry = PLANT.access.get('acme-press');
    if (entry === undefined) throw new Error('the site has changed');
    // NOW is Monday 09:00 in Berlin; asked is 10:00-11:00.
    const windows = [{ days: [1], from: 600, until: 660, timeZone: 'Europe/Berlin' }];
    const plant = plantWith({ access: new Map([[entry.id, { ...entry, windows }]]) });
    expect(draftRequest(plant, who, asked, NOW).kind).toBe('ok');
    const late = { ...asked, notAfter: later(2 * HOUR + 1) };
    expect(draftRequest(plant, who, late, NOW)).toMatchObject({ faults: [{ field: 'notBefore' }] });
  });
});

describe('what was asked fits until', () => {
  test('the person loses the role', () => {
    expect(misfits(PLANT, requestOf())).toEqual([]);
    const plant = plantWithPeople([person('vera', 'acme')]);
    expect(misfits(plant, requestOf())).toMatchObject([{ field: 'entry' }]);
  });

  test('the policy allows less, also where only its last operation no longer fits', () => {
    const entry = PLANT.access.get('acme-press');
    if (entry === undefined) throw new Error('the site has changed');
    const plant = plantWith({
      access: new Map([[entry.id, { ...entry, mayRequest: [READS] }]]),
    });
    expect(misfits(plant, requestOf())).toMatchObject([{ field: 'operations.1' }]);
  });

  test('the grace or the idle timeout is longer than the entry lets it be', () => {
    const long = requestOf({
      graceUntil: later(3 * HOUR + 10 * MINUTE + 1),
      idleTimeout: 10 * MINUTE + 1,
    });
    expect(misfits(PLANT, long).map(({ field }) => field)).toEqual(['readGrace', 'idleTimeout']);
  });
});

describe('the hash of a request', () => {
  const base = requestOf();
  const changes: readonly Partial<AccessRequest>[] = [
    { requester: 'victor' },
    { vendor: 'bolt' },
    { entry: 'other' },
    { asset: 'plc-30' },
    { operations: [READS] },
    { operations: [WRITES, READS] },
    { operations: [READS, { ...WRITES, addresses: [{ first: 100, last: 110 }] } as typeof WRITES] },
    { operations: [READS, { ...WRITES, value: { min: 0, max: 1501 } } as typeof WRITES] },
    { operations: [READS, { ...WRITES, units: [1] } as typeof WRITES] },
    { notBefore: micros(base.notBefore + 1) },
    { notAfter: micros(base.notAfter + 1) },
    { graceUntil: micros(base.graceUntil + 1) },
    { idleTimeout: base.idleTimeout + 1 },
    { requestExpiresAt: micros(base.requestExpiresAt + 1) },
    { purpose: 'change the press recipe.' },
    { ticket: 'A-1' },
    { policyVersion: 'policy-2' },
  ];

  test.for(changes)('changes with %o', (change) => {
    expect(hashRequest({ ...base, ...change })).not.toBe(base.hash);
  });

  test('does not change with its state, its approvals or the line of the policy', () => {
    const moved = base.operations.map((one) => ({ ...one, at: { file: 'x', line: 99 } }));
    const same = { ...base, state: 'approved' as const, version: 9, operations: moved };
    expect(hashRequest(same)).toBe(base.hash);
    expect(base.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is over a text that does not depend on the order of fields', () => {
    expect(canonical({ b: [1, { d: true, c: 'x"' }], a: undefined })).toBe(
      canonical({ b: [1, { c: 'x"', d: true }] }),
    );
    expect(() => canonical(Number.NaN)).toThrow(TypeError);
  });
});

describe('an approver narrows', () => {
  const request = requestOf();
  const all = { operations: [{ index: 0 }, { index: 1 }] };

  test('to fewer operations, smaller ranges, tighter values and an earlier end', () => {
    const outcome = narrow(
      PLANT,
      request,
      {
        notAfter: later(2 * HOUR),
        operations: [{ index: 1, addresses: [{ first: 100, last: 100 }], value: { max: 100 } }],
      },
      NOW,
    );
    expect(outcome).toMatchObject({
      kind: 'narrowed',
      request: {
        operations: [
          { ...WRITES, addresses: [{ first: 100, last: 100 }], value: { min: 0, max: 100 } },
        ],
        notAfter: later(2 * HOUR),
        graceUntil: later(2 * HOUR + 10 * MINUTE),
        requestExpiresAt: later(2 * HOUR),
        narrowedFrom: request.hash,
      },
    });
    expect(outcome.kind === 'narrowed' && outcome.request.hash).not.toBe(request.hash);
  });

  test('never to more', () => {
    const fields = (narrowing: Parameters<typeof narrow>[2]) => {
      const outcome = narrow(PLANT, request, narrowing, NOW);
      return outcome.kind === 'faults' ? outcome.faults.map(({ field }) => field) : outcome.kind;
    };
    expect(fields(all)).toBe('same');
    expect(fields({ ...all, notAfter: micros(request.notAfter + 1) })).toEqual(['notAfter']);
    expect(fields({ ...all, notAfter: request.notBefore })).toEqual(['notAfter']);
    expect(fields({ operations: [] })).toEqual(['operations']);
    expect(fields({ operations: [{ index: 0 }, { index: 0 }] })).toEqual(['operations.1.index']);
    expect(fields({ operations: [{ index: 2 }] })).toEqual(['operations.0.index']);
    expect(fields({ operations: [{ index: 1, addresses: [{ first: 99, last: 100 }] }] })).toEqual([
      'operations.0.addresses',
    ]);
    expect(fields({ operations: [{ index: 1, value: { max: 1501 } }] })).toEqual([
      'operations.0.value',
    ]);
  });

  test('until the end that is left has passed', () => {
    const narrowing = { operations: [{ index: 1 }] };
    const kindAt = (now: number) => narrow(PLANT, request, narrowing, micros(now)).kind;
    expect(kindAt(request.notAfter - 1)).toBe('narrowed');
    expect(kindAt(request.notAfter)).toBe('faults');
  });

  test('again, and what was asked at first stays named', () => {
    const once = narrow(PLANT, request, { operations: [{ index: 1 }] }, NOW);
    if (once.kind !== 'narrowed') throw new Error(once.kind);
    const twice = narrow(
      PLANT,
      once.request,
      { operations: [{ index: 0, value: { max: 1 } }] },
      NOW,
    );
    expect(twice).toMatchObject({
      kind: 'narrowed',
      request: {
        narrowedFrom: request.hash,
        asked: { operations: request.operations, notAfter: request.notAfter },
      },
    });
  });

  test('to what lies inside what was asked, whatever is named', () => {
    const word = fc.integer({ min: 90, max: 120 });
    const less = fc.record({
      index: fc.integer({ min: -1, max: 2 }),
      addresses: fc.option(fc.array(fc.record({ first: word, last: word }), { maxLength: 2 }), {
        nil: undefined,
      }),
      value: fc.option(fc.record({ min: word, max: fc.integer({ min: 0, max: 2000 }) }), {
        nil: undefined,
      }),
    });
    fc.assert(
      fc.property(fc.array(less, { maxLength: 3 }), (operations) => {
        const outcome = narrow(PLANT, request, { operations }, NOW);
        if (outcome.kind !== 'narrowed') return;
        for (const one of outcome.request.operations) {
          if (one.protocol !== 'modbus') throw new Error('only Modbus was asked');
          const whole = one.operations.includes('write') ? WRITES : READS;
          if (whole.protocol !== 'modbus') throw new Error('only Modbus was asked');
          const [bounds] = whole.addresses ?? [];
          for (const { first, last } of one.addresses ?? []) {
            expect(first).toBeGreaterThanOrEqual(bounds?.first ?? 0);
            expect(last).toBeLessThanOrEqual(bounds?.last ?? 0);
          }
          expect(one.value?.max ?? 0).toBeLessThanOrEqual(whole.value?.max ?? 0xffff);
        }
      }),
    );
  });
});
