import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadRules } from '#sensor/detect/sigma/load.ts';
import type { RuleLoad } from '#sensor/detect/sigma/rule.ts';
import { exchange, health, write } from '../../../support/exchange.ts';

const ATTACK = readFileSync('rules/attack-ics.yaml', 'utf8');
const TABLE = { path: 'attack-ics.yaml', text: ATTACK };

const RULE = `title: A rule
id: 11111111-2222-4333-8444-555555555555
status: test
description: for a test
level: high
tags: [attack.t0855]
logsource: { product: lockkeeper, service: modbus }
detection:
  writes: { lockkeeper.operation.kind: write }
  condition: writes
lockkeeper:
  version: '1'
  action: a-rule
  why: because
  steps: [look]
  message: '{client} did: {what}'
  dedup: [source.ip]
`;

const load = (text: string): RuleLoad => loadRules([TABLE, { path: 'rule.yaml', text }]);

function rule(text = RULE) {
  const loaded = load(text);
  if (loaded.kind === 'faulty') throw new Error(JSON.stringify(loaded.faults));
  const [only] = loaded.set.rules;
  if (only === undefined) throw new Error('no rule');
  return only;
}

describe('a rule', () => {
  test('matches what its selection says', () => {
    expect(rule().matches(write())).toBe(true);
    expect(rule().matches(exchange())).toBe(false);
  });

  test('looks only at the events of its service', () => {
    const sensor = RULE.replace('service: modbus', 'service: sensor').replace(
      'lockkeeper.operation.kind: write',
      'lockkeeper.health.dropped|gt: 0',
    );
    expect(rule(sensor).matches(health({ dropped: 1 }))).toBe(true);
    expect(rule(sensor).matches(health({ dropped: 0 }))).toBe(false);
    expect(rule(sensor).matches(write())).toBe(false);
  });

  test('names a technique by its old id and carries both', () => {
    expect(rule().techniques).toEqual([
      { id: 'T1692.001', name: 'Unauthorized Message: Command Message', legacy_id: 'T0855' },
    ]);
    expect(rule(RULE.replace('t0855', 't1692.001')).techniques).toEqual(rule().techniques);
  });

  test('fills its sentence and its key from the event', () => {
    const words = { what: 'wrote', client: 'hmi-1', server: 'plc-12' };
    expect(rule().message(write(), words)).toBe('hmi-1 did: wrote');
    expect(rule().dedupKey(write({ from: '192.0.2.7' }))).toBe('source.ip=192.0.2.7');
  });

  test('lists of maps mean any of them, lists of values any, fields all', () => {
    const text = RULE.replace(
      '{ lockkeeper.operation.kind: write }',
      '[{ modbus.function.code: [5, 6], modbus.unit_id: 1 }, { modbus.address|gte: 500 }]',
    );
    const { matches } = rule(text);
    expect(matches(write({ code: 6 }))).toBe(true);
    expect(matches(write({ code: 16 }))).toBe(false);
    expect(matches(write({ code: 16, address: 500 }))).toBe(true);
  });

  test('a fact is found among several', () => {
    const text = RULE.replace('lockkeeper.operation.kind: write', 'lockkeeper.facts.name: b.c');
    const facts = ['a.b', 'b.c'].map((name) => ({ name, text: name }));
    expect(rule(text).matches({ ...write(), facts })).toBe(true);
    expect(rule(text).matches({ ...write(), facts: facts.slice(0, 1) })).toBe(false);
  });
});

describe('a faulty rule is refused with the place of each fault', () => {
  const table: [string, string, string, number, number, RegExp][] = [
    [
      'an unknown key',
      'status: test',
      'stauts: test',
      3,
      1,
      /`stauts` is not known; did you mean `status`/,
    ],
    [
      'an unknown field',
      'lockkeeper.operation.kind',
      'lockkeeper.operation.kin',
      9,
      13,
      /no field .*did you mean `lockkeeper.operation.kind`/,
    ],
    [
      'an unknown modifier',
      'operation.kind:',
      'operation.kind|like:',
      9,
      13,
      /modifier `like` is not known/,
    ],
    [
      'a condition without its selection',
      'condition: writes',
      'condition: writes and reads',
      10,
      25,
      /no selection `reads`/,
    ],
    [
      'a quoted condition',
      'condition: writes',
      "condition: 'writes or )'",
      10,
      25,
      /no selection `\)`/,
    ],
    [
      'a selection that nobody asks',
      'condition: writes',
      'other: { source.ip: 10.0.0.1 }\n  condition: writes',
      10,
      3,
      /`other` is never asked/,
    ],
    ['an id that is none', '11111111-2222', 'x1111111-2222', 2, 5, /is no UUID/],
    [
      'a level that is none',
      'level: high',
      'level: urgent',
      5,
      8,
      /`urgent` is none of informational/,
    ],
    [
      'a technique that is not in the table',
      't0855',
      't9999',
      6,
      8,
      /does not stand in attack-ics.yaml/,
    ],
    [
      'a service that is none',
      'service: modbus',
      'service: profinet',
      7,
      44,
      /`profinet` is none of modbus, opcua, ot, sensor/,
    ],
    [
      'an unknown placeholder',
      '{client}',
      '{clint}',
      16,
      12,
      /no `{clint}`; did you mean `{client}`/,
    ],
    ['an unknown field in the key', '[source.ip]', '[source.id]', 17, 10, /no field `source.id`/],
    ['a double key', 'title: A rule', 'title: A rule\ntitle: B', 2, 1, /unique/],
    ['an alias', '[source.ip]', '&x [*x]', 17, 14, /must be text, not an alias/],
    [
      'an empty selection',
      '{ lockkeeper.operation.kind: write }',
      '{}',
      9,
      11,
      /selects everything/,
    ],
    [
      'words without a field',
      '{ lockkeeper.operation.kind: write }',
      'write',
      9,
      11,
      /name a field/,
    ],
    ['no YAML', 'title: A rule', 'title: [', 2, 1, /./],
  ];
  test.each(table)('%s', (_name, from, to, line, column, said) => {
    const loaded = load(RULE.replace(from, to));
    expect(loaded.kind).toBe('faulty');
    const faults = loaded.kind === 'faulty' ? loaded.faults : [];
    const fault = faults.find(({ message }) => said.test(message));
    expect(fault, JSON.stringify(faults)).toMatchObject({ file: 'rule.yaml', line, column });
  });

  test('all faults come at once', () => {
    const text = RULE.replace('level: high', 'level: no').replace('status: test', 'status: no');
    const loaded = load(text);
    expect(loaded.kind === 'faulty' && loaded.faults).toHaveLength(2);
  });

  test('two rules of one id', () => {
    const loaded = loadRules([
      TABLE,
      { path: 'a.yaml', text: RULE },
      { path: 'b.yaml', text: RULE },
    ]);
    expect(loaded).toMatchObject({ kind: 'faulty', faults: [{ file: 'b.yaml' }] });
  });

  test('no table of techniques', () => {
    expect(loadRules([{ path: 'a.yaml', text: RULE }])).toMatchObject({ kind: 'faulty' });
  });

  test('no table of techniques, and the faults of the rules all the same', () => {
    const text = RULE.replace('level: high', 'level: no');
    expect(loadRules([{ path: 'a.yaml', text }])).toMatchObject({
      faults: [{ file: 'attack-ics.yaml' }, { file: 'a.yaml', line: 5, column: 8 }],
    });
  });
});

test('whatever stands in a file, loading answers', () => {
  const lines = RULE.split('\n');
  fc.assert(
    fc.property(fc.nat(lines.length), fc.string(), (at, junk) => {
      load([...lines.slice(0, at), junk, ...lines.slice(at)].join('\n'));
      load(junk);
    }),
  );
  expect(load('['.repeat(60_000)).kind).toBe('faulty');
  expect(load(`${'a: {'.repeat(9000)}`).kind).toBe('faulty');
  expect(load('x'.repeat(70_000)).kind).toBe('faulty');
});

test('the rules that come with the product load, each with a reason, steps and its own id', () => {
  const files = readdirSync('rules').filter((name) => name.endsWith('.yaml'));
  const loaded = loadRules(
    files.map((path) => ({ path, text: readFileSync(`rules/${path}`, 'utf8') })),
  );
  expect(loaded).toMatchObject({ kind: 'ok', set: { attackVersion: '19.1' } });
  const rules = loaded.kind === 'ok' ? loaded.set.rules : [];
  expect(rules.map(({ action }) => action).sort()).toEqual([
    'function-code-scan',
    'opcua-anonymous-write',
    'opcua-browse-sweep',
    'opcua-certificate-changed',
    'opcua-certificate-out-of-time',
    'opcua-unsecured-session',
    'opcua-user-brute-force',
    'opcua-weak-certificate',
    'operation-not-allowed',
    'operation-undecided',
    'sensor-capture-loss',
    'sensor-one-direction',
    'sensor-packet-loss',
    'umas-operating-mode',
    'umas-program-download',
    'umas-program-upload',
    'umas-reservation',
    'write-burst',
    'write-from-new-client',
  ]);
  for (const { why, steps } of rules) {
    expect(why.length).toBeGreaterThan(40);
    expect(steps.length).toBeGreaterThan(1);
  }
});
