/**
 * The table of ATT&CK for ICS techniques (`rules/attack-ics.yaml`). Version 19 moved well-known ids
 * (T0855 became T1692.001); a rule may name either, an alert carries the id of the table's version
 * and the one that it had before.
 */
import type { Technique } from '#sensor/model/alert.ts';
import type { YamlPage } from './sigma/yaml-page.ts';

interface Tactic {
  readonly id: string;
  readonly name: string;
}

export interface TechniqueEntry {
  readonly technique: Technique;
  readonly tactics: readonly Tactic[];
}

export interface AttackTable {
  /** Version of the ATT&CK for ICS collection. */
  readonly version: string;
  /** By current id and by every earlier one, upper case. */
  readonly techniques: ReadonlyMap<string, TechniqueEntry>;
}

const MAX_TECHNIQUES = 500;
const TECHNIQUE_ID = /^T\d{4}(\.\d{3})?$/;
const TACTIC_ID = /^TA\d{4}$/;

/** Reads the table; undefined where it is faulty, with every fault on the page. */
export function readAttackTable(page: YamlPage, text: string): AttackTable | undefined {
  const root = page.parse(text);
  if (root === undefined) return undefined;
  const top = page.record(root, 'attack', ['version', 'tactics', 'techniques'], ['source']);
  const [versionNode, tacticsNode, techniquesNode] = [
    top?.get('version'),
    top?.get('tactics'),
    top?.get('techniques'),
  ];
  if (!versionNode || !tacticsNode || !techniquesNode) return undefined;
  const version = page.text(versionNode, 'version', 20);
  const tactics = readTactics(page, tacticsNode);
  const techniques = new Map<string, TechniqueEntry>();
  for (const node of page.items(techniquesNode, 'techniques', MAX_TECHNIQUES) ?? []) {
    const fields = page.record(node, 'technique', ['id', 'name', 'tactics'], ['was']);
    const [idNode, nameNode, listNode] = [
      fields?.get('id'),
      fields?.get('name'),
      fields?.get('tactics'),
    ];
    if (!idNode || !nameNode || !listNode) continue;
    const id = page.text(idNode, 'technique.id', 9);
    const name = page.text(nameNode, 'technique.name', 100);
    const wasNode = fields?.get('was');
    const was = wasNode && page.text(wasNode, 'technique.was', 9);
    const ids = page.texts(listNode, 'technique.tactics', 5, 6);
    const unknown = ids.find((tactic) => !tactics.has(tactic));
    if (unknown !== undefined)
      page.fault(listNode, `technique.tactics: there is no \`${unknown}\``);
    if (id === undefined || name === undefined) continue;
    const entry = {
      technique: { id, name, ...(was === undefined ? {} : { legacy_id: was }) },
      tactics: ids.flatMap((tactic) => tactics.get(tactic) ?? []),
    };
    for (const each of was === undefined ? [id] : [id, was]) {
      if (!TECHNIQUE_ID.test(each)) page.fault(node, `\`${each}\` is no technique id`);
      if (techniques.has(each)) page.fault(node, `\`${each}\` stands twice`);
      techniques.set(each, entry);
    }
  }
  if (version === undefined || page.faults.length > 0) return undefined;
  return { version, techniques };
}

function readTactics(page: YamlPage, node: Parameters<YamlPage['entries']>[0]) {
  const tactics = new Map<string, Tactic>();
  for (const { key, keyNode, value } of page.entries(node, 'tactics') ?? []) {
    if (!TACTIC_ID.test(key)) page.fault(keyNode, `tactics: \`${key}\` is no tactic id`);
    const name = page.text(value, `tactics.${key}`, 60);
    if (name !== undefined) tactics.set(key, { id: key, name });
  }
  return tactics;
}
