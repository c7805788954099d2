import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  ATTACK_VERSION,
  EMISSION_NEVER_SEEN,
  RECORDING_INCOMPLETE,
  WRITE_WITHOUT_GRANT,
} from '#broker/actions/broker-rules.ts';

interface Table {
  readonly version: string;
  readonly tactics: Readonly<Record<string, string>>;
  readonly techniques: readonly {
    readonly id: string;
    readonly was?: string;
    readonly name: string;
    readonly tactics: readonly string[];
  }[];
}

const TABLE = parse(
  readFileSync(new URL('../../../rules/attack-ics.yaml', import.meta.url), 'utf8'),
) as Table;

test('the broker speaks of ATT&CK as the rules do', () => {
  expect(ATTACK_VERSION).toBe(TABLE.version);
  for (const { threat } of [WRITE_WITHOUT_GRANT, EMISSION_NEVER_SEEN]) {
    expect(threat?.technique).toHaveLength(1);
    for (const technique of threat?.technique ?? []) {
      const row = TABLE.techniques.find(({ id }) => id === technique.id);
      expect(technique).toEqual({ id: row?.id, name: row?.name, legacy_id: row?.was });
      expect(threat?.tactic).toEqual(row?.tactics.map((id) => ({ id, name: TABLE.tactics[id] })));
    }
  }
});

test('the ids of the rules never change', () => {
  const rules = [WRITE_WITHOUT_GRANT, EMISSION_NEVER_SEEN, RECORDING_INCOMPLETE];
  expect(rules.map(({ id }) => id)).toEqual([
    '6e7d1f0c-8a35-4c62-9b1e-2f4a90c3d5b7',
    'b3a9c2e4-57d1-4f08-a6c9-1d8e70f2b46a',
    'c41f7a86-2d0b-4e9d-8f35-7b6ae2190c5e',
  ]);
});
