/**
 * Reads YAML values into checked ones. Each reader gives undefined where it pushed a fault, so that a
 * caller goes on and all faults come together.
 */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { type Cause, type Item, partOf, type Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';

/** Names of zones, assets, people and so on: they stand in URLs, file names and sentences. */
const ID = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;
const MAX_ID = 64;
/** Longest sentence that a screen shows whole. */
const MAX_TEXT = 500;
/** Entries in one list or map; a plant of more assets than this is several sites. */
const MAX_ENTRIES = 20_000;
/** Names that every object of the language that we are written in has. */
const INHERITED: ReadonlySet<string> = new Set(['constructor', 'prototype', '__proto__']);
/** Characters that turn the direction of text, or cannot be seen. */
const UNPRINTABLE = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export type Fields = ReadonlyMap<string, Item>;

/** The fields of a mapping: unknown, double and missing ones are faults. */
export function fields(
  reading: Reading,
  item: Item,
  known: readonly string[],
  required: readonly string[] = [],
): Fields | undefined {
  const pairs = pairsOf(reading, item, `a mapping of ${known.join(', ')}`);
  if (pairs === undefined) return undefined;
  const found = new Map<string, Item>();
  for (const { key, keyItem, value } of pairs) {
    if (known.includes(key)) found.set(key, value);
    else {
      const hint = didYouMean(key, known) ?? `known here: ${known.join(', ')}`;
      reading.fault(keyItem, `unknown key \`${key.slice(0, MAX_ID)}\``, hint);
    }
  }
  for (const key of required) {
    if (!found.has(key)) reading.fault(item, `key \`${key}\` is missing`);
  }
  return found;
}

/** The entries of a mapping whose keys are ids. */
export function entries(
  reading: Reading,
  item: Item | undefined,
): readonly { readonly id: string; readonly keyItem: Item; readonly value: Item }[] {
  if (item === undefined) return [];
  const pairs = pairsOf(reading, item, 'a mapping of ids to what they name') ?? [];
  return pairs.flatMap(({ key, keyItem, value }) =>
    checkId(reading, keyItem, key) ? [{ id: key, keyItem, value }] : [],
  );
}

interface KeyValue {
  readonly key: string;
  readonly keyItem: Item;
  readonly value: Item;
}

function pairsOf(reading: Reading, item: Item, expected: string): readonly KeyValue[] | undefined {
  const { node, path } = item;
  if (!isMap(node)) {
    reading.fault(item, `${kindOf(node)} stands where ${expected} belongs`);
    return undefined;
  }
  if (node.items.length > MAX_ENTRIES) {
    reading.fault(item, `more than ${MAX_ENTRIES} entries`);
    return undefined;
  }
  const seen = new Set<string>();
  return node.items.flatMap((pair): KeyValue[] => {
    const keyNode = pair.key as Node | null;
    const offset = keyNode?.range?.[0] ?? item.offset;
    const keyAt: Item = { node: keyNode, path, offset };
    if (!isScalar(keyNode) || keyNode.value === null || typeof keyNode.value === 'object') {
      reading.fault(keyAt, 'a key must be a plain word');
      return [];
    }
    const key = String(keyNode.value);
    const keyItem: Item = { ...keyAt, path: path === '' ? key : `${path}.${key}` };
    if (seen.has(key)) {
      reading.fault(keyItem, `key \`${key}\` stands here twice: keep one`);
      return [];
    }
    seen.add(key);
    const value = pair.value as Node | null;
    const after = value?.range?.[0] ?? keyNode.range?.[1] ?? offset;
    return [{ key, keyItem, value: { node: value, path: keyItem.path, offset: after } }];
  });
}

/** The members of a list; a single value counts as a list of one where `orOne`. */
export function list(
  reading: Reading,
  item: Item | undefined,
  limits: { readonly max?: number; readonly min?: number; readonly orOne?: boolean } = {},
): readonly Item[] {
  if (item === undefined) return [];
  const { max = MAX_ENTRIES, min = 0, orOne = false } = limits;
  const { node, path, offset } = item;
  if (!isSeq(node)) {
    if (orOne && node !== null && !isEmpty(node)) return [item];
    reading.fault(item, `${kindOf(node)} stands where a list belongs`);
    return [];
  }
  if (node.items.length < min) {
    reading.fault(item, 'the list is empty: name at least one, or leave the key out');
  }
  if (node.items.length > max) {
    reading.fault(item, `at most ${max} here, not ${node.items.length}`);
    return [];
  }
  return node.items.map((each, index) => {
    const member = each as Node | null;
    return { node: member, path: `${path}[${index}]`, offset: member?.range?.[0] ?? offset };
  });
}

/** A text as it was written, also where YAML would take it for a number. */
export function word(reading: Reading, item: Item | undefined, what: string): string | undefined {
  if (item === undefined) return undefined;
  const { node } = item;
  if (isScalar(node)) {
    if (typeof node.value === 'string') return node.value;
    if (typeof node.value === 'number') return node.source ?? String(node.value);
  }
  reading.fault(item, `${kindOf(node)} stands where ${what} belongs`);
  return undefined;
}

/** A sentence for people. */
export function text(reading: Reading, item: Item | undefined): string | undefined {
  const value = word(reading, item, 'text')?.trim();
  if (item === undefined || value === undefined) return undefined;
  if (value === '') reading.fault(item, 'is empty: write it out');
  else if (value.length > MAX_TEXT) reading.fault(item, `longer than ${MAX_TEXT} characters`);
  else if (UNPRINTABLE.test(value)) reading.fault(item, 'holds characters that cannot be seen');
  else return value;
  return undefined;
}

export function integer(
  reading: Reading,
  item: Item | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const value = numeric(reading, item, `a whole number ${min} to ${max}`);
  if (item === undefined || value === undefined) return undefined;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  reading.fault(item, `\`${value}\` is not a whole number ${min} to ${max}`);
  return undefined;
}

export function numeric(
  reading: Reading,
  item: Item | undefined,
  what = 'a number',
): number | undefined {
  if (item === undefined) return undefined;
  const { node } = item;
  if (isScalar(node) && typeof node.value === 'number' && Number.isFinite(node.value)) {
    return node.value;
  }
  reading.fault(item, `${kindOf(node)} stands where ${what} belongs`);
  return undefined;
}

export function flag(reading: Reading, item: Item | undefined): boolean | undefined {
  if (item === undefined) return undefined;
  const { node } = item;
  if (isScalar(node) && typeof node.value === 'boolean') return node.value;
  reading.fault(item, `${kindOf(node)} stands where true or false belongs`);
  return undefined;
}

export function oneOf<const Word extends string>(
  reading: Reading,
  item: Item | undefined,
  words: readonly Word[],
): Word | undefined {
  const value = word(reading, item, `one of ${words.join(', ')}`);
  if (item === undefined || value === undefined) return undefined;
  const found = words.find((each) => each === value);
  if (found === undefined) {
    const hint = didYouMean(value, words);
    reading.fault(item, `\`${short(value)}\` is none of ${words.join(', ')}`, hint);
  }
  return found;
}

/** What has its id as a key, and the sections where. */
const SECTIONS_OF = {
  zone: ['zones'],
  asset: ['assets'],
  'zone or asset': ['zones', 'assets'],
  vendor: ['vendors'],
  person: ['people'],
} as const;

export type Noun = keyof typeof SECTIONS_OF | 'tag' | 'access entry';

/** Why an id may seem unknown: its section, or the entry that has it, could not be read. */
function unread(noun: Noun, id: string): Cause {
  if (noun === 'tag') return partOf('assets', 'tags');
  if (noun === 'access entry') return partOf('access', 'id');
  // A key in capitals is refused, and mostly the one that was meant.
  const paths = SECTIONS_OF[noun].flatMap((section) => [section, `${section}.${id.toLowerCase()}`]);
  return (path) => paths.includes(path.toLowerCase());
}

export function unknownId(
  reading: Reading,
  item: Item,
  about: { readonly noun: Noun; readonly id: string; readonly known: Iterable<string> },
): void {
  const { noun, id, known } = about;
  const message = `no ${noun} \`${short(id)}\` in this policy`;
  reading.faultUnless(unread(noun, id), item, message, didYouMean(id, known));
}

/** An id that must be one of `known`. */
export function reference(
  reading: Reading,
  item: Item | undefined,
  noun: Noun,
  known: { has(id: string): boolean; keys(): Iterable<string> },
): string | undefined {
  const value = word(reading, item, `the id of a ${noun}`);
  if (item === undefined || value === undefined) return undefined;
  if (known.has(value)) return value;
  unknownId(reading, item, { noun, id: value, known: known.keys() });
  return undefined;
}

export function newId(reading: Reading, item: Item | undefined): string | undefined {
  const value = word(reading, item, 'an id');
  return item !== undefined && value !== undefined && checkId(reading, item, value)
    ? value
    : undefined;
}

function checkId(reading: Reading, item: Item, id: string): boolean {
  if (ID.test(id) && id.length <= MAX_ID && !INHERITED.has(id)) return true;
  const rule = `lower-case letters and digits with - between them, at most ${MAX_ID}`;
  reading.fault(item, `id \`${short(id)}\` cannot be used: ${rule}`);
  return false;
}

export const short = (value: string): string =>
  value.length > MAX_ID ? `${value.slice(0, MAX_ID)}…` : value;

const isEmpty = (node: Node): boolean => isScalar(node) && node.value === null;

function kindOf(node: Node | null): string {
  if (node === null || isEmpty(node)) return 'nothing';
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  return isScalar(node) ? `\`${short(String(node.value))}\`` : 'an alias';
}
