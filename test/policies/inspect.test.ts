import { describe, expect, test } from 'vitest';
import { lint } from '#policies/lint.ts';
import { inspectPlant, loadPlant } from '#policies/load.ts';
import { edited, SMALL_PLANT } from '../support/plant.ts';

interface Said {
  /** Paths of the faults. */
  readonly faults: readonly string[];
  readonly findings: readonly string[];
}

function said(text: string): Said {
  const { faults, plant, broken } = inspectPlant(text, 'plant.yaml');
  expect(loadPlant(text, 'plant.yaml').kind).toBe(faults.length > 0 ? 'faults' : 'plant');
  return {
    faults: faults.map(({ path }) => path),
    findings: lint(plant, broken).map(({ check }) => check),
  };
}

const inOrder = said(SMALL_PLANT);

/** One mistake, and all that is said about it: what follows from it is not. */
const MISTAKES: readonly [string, string, string, readonly string[]][] = [
  ['a misspelled section', 'zones:\n', 'zonse:\n', ['zonse']],
  [
    'a section without anything',
    'vendors: { acme: { name: Acme }, other: { name: Other } }',
    'vendors:',
    ['vendors'],
  ],
  ['an id that cannot be used', '  cell: {', '  Cell: {', ['zones.Cell']],
  [
    'a prefix that is none',
    'cidrs: [10.0.1.0/24]',
    'cidrs: [10.0.1.1/24]',
    ['zones.cell.cidrs[0]'],
  ],
  ['a zone without prefixes', 'purdue: 1, cidrs: [10.0.1.0/24],', 'purdue: 1,', ['zones.cell']],
  [
    'an unknown parent',
    '[10.0.1.0/24], parent: hall',
    '[10.0.1.0/24], parent: hal',
    ['zones.cell.parent'],
  ],
  ['an unknown company', 'company: acme', 'company: acne', ['people.vic.company']],
  ['an entry without its id', '  - id: acme-press\n    vendor', '  - vendor', ['access[0]']],
  ['an entry of an unknown vendor', 'vendor: acme\n', 'vendor: acmee\n', ['access[0].vendor']],
  [
    'tags that are none',
    'tags: [press] }\n  sis',
    'tags: [Press!] }\n  sis',
    ['assets.plc.tags[0]'],
  ],
  [
    'a function that is not known',
    '{ fc: [43] }]',
    '{ fc: [9], range: 0-9 }]',
    ['conduits[2].allow[2].fc[0]'],
  ],
  ['an alias', 'gates: [10.0.10.1]', 'gates: [*one]', ['gates[0]']],
];

describe('a mistake is told once, and not what follows from it', () => {
  test.each(MISTAKES)('%s', (_, find, replace, faults) => {
    expect(said(edited(find, replace)).faults).toEqual(faults);
  });
});

describe('what is no YAML', () => {
  test('costs its own section alone: all others are read', () => {
    const text = edited('tags: [press] }\n  sis', 'tags: [press }\n  sis')
      .replace('via: gate', 'via: tunnel')
      .replace('subject: bob }', 'subject: "bob }');
    const { faults } = inspectPlant(text, 'plant.yaml');
    expect(faults.map(({ line, path, message }) => [line, path, message.split(':')[0]])).toEqual([
      [17, 'assets', 'not valid YAML'],
      [25, 'people', 'not valid YAML'],
      [28, 'conduits[2].via', '`tunnel` is none of direct, gate'],
    ]);
  });

  test('is told once where no section can be told from another', () => {
    const text = '{ version: 1, site: { name: x, time_zone: UTC }, gates: [1 }\n';
    expect(said(text)).toEqual({ faults: [''], findings: [] });
  });

  test('keeps the places of all others, whatever characters it holds', () => {
    const text = edited('gates: [10.0.10.1]', 'gates: [10.0.10.1 🏭 ä }').replace(
      'max: 4h',
      'max: soon',
    );
    const { faults } = inspectPlant(text, 'plant.yaml');
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.includes('soon'));
    expect(faults.at(-1)).toMatchObject({
      path: 'access[0].limits.max',
      line: at + 1,
      column: (lines[at]?.indexOf('soon') ?? 0) + 1,
    });
  });
});

describe('beside the faults stands what lint says of all that has none', () => {
  const noOwner = SMALL_PLANT.replace('cidrs: [10.0.10.0/24], owner: it', 'cidrs: [10.0.10.0/24]');

  test.each([
    ['another section', 'max: 4h', 'max: soon', ['zone-without-owner', ...inOrder.findings]],
    ['the same section', 'cidrs: [10.0.2.0/24]', 'cidrs: [x]', ['zone-without-owner']],
    ['no section at all', 'version: 1', 'version: 2', ['zone-without-owner', ...inOrder.findings]],
    ['the entry itself', 'purdue: 3.5', 'purdue: 9', inOrder.findings],
  ])('a fault in %s', (_, find, replace, findings) => {
    const { faults, findings: found } = said(noOwner.replace(find, replace));
    expect(faults).toHaveLength(1);
    expect(found.toSorted()).toEqual(findings.toSorted());
  });

  test.each([
    ['the quorum, while a person cannot be read', 'subject: bob', 'subject: [bob]'],
    ['the way to an asset, while a conduit cannot be read', 'via: gate', 'via: gates'],
    [
      'the tests of an entry, while a test cannot be read',
      'deny: [program]',
      'deny: ["modbus fc3"]',
    ],
    ['who works for a vendor, while a person cannot be read', 'company: acme', 'company: acne'],
    ['what a zone lets ask, while the zone cannot be read', '[10.0.10.0/24]', '[10.0.10.0/33]'],
  ])('but nothing that could be otherwise once it is mended: %s', (_, find, replace) => {
    const { faults, findings } = said(edited(find, replace));
    expect(faults).toHaveLength(1);
    expect(findings.filter((check) => !inOrder.findings.includes(check))).toEqual([]);
  });
});
