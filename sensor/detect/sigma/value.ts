/**
 * One comparison of a rule: a field's values against the values that the rule names.
 *
 * Sigma specification 2.1.0, "Value Modifiers": several values mean any of them; the modifier `all`
 * turns that into each of them. `null` and `exists` ask whether the field is there.
 */
import { BlockList, isIP } from 'node:net';
import type { FieldValue } from './fields.ts';
import {
  ANY,
  MAX_PATTERN,
  matchesRegExp,
  matchesWildcards,
  parseWildcards,
  safeRegExp,
} from './pattern.ts';

/** What a rule may put behind a field, as YAML gives it. */
export type RuleValue = string | number | boolean | null;

/** Does the field, with these values, fulfil it? An empty list means that the field is not there. */
type FieldTest = (values: readonly FieldValue[]) => boolean;

type OneTest = (value: FieldValue) => boolean;
type Compiled = { readonly test: FieldTest } | { readonly fault: string };

const COMPARE: ReadonlyMap<string, (value: number, bound: number) => boolean> = new Map([
  ['gt', (value: number, bound: number) => value > bound],
  ['gte', (value: number, bound: number) => value >= bound],
  ['lt', (value: number, bound: number) => value < bound],
  ['lte', (value: number, bound: number) => value <= bound],
]);
const TEXT = ['contains', 'startswith', 'endswith'] as const;

const MODIFIERS: readonly string[] = [...TEXT, ...COMPARE.keys(), 're', 'cidr', 'exists', 'all'];

/** Compiles one comparison. `modifiers` in the order written; `all` may only come last. */
export function compileValues(
  modifiers: readonly string[],
  values: readonly RuleValue[],
): Compiled {
  const unknown = modifiers.find((name) => !MODIFIERS.includes(name));
  if (unknown !== undefined) {
    return { fault: `modifier \`${unknown}\` is not known; use one of ${MODIFIERS.join(', ')}` };
  }
  const all = modifiers.at(-1) === 'all';
  const [modifier, surplus] = all ? modifiers.slice(0, -1) : modifiers;
  if (surplus !== undefined)
    return { fault: `modifiers \`${modifiers.join('|')}\` do not go together` };
  if (values.length === 0) return { fault: 'no value is named' };
  const tests: FieldTest[] = [];
  for (const value of values) {
    const compiled = compileValue(modifier, value);
    if ('fault' in compiled) return compiled;
    tests.push(compiled.test);
  }
  if (tests.length === 1 && tests[0] !== undefined) return { test: tests[0] };
  return all
    ? { test: (found) => tests.every((test) => test(found)) }
    : { test: (found) => tests.some((test) => test(found)) };
}

function compileValue(modifier: string | undefined, value: RuleValue): Compiled {
  if (modifier === 'exists') {
    if (typeof value !== 'boolean') return { fault: '`exists` takes true or false' };
    return { test: (found) => found.length > 0 === value };
  }
  if (value === null) {
    if (modifier !== undefined) return { fault: `\`${modifier}\` does not go with null` };
    return { test: (found) => found.length === 0 };
  }
  if (typeof value === 'boolean')
    return { fault: 'no field is true or false; quote it to mean text' };
  const one = compileOne(modifier, value);
  return typeof one === 'string' ? { fault: one } : { test: (found) => found.some(one) };
}

/** Gives what is wrong as text. */
function compileOne(modifier: string | undefined, value: string | number): OneTest | string {
  if (modifier === undefined) return typeof value === 'number' ? equals(value) : text(value);
  const compare = COMPARE.get(modifier);
  if (compare !== undefined) {
    if (typeof value !== 'number') return `\`${modifier}\` takes a number, not \`${value}\``;
    return (found) => typeof found === 'number' && compare(found, value);
  }
  if (modifier === 're') {
    const regExp = safeRegExp(String(value));
    if (typeof regExp === 'string') return `regular expression \`${value}\` ${regExp}`;
    return (found) => matchesRegExp(regExp, String(found));
  }
  if (modifier === 'cidr') return cidr(String(value));
  return text(String(value), modifier);
}

const equals =
  (wanted: number): OneTest =>
  (found) =>
    found === wanted || (typeof found === 'string' && found === String(wanted));

function text(value: string, modifier?: string): OneTest | string {
  if (value.length > MAX_PATTERN) return `text is longer than ${MAX_PATTERN} characters`;
  const inner = parseWildcards(value);
  const before = modifier === 'contains' || modifier === 'endswith' ? [ANY] : [];
  const after = modifier === 'contains' || modifier === 'startswith' ? [ANY] : [];
  const parts = [...before, ...inner, ...after];
  return (found) => matchesWildcards(parts, String(found));
}

function cidr(value: string): OneTest | string {
  const [address = '', length = '', surplus] = value.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  if (family === 0 || surplus !== undefined || !/^\d{1,3}$/.test(length) || Number(length) > bits) {
    return `\`${value}\` is no network like 10.1.0.0/16`;
  }
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const network = new BlockList();
  network.addSubnet(address, Number(length), type);
  return (found) => isIP(String(found)) === family && network.check(String(found), type);
}
