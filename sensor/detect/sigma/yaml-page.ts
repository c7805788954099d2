/**
 * One YAML file of `rules/`, read node by node, so that each fault names its line and column. All
 * faults are gathered; aliases, duplicate and unknown keys are refused.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { nearest } from './nearest.ts';
import type { RuleFault } from './rule.ts';

/** Largest file. The largest public Sigma rules have 20 kB. */
const MAX_PAGE_BYTES = 65_536;

export interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node;
}

export class YamlPage {
  readonly path: string;
  readonly faults: RuleFault[] = [];
  readonly #lines = new LineCounter();

  constructor(path: string) {
    this.path = path;
  }

  /** The root of `text`; undefined where it is no YAML, with the fault recorded. */
  parse(text: string): Node | undefined {
    if (Buffer.byteLength(text) > MAX_PAGE_BYTES) {
      this.faultAt(0, `the file has more than ${MAX_PAGE_BYTES} bytes`);
      return undefined;
    }
    const document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: true,
      merge: false,
    });
    for (const { pos, message } of document.errors) this.faultAt(pos[0], lowerFirst(message));
    if (document.errors.length > 0) return undefined;
    if (document.contents === null) this.faultAt(0, 'the file is empty');
    return document.contents ?? undefined;
  }

  faultAt(offset: number, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.faults.push({
      file: this.path,
      line: Math.max(1, line),
      column: Math.max(1, col),
      message,
    });
  }

  /** Records a fault at `node`; gives undefined, so that readers can return it. */
  fault(node: Node, message: string): undefined {
    this.faultAt(node.range?.[0] ?? 0, message);
    return undefined;
  }

  lineOf(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line;
  }

  /** The entries of a map, whose keys are text. */
  entries(node: Node, name: string): readonly Entry[] | undefined {
    if (!isMap(node)) return this.fault(node, `${name}: must be a map, not ${kindOf(node)}`);
    return (node as YAMLMap<Node, Node | null>).items.flatMap(({ key, value }) => {
      if (!isScalar(key)) return this.fault(key, `${name}: a key must be text`) ?? [];
      if (value === null)
        return this.fault(key, `${name}.${String(key.value)}: has no value`) ?? [];
      return [{ key: String(key.value), keyNode: key, value }];
    });
  }

  /** A map with known keys only; those of `required` must be there. */
  record(
    node: Node,
    name: string,
    required: readonly string[],
    optional: readonly string[],
  ): ReadonlyMap<string, Node> | undefined {
    const entries = this.entries(node, name);
    if (entries === undefined) return undefined;
    const known = [...required, ...optional];
    for (const { key, keyNode } of entries) {
      if (known.includes(key)) continue;
      const near = nearest(key, known);
      const hint =
        near === undefined ? `use one of ${known.join(', ')}` : `did you mean \`${near}\`?`;
      this.fault(keyNode, `${name}: key \`${key}\` is not known; ${hint}`);
    }
    const found = new Map(entries.map(({ key, value }) => [key, value]));
    const missing = required.filter((key) => !found.has(key));
    if (missing.length > 0) this.fault(node, `${name}: ${missing.join(', ')} missing`);
    return found;
  }

  /** A text of 1..`max` characters. */
  text(node: Node, name: string, max: number): string | undefined {
    if (!isScalar(node) || typeof node.value !== 'string') {
      return this.fault(node, `${name}: must be text, not ${kindOf(node)}`);
    }
    const text = node.value.trim();
    if (text === '') return this.fault(node, `${name}: is empty`);
    if (text.length > max) return this.fault(node, `${name}: is longer than ${max} characters`);
    return text;
  }

  /** The items of a list with at most `max` of them. */
  items(node: Node, name: string, max: number): readonly Node[] | undefined {
    if (!isSeq(node)) return this.fault(node, `${name}: must be a list, not ${kindOf(node)}`);
    if (node.items.length > max) return this.fault(node, `${name}: has more than ${max} items`);
    return node.items as Node[];
  }

  /** A list of texts; gives those that are texts. */
  texts(node: Node, name: string, maxItems: number, maxLength: number): readonly string[] {
    return (this.items(node, name, maxItems) ?? []).flatMap(
      (item, i) => this.text(item, `${name}[${i}]`, maxLength) ?? [],
    );
  }
}

/** Offset in the file of the first character of a plain or quoted one-line scalar's text. */
export function textStart(node: Scalar): number {
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  return (node.range?.[0] ?? 0) + (quoted ? 1 : 0);
}

export function kindOf(node: Node): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (isAlias(node)) return 'an alias';
  if (!isScalar(node)) return 'nothing';
  if (node.value === null) return 'null';
  return `\`${String(node.value)}\``;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
