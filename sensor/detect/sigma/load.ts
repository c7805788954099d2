/**
 * Rules as they are written (`rules/*.yaml`, Sigma with a part of our own) made into rules as they
 * run, or every fault with file, line and column. The language is described in rules/README.md.
 */

import { isScalar, type Node } from 'yaml';
import type { RuleLevel } from '#sensor/model/alert.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import type { Protocol } from '#sensor/model/net.ts';
import { type AttackTable, readAttackTable, type TechniqueEntry } from '../attack.ts';
import { compileCondition, parseCondition } from './condition.ts';
import { FIELDS } from './fields.ts';
import { compileMessage, MAX_MESSAGE } from './message.ts';
import { nearest } from './nearest.ts';
import type { Rule, RuleFault, RuleLoad } from './rule.ts';
import { compileSelection, type EventTest } from './selection.ts';
import { textStart, YamlPage } from './yaml-page.ts';

export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** Name of the file that holds the ATT&CK table, in any folder. */
const ATTACK_FILE = 'attack-ics.yaml';
const MAX_RULES = 500;
const MAX_SELECTIONS = 50;

const LEVELS: readonly RuleLevel[] = ['informational', 'low', 'medium', 'high', 'critical'];
const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];
const REQUIRED = [
  'title',
  'id',
  'status',
  'description',
  'logsource',
  'detection',
  'level',
  'lockkeeper',
];
const OPTIONAL = ['tags', 'author', 'date', 'modified', 'references', 'falsepositives', 'license'];
const OURS = ['version', 'action', 'why', 'steps', 'message', 'dedup'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RESERVED = new Set(['and', 'or', 'not', 'of', 'them', 'any', 'all', '1']);

/** Which events the rules of a service look at. */
const SERVICES: ReadonlyMap<string, EventTest> = new Map<string, EventTest>([
  ['modbus', speaks('modbus')],
  ['opcua', speaks('opcua')],
  // exchanges of every protocol
  ['ot', (event) => event.kind !== 'health'],
  ['sensor', (event) => event.kind === 'health'],
]);

function speaks(protocol: Protocol): EventTest {
  // A fault of a conversation belongs to the rules of each protocol.
  return (event) =>
    event.kind === 'fault' || (event.kind === 'exchange' && event.protocol === protocol);
}

/**
 * Loads all rules, or none. Among `files` must be the ATT&CK table; files that do not end in `.yaml`
 * and those in a folder `tests` are passed over. Never throws.
 */
export function loadRules(files: readonly RuleFile[]): RuleLoad {
  const faults: RuleFault[] = [];
  const pages = files.filter(({ path }) => path.endsWith('.yaml') && !/(^|\/)tests\//.test(path));
  const isTable = ({ path }: RuleFile): boolean => path.split('/').at(-1) === ATTACK_FILE;
  const table = readTable(pages.find(isTable), faults);
  const sources = pages.filter((page) => !isTable(page));
  if (sources.length > MAX_RULES) {
    faults.push(whole(sources[MAX_RULES]?.path ?? '', `there are more than ${MAX_RULES} rules`));
  }
  const rules: Rule[] = [];
  const ids = new Map<string, string>();
  for (const { path, text } of sources.slice(0, MAX_RULES)) {
    const page = new YamlPage(path);
    const rule = readRule(page, text, table);
    faults.push(...page.faults);
    if (rule === undefined || page.faults.length > 0) continue;
    const twin = ids.get(rule.id);
    if (twin !== undefined)
      faults.push(whole(path, `id \`${rule.id}\` is that of ${twin} already`));
    ids.set(rule.id, path);
    rules.push(rule);
  }
  if (faults.length > 0 || table === undefined) return { kind: 'faulty', faults };
  return { kind: 'ok', set: { rules, attackVersion: table.version } };
}

function whole(file: string, message: string): RuleFault {
  return { file, line: 1, column: 1, message };
}

function readTable(file: RuleFile | undefined, faults: RuleFault[]): AttackTable | undefined {
  if (file === undefined) {
    faults.push(whole(ATTACK_FILE, 'the table of ATT&CK techniques is missing beside the rules'));
    return undefined;
  }
  const page = new YamlPage(file.path);
  const table = readAttackTable(page, file.text);
  faults.push(...page.faults);
  return table;
}

/** Without a table everything but the techniques is checked, so that all faults are told at once. */
function readRule(page: YamlPage, text: string, table: AttackTable | undefined): Rule | undefined {
  const root = page.parse(text);
  if (root === undefined) return undefined;
  const top = page.record(root, 'rule', REQUIRED, OPTIONAL);
  if (top === undefined || !REQUIRED.every((key) => top.has(key))) return undefined;
  const get = (key: string): Node => top.get(key) as Node;
  const id = page.text(get('id'), 'id', 36);
  if (id !== undefined && !UUID.test(id)) page.fault(get('id'), `id: \`${id}\` is no UUID`);
  choice(page, get('status'), 'status', STATUSES);
  const title = page.text(get('title'), 'title', 100);
  const description = page.text(get('description'), 'description', 2000);
  const level = choice(page, get('level'), 'level', LEVELS);
  const matches = readDetection(page, get('detection'), readService(page, get('logsource')));
  const tags = top.get('tags');
  const techniques = tags === undefined || table === undefined ? [] : readTags(page, tags, table);
  const own = readOwn(page, get('lockkeeper'));
  if (!id || !title || !description || !level || !matches || !own) return undefined;
  const tactics = new Map(techniques.flatMap((entry) => entry.tactics.map((t) => [t.id, t])));
  return {
    id,
    title,
    description,
    level,
    ...own,
    techniques: techniques.map(({ technique }) => technique),
    tactics: [...tactics.values()],
    matches,
    at: { file: page.path, line: page.lineOf(root) },
  };
}

function choice<T extends string>(
  page: YamlPage,
  node: Node,
  name: string,
  known: readonly T[],
): T | undefined {
  const text = page.text(node, name, 40);
  if (text === undefined) return undefined;
  const found = known.find((each) => each === text);
  return found ?? page.fault(node, `${name}: \`${text}\` is none of ${known.join(', ')}`);
}

function readService(page: YamlPage, node: Node): EventTest | undefined {
  const source = page.record(node, 'logsource', ['product', 'service'], ['category']);
  const [product, service] = [source?.get('product'), source?.get('service')];
  if (!product || !service) return undefined;
  choice(page, product, 'logsource.product', ['lockkeeper']);
  const name = choice(page, service, 'logsource.service', [...SERVICES.keys()]);
  return name === undefined ? undefined : SERVICES.get(name);
}

function readDetection(
  page: YamlPage,
  node: Node,
  service: EventTest | undefined,
): EventTest | undefined {
  const entries = page.entries(node, 'detection') ?? [];
  const condition = entries.find(({ key }) => key === 'condition');
  const selections = entries.filter(({ key }) => key !== 'condition');
  if (condition === undefined) return page.fault(node, 'detection: condition missing');
  if (selections.length > MAX_SELECTIONS) {
    return page.fault(node, `detection: has more than ${MAX_SELECTIONS} selections`);
  }
  const tests = new Map<string, EventTest>();
  for (const { key, keyNode, value } of selections) {
    if (RESERVED.has(key.toLowerCase()) || !/^[\w-]+$/.test(key)) {
      page.fault(keyNode, `detection: \`${key}\` cannot be the name of a selection`);
    }
    const test = compileSelection(page, value, `detection.${key}`);
    if (test !== undefined) tests.set(key, test);
  }
  const whole = readCondition(page, condition.value, selections, tests);
  if (whole === undefined || service === undefined) return undefined;
  return (event) => service(event) && whole(event);
}

function readCondition(
  page: YamlPage,
  node: Node,
  selections: readonly { readonly key: string; readonly keyNode: Node }[],
  tests: ReadonlyMap<string, EventTest>,
): EventTest | undefined {
  if (!isScalar(node) || typeof node.value !== 'string') {
    return page.fault(node, 'detection.condition: must be one text');
  }
  const names = selections.map(({ key }) => key);
  const parsed = parseCondition(node.value, names);
  if (parsed.kind === 'fault') {
    page.faultAt(textStart(node) + parsed.at, `detection.condition: ${parsed.message}`);
    return undefined;
  }
  for (const { key, keyNode } of selections) {
    if (!parsed.used.has(key))
      page.fault(keyNode, `detection: selection \`${key}\` is never asked`);
  }
  // A selection that did not compile has its fault already.
  if ([...parsed.used].some((name) => !tests.has(name))) return undefined;
  return compileCondition(parsed.condition, tests);
}

/** Tags `attack.t0855`, `attack.t1692.001`, `attack.impair-process-control`. */
function readTags(page: YamlPage, node: Node, table: AttackTable): readonly TechniqueEntry[] {
  const tactics = new Set(
    [...table.techniques.values()].flatMap((entry) => entry.tactics.map(({ name }) => slug(name))),
  );
  return (page.items(node, 'tags', 20) ?? []).flatMap((item) => {
    const tag = page.text(item, 'tags', 60);
    if (tag === undefined || !tag.startsWith('attack.')) return [];
    const name = tag.slice('attack.'.length);
    if (tactics.has(name)) return [];
    const entry = table.techniques.get(name.toUpperCase());
    return entry ?? page.fault(item, `tags: \`${tag}\` does not stand in ${ATTACK_FILE}`) ?? [];
  });
}

const slug = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

type Own = Pick<Rule, 'version' | 'action' | 'why' | 'steps' | 'message' | 'dedupKey'>;

/** The part that Sigma does not have: what the alert says, and what makes two of them one. */
function readOwn(page: YamlPage, node: Node): Own | undefined {
  const own = page.record(node, 'lockkeeper', OURS, []);
  if (own === undefined || !OURS.every((key) => own.has(key))) return undefined;
  const get = (key: string): Node => own.get(key) as Node;
  const version = page.text(get('version'), 'lockkeeper.version', 20);
  const action = page.text(get('action'), 'lockkeeper.action', 60);
  const why = page.text(get('why'), 'lockkeeper.why', 1000);
  const steps = page.texts(get('steps'), 'lockkeeper.steps', 10, 300);
  const template = page.text(get('message'), 'lockkeeper.message', MAX_MESSAGE);
  const message = template === undefined ? undefined : compileMessage(template);
  if (typeof message === 'string') {
    return page.fault(get('message'), `lockkeeper.message: ${message}`);
  }
  const dedupKey = readDedup(page, get('dedup'));
  if (!version || !action || !why || !message || !dedupKey) return undefined;
  return { version, action, why, steps, message, dedupKey };
}

function readDedup(page: YamlPage, node: Node): ((event: SensorEvent) => string) | undefined {
  const names = page.texts(node, 'lockkeeper.dedup', 10, 60);
  if (names.length === 0) return page.fault(node, 'lockkeeper.dedup: name at least one field');
  const fields = names.map((name) => {
    const field = FIELDS.get(name);
    if (field !== undefined) return { name, field };
    const near = nearest(name, FIELDS.keys());
    const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
    return page.fault(node, `lockkeeper.dedup: there is no field \`${name}\`${hint}`);
  });
  if (!fields.every((each) => each !== undefined)) return undefined;
  return (event) => {
    let key = '';
    for (const { name, field } of fields) {
      const values = field(event);
      const text = values.length === 1 ? values[0] : values.join(',');
      key += key === '' ? `${name}=${text}` : `|${name}=${text}`;
    }
    return key;
  };
}
