/** `lockkeeper rules lint|test|explain`: checks rules, plays their tests, says what they mean. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Plant } from '#policies/plant.ts';
import { LearnedWriters } from '#sensor/detect/learned-writers.ts';
import {
  compareAlerts,
  eventsOf,
  learnedUntil,
  type RuleTest,
  readRuleTests,
} from '#sensor/detect/rule-test.ts';
import { loadRules } from '#sensor/detect/sigma/load.ts';
import type { Rule, RuleSet } from '#sensor/detect/sigma/rule.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { linkFacts } from '#sensor/output/links.ts';
import { createDetecting } from './detecting.ts';
import type { PlantLoader } from './judging.ts';
import { createPlantWatch } from './plant-watch.ts';
import { readRuleFiles } from './rule-files.ts';
import { playStep } from './rule-play.ts';
import { readTextFile } from './text-file.ts';

const RULES_USAGE = `usage: lockkeeper rules lint [FOLDER]
       lockkeeper rules test [FOLDER]
       lockkeeper rules explain RULE [FOLDER]

lint     finds every fault of the rules, with its place
test     plays the traffic in FOLDER/tests and compares the alerts
explain  says what a rule finds and why; RULE is its file, id or title

Without FOLDER: the rules that come with the product.
`;

export interface RulesIo {
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly ownRules: string;
  readonly loadPlant: PlantLoader;
}

/** Exit code: 0 = yes, 1 = faults or failed tests, 2 = usage or nothing to read. */
export function rulesCommand(args: readonly string[], io: RulesIo): number {
  if (args.includes('--help') || args.includes('-h')) {
    io.write(RULES_USAGE);
    return 0;
  }
  const asked = readArgs(args);
  if (typeof asked === 'string') {
    io.complain(`lockkeeper rules: ${asked}\n\n${RULES_USAGE}`);
    return 2;
  }
  const { verb, rule, folder = io.ownRules } = asked;
  try {
    if (verb === 'lint') return lint(folder, io);
    return verb === 'test' ? test(folder, io) : explain(rule, folder, io);
  } catch (error) {
    if (!(error instanceof SensorError)) throw error;
    io.complain(`lockkeeper rules: ${error.message}\n`);
    return 2;
  }
}

interface Asked {
  readonly verb: 'lint' | 'test' | 'explain';
  /** Valid iff the verb is `explain`. */
  readonly rule: string;
  readonly folder: string | undefined;
}

/** What is asked, or what is wrong with the command line. There are no options. */
function readArgs([verb, ...rest]: readonly string[]): Asked | string {
  const option = [verb, ...rest].find((arg) => arg?.startsWith('-'));
  if (option !== undefined) return `unknown option \`${option}\``;
  if (verb !== 'lint' && verb !== 'test' && verb !== 'explain') {
    return verb === undefined ? 'name a verb' : `no verb \`${verb}\``;
  }
  const [rule = '', folder, unexpected] = verb === 'explain' ? rest : ['', ...rest];
  if (verb === 'explain' && rule === '') return 'name the RULE to explain';
  return unexpected === undefined
    ? { verb, rule, folder }
    : `unexpected argument \`${unexpected}\``;
}

/** The rules of `folder`; faults are told, and give undefined. */
function load(folder: string, io: RulesIo): RuleSet | undefined {
  const loaded = loadRules(readRuleFiles(folder));
  if (loaded.kind === 'ok') return loaded.set;
  for (const { file, line, column, message } of loaded.faults) {
    io.complain(`${join(folder, file)}:${line}:${column}: ${message}\n`);
  }
  return undefined;
}

function lint(folder: string, io: RulesIo): number {
  const set = load(folder, io);
  if (set === undefined) return 1;
  io.write(`${amount(set.rules.length, 'rule')}, ATT&CK for ICS ${set.attackVersion}: no fault\n`);
  return 0;
}

const amount = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function test(folder: string, io: RulesIo): number {
  const set = load(folder, io);
  if (set === undefined) return 1;
  const outcome = { passed: 0, failed: 0, fired: new Set<string>() };
  for (const path of testFiles(folder)) {
    const { tests, faults } = readRuleTests(path, readTextFile(path));
    for (const { line, column, message } of faults) {
      io.complain(`${path}:${line}:${column}: ${message}\n`);
      outcome.failed++;
    }
    const plant = tests?.plant === undefined ? undefined : plantOf(path, tests.plant, io);
    for (const each of tests?.tests ?? []) runTest(each, set, plant, outcome, io);
  }
  for (const rule of set.rules) {
    if (outcome.fired.has(rule.id)) continue;
    io.complain(`${rule.at.file}: no test lets it fire\n`);
    outcome.failed++;
  }
  io.write(`${amount(outcome.passed, 'test')} passed, ${outcome.failed} failed\n`);
  return outcome.failed === 0 ? 0 : 1;
}

function testFiles(folder: string): readonly string[] {
  const tests = join(folder, 'tests');
  if (!existsSync(tests)) throw new SensorError('config', `there are no tests in \`${tests}\``);
  return readdirSync(tests)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(tests, name));
}

/** The plant policy that a file of tests names, from where that file lies. */
function plantOf(file: string, path: string, io: RulesIo): Plant {
  const at = resolve(dirname(file), path);
  const plant = io.loadPlant(readTextFile(at), at);
  if (typeof plant === 'string') throw new SensorError('config', plant);
  return plant;
}

function runTest(
  each: RuleTest,
  set: RuleSet,
  plant: Plant | undefined,
  outcome: { passed: number; failed: number; readonly fired: Set<string> },
  io: RulesIo,
): void {
  const watch = createPlantWatch();
  if (plant !== undefined) watch.use(plant);
  const until = learnedUntil(each);
  const { detection } = createDetecting({
    plant: watch.view,
    rules: set,
    learned: new LearnedWriters(),
    phase: (now) => (each.learn > 0 && now < until ? 'learn' : 'judge'),
    evidence: () => undefined,
  });
  const events = eventsOf(each, { exchange: playStep, facts: ({ link }) => linkFacts([link]) });
  for (const event of typeof events === 'string' ? [] : events) detection.observe(event);
  const alerts = detection.changed();
  for (const alert of alerts) outcome.fired.add(alert.rule.id);
  const files = new Map(set.rules.map(({ id, at }) => [id, basename(at.file)]));
  const wrong =
    typeof events === 'string'
      ? [events]
      : compareAlerts(each, alerts, (id) => files.get(id) ?? id);
  if (wrong.length === 0) {
    outcome.passed++;
    return;
  }
  outcome.failed++;
  const { file, line } = each.at;
  for (const text of wrong) io.complain(`${file}:${line}: ${each.name}: ${text}\n`);
}

function explain(name: string, folder: string, io: RulesIo): number {
  const set = load(folder, io);
  if (set === undefined) return 1;
  const rule = set.rules.find(
    ({ id, title, at }) =>
      id === name || title === name || basename(at.file, '.yaml') === basename(name, '.yaml'),
  );
  if (rule === undefined) {
    io.complain(`lockkeeper rules: there is no rule \`${name}\` in ${folder}\n`);
    return 2;
  }
  io.write(inWords(rule, set.attackVersion));
  return 0;
}

function inWords(rule: Rule, attackVersion: string): string {
  const techniques = rule.techniques.map(({ id, name, legacy_id: was }) =>
    was === undefined ? `  ${id} ${name}` : `  ${id} ${name} (before: ${was})`,
  );
  return `${rule.title} (${rule.level}, version ${rule.version})
${rule.at.file}, ${rule.id}

${rule.description}

Why: ${rule.why}

What to do:
${rule.steps.map((step, i) => `  ${i + 1}. ${step}`).join('\n')}

ATT&CK for ICS ${attackVersion}:
${techniques.length === 0 ? '  none' : techniques.join('\n')}
`;
}
