import { describe, expect, test } from 'vitest';
import { lint } from '#policies/lint.ts';
import { loadPlant } from '#policies/load.ts';
import { edited, plantOf, SMALL_PLANT } from '../support/plant.ts';

/** What linting the small plant with one edit says more than without. */
function found(find: string, replace: string): readonly string[] {
  return lint(plantOf(edited(find, replace))).map(({ severity, check }) => `${severity} ${check}`);
}

test('a plant in order has nothing to be said about but what is doubtful in it', () => {
  // The small plant lets the hall read more of the safety zone than that lists.
  expect(lint(plantOf(SMALL_PLANT)).map(({ check }) => check)).toEqual(['conduit-into-safety']);
});

const CASES: readonly [string, string, string][] = [
  [
    'error entry-wider-than-conduit',
    '- { fc: [6, 16], range: 100-109, units: [1]',
    '- { fc: [6, 16], range: 100-120, units: [1]',
  ],
  [
    'error entry-wider-than-conduit',
    '- { fc: [3], range: 0-199, units: [1] }',
    '- { fc: [3], range: 0-199 }\n      - { fc: [5], range: 0 }',
  ],
  [
    'error entry-wider-than-conduit',
    '{ fc: [6, 16, 23], range: 100-119 }',
    '{ fc: [6, 16], range: 100-119, value: { max: 1499 } }',
  ],
  [
    'error bounds-over-pair',
    'modbus: { units: [1, 2] }, tags: [press] }',
    'modbus: { units: [1, 2] }, tags: [press], registers: { position: { table: holding-registers, address: 109, type: float32 } } }',
  ],
  ['error entry-without-way', 'to: { tags: [press] }', 'to: [plc, sis]'],
  ['error entry-without-way', 'via: gate', 'via: direct'],
  ['error entry-without-way', 'to: { tags: [press] }', 'to: [hmi]'],
  ['error gate-conduit-without-gate', 'from: dmz', 'from: hall'],
  ['error gate-outside-zones', 'gates: [10.0.10.1]', 'gates: [10.0.10.1, 192.0.2.1]'],
  [
    'error conduit-into-safety',
    'why: sees it, allow: [{ ops: [read] }]',
    'why: sees it, allow: [{ ops: [read, write] }]',
  ],
  [
    'warning conduit-past-dmz',
    '  dmz: { purdue: 3.5',
    '  office: { purdue: 4, cidrs: [10.9.0.0/24], owner: it }\n  dmz: { purdue: 3.5',
  ],
  ['error quorum-never-met', 'quorum: 2', 'quorum: 3'],
  [
    'error quorum-never-met',
    'name: Bob, roles: [approver@hall]',
    'name: Bob, roles: [approver@dmz]',
  ],
  ['error quorum-never-met', 'name: Bob,', 'name: Bob, same_as: ann,'],
  [
    'error quorum-never-met',
    'name: Bob, roles: [approver@hall]',
    'name: Bob, company: acme, roles: [vendor]',
  ],
  ['error quorum-never-met', 'roles: [approver@hall]', 'roles: [approver@hall, admin]'],
  ['warning mixed-roles', 'roles: [approver@hall]', 'roles: [approver@hall, auditor]'],
  ['warning mixed-roles', 'roles: [approver@hall]', 'roles: []'],
  ['warning vendor-without-people', 'company: acme, roles: [vendor]', 'roles: [analyst]'],
  ['warning zone-without-owner', 'cidrs: [10.0.10.0/24], owner: it', 'cidrs: [10.0.10.0/24]'],
  [
    'warning zone-without-addresses',
    '  dmz: {',
    '  spare: { purdue: 1, cidrs: [], owner: it }\n  dmz: {',
  ],
  [
    'warning safety-inside',
    '  dmz: {',
    '  inner: { purdue: 1, cidrs: [], parent: safety, owner: it }\n  dmz: {',
  ],
  [
    'warning asset-without-conduit',
    '  hmi: {',
    '  drive: { zone: dmz, address: 10.0.10.9, modbus: { units: [1] } }\n  hmi: {',
  ],
  ['warning empty-list', 'why: sees it, allow: [{ ops: [read] }]', 'why: sees it, allow: []'],
  [
    'error empty-list',
    '      - { fc: [3], range: 0-199, units: [1] }\n      - { fc: [6, 16], range: 100-109, units: [1], value: { min: 10, max: 1500 } }\n      - { fc: [43], units: [1] }',
    '      []',
  ],
  ['warning function-past-gate', '{ fc: [43] }]', '{ fc: [43, 17] }]'],
  [
    'warning function-past-gate',
    '      - { fc: [43], units: [1] }',
    '      - { fc: [43, 8], units: [1] }',
  ],
  ['warning dead-allowance', '{ fc: [43] }]', '{ ops: [program] }]'],
  [
    'warning dead-allowance',
    '      - { fc: [43], units: [1] }',
    '      - { fc: [22], units: [1] }',
  ],
  [
    'warning dead-allowance',
    '{ fc: [6, 16], range: 100-109 }]',
    '{ fc: [22], range: 100-109, value: { min: 10, max: 1500 } }]',
  ],
  ['warning dead-allowance', '{ fc: [43] }]', '{ fc: [43] }, { proto: opcua, ops: [read] }]'],
  ['warning shadowed-allowance', '{ fc: [43] }]', '{ fc: [43] },\n      { fc: [3], range: 0-9 }]'],
  ['warning shadowed-allowance', '{ fc: [43] }]', '{ fc: [43] },\n      { fc: [43] }]'],
  [
    'warning overlapping-allowances',
    '{ fc: [43] }]',
    '{ fc: [43] },\n      { fc: [6], range: 110-130 }]',
  ],
  ['warning idle-longer-than-grant', 'max: 4h', 'max: 5m'],
  ['warning untested-entry', 'grant: acme-press, on: plc', 'on: plc'],
];

describe('it is noticed', () => {
  test.each(CASES)('%s: %s', (expected, find, replace) => {
    const findings = found(find, replace);
    // The office needs its conduit past the DMZ.
    const text = edited(find, replace).replace(
      'conduits:\n',
      'conduits:\n  - { id: office-cell, from: office, to: cell, via: direct, why: reports, allow: [{ fc: [3], range: 0 }] }\n',
    );
    const more = expected.endsWith('conduit-past-dmz') ? lint(plantOf(text)) : undefined;
    const said = more?.map(({ severity, check }) => `${severity} ${check}`) ?? findings;
    expect(said).toContain(expected);
    expect(
      lint(plantOf(SMALL_PLANT)).map(({ severity, check }) => `${severity} ${check}`),
    ).not.toContain(expected);
  });

  test.each([
    ['0.0.0.0/8', '0.0.0.0', 'stands for no address'],
    ['0.0.0.0/8', '0.0.0.1', 'stands for no address'],
    ['169.254.0.0/16', '169.254.0.0', 'is link-local'],
    ['169.254.0.0/16', '169.254.255.255', 'is link-local'],
    ['224.0.0.0/3', '224.0.0.0', 'is a multicast group'],
    ['224.0.0.0/3', '239.255.255.255', 'is a multicast group'],
    ['224.0.0.0/3', '255.255.255.255', 'is the broadcast'],
    ['::/8', '::', 'stands for no address'],
    ['0.0.0.0/8', '::ffff:0.0.0.0', 'stands for no address'],
    ['ff00::/8', 'ff02::1', 'is a multicast group'],
    ['127.0.0.0/8', '127.0.0.1', undefined],
    ['0.0.0.0/0', '1.0.0.0', undefined],
    ['0.0.0.0/0', '169.253.255.255', undefined],
    ['0.0.0.0/0', '169.255.0.0', undefined],
    ['0.0.0.0/0', '223.255.255.255', undefined],
    ['224.0.0.0/3', '240.0.0.1', undefined],
    ['::/8', '::1', undefined],
    ['f000::/4', 'fe80::1', undefined],
  ])('an address that no host can have: zone %s, asset %s %s', (cidr, address, what) => {
    const text = `version: 1
site: { name: x, time_zone: UTC }
zones: { all: { purdue: 1, cidrs: ["${cidr}"], owner: o } }
assets: { a: { zone: all, address: "${address}" } }
`;
    const said = lint(plantOf(text)).filter(({ check }) => check === 'address-of-no-host');
    expect(said.map(({ message }) => message)).toEqual(
      what === undefined
        ? []
        : [expect.stringContaining(`address ${address} of asset \`a\` ${what}`)],
    );
  });

  test('a gate at an address that no host can have', () => {
    const text = edited('gates: [10.0.10.1]', 'gates: [10.0.10.1, 0.0.0.0]').replace(
      '[10.0.10.0/24]',
      '[10.0.10.0/24, 0.0.0.0/8]',
    );
    expect(lint(plantOf(text)).map(({ message }) => message)).toContain(
      'gate 0.0.0.0 stands for no address: write the address from which the gate reaches the plant',
    );
  });

  test.each([
    ['an allowance beside another', '{ fc: [43] },\n      { fc: [6], range: 120-130 }]'],
    [
      'one function of many, on other addresses',
      '{ fc: [43] },\n      { fc: [5], range: 0-9 },\n      { fc: [5], range: 10-19 }]',
    ],
  ])('not where there is nothing to notice: %s', (_, replace) => {
    expect(found('{ fc: [43] }]', replace).join()).not.toMatch(/shadowed|overlapping/);
  });

  test('that a policy is empty', () => {
    const loaded = loadPlant('', 'plant.yaml');
    if (loaded.kind !== 'plant') throw new Error('an empty policy must load');
    expect(lint(loaded.plant).map(({ check }) => check)).toEqual([
      'nothing-passes',
      'nobody-signs-in',
    ]);
  });

  test('with the line, and what to do', () => {
    const [finding] = lint(plantOf(edited('quorum: 2', 'quorum: 3'))).filter(
      ({ severity }) => severity === 'error',
    );
    expect(finding?.message).toBe(
      'access entry `acme-press` needs 3 approvals for `plc`, and can get 2 (ann, bob): give more people the role, or lower the quorum',
    );
    expect(SMALL_PLANT.split('\n')[(finding?.at?.line ?? 0) - 1]).toContain('id: acme-press');
  });
});

test('what a safety zone and a direct conduit let is not measured by the gate', () => {
  const replace = 'allow: [{ fc: [3], range: 0-9 }, { fc: [7, 17] }]';
  expect(found('allow: [{ fc: [3], range: 0-9 }]', replace).join()).not.toMatch(/dead|past-gate/);
  expect(
    found(
      '{ fc: [6, 16], range: 100-109 }]',
      '{ fc: [6, 16, 22], range: 100-109 }, { fc: [8, 20] }]',
    ).join(),
  ).not.toMatch(/dead|past-gate/);
});
