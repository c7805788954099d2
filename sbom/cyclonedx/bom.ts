/**
 * What is asked of an SBOM beyond its schema, which says nothing about how its parts belong together: each
 * `bom-ref` once, each dependency leads to one, each hash as long as its algorithm makes it. References and
 * hashes are looked up by name anywhere in the document, so that no version's list of places has to be kept;
 * what else may refer (signatories, assertions, formulas) is not followed, because no verdict hangs on it.
 */
import { type ReasonCode, shown } from '../reason.ts';

interface Finding {
  readonly code: ReasonCode;
  readonly text: string;
}

export interface BomFacts {
  /** Of the product: not the tools that made the SBOM, nor what the product was built with. */
  readonly components: number;
  /** Of `metadata.component`; undefined where there is none. */
  readonly rootName: string | undefined;
  /** All of `metadata.component`, by algorithm in the words of CycloneDX, in lower case hex. */
  readonly rootHashes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly findings: readonly Finding[];
}

/** Hex digits of each algorithm; BLAKE3 has any length. */
const HASH_DIGITS: ReadonlyMap<string, number> = new Map([
  ['MD5', 32],
  ['SHA-1', 40],
  ['SHA-256', 64],
  ['SHA-384', 96],
  ['SHA-512', 128],
  ['SHA3-256', 64],
  ['SHA3-384', 96],
  ['SHA3-512', 128],
  ['BLAKE2b-256', 64],
  ['BLAKE2b-384', 96],
  ['BLAKE2b-512', 128],
  ['Streebog-256', 64],
  ['Streebog-512', 128],
]);

/** So many of one kind are named; the rest is counted. */
const MAX_NAMED = 5;

type Properties = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

interface Seen {
  readonly refs: Set<string>;
  readonly duplicates: string[];
  readonly badHashes: string[];
}

/** Everywhere, in any JSON: asked before the schema, whose work they bound. */
export function countComponents(value: unknown): number {
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countComponents(item);
  } else if (isObject(value)) {
    for (const name in value) {
      if (name === 'components') count += itemsOf(value[name]).length;
      count += countComponents(value[name]);
    }
  }
  return count;
}

/** Those of a BOM, or of one component with what lies inside of it. */
const partsOf = (whole: Properties): number =>
  itemsOf(whole['components'])
    .filter(isObject)
    .reduce((count, part) => count + 1 + partsOf(part), 0);

/** `bom` fits its schema. */
export function bomFacts(bom: unknown): BomFacts {
  const seen: Seen = { refs: new Set(), duplicates: [], badHashes: [] };
  walk(bom, seen);
  const whole = isObject(bom) ? bom : {};
  const { metadata, dependencies } = whole;
  const root =
    isObject(metadata) && isObject(metadata['component']) ? metadata['component'] : undefined;
  const rootName = root === undefined ? undefined : String(root['name']);
  const components = partsOf(whole) + partsOf(root ?? {});
  return {
    components,
    rootName,
    rootHashes: hashesOf(root ?? {}),
    findings: [
      ...(root === undefined ? [NO_ROOT] : []),
      ...(components === 0 ? [EMPTY] : []),
      ...finding('sbom-duplicate-ref', 'a bom-ref is there twice', seen.duplicates),
      ...finding(
        'sbom-dangling-ref',
        'a dependency leads nowhere',
        dangling(dependencies, seen.refs),
      ),
      ...finding('sbom-hash-length', 'a hash has the wrong length', seen.badHashes),
    ],
  };
}

const NO_ROOT: Finding = {
  code: 'sbom-no-root',
  text: 'it does not say what it describes: there is no `metadata.component`',
};
const EMPTY: Finding = { code: 'sbom-empty', text: 'it lists no components' };

function finding(code: ReasonCode, text: string, names: readonly string[]): readonly Finding[] {
  if (names.length === 0) return [];
  const rest = names.length - MAX_NAMED;
  const more = rest > 0 ? `, and ${rest} more` : '';
  return [{ code, text: `${text}: ${names.slice(0, MAX_NAMED).map(shown).join(', ')}${more}` }];
}

function walk(value: unknown, seen: Seen): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, seen);
  } else if (isObject(value)) {
    look(value, seen);
    for (const name in value) {
      const property = value[name];
      if (typeof property === 'object') walk(property, seen);
    }
  }
}

function look(object: Properties, { refs, duplicates, badHashes }: Seen): void {
  const ref = object['bom-ref'];
  if (typeof ref === 'string') {
    if (refs.has(ref)) duplicates.push(ref);
    refs.add(ref);
  }
  const { alg, content } = object;
  if (typeof alg !== 'string' || typeof content !== 'string') return;
  const digits = HASH_DIGITS.get(alg);
  if (digits !== undefined && content.length !== digits) badHashes.push(`${alg} ${content}`);
}

/** Leads to another document on purpose. */
const isBomLink = (ref: string): boolean => ref.startsWith('urn:cdx:');

function dangling(dependencies: unknown, refs: ReadonlySet<string>): readonly string[] {
  const asked = itemsOf(dependencies).flatMap((dependency) =>
    isObject(dependency)
      ? [dependency['ref'], ...itemsOf(dependency['dependsOn']), ...itemsOf(dependency['provides'])]
      : [],
  );
  const missing = asked.filter(
    (ref) => typeof ref === 'string' && !refs.has(ref) && !isBomLink(ref),
  );
  return [...new Set(missing.map(String))];
}

function hashesOf(root: Properties): ReadonlyMap<string, ReadonlySet<string>> {
  const hashes = new Map<string, Set<string>>();
  for (const { alg, content } of itemsOf(root['hashes']).filter(isObject)) {
    const values = hashes.get(String(alg)) ?? new Set();
    hashes.set(String(alg), values.add(String(content).toLowerCase()));
  }
  return hashes;
}
