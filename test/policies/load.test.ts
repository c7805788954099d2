import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Fault } from '#policies/load/reading.ts';
import { loadPlant } from '#policies/load.ts';
import { edited, plantOf, SMALL_PLANT } from '../support/plant.ts';

const MINUTE = 60_000_000;

function faultsOf(text: string | Uint8Array): readonly Fault[] {
  const loaded = loadPlant(text, 'plant.yaml');
  return loaded.kind === 'faults' ? loaded.faults : [];
}

describe('a plant policy', () => {
  const plant = plantOf(SMALL_PLANT);

  test('knows its version by its bytes', () => {
    expect(plant.version).toBe(createHash('sha256').update(SMALL_PLANT).digest('hex'));
    expect(plantOf(`${SMALL_PLANT}\n`).version).not.toBe(plant.version);
  });

  test('names the line of each statement', () => {
    const lines = SMALL_PLANT.split('\n');
    const at = (line: number | undefined): string => lines[(line ?? 0) - 1] ?? '';
    expect(at(plant.zones.get('safety')?.at.line)).toBe('  safety:');
    expect(at(plant.assets.get('plc')?.at.line)).toContain('plc:');
    expect(at(plant.conduits[2]?.at.line)).toContain('id: dmz-cell');
    expect(at(plant.access.get('acme-press')?.at.line)).toContain('id: acme-press');
    expect(at(plant.access.get('acme-press')?.mayRequest[1]?.at.line)).toContain('fc: [6, 16]');
    expect(at(plant.people.get('ann')?.at.line)).toContain('ann:');
    expect(at(plant.tests[0]?.at.line)).toContain('deny: [program]');
  });

  test('resolves tags, durations and defaults', () => {
    const entry = plant.access.get('acme-press');
    expect(entry?.targets).toEqual(['plc']);
    expect(entry?.limits).toEqual({
      max: 240 * MINUTE,
      idle: 10 * MINUTE,
      sessions: 1,
      readGrace: 10 * MINUTE,
    });
    expect(plant.assets.get('plc')?.modbus).toEqual({ port: 502, units: [1, 2] });
    expect(plant.people.get('ann')?.company).toBe('site');
    expect(plant.conduits[0]?.onRecordingFailure).toBe('stop-writes');
  });

  test('says one thing in each allowance: functions are grouped by the table they touch', () => {
    const { conduits } = plantOf(
      edited('allow: [{ ops: [read] }]', 'allow: [{ fc: [3, 1, 4, 23], range: [0-9, 20] }]'),
    );
    expect(conduits[1]?.allow).toMatchObject([
      { operations: ['read', 'write'], functions: [3, 23], table: 'holding-registers' },
      { operations: ['read'], functions: [1], table: 'coils' },
      { operations: ['read'], functions: [4], table: 'input-registers' },
    ]);
    expect(conduits[1]?.allow[1]).toMatchObject({
      addresses: [
        { first: 0, last: 9 },
        { first: 20, last: 20 },
      ],
    });
  });

  test('is empty where the text is, and lets nothing pass', () => {
    for (const text of ['', '\n\n', '# nothing yet\n', '---\n', 'null\n']) {
      const loaded = loadPlant(text, 'plant.yaml');
      expect(loaded.kind).toBe('plant');
      if (loaded.kind === 'plant') expect(loaded.plant.conduits).toEqual([]);
    }
  });
});

describe('register names', () => {
  const map = `registers: {
    speed: { table: holding-registers, address: 0, type: uint16, unit: rpm },
    level: { table: holding-registers, address: 1, type: float32, min: 0, max: 9.5 },
    setpoint: { table: holding-registers, address: 100, type: uint16, min: 0, max: 1500 },
    offset: { table: holding-registers, address: 101, type: int16, min: -5, max: 5 },
    pump: { table: coils, address: 7, type: bool } }`;
  const withLine = (line: string): string =>
    edited('tags: [press] }\n  sis', `tags: [press], ${map} }\n  sis`).replace(
      '{ fc: [43], units: [1] }',
      line,
    );
  const allowancesOf = (line: string) =>
    plantOf(withLine(line)).access.get('acme-press')?.mayRequest.slice(2);

  test.for([
    ['', undefined],
    [', word_order: high-first', 'high-first'],
    [', word_order: low-first', 'low-first'],
  ] as const)('may say which word comes first: `%s`', ([said, wordOrder]) => {
    const text = withLine('{ fc: [43], units: [1] }').replace(
      'type: float32',
      `type: float32${said}`,
    );
    const level = plantOf(text)
      .assets.get('plc')
      ?.registers.find(({ name }) => name === 'level');
    expect(level?.wordOrder).toBe(wordOrder);
  });

  test.for([
    ['speed', 'word_order: low-first', 'and uint16 has one'],
    ['pump', 'word_order: high-first', 'and bool has one'],
    ['level', 'word_order: middle', 'word_order'],
  ] as const)('of %s may not say `%s`', ([name, said, fault]) => {
    const text = withLine('{ fc: [43], units: [1] }').replace(
      `${name}: { `,
      `${name}: { ${said}, `,
    );
    const loaded = loadPlant(text, 'plant.yaml');
    expect(loaded.kind === 'plant' ? '' : JSON.stringify(loaded.faults)).toContain(fault);
  });

  test('become tables and addresses, neighbours joined', () => {
    expect(allowancesOf('{ ops: [read], registers: [level, speed, pump] }')).toMatchObject([
      { table: 'holding-registers', addresses: [{ first: 0, last: 2 }] },
      { table: 'coils', addresses: [{ first: 7, last: 7 }] },
    ]);
  });

  test('bring the limits of the register map to what is written', () => {
    expect(allowancesOf('{ ops: [write], registers: [setpoint] }')).toMatchObject([
      { addresses: [{ first: 100, last: 100 }], value: { min: 0, max: 1500 } },
    ]);
    expect(allowancesOf('{ ops: [read], registers: [setpoint] }')?.[0]).not.toHaveProperty('value');
    const tighter = '{ ops: [write], registers: [setpoint], value: { max: 7 } }';
    expect(allowancesOf(tighter)).toMatchObject([{ value: { max: 7 } }]);
  });

  test.each([
    ['{ ops: [read], registers: [sped] }', 'no register `sped`', 'did you mean `speed`?'],
    ['{ ops: [write], registers: [level] }', 'cannot be decided on single words', undefined],
    ['{ ops: [write], registers: [offset] }', 'reach below 0', undefined],
    ['{ ops: [read], registers: [speed], range: 0-9 }', 'leave the others out', undefined],
  ])('%s is a fault', (line, message, suggestion) => {
    const [fault] = faultsOf(withLine(line));
    expect(fault?.message).toContain(message);
    expect(fault?.suggestion).toBe(suggestion);
  });

  test('that mean different things on the assets of a zone are a fault', () => {
    const two = withLine('{ fc: [43], units: [1] }')
      .replace(
        '  sis: {',
        '  plc-2: { zone: cell, address: 10.0.1.13, modbus: { units: [1] }, registers: { speed: { table: holding-registers, address: 9, type: uint16 } } }\n  sis: {',
      )
      .replace('{ fc: [6, 16], range: 100-109 }]', '{ ops: [read], registers: [speed] }]');
    expect(faultsOf(two)[0]?.message).toContain('is not the same on all of plc, plc-2');
  });
});

describe('windows', () => {
  const windowsOf = (window: string) =>
    plantOf(edited('    limits: {', `    windows: [${window}]\n    limits: {`)).access.get(
      'acme-press',
    )?.windows;

  test.each([
    ['{ days: mon-fri, from: "06:00", to: "18:00" }', [[[1, 2, 3, 4, 5], 360, 1080]]],
    ['{ days: [sat, sun], from: "00:00", to: "24:00" }', [[[6, 7], 0, 1440]]],
    ['{ days: sat-mon, from: "08:00", to: "09:30" }', [[[1, 6, 7], 480, 570]]],
    ['{ days: daily, from: "12:00", to: "12:01" }', [[[1, 2, 3, 4, 5, 6, 7], 720, 721]]],
    [
      '{ days: [fri, sun], from: "22:00", to: "06:00" }',
      [
        [[5, 7], 1320, 1440],
        [[1, 6], 0, 360],
      ],
    ],
  ])('%s', (window, expected) => {
    const shown = windowsOf(window)?.map(({ days, from, until }) => [days, from, until]);
    expect(shown).toEqual(expected);
  });

  test('are in the time zone of the site unless they name another', () => {
    expect(windowsOf('{ days: mon, from: "01:00", to: "02:00" }')?.[0]?.timeZone).toBe(
      'Europe/Berlin',
    );
    expect(windowsOf('{ days: mon, from: "01:00", to: "02:00", tz: UTC }')?.[0]?.timeZone).toBe(
      'UTC',
    );
  });
});

/** Each: what is replaced, by what, and the fault that must come at the place marked by `¦`. */
const FAULTS: readonly [string, string, string, string?][] = [
  [
    'cidrs: [10.0.10.0/24]',
    'cidrs: [10.0.10.0/24, ¦10.0.10.0/25]',
    'overlaps 10.0.10.0/24 of zone `dmz`',
  ],
  ['version: 1', 'version: ¦2', 'is not a whole number 1 to 1'],
  ['version: 1\n', '¦', 'key `version` is missing'],
  [
    'site: { name: Small works, time_zone: Europe/Berlin }',
    'site: { name: x, time_zone: ¦Europe/Berln }',
    'is no IANA time zone',
    'did you mean `Europe/Berlin`?',
  ],
  ['time_zone: Europe/Berlin', 'time_zone: ¦"+02:00"', 'is no IANA time zone'],
  ['gates: [10.0.10.1]', 'gates: [¦10.0.10.256]', 'is no IP address'],
  ['gates: [10.0.10.1]', 'gates: [¦gate.example]', 'names are not looked up'],
  ['gates:', '¦gate:', 'unknown key `gate`', 'did you mean `gates`?'],
  ['zones:\n', 'zones:\n  ¦__proto__: { purdue: 1, cidrs: [] }\n', 'cannot be used'],
  ['zones:\n', 'zones:\n  ¦constructor: { purdue: 1, cidrs: [] }\n', 'cannot be used'],
  ['zones:\n', 'zones:\n  ¦Cell 9: { purdue: 1, cidrs: [] }\n', 'cannot be used'],
  ['  dmz: { purdue', '  ¦cell: { purdue: 1, cidrs: [] }\n  dmz: { purdue', 'stands here twice'],
  ['purdue: 3.5', 'purdue: ¦2.5', 'is no Purdue level'],
  ['purdue: 3.5', 'purdue: ¦high', 'stands where a Purdue level belongs'],
  ['cidrs: [10.0.10.0/24]', 'cidrs: [¦10.0.10.0/33]', 'is no prefix'],
  ['cidrs: [10.0.10.0/24]', 'cidrs: [¦10.0.10.1/24]', 'is no prefix'],
  ['cidrs: [10.0.10.0/24]', 'cidrs: [¦10.0.0.0/16]', 'overlaps 10.0.0.0/21 of zone `hall`'],
  ['cidrs: [10.0.10.0/24]', 'cidrs: [¦10.0.1.0/25]', 'overlaps'],
  ['cidrs: [10.0.10.0/24]', 'cidrs: ¦10.0.10.0/24', 'stands where a list belongs'],
  [
    'parent: hall, owner: production }',
    'parent: ¦hal, owner: production }',
    'no zone `hal`',
    'did you mean `hall`?',
  ],
  ['  hall: { purdue: 2,', '  ¦hall: { parent: cell, purdue: 2,', 'lies in itself'],
  [
    'dmz: { purdue: 3.5,',
    'dmz: { allow: ¦[{ ops: [read] }], purdue: 3.5,',
    'belongs to safety zones',
  ],
  [
    'zone: cell, address: 10.0.1.12',
    'zone: ¦cel, address: 10.0.1.12',
    'no zone `cel`',
    'did you mean `cell`?',
  ],
  [
    'address: 10.0.1.12',
    'address: ¦10.0.3.12',
    'is outside zone `cell` (10.0.1.0/24): it lies in zone `hall`',
  ],
  ['address: 10.0.1.12', 'address: ¦192.0.2.1', 'it lies in no zone'],
  [
    'hmi: { zone: hall, address: 10.0.0.10 }',
    'hmi: { zone: cell, address: ¦10.0.1.12 }',
    'is that of asset `plc` already',
  ],
  [
    'modbus: { units: [1, 2] }',
    'modbus: { port: ¦0, units: [1] }',
    'is not a whole number 1 to 65535',
  ],
  ['modbus: { units: [1, 2] }', 'modbus: { units: [¦256] }', 'is not a whole number 0 to 255'],
  ['modbus: { units: [1, 2] }', 'modbus: { units: ¦[] }', 'the list is empty'],
  ['modbus: { units: [1, 2] }', 'modbus: ¦{ prt: 1, unit: 1 }', 'key `units` is missing'],
  ['  hmi: {', '  ¦hall: {', 'is a zone and an asset'],
  [
    'vendors: { acme: { name: Acme },',
    'vendors: { ¦site: { name: Site }, acme: { name: Acme },',
    "the site's own people",
  ],
  ['company: acme', 'company: ¦acne', 'no vendor `acne`', 'did you mean `acme`?'],
  ['company: acme, roles: [vendor]', 'roles: ¦[vendor]', 'needs a `company`'],
  [
    'company: acme, roles: [vendor]',
    'company: acme, roles: ¦[vendor, operator]',
    'have the role `vendor` alone, not operator',
  ],
  [
    'roles: [approver@cell], subject: ann',
    'roles: [¦aprover@cell], subject: ann',
    'no role `aprover`',
    'did you mean `approver`?',
  ],
  [
    'roles: [approver@cell], subject: ann',
    'roles: [¦approver], subject: ann',
    'write approver@ZONE',
  ],
  [
    'roles: [approver@cell], subject: ann',
    'roles: [¦analyst@cell], subject: ann',
    'leave the zone out',
  ],
  [
    'roles: [approver@cell], subject: ann',
    'roles: [¦approver@cel], subject: ann',
    'no zone `cel`',
    'did you mean `cell`?',
  ],
  ['subject: bob', 'subject: ¦ann', 'is the subject of `ann` already'],
  ['subject: bob', 'subject: bob, same_as: ¦an', 'no person `an`', 'did you mean `ann`?'],
  ['subject: bob', 'subject: bob, same_as: ¦bob', 'names the person themselves'],
  ['id: hall-safety', 'id: ¦hall-cell', 'id `hall-cell` is taken'],
  ['from: dmz', 'from: ¦dzm', 'no zone or asset `dzm`', 'did you mean `dmz`?'],
  ['via: gate', 'via: ¦gates', 'is none of direct, gate', 'did you mean `gate`?'],
  ['why: maintenance, ', '', 'key `why` is missing'],
  ['why: maintenance', 'why: ¦""', 'is empty'],
  ['{ fc: [43] }]', '{ fc: [¦9] }]', 'function 9 is not decoded'],
  ['{ fc: [43] }]', '{ fc: [¦128] }]', 'is not a whole number 1 to 127'],
  ['{ fc: [43] }]', '¦{ fc: [43], range: 0-9 }]', 'has no addresses'],
  ['{ fc: [43] }]', '{ fc: [¦43], table: coils }]', 'touches no table'],
  ['{ fc: [43] }]', '{ ops: [write], fc: [¦3] }]', 'is none of `ops`'],
  ['{ fc: [43] }]', '{ ops: [¦reed] }]', 'is none of read', 'did you mean `read`?'],
  ['{ fc: [43] }]', '¦{ range: 0-9 }]', 'neither `ops` nor `fc`'],
  ['{ fc: [43] }]', '{ ops: [read], ¦adresses: 0-9 }]', 'unknown key `adresses`'],
  ['{ fc: [43] }]', '{ ops: [read], nodes: ¦["nsu=urn:a;s=B"] }]', 'says nothing about Modbus'],
  ['{ fc: [43] }]', '{ proto: opcua, ops: [read], nodes: [¦"ns=2;s=B"] }]', 'is no NodeId'],
  ['{ fc: [43] }]', '{ proto: opcua, ops: [read], range: ¦0-9 }]', 'says nothing about OPC UA'],
  ['range: 100-119', 'range: ¦119-100', 'is no range of addresses'],
  ['range: 100-119', 'range: ¦0-65536', 'is no range of addresses'],
  ['vendor: acme\n', 'vendor: ¦acmee\n', 'no vendor `acmee`', 'did you mean `acme`?'],
  ['to: { tags: [press] }', 'to: { tags: [¦pres] }', 'no tag `pres`', 'did you mean `press`?'],
  ['to: { tags: [press] }', 'to: [¦pcl]', 'no asset `pcl`', 'did you mean `plc`?'],
  ['value: { min: 10, max: 1500 }', 'value: ¦{ min: 1500, max: 10 }', 'no value is at least 1500'],
  ['value: { min: 10, max: 1500 }', 'value: { min: ¦-1 }', 'is not a whole number 0 to 65535'],
  ['fc: [3], range: 0-199, units: [1]', '¦fc: [3], value: { max: 3 }', 'nothing is written here'],
  ['quorum: 2', 'quorum: ¦0', 'is not a whole number 1 to 10'],
  ['from: [approver@cell] }', 'from: [¦operator] }', 'does not approve'],
  ['max: 4h', 'max: ¦4hours', 'is no duration'],
  ['max: 4h', 'max: ¦0s', 'must be longer than nothing'],
  ['max: 4h', 'max: ¦32d', 'is longer than 31 days'],
  [
    '    limits: {',
    '    windows: [{ days: ¦mon-fry, from: "06:00", to: "18:00" }]\n    limits: {',
    'are no days',
  ],
  [
    '    limits: {',
    '    windows: [{ days: mon, from: ¦"6:00", to: "18:00" }]\n    limits: {',
    'is no time of day',
  ],
  [
    '    limits: {',
    '    windows: [{ days: mon, from: "06:00", to: ¦"24:01" }]\n    limits: {',
    'is no time of day',
  ],
  [
    '    limits: {',
    '    windows: [¦{ days: mon, from: "06:00", to: "06:00" }]\n    limits: {',
    'never opens',
  ],
  ['on: plc, deny', 'on: ¦pcl, deny', 'no asset `pcl`'],
  ['as: vendor:acme, grant', 'as: ¦vendor:other, grant', 'is for vendor:acme only'],
  ['as: vendor:acme, grant', 'as: ¦people:acme, grant', 'is none of any, zone:ID'],
  [
    'grant: acme-press, on',
    'grant: ¦acme-pres, on',
    'no access entry `acme-pres`',
    'did you mean `acme-press`?',
  ],
  ['deny: [program] }', 'deny: [¦"modbus fc3"] }', 'needs its addresses'],
  [
    'grant: acme-press, on: plc, deny: [program] }',
    'grant: acme-press, on: plc }',
    'says neither `allow` nor `deny`',
  ],
  ['version: 1', 'version: &one ¦1', 'anchors are not used here'],
  ['version: 1', 'version: ¦!!python/none 1', 'tag'],
  ['version: 1', '¦<<: { version: 1 }', 'unknown key `<<`'],
  ['deny: [program] }', 'deny: [program ¦}', 'not valid YAML'],
];

describe('a fault', () => {
  test.each(FAULTS)('%s -> %s: %s', (find, replacement, message, suggestion) => {
    const marked = edited(find, replacement);
    const before = marked.includes('¦') ? marked.slice(0, marked.indexOf('¦')) : undefined;
    const faults = faultsOf(marked.replace('¦', ''));
    const fault = faults.find((each) => each.message.includes(message));
    expect(fault, JSON.stringify(faults, undefined, 1)).toBeDefined();
    if (suggestion !== undefined) expect(fault?.suggestion).toBe(suggestion);
    if (before === undefined || message.startsWith('not valid YAML')) return;
    const lines = before.split('\n');
    const place = { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
    // What is missing is missing in its mapping, and a fault may stand at the key or the start of its value.
    if (!message.includes('is missing') && !message.includes('nothing is written')) {
      expect({ line: fault?.line, column: fault?.column }).toEqual(place);
    }
  });

  test('comes with all others, in the order of the file', () => {
    const text = edited('gates: [10.0.10.1]', 'gates: [nowhere]')
      .replace('purdue: 3.5', 'purdue: 9')
      .replace('via: gate', 'via: tunnel')
      .replace('max: 4h', 'max: soon');
    const faults = faultsOf(text);
    expect(faults.map(({ path }) => path)).toEqual([
      'gates[0]',
      'zones.dmz.purdue',
      'conduits[2].via',
      'access[0].limits.max',
    ]);
    expect(faults.map(({ line }) => line)).toEqual(
      [...faults.map(({ line }) => line)].sort((a, b) => a - b),
    );
  });
});

describe('a text that means harm', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 20 }, (_, i) => `k${i}: &k${i} [*a, *a, *a, *a, *a, *a, *a, *a]`),
  ].join('\n');
  const CASES: readonly [string, string | Uint8Array, string][] = [
    ['aliases that multiply', bomb, 'aliases are not used here'],
    ['lists in lists without end', '['.repeat(100_000), 'not valid YAML'],
    [
      'maps in maps, still valid',
      `${'{a: '.repeat(40)}1${'}'.repeat(40)}`,
      'nested deeper than 16',
    ],
    [
      'more bytes than a person writes',
      `# ${'x'.repeat(3 * 1024 * 1024)}`,
      'larger than 3145728 bytes',
    ],
    ['bytes that are no text', Uint8Array.from([0x61, 0xff, 0xfe, 0x62]), 'not UTF-8'],
    ['two documents', 'version: 1\n---\nversion: 1\n', 'not valid YAML'],
    ['a list where a policy belongs', '- 1\n', 'stands where a mapping'],
    ['a word where a policy belongs', 'policy', 'stands where a mapping'],
    ['a key that is a list', '? [a, b]\n: 1\nversion: 1\n', 'a key must be a plain word'],
    [
      'thousands of faults',
      Array.from({ length: 3000 }, (_, i) => `k${i}: 1`).join('\n'),
      'and 2802 more faults',
    ],
  ];

  test.each(CASES)('%s', (_, text, message) => {
    expect(
      faultsOf(text)
        .map((fault) => fault.message)
        .join('\n'),
    ).toContain(message);
  });

  test('does not change what objects have in common', () => {
    faultsOf('__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\n');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

test('the file is named as it was given', () => {
  const path = new URL('../../policies/example-plant.yaml', import.meta.url);
  const plant = plantOf(readFileSync(path, 'utf8'), 'policies/example-plant.yaml');
  expect(plant.zones.get('cell-1')?.at.file).toBe('policies/example-plant.yaml');
});
