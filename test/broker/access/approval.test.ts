import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counts, hasApproved, humansOf, mayDecide, tally, weigh } from '#broker/access/approval.ts';
import type { Approval } from '#broker/model/access.ts';
import type { Plant } from '#policies/plant.ts';
import {
  NOW,
  PLANT,
  person,
  plantWith,
  plantWithPeople,
  requestOf,
  role,
} from '../../support/broker-site.ts';

const word = (who: string, change: Partial<Approval> = {}): Approval => ({
  person: who,
  at: NOW,
  verdict: 'approve',
  comment: '',
  hash: requestOf().hash,
  policyVersion: requestOf().policyVersion,
  ...change,
});

const withWords = (...words: readonly Approval[]) => requestOf({ approvals: words });

describe('who may decide about plc-12 in cell-1', () => {
  test.for([
    ['otto', true, 'approver of the zone'],
    ['petra', true, 'approver of the zone'],
    ['paul', true, 'approver of the zone around it'],
    ['sam', true, 'security, which the entry names'],
    ['carl', false, 'approver of another zone'],
    ['anna', false, 'analyst'],
    ['audra', false, 'auditor'],
    ['ada', false, 'admin'],
    ['vera', false, 'the requester'],
    ['victor', false, 'a colleague of the requester'],
    ['bert', false, 'another vendor'],
    ['nobody', false, 'no person'],
  ] as const)('%s: %s (%s)', ([who, expected]) => {
    expect(mayDecide(PLANT, requestOf(), who).allowed).toBe(expected);
  });
});

test('who may not decide is told which roles may', () => {
  const entry = PLANT.access.get('acme-press');
  if (entry === undefined) throw new Error('the site has changed');
  const approve = { quorum: 1, from: [role('approver@cell-1'), role('security')] };
  const plant = { ...PLANT, access: new Map([[entry.id, { ...entry, approve }]]) };
  expect(mayDecide(plant, requestOf(), 'anna')).toEqual({
    allowed: false,
    because: 'needs approver@cell-1 or security for zone `cell-1`',
  });
});

describe('one human under two accounts', () => {
  test('cannot decide what the other account asked', () => {
    const plant = plantWithPeople([
      { ...person('vera2', 'site', 'approver@cell-1'), sameAs: 'vera' },
    ]);
    expect(mayDecide(plant, requestOf(), 'vera2').allowed).toBe(false);
  });

  test('nor where the requester names the approver, nor along a chain', () => {
    const plant = plantWithPeople([
      { ...person('vera', 'acme', 'vendor'), sameAs: 'middle' },
      { ...person('end', 'site', 'approver@cell-1'), sameAs: 'middle' },
    ]);
    expect(mayDecide(plant, requestOf(), 'end').allowed).toBe(false);
  });

  test('counts once towards the quorum', () => {
    const plant = plantWithPeople([
      { ...person('otto2', 'site', 'approver@cell-1'), sameAs: 'otto' },
    ]);
    const request = withWords(word('otto'), word('otto2'));
    expect(tally(plant, request)).toEqual({ quorum: 2, have: 1 });
    expect(hasApproved(plant, request, 'otto2')).toBe(true);
    expect(hasApproved(plant, withWords(word('petra'), word('otto')), 'otto2')).toBe(true);
    expect(hasApproved(plant, withWords(word('petra')), 'otto2')).toBe(false);
  });

  test('does not decide through an account of the company that the requester works for', () => {
    const plant = plantWithPeople([
      { ...person('otto', 'site', 'approver@cell-1'), sameAs: 'otto-at-acme' },
      person('otto-at-acme', 'acme', 'vendor'),
    ]);
    expect(mayDecide(plant, requestOf(), 'otto').allowed).toBe(false);
  });

  test('names that point at each other, at themselves or at nobody end', () => {
    const plant = plantWithPeople([
      { ...person('a', 'x'), sameAs: 'b' },
      { ...person('b', 'x'), sameAs: 'a' },
      { ...person('c', 'x'), sameAs: 'c' },
      { ...person('d', 'x'), sameAs: 'ghost' },
    ]);
    const human = humansOf(plant);
    expect(human('a')).toBe(human('b'));
    expect(human('c')).not.toBe(human('a'));
    expect(human('d')).toBe(human('ghost'));
  });
});

describe('an approval counts', () => {
  const request = requestOf();

  test('for the hash that was seen', () => {
    expect(counts(PLANT, request, word('otto'))).toBe(true);
    expect(counts(PLANT, request, word('otto', { hash: '00' }))).toBe(false);
  });

  test('as an approval', () => {
    expect(counts(PLANT, request, word('otto', { verdict: 'deny' }))).toBe(false);
  });

  test('under the policy of the request alone', () => {
    expect(counts(plantWith({}), request, word('otto'))).toBe(false);
  });

  test('as long as its person holds the role', () => {
    const plant = plantWithPeople([person('otto', 'site', 'operator')]);
    expect(counts(plant, request, word('otto'))).toBe(false);
    expect(counts(plantWithPeople([], ['otto']), request, word('otto'))).toBe(false);
  });

  test('as long as the requester may still ask', () => {
    expect(counts(plantWithPeople([], ['vera']), request, word('otto'))).toBe(false);
  });
});

test('an entry that is gone, or asks for no approval at all, still needs one', () => {
  expect(tally(plantWith({ access: new Map() }), requestOf()).quorum).toBe(1);
  const entry = PLANT.access.get('acme-press');
  if (entry === undefined) throw new Error('the site has changed');
  const none = {
    ...PLANT,
    access: new Map([[entry.id, { ...entry, approve: { quorum: 0, from: [] } }]]),
  };
  expect(tally(none, requestOf())).toEqual({ quorum: 1, have: 0 });
});

test('an admin, an auditor or a vendor does not decide even where the entry names the role', () => {
  const entry = PLANT.access.get('acme-press');
  if (entry === undefined) throw new Error('the site has changed');
  const from = [role('admin'), role('auditor'), role('vendor')];
  const plant: Plant = {
    ...PLANT,
    access: new Map([[entry.id, { ...entry, approve: { quorum: 1, from } }]]),
  };
  for (const who of ['ada', 'audra', 'bert']) {
    expect(mayDecide(plant, requestOf(), who).allowed).toBe(false);
  }
});

/**
 * An executable reference, written apart: every site of two people with every role, zone, company and
 * identity, asked about every named role.
 */
test('every small site agrees with the rule of four eyes, spelled out', () => {
  const zones = ['cell-1', 'cell-2', 'plant', undefined] as const;
  const around: Readonly<Record<string, readonly string[]>> = {
    'cell-1': ['cell-1', 'plant'],
    'cell-2': ['cell-2', 'plant'],
    plant: ['plant'],
  };
  const roles = ['approver', 'security', 'operator', 'admin'] as const;
  let asked = 0;
  for (const company of ['site', 'acme']) {
    for (const sameAs of [undefined, 'vera']) {
      for (const heldRole of roles) {
        for (const heldZone of zones) {
          for (const namedRole of roles) {
            for (const namedZone of zones) {
              const held = { role: heldRole, ...(heldZone !== undefined && { zone: heldZone }) };
              const named = {
                role: namedRole,
                ...(namedZone !== undefined && { zone: namedZone }),
              };
              const entry = PLANT.access.get('acme-press');
              if (entry === undefined) throw new Error('the site has changed');
              const plant: Plant = {
                ...PLANT,
                people: new Map([
                  ['vera', person('vera', 'acme', 'vendor')],
                  ['x', { ...person('x', company), roles: [held], ...(sameAs && { sameAs }) }],
                ]),
                access: new Map([[entry.id, { ...entry, approve: { quorum: 1, from: [named] } }]]),
              };
              const needs = namedZone ?? 'cell-1';
              const expected =
                company !== 'acme' &&
                sameAs === undefined &&
                heldRole === namedRole &&
                heldRole !== 'admin' &&
                (around['cell-1'] ?? []).includes(needs) &&
                (heldZone === undefined
                  ? heldRole !== 'approver'
                  : (around[needs] ?? []).includes(heldZone));
              expect(mayDecide(plant, requestOf(), 'x').allowed).toBe(expected);
              asked += 1;
            }
          }
        }
      }
    }
  }
  expect(asked).toBe(1024);
});

test('no order and no repetition of words reaches a quorum that the distinct humans do not', () => {
  const people = [...PLANT.people.keys()];
  const words = fc.array(
    fc.record({
      who: fc.constantFrom(...people),
      fresh: fc.boolean(),
      verdict: fc.constantFrom('approve' as const, 'deny' as const),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(words, (said) => {
      const request = withWords(
        ...said.map(({ who, fresh, verdict }) =>
          word(who, { verdict, ...(fresh ? {} : { hash: 'old' }) }),
        ),
      );
      const may = new Set(['otto', 'petra', 'paul', 'sam']);
      const distinct = new Set(
        said
          .filter(({ who, fresh, verdict }) => fresh && verdict === 'approve' && may.has(who))
          .map(({ who }) => who),
      );
      expect(tally(PLANT, request).have).toBe(distinct.size);
    }),
  );
});

describe('why an approval does not count, as people are told', () => {
  const given = word('otto');
  const asked = withWords(given);

  test.for([
    ['it counts', asked, PLANT, undefined],
    ['narrowed', { ...asked, hash: 'of less' }, PLANT, 'the request was narrowed after it'],
    ['another policy in force', asked, plantWith({}), 'the plant policy changed after it'],
    [
      'asked anew under another policy',
      { ...asked, hash: 'of anew', policyVersion: 'policy-2' },
      plantWith({}),
      'the plant policy changed after it',
    ],
    [
      'a role lost',
      asked,
      plantWithPeople([person('otto', 'site', 'operator')]),
      'needs approver or security for zone `cell-1`',
    ],
  ] as const)('%s', ([, request, plant, because]) => {
    const say = weigh(plant, request, given);
    expect(say.allowed ? undefined : say.because).toBe(because);
  });

  test('what counted when the request was decided still does, whatever changed afterwards', () => {
    const decided = { ...asked, state: 'approved' as const };
    expect(weigh(plantWith({}), decided, given)).toEqual({ allowed: true });
    expect(weigh(plantWithPeople([], ['otto']), decided, given)).toEqual({ allowed: true });
    expect(weigh(PLANT, { ...decided, hash: 'of less' }, given).allowed).toBe(false);
  });
});
