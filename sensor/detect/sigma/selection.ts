/**
 * One selection of a rule, Sigma specification 2.1.0, "Detection": a map means all of its fields, a
 * list any of its maps, and both may lie within each other.
 */
import { isScalar, isSeq, type Node } from 'yaml';
import type { SensorEvent } from '#sensor/model/event.ts';
import { FIELDS } from './fields.ts';
import { nearest } from './nearest.ts';
import { compileValues, type RuleValue } from './value.ts';
import { type Entry, kindOf, type YamlPage } from './yaml-page.ts';

export type EventTest = (event: SensorEvent) => boolean;

/** Values of one field: the longest lists in public rules have some hundred. */
const MAX_VALUES = 1000;
const MAX_ALTERNATIVES = 200;
/** Lists and maps within each other. */
const MAX_DEPTH = 4;

/** Compiles the selection at `node`; undefined where it is faulty, with the faults on the page. */
export function compileSelection(
  page: YamlPage,
  node: Node,
  name: string,
  depth = 0,
): EventTest | undefined {
  if (depth > MAX_DEPTH) return page.fault(node, `${name}: nested deeper than ${MAX_DEPTH}`);
  if (isSeq(node)) {
    const items = page.items(node, name, MAX_ALTERNATIVES);
    if (items === undefined) return undefined;
    if (items.length === 0) return page.fault(node, `${name}: an empty list selects nothing`);
    const tests = items.map((item, i) => compileSelection(page, item, `${name}[${i}]`, depth + 1));
    if (!tests.every((test) => test !== undefined)) return undefined;
    return (event) => tests.some((test) => test(event));
  }
  if (isScalar(node)) {
    return page.fault(node, `${name}: words without a field are not searched for; name a field`);
  }
  const entries = page.entries(node, name);
  if (entries === undefined) return undefined;
  if (entries.length === 0) return page.fault(node, `${name}: an empty map selects everything`);
  const tests = entries.map((entry) => compileEntry(page, entry, name));
  if (!tests.every((test) => test !== undefined)) return undefined;
  return (event) => tests.every((test) => test(event));
}

function compileEntry(
  page: YamlPage,
  { key, keyNode, value }: Entry,
  name: string,
): EventTest | undefined {
  const [field = '', ...modifiers] = key.split('|');
  const read = FIELDS.get(field);
  if (read === undefined) {
    const near = nearest(field, FIELDS.keys());
    const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
    return page.fault(keyNode, `${name}: there is no field \`${field}\`${hint}`);
  }
  const nodes = isSeq(value) ? page.items(value, `${name}.${field}`, MAX_VALUES) : [value];
  const values: RuleValue[] = [];
  for (const item of nodes ?? []) {
    if (!isScalar(item) || !isRuleValue(item.value)) {
      return page.fault(
        item,
        `${name}.${field}: must be text, a number or null, not ${kindOf(item)}`,
      );
    }
    values.push(item.value);
  }
  const compiled = compileValues(modifiers, values);
  if ('fault' in compiled) return page.fault(keyNode, `${name}.${field}: ${compiled.fault}`);
  const { test } = compiled;
  return (event) => test(read(event));
}

function isRuleValue(value: unknown): value is RuleValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
