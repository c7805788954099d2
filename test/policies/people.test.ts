import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACTIONS,
  type Action,
  createPeople,
  type PeopleContext,
  type Resource,
  shippedPeople,
} from '#policies/people.ts';
import type { Person, RoleAssignment } from '#policies/plant.ts';

const person = (id: string, roles: string[], more: Partial<Person> = {}): Person => ({
  id,
  name: id,
  company: 'site',
  subject: id,
  roles: roles.map((text): RoleAssignment => {
    const [role, zone] = text.split('@');
    return { role: role as RoleAssignment['role'], ...(zone !== undefined && { zone }) };
  }),
  at: { file: 'plant.yaml', line: 1 },
  ...more,
});

const anna = person('anna', ['analyst']);
const otto = person('otto', ['operator', 'approver@cell-1']);
const petra = person('petra', ['approver@cell-1']);
const paul = person('paul', ['approver@hall']);
const sam = person('sam', ['security']);
const vera = person('vera', ['vendor'], { company: 'acme' });
const victor = person('victor', ['vendor'], { company: 'acme' });
const audra = person('audra', ['auditor']);
const ada = person('ada', ['admin']);
const susi = person('susi', ['supply-chain']);
const PEOPLE = [anna, otto, petra, paul, sam, vera, victor, audra, ada, susi];

const inside = (zone: string): readonly string[] =>
  zone === 'cell-1' ? ['cell-1', 'hall'] : [zone];
const { may } = shippedPeople(inside);

const KIND: Readonly<Record<Action, Resource['kind']>> = {
  'read-alerts': 'alert',
  'acknowledge-alert': 'alert',
  'close-alert': 'alert',
  'comment-alert': 'alert',
  'read-evidence': 'alert',
  'submit-request': 'request',
  'read-request': 'request',
  'withdraw-request': 'request',
  'approve-request': 'request',
  'narrow-request': 'request',
  'deny-request': 'request',
  connect: 'grant',
  'read-session': 'session',
  'watch-session': 'session',
  'end-session': 'session',
  'read-recording': 'session',
  'place-lock': 'lock',
  'lift-lock': 'lock',
  'read-lock': 'lock',
  'read-audit': 'audit',
  'read-plant': 'plant',
  'read-policy': 'plant',
  'read-assets': 'asset',
  'read-sensors': 'sensor',
  'enrol-sensor': 'sensor',
  'approve-policy': 'plant',
  'withdraw-policy': 'plant',
  'roll-back-policy': 'plant',
  'read-releases': 'release',
  'receive-release': 'release',
};

/** Vera's work on an asset of cell-1; alerts, audit log, plant and sensors are nobody's. */
const thing = (action: Action): Resource => {
  const kind = KIND[action];
  return ['request', 'grant', 'session', 'lock'].includes(kind)
    ? { kind, zone: 'cell-1', vendor: 'acme', owner: 'vera' }
    : { kind };
};

describe('who may do what about the work of vera in cell-1', () => {
  const zoneWork = 'otto petra paul';
  const MATRIX: readonly [Action, string][] = [
    ['read-alerts', 'anna sam audra'],
    ['read-evidence', 'anna sam audra'],
    ['acknowledge-alert', 'anna'],
    ['close-alert', 'anna'],
    ['comment-alert', 'anna'],
    ['submit-request', 'vera'],
    ['read-request', `${zoneWork} sam vera audra`],
    ['withdraw-request', 'vera'],
    ['approve-request', `${zoneWork} sam`],
    ['narrow-request', `${zoneWork} sam`],
    ['deny-request', `${zoneWork} sam`],
    ['connect', 'vera'],
    ['read-session', `${zoneWork} sam vera audra`],
    ['watch-session', `${zoneWork} audra`],
    ['end-session', `${zoneWork} vera`],
    ['read-recording', `${zoneWork} audra`],
    ['place-lock', zoneWork],
    ['lift-lock', zoneWork],
    ['read-lock', `anna ${zoneWork} sam audra`],
    ['read-audit', 'audra'],
    ['read-plant', `anna ${zoneWork} sam audra ada`],
    ['read-policy', 'anna sam audra'],
    ['read-assets', `anna ${zoneWork} sam audra`],
    ['read-sensors', 'anna otto sam audra ada'],
    ['enrol-sensor', 'ada'],
    ['approve-policy', 'sam'],
    ['withdraw-policy', 'sam'],
    ['roll-back-policy', 'sam'],
    ['read-releases', 'sam audra susi'],
    ['receive-release', 'susi'],
  ];

  test('the matrix names every action', () => {
    expect(new Set(MATRIX.map(([action]) => action))).toEqual(new Set(ACTIONS));
  });

  test.each(MATRIX)('%s: %s', (action, names) => {
    const allowed = PEOPLE.filter((each) => may(each, action, thing(action)).allowed);
    expect(allowed.map(({ id }) => id).sort()).toEqual(names.split(' ').sort());
  });
});

describe('a decision about a request', () => {
  const request: Resource = { kind: 'request', zone: 'cell-1', vendor: 'acme', owner: 'vera' };
  const approver = (id: string, more: Partial<Person> = {}): Person =>
    person(id, ['approver@cell-1'], more);
  const CASES: readonly [string, Person, Resource, PeopleContext | undefined, string | true][] = [
    ['an approver of the zone', petra, request, undefined, true],
    ['an approver of a zone around it', paul, request, undefined, true],
    [
      'an approver of another zone',
      person('x', ['approver@cell-2']),
      request,
      undefined,
      'default-deny',
    ],
    [
      'an approver, of an asset that lies in no zone',
      petra,
      { kind: 'request', vendor: 'acme', owner: 'vera' },
      undefined,
      'default-deny',
    ],
    ['the requester', approver('vera'), request, undefined, 'nobody-decides-own-request'],
    [
      'another account of the requester',
      approver('v2', { sameAs: 'vera' }),
      request,
      undefined,
      'nobody-decides-own-request',
    ],
    ['another account, as told', petra, request, { sameHuman: true }, 'nobody-decides-own-request'],
    [
      'a colleague of the requester',
      approver('c', { company: 'acme' }),
      request,
      undefined,
      'same-company-does-not-decide',
    ],
    ['a colleague, as told', petra, request, { sameCompany: true }, 'same-company-does-not-decide'],
    [
      'one whom the entry does not name',
      petra,
      request,
      { named: false },
      'entry-names-who-decides',
    ],
    ['one whom the entry names', sam, request, { named: true }, true],
    [
      'an approver who is an admin',
      person('x', ['approver@cell-1', 'admin']),
      request,
      undefined,
      'admin-decides-nothing',
    ],
    [
      'an approver who is an auditor',
      person('x', ['approver@cell-1', 'auditor']),
      request,
      undefined,
      'auditor-changes-nothing',
    ],
    [
      'an approver who is a vendor of another company',
      person('x', ['approver@cell-1', 'vendor'], { company: 'other' }),
      request,
      undefined,
      'vendor-sees-only-own',
    ],
    [
      'somebody with the role of approver for no zone',
      person('x', ['approver']),
      request,
      undefined,
      'default-deny',
    ],
  ];

  test.each(CASES)('by %s', (_, who, resource, context, expected) => {
    for (const action of ['approve-request', 'narrow-request', 'deny-request'] as const) {
      const decision = may(who, action, resource, context);
      expect(decision.allowed).toBe(expected === true);
      if (expected !== true) expect(decision.because.map(({ rule }) => rule)).toContain(expected);
    }
  });
});

describe('a vendor', () => {
  test('reaches nothing that is not theirs, whatever other roles they hold', () => {
    const roles = ['analyst', 'operator', 'approver@cell-1', 'security', 'auditor', 'admin'];
    fc.assert(
      fc.property(
        fc.subarray(roles),
        fc.constantFrom(...ACTIONS),
        fc.record({
          zone: fc.constantFrom(undefined, 'cell-1'),
          vendor: fc.constantFrom(undefined, 'acme', 'other'),
          owner: fc.constantFrom(undefined, 'vera', 'victor', 'wim'),
        }),
        (more, action, { zone, vendor, owner }) => {
          fc.pre(vendor !== 'acme' || owner !== 'vera');
          const who = person('vera', ['vendor', ...more], { company: 'acme' });
          const resource: Resource = {
            kind: KIND[action],
            ...(zone !== undefined && { zone }),
            ...(vendor !== undefined && { vendor }),
            ...(owner !== undefined && { owner }),
          };
          expect(may(who, action, resource).allowed).toBe(false);
        },
      ),
    );
  });
});

describe('the rules', () => {
  const schema = readFileSync(
    new URL('../../policies/people.cedarschema', import.meta.url),
    'utf8',
  );
  const withRules = (text: string) => () => createPeople(text, schema);
  const permitAll = '@id("all") @why("test") permit (principal, action, resource);';

  test('a forbid that fails to evaluate denies', () => {
    // Overflows at 64 bits, which validation cannot see.
    const fails = `@id("fails") @why("test") forbid (principal, action, resource)
      when { 9223372036854775807 + 1 == 0 };`;
    const people = withRules(`${permitAll}\n${fails}`)();
    const decision = people.may(anna, 'read-alerts', { kind: 'alert' });
    expect(decision.allowed).toBe(false);
    expect(decision.because[0]?.rule).toBe('fails');
    expect(withRules(permitAll)().may(anna, 'read-alerts', { kind: 'alert' }).allowed).toBe(true);
  });

  test('an action that the schema does not know is denied', () => {
    const decision = may(anna, 'conquer' as Action, { kind: 'alert' });
    expect(decision.allowed).toBe(false);
    expect(decision.because[0]?.text).toContain('denied');
  });

  test('a decision names the rule and its line', () => {
    const [reason] = may(anna, 'read-alerts', { kind: 'alert' }).because;
    const lines = readFileSync(
      new URL('../../policies/people.cedar', import.meta.url),
      'utf8',
    ).split('\n');
    expect(reason?.rule).toBe('analyst-works-alerts');
    expect(lines[(reason?.at?.line ?? 0) - 1]).toBe('@id("analyst-works-alerts")');
  });

  test.each([
    ['a syntax error', 'permit (principal'],
    [
      'an attribute that no entity has',
      '@id("x") @why("y") permit (principal, action, resource) when { principal.age > 3 };',
    ],
    ['no @id', '@why("y") permit (principal, action, resource);'],
    ['no @why', '@id("x") permit (principal, action, resource);'],
    ['an @id twice', `${permitAll}\n${permitAll}`],
    ['a template', '@id("x") @why("y") permit (principal == ?principal, action, resource);'],
  ])('with %s are refused at the start', (_, text) => {
    expect(withRules(text)).toThrow(expect.objectContaining({ code: 'people-policy' }));
  });

  test('a schema that does not parse is refused at the start', () => {
    expect(() => createPeople(permitAll, 'entity')).toThrow(
      expect.objectContaining({ code: 'people-policy' }),
    );
  });
});
