import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadPlant } from '#policies/load.ts';
import { POLICY_SCHEMA } from '#policies/schema.ts';
import '../support/property-runs.ts';
import { edited, SMALL_PLANT } from '../support/plant.ts';

const EXAMPLE = readFileSync(new URL('../../policies/example-plant.yaml', import.meta.url), 'utf8');
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const validate = ajv.compile(POLICY_SCHEMA);
const takes = (text: string): boolean => validate(parse(text));
const faultsOf = (text: string) => {
  const loaded = loadPlant(text, 'plant.yaml');
  return loaded.kind === 'plant' ? [] : loaded.faults.map(({ message }) => message);
};

test('the published file is the schema of this language (else: policy schema, npm run fix)', () => {
  const file = new URL('../../policies/plant.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(POLICY_SCHEMA)));
});

test.each([
  ['the example plant', EXAMPLE],
  ['the small plant', SMALL_PLANT],
])('%s is valid', (_, text) => {
  takes(text);
  expect(validate.errors ?? []).toEqual([]);
});

describe('what the loader refuses for its form, the schema refuses', () => {
  test.each([
    ['an unknown key', edited('via: gate', 'viaa: gate')],
    [
      'a key of another protocol',
      edited(
        'allow: [{ ops: [read] }, { fc: [6, 16], range: 100-109 }] }',
        'allow: [{ ops: [read], nodes: ["nsu=a;s=b"] }] }',
      ),
    ],
    ['a word that is none of those', edited('via: gate', 'via: tunnel')],
    ['a missing key', edited(', why: sees it', '')],
    ['a function that cannot be allowed', edited('{ fc: [43] }', '{ fc: [99] }')],
    ['a Purdue level that is none', edited('purdue: 3.5', 'purdue: 6')],
    [
      'a port that is none',
      edited('modbus: { units: [1, 2] }', 'modbus: { port: 70000, units: [1] }'),
    ],
    ['an id in capitals', edited('  hmi: {', '  HMI: {')],
    ['a duration without a unit', edited('max: 4h', 'max: 4')],
    ['a range that is none', edited('range: 0-199', 'range: 0..199')],
    ['a role without its zone', edited('roles: [approver@hall]', 'roles: [approver]')],
    ['a version of tomorrow', edited('version: 1', 'version: 2')],
    ['a section that is no list', edited('conduits:\n', 'conduits:\n  a: b\nxconduits:\n')],
  ])('%s', (_, text) => {
    expect(faultsOf(text)).not.toEqual([]);
    expect(takes(text)).toBe(false);
  });
});

/** Each key of the language, with the mapping that it stands in. */
function keysIn(schema: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const name of Object.keys(value as object)) found.add(name);
    keysIn(value, found);
  }
  return found;
}

test('the README names every key of the schema', () => {
  const readme = readFileSync(new URL('../../policies/README.md', import.meta.url), 'utf8');
  expect([...keysIn(POLICY_SCHEMA)].filter((key) => !readme.includes(key))).toEqual([]);
});

/** A path to some place of a document, and what is put there. */
const damage = fc.record({
  steps: fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
  value: fc.oneof(fc.constantFrom('x', 7, true, null, [], {}), fc.constant(undefined)),
});

function damaged(
  text: string,
  { steps, value }: { readonly steps: readonly number[]; readonly value: unknown },
): unknown {
  const root = parse(text) as Record<string, unknown>;
  let at: Record<string, unknown> = root;
  for (const [index, step] of steps.entries()) {
    const keys = Object.keys(at);
    const key = keys[step % Math.max(1, keys.length)];
    if (key === undefined) return root;
    const next = at[key];
    if (index === steps.length - 1 || typeof next !== 'object' || next === null) {
      if (value === undefined) delete at[key];
      else at[key] = value;
      return root;
    }
    at = next as Record<string, unknown>;
  }
  return root;
}

test('what the loader takes the schema takes, whatever was damaged before', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom(EXAMPLE, SMALL_PLANT), damage, (text, how) => {
      const document = damaged(text, how);
      // JSON is YAML.
      if (faultsOf(JSON.stringify(document)).length > 0) return;
      taken += 1;
      validate(document);
      expect(validate.errors ?? []).toEqual([]);
    }),
  );
  expect(taken).toBeGreaterThan(5);
});
