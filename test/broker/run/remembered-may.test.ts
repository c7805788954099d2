import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_REMEMBERED, rememberMay } from '#broker/run/remembered-may.ts';
import { ACTIONS, type May, type Resource, shippedPeople } from '#policies/people.ts';
import type { Decision } from '#policies/plant.ts';
import { PEOPLE } from '../api/plant.ts';

const id = fc.constantFrom(undefined, 'cell-1', 'safety', 'acme', 'vera', 'victor', 'null', '');
const resource = fc
  .record({
    kind: fc.constantFrom<Resource['kind'][]>('alert', 'request', 'session', 'lock', 'audit'),
    zone: id,
    vendor: id,
    owner: id,
  })
  .map(
    ({ kind, zone, vendor, owner }): Resource => ({
      kind,
      ...(zone !== undefined && { zone }),
      ...(vendor !== undefined && { vendor }),
      ...(owner !== undefined && { owner }),
    }),
  );

/** Cedar names the rules that decided in no fixed order. */
const answer = ({ allowed, because }: Decision) => ({
  allowed,
  rules: because.map(({ rule }) => rule).sort(),
});

test('the answer is the one that would be given without a memory', () => {
  const plain = shippedPeople().may;
  const remembering = rememberMay(plain);
  fc.assert(
    fc.property(
      fc.constantFrom(...PEOPLE),
      fc.constantFrom(...ACTIONS),
      resource,
      fc.option(fc.record({ sameHuman: fc.boolean() }), { nil: undefined }),
      (person, action, about, context) => {
        const told = answer(remembering(person, action, about, context));
        expect(told).toEqual(answer(plain(person, action, about, context)));
      },
    ),
    { numRuns: 300 },
  );
});

test('the same question is asked once; the same id in another role of the resource is another question', () => {
  let asked = 0;
  const counting: May = () => {
    asked += 1;
    return { allowed: true, because: [{ rule: 'x', text: 'x' }] };
  };
  const may = rememberMay(counting);
  const [anna] = PEOPLE;
  if (anna === undefined) throw new Error('nobody');
  may(anna, 'read-alerts', { kind: 'alert', zone: 'a' });
  may(anna, 'read-alerts', { kind: 'alert', zone: 'a' });
  expect(asked).toBe(1);
  may(anna, 'read-alerts', { kind: 'alert', vendor: 'a' });
  may(anna, 'read-alerts', { kind: 'alert', owner: 'a' });
  may(anna, 'read-alerts', { kind: 'alert' });
  may(anna, 'read-alerts', { kind: 'alert', zone: 'a' }, { named: false });
  expect(asked).toBe(5);
});

test('a new policy brings new persons, and with them no memory', () => {
  const may = rememberMay(shippedPeople().may);
  const anna = PEOPLE.find((person) => person.id === 'anna');
  if (anna === undefined) throw new Error('no anna');
  expect(may(anna, 'read-alerts', { kind: 'alert' }).allowed).toBe(true);
  expect(may({ ...anna, roles: [] }, 'read-alerts', { kind: 'alert' }).allowed).toBe(false);
});

test('the memory of one person is bounded', () => {
  let asked = 0;
  const may = rememberMay(() => {
    asked += 1;
    return { allowed: false, because: [{ rule: 'x', text: 'x' }] };
  });
  const [anna] = PEOPLE;
  if (anna === undefined) throw new Error('nobody');
  for (let i = 0; i <= MAX_REMEMBERED; i += 1) {
    may(anna, 'read-session', { kind: 'session', owner: `p${i}` });
  }
  may(anna, 'read-session', { kind: 'session', owner: 'p0' });
  expect(asked).toBe(MAX_REMEMBERED + 2);
});
