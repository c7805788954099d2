import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rulesCommand } from '#sensor/judge/rules-command.ts';
import { loadOrSay } from '#sensor/run/command.ts';

let folder: string;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
  cpSync('rules', join(folder, 'rules'), { recursive: true });
  cpSync('policies/example-plant.yaml', join(folder, 'policies/example-plant.yaml'), {
    recursive: true,
  });
  output = '';
});
afterEach(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): number {
  const say = (text: string) => {
    output += text;
  };
  const ownRules = join(folder, 'rules');
  return rulesCommand(args, { write: say, complain: say, ownRules, loadPlant: loadOrSay });
}

function edit(file: string, from: string, to: string): void {
  const path = join(folder, 'rules', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

describe('rules test', () => {
  test('plays the traffic of the shipped rules: each fires, and a quiet hour raises no alert', () => {
    expect(run('test'), output).toBe(0);
    expect(output).toMatch(/^\d+ tests passed, 0 failed\n$/);
  });

  test('fails where an alert stays away', () => {
    edit('tests/example-plant.yaml', 'count: 3, says: hmi-1 wrote', 'count: 4, says: hmi-1 wrote');
    expect(run('test')).toBe(1);
    expect(output).toContain('counts 3, not 4');
  });

  test('fails where an alert is one too many', () => {
    edit('tests/example-plant.yaml', 'ask: modbus fc5 0 value 1', 'ask: modbus fc5 7 value 1');
    expect(run('test')).toBe(1);
    expect(output).toContain(
      'a quiet hour of the plant: an alert of operation-not-allowed.yaml too many',
    );
  });

  test('fails where a rule is never fired', () => {
    edit('tests/example-plant.yaml', '- { at: 10s, received: 1000, dropped: 100 }', '');
    edit('tests/example-plant.yaml', '- { at: 20s, received: 1000, dropped: 100 }', '');
    expect(run('test')).toBe(1);
    expect(output).toContain('packet-loss.yaml: no test lets it fire');
  });

  test('names the place of a fault in a test', () => {
    edit('tests/example-plant.yaml', 'answer: exception 1', 'answer: no');
    expect(run('test')).toBe(1);
    expect(output).toMatch(
      /example-plant\.yaml:\d+:\d+: step\.answer: must be ok, none, exception N or status/,
    );
  });
});

test('rules lint names every fault and its place, and says so where there is none', () => {
  expect(run('lint')).toBe(0);
  expect(output).toBe('19 rules, ATT&CK for ICS 19.1: no fault\n');
  edit('new-writer.yaml', 'level: high', 'level: hihg');
  edit('write-burst.yaml', 'condition: burst', 'condition: bursts');
  expect(run('lint')).toBe(1);
  expect(output).toMatch(/new-writer\.yaml:\d+:8: level: `hihg`/);
  expect(output).toMatch(/write-burst\.yaml:\d+:14: .*no selection `bursts`/);
});

test('rules explain finds a rule by its file, its id or its title', () => {
  for (const name of [
    'new-writer',
    'c39257b3-31ad-4242-be58-6e30f99b0572',
    'Write from a client not seen before',
  ]) {
    output = '';
    expect(run('explain', name)).toBe(0);
    expect(output).toContain('T1692.001 Unauthorized Message: Command Message (before: T0855)');
  }
  expect(run('explain', 'nothing')).toBe(2);
});

test.each([
  [[], 'name a verb'],
  [['tests'], 'no verb `tests`'],
  [['explain'], 'name the RULE to explain'],
  [['lint', 'a', 'b'], 'unexpected argument `b`'],
  [['explain', 'a', 'b', 'c'], 'unexpected argument `c`'],
  [['lint', '--all'], 'unknown option `--all`'],
  [['--all'], 'unknown option `--all`'],
])('the command line %j is answered by its fault and the usage', (args, fault) => {
  expect(run(...args)).toBe(2);
  expect(output).toMatch(new RegExp(`^lockkeeper rules: ${fault}\n\nusage: lockkeeper rules lint`));
});

test('--help says the usage, also behind a verb', () => {
  for (const args of [['--help'], ['lint', '--help'], ['explain', 'new-writer', '--help']]) {
    output = '';
    expect(run(...args), args.join(' ')).toBe(0);
    expect(output).toMatch(/^usage: lockkeeper rules lint/);
  }
});

test('rules that cannot be read are said with their folder', () => {
  expect(run('lint', join(folder, 'missing'))).toBe(2);
  expect(output).toContain(`the rules folder \`${join(folder, 'missing')}\` cannot be read`);
});

test('rules lint tells the faults of the rules where the ATT&CK table is missing', () => {
  rmSync(join(folder, 'rules/attack-ics.yaml'));
  edit('new-writer.yaml', 'level: high', 'level: hihg');
  expect(run('lint')).toBe(1);
  expect(output).toContain('attack-ics.yaml:1:1: the table of ATT&CK techniques is missing');
  expect(output).toMatch(/new-writer\.yaml:\d+:8: level: `hihg`/);
});
