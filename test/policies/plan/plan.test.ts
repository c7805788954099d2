import { describe, expect, test } from 'vitest';
import { sarifOf } from '#policies/plan/sarif.ts';
import { describePlan } from '#policies/plan/words.ts';
import { comparePlants } from '#policies/plan.ts';
import { edited, plantOf, SMALL_PLANT } from '../../support/plant.ts';

const small = plantOf(SMALL_PLANT, 'old.yaml');

const planOf = (find: string, replace: string) =>
  comparePlants(small, plantOf(edited(find, replace), 'new.yaml'));

/** The signed lines, and those of settings; without places. */
const told = (find: string, replace: string): readonly string[] =>
  describePlan(planOf(find, replace)).filter((line) => line !== '' && !/^ +(?:old|new)/.test(line));

const HOSTS = 'Between hosts';
const GRANTS = 'For grants';
const OTHER = 'Written in another way';

describe('a change of the policy, in words', () => {
  test('a line that is new says itself', () => {
    expect(
      told(
        '[{ ops: [read] }, { fc: [6, 16], range: 100-109 }]',
        '[{ ops: [read] }, { fc: [6, 16], range: 100-109 }, { fc: [5], range: 0-3 }]',
      ),
    ).toEqual([
      HOSTS,
      '+ zone hall -> zone cell: write coils 0-3 (00001-00004) of any unit, function 5',
      OTHER,
      'conduit hall-cell: allow has write coils 0-3 (00001-00004) of any unit, function 5 too',
    ]);
  });

  test('a narrower range says what is left', () => {
    expect(told('fc: [6, 16], range: 100-109 }]', 'fc: [6, 16], range: 100-104 }]')).toEqual([
      HOSTS,
      '- zone hall -> zone cell: write holding registers 100-109 (40101-40110) of any unit, functions 6, 16',
      '    still: write holding registers 100-104 (40101-40105) of any unit, functions 6, 16',
      OTHER,
      'conduit hall-cell: allow write holding registers 100-109 (40101-40110) of any unit, functions 6, 16 -> write holding registers 100-104 (40101-40105) of any unit, functions 6, 16',
    ]);
  });

  test('a ceiling narrows what grants can give', () => {
    expect(told('fc: [6, 16, 23], range: 100-119', 'fc: [6, 23], range: 100-119')).toContain(
      '- vendor acme by acme-press on plc: write holding registers 100-109 (40101-40110) of unit 1, values 10 to 1500, function 16',
    );
  });

  test('what an entry asks in vain changes nothing but itself', () => {
    expect(
      told('{ fc: [43], units: [1] }', '{ fc: [43], units: [1] }\n      - { fc: [5], range: 0-3 }'),
    ).toEqual([
      OTHER,
      'access acme-press: may_request has write coils 0-3 (00001-00004) of any unit, function 5 too',
    ]);
  });

  test('a zone that becomes a safety zone takes writes away', () => {
    const lines = told(
      'cell: { purdue: 1,',
      'cell: { safety: true, allow: [{ fc: [3], range: 0-9 }], purdue: 1,',
    );
    expect(lines).toContain(
      '- zone hall -> zone cell: write holding registers 100-109 (40101-40110) of any unit, functions 6, 16',
    );
    expect(lines).toContain(
      '    still: read holding registers 0-9 (40001-40010) of any unit, function 3',
    );
    expect(lines).toContain(GRANTS);
    expect(lines).toContain('zone cell: safety has true too');
  });

  test('an asset that moves is told with where it was', () => {
    const lines = told('address: 10.0.0.10', 'address: 10.0.0.11');
    // The conduits name the zone, in which both addresses lie.
    expect(lines).toEqual([OTHER, 'asset hmi: address 10.0.0.10 -> 10.0.0.11']);
  });

  test('another port is told of each of them', () => {
    const lines = told('modbus: { units: [1, 2] }', 'modbus: { port: 503, units: [1, 2] }');
    expect(lines).toContain('+ zone hall -> asset plc, port 503: read anything of any unit');
    expect(lines).toContain('- zone hall -> asset plc, port 502: read anything of any unit');
  });

  test('people, limits and windows are told field by field', () => {
    expect(told('roles: [approver@hall]', 'roles: [approver@hall, security]')).toEqual([
      OTHER,
      'person bob: roles has security too',
    ]);
    expect(told('max: 4h', 'max: 90m')).toEqual([
      OTHER,
      'access acme-press: limits.max 4h -> 1h30m',
    ]);
    expect(
      told('  vic: { name: Vic, company: acme, roles: [vendor], subject: vic }\n', ''),
    ).toEqual([OTHER, 'person vic: is gone']);
  });

  test('nothing changes by the order of lines', () => {
    const turned = edited(
      '[{ ops: [read] }, { fc: [6, 16], range: 100-109 }]',
      '[{ fc: [6, 16], range: 100-109 }, { ops: [read] }]',
    );
    expect(describePlan(comparePlants(small, plantOf(turned)))).toEqual([]);
  });
});

test('each change has an operation that shows it, and the line of the new policy that decides', () => {
  const [change] = planOf(
    'fc: [6, 16], range: 100-109 }]',
    'fc: [6, 16], range: 100-104 }]',
  ).traffic;
  expect(change).toMatchObject({
    becomes: 'denied',
    at: { file: 'old.yaml', line: 26 },
    example: {
      from: expect.stringMatching(/^10\.0\./) as unknown,
      to: { ip: '10.0.1.12', port: 502 },
      because: { rule: 'hall-cell', at: { file: 'new.yaml', line: 26 } },
    },
  });
});

test('SARIF: more that may happen is a warning at the line of the new policy', () => {
  const sarif = sarifOf(
    planOf('fc: [6, 16], range: 100-109 }]', 'fc: [6, 16], range: 100-119 }]'),
    'new.yaml',
  );
  expect(sarif).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        results: [
          {
            ruleId: 'becomes-allowed',
            level: 'warning',
            message: {
              text: expect.stringContaining('write holding registers 100-119') as unknown,
            },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'new.yaml' },
                  region: { startLine: 26, startColumn: expect.any(Number) as unknown },
                },
              },
            ],
          },
          { ruleId: 'setting-changed', level: 'note' },
        ],
      },
    ],
  });
});
