/**
 * The tests that stand beside the rules (`rules/tests/*.yaml`): traffic in words, and the alerts that
 * must come of it, no more and no fewer.
 *
 *     plant: ../../policies/example-plant.yaml
 *     tests:
 *       - name: a host of no zone writes a setpoint
 *         learn: 1h                                  # writers are learned for so long; default: not at all
 *         play:
 *           - { at: 0s, client: 192.0.2.7, server: '10.1.1.12:502', ask: modbus fc16 100+1 value 1500 }
 *           - { at: 2s, client: .., server: .., ask: modbus fc6 100+1, answer: exception 2, times: 40, every: 25ms }
 *           - { at: 3s, client: .., server: .., ask: opcua as anonymous write ns=2;s=SetPoint 80, answer: status 0x801F0000 }
 *           - { at: 9s, received: 1000, dropped: 12 }   # the sensor's own account
 *           - { at: 19s, received: 1000, link: { seen: 9000, lost: 1000, holes: 5, both_ways: 1, one_way: 4 } }
 *         alerts:
 *           - { rule: new-writer.yaml, count: 1, says: never wrote before }
 */
import { isIP } from 'node:net';
import { isScalar, type Node } from 'yaml';
import type { Alert } from '#sensor/model/alert.ts';
import type { Exchange, SensorHealth } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { LinkAccount } from '#sensor/model/link-account.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import type { RuleFault } from './sigma/rule.ts';
import { YamlPage } from './sigma/yaml-page.ts';

type Answer =
  | { readonly kind: 'ok' }
  | { readonly kind: 'none' }
  | { readonly kind: 'exception'; readonly code: number }
  /** Of OPC UA, a service result. */
  | { readonly kind: 'status'; readonly code: number };

export interface ExchangeStep {
  readonly kind: 'exchange';
  /** µs from the start of the test. */
  readonly at: number;
  readonly from: string;
  readonly to: { readonly ip: string; readonly port: number };
  readonly ask: string;
  readonly answer: Answer;
  readonly times: number;
  /** µs between two of them. */
  readonly every: number;
}

interface HealthStep {
  readonly kind: 'health';
  readonly at: number;
  readonly received: number;
  readonly dropped: number;
  /** How the one link of the test was heard; what is not said is 0. */
  readonly link: LinkAccount;
  readonly times: number;
  readonly every: number;
}

interface Expected {
  /** File name of the rule. */
  readonly rule: string;
  readonly count: number | undefined;
  /** Text that the sentence must hold. */
  readonly says: string | undefined;
}

export interface RuleTest {
  readonly name: string;
  /** µs; 0 = nothing is learned, and the policy alone says who writes. */
  readonly learn: number;
  readonly play: readonly (ExchangeStep | HealthStep)[];
  readonly alerts: readonly Expected[];
  readonly at: { readonly file: string; readonly line: number };
}

export interface RuleTests {
  /** Path of the plant policy, as written; undefined = none. */
  readonly plant: string | undefined;
  readonly tests: readonly RuleTest[];
}

/** Any time will do; this one makes ids stable. */
const TEST_START = 1_700_000_000_000_000;
const MAX_TESTS = 200;
const MAX_STEPS = 200;
/** One step of one test; enough for an hour of polling each second. */
const MAX_TIMES = 10_000;
const MAX_COUNT = 1e9;
/** VLAN of frames without a tag. */
const UNTAGGED = -1;
const SECOND = 1_000_000;
const UNITS = { ms: 1000, s: 1e6, m: 60e6, h: 3600e6 } as const;

/** Reads a file of tests; the faults say what is wrong with it. */
export function readRuleTests(
  path: string,
  text: string,
): { readonly tests: RuleTests | undefined; readonly faults: readonly RuleFault[] } {
  const page = new YamlPage(path);
  const root = page.parse(text);
  const top = root && page.record(root, 'tests file', ['tests'], ['plant']);
  const plant = top?.get('plant');
  const list = top?.get('tests');
  const plantPath = plant === undefined ? undefined : page.text(plant, 'plant', 300);
  const tests = list && page.items(list, 'tests', MAX_TESTS)?.map((node) => readTest(page, node));
  if (tests === undefined || page.faults.length > 0)
    return { tests: undefined, faults: page.faults };
  return { tests: { plant: plantPath, tests: tests.filter((t) => t !== undefined) }, faults: [] };
}

function readTest(page: YamlPage, node: Node): RuleTest | undefined {
  const fields = page.record(node, 'test', ['name', 'play', 'alerts'], ['learn']);
  const [name, play, alerts] = [fields?.get('name'), fields?.get('play'), fields?.get('alerts')];
  if (!name || !play || !alerts) return undefined;
  const learn = fields?.get('learn');
  return {
    name: page.text(name, 'test.name', 200) ?? '',
    learn: learn === undefined ? 0 : (duration(page, learn, 'test.learn') ?? 0),
    play: (page.items(play, 'test.play', MAX_STEPS) ?? []).flatMap((s) => readStep(page, s) ?? []),
    alerts: (page.items(alerts, 'test.alerts', MAX_STEPS) ?? []).flatMap(
      (each) => readExpected(page, each) ?? [],
    ),
    at: { file: page.path, line: page.lineOf(node) },
  };
}

const STEP_FIELDS = [
  'client',
  'server',
  'ask',
  'answer',
  'times',
  'every',
  'received',
  'dropped',
  'link',
];

function readStep(page: YamlPage, node: Node): ExchangeStep | HealthStep | undefined {
  const fields = page.record(node, 'step', ['at'], STEP_FIELDS);
  const when = fields?.get('at');
  if (!fields || !when) return undefined;
  const at = duration(page, when, 'step.at') ?? 0;
  const number = (key: string, otherwise: number): number => {
    const value = fields.get(key);
    return value === undefined ? otherwise : (whole(page, value, `step.${key}`) ?? 0);
  };
  const pace = fields.get('every');
  const every = pace === undefined ? SECOND : (duration(page, pace, 'step.every') ?? SECOND);
  const repeated = { at, times: number('times', 1), every };
  if (fields.has('received') || fields.has('dropped')) {
    const counts = { received: number('received', 0), dropped: number('dropped', 0) };
    return { kind: 'health', ...repeated, ...counts, link: readLink(page, fields.get('link')) };
  }
  const [from, to, ask] = ['client', 'server', 'ask'].map((key) => fields.get(key));
  if (!from || !to || !ask) return page.fault(node, 'step: client, server and ask are needed');
  const client = page.text(from, 'step.client', 45);
  const server = endpoint(page, to);
  const words = page.text(ask, 'step.ask', 500);
  if (client !== undefined && isIP(client) === 0) page.fault(from, 'step.client: is no IP address');
  if (client === undefined || server === undefined || words === undefined) return undefined;
  const answer = fields.get('answer');
  return {
    kind: 'exchange',
    ...repeated,
    from: client,
    to: server,
    ask: words,
    answer: (answer && readAnswer(page, answer)) ?? { kind: 'ok' },
  };
}

function readLink(page: YamlPage, node: Node | undefined): LinkAccount {
  const counts = ['seen', 'lost', 'holes', 'both_ways', 'one_way'];
  const fields = node && page.record(node, 'step.link', [], counts);
  const count = (name: string): number => {
    const value = fields?.get(name);
    return value === undefined ? 0 : (whole(page, value, `step.link.${name}`) ?? 0);
  };
  return {
    interfaceIndex: 0,
    vlan: UNTAGGED,
    seenBytes: count('seen'),
    lostBytes: count('lost'),
    holes: count('holes'),
    bothWays: count('both_ways'),
    oneWay: count('one_way'),
  };
}

function readExpected(page: YamlPage, node: Node): Expected | undefined {
  const fields = page.record(node, 'alert', ['rule'], ['count', 'says']);
  const [rule, count, says] = [fields?.get('rule'), fields?.get('count'), fields?.get('says')];
  const name = rule && page.text(rule, 'alert.rule', 100);
  if (name === undefined) return undefined;
  return {
    rule: name,
    count: count && whole(page, count, 'alert.count'),
    says: says && page.text(says, 'alert.says', 400),
  };
}

function readAnswer(page: YamlPage, node: Node): Answer | undefined {
  const text = page.text(node, 'step.answer', 20);
  if (text === 'ok' || text === 'none') return { kind: text };
  const code = /^exception (\d{1,3})$/.exec(text ?? '')?.[1];
  if (code !== undefined) return { kind: 'exception', code: Number(code) };
  const status = /^status (0x[0-9A-Fa-f]{8})$/.exec(text ?? '')?.[1];
  if (status !== undefined) return { kind: 'status', code: Number(status) };
  return page.fault(node, 'step.answer: must be ok, none, exception N or status 0x80000000');
}

function endpoint(page: YamlPage, node: Node): ExchangeStep['to'] | undefined {
  const text = page.text(node, 'step.server', 60);
  if (text === undefined) return undefined;
  const at = text.lastIndexOf(':');
  const [ip, port] = [text.slice(0, at), Number(text.slice(at + 1))];
  if (isIP(ip) > 0 && Number.isInteger(port) && port > 0 && port < 65_536) return { ip, port };
  return page.fault(node, 'step.server: must be an address with a port like 10.1.1.12:502');
}

function whole(page: YamlPage, node: Node, name: string): number | undefined {
  const value: unknown = isScalar(node) ? node.value : undefined;
  const max = name === 'step.times' ? MAX_TIMES : MAX_COUNT;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) {
    return value;
  }
  return page.fault(node, `${name}: must be a whole number up to ${max}`);
}

function duration(page: YamlPage, node: Node, name: string): number | undefined {
  const text = page.text(node, name, 10);
  const [, count = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text ?? '') ?? [];
  if (count !== '') return Math.round(Number(count) * UNITS[unit as keyof typeof UNITS]);
  return page.fault(node, `${name}: must be a time like 250ms, 10s or 1h`);
}

/** What the words of a step give. */
export interface Playing {
  /** Undefined where they name no request. */
  readonly exchange: (step: ExchangeStep, at: number, number: number) => Exchange | undefined;
  /** The facts of an account, as the sensor states them. */
  readonly facts: (step: HealthStep) => readonly Fact[];
}

/** The events of a test in the order of time, or what is wrong with its words. */
export function eventsOf(
  test: RuleTest,
  play: Playing,
): readonly (Exchange | SensorHealth)[] | string {
  const events: (Exchange | SensorHealth)[] = [];
  for (const step of test.play) {
    for (let i = 0; i < step.times; i++) {
      const at = micros(TEST_START + step.at + i * step.every);
      if (step.kind === 'health') {
        const { received, dropped } = step;
        const facts = play.facts(step);
        events.push({ kind: 'health', at, interface: 'test', received, dropped, facts });
        continue;
      }
      const exchange = play.exchange(step, at, events.length + 1);
      if (exchange === undefined) return `\`${step.ask}\` is no request`;
      events.push(exchange);
    }
  }
  return events.sort((a, b) => a.at - b.at);
}

/** When the learning phase of a test ends. */
export const learnedUntil = (test: RuleTest): Micros => micros(TEST_START + test.learn);

/** What is wrong with the alerts that came; empty where they are those expected, no more and no fewer. */
export function compareAlerts(
  test: RuleTest,
  alerts: readonly Alert[],
  fileOf: (ruleId: string) => string,
): readonly string[] {
  const wrong: string[] = [];
  const left = [...alerts];
  for (const { rule, count, says } of test.alerts) {
    const found = left.findIndex(
      (alert) => fileOf(alert.rule.id) === rule && alert.message.includes(says ?? ''),
    );
    const alert = left[found];
    if (alert === undefined) {
      wrong.push(`no alert of ${rule}${says === undefined ? '' : ` that says \`${says}\``}`);
      continue;
    }
    left.splice(found, 1);
    const counted = alert.lockkeeper.alert.count;
    if (count !== undefined && counted !== count) {
      wrong.push(`the alert of ${rule} counts ${counted}, not ${count}`);
    }
  }
  for (const alert of left) {
    const { count } = alert.lockkeeper.alert;
    wrong.push(`an alert of ${fileOf(alert.rule.id)} too many (count ${count}): ${alert.message}`);
  }
  return wrong;
}
