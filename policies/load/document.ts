/**
 * A YAML text as nodes with places.
 *
 * The language is a small part of YAML 1.2: no anchors and aliases (a few lines of them expand without
 * end), no tags, no merge keys, no key twice. Everything is bounded before it is looked at.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { createReading, type Item, type Reading } from './reading.ts';

/** A plant of 1,000 zones, 10,000 assets and 5,000 conduits takes 1.4 MiB; reading this much takes some seconds. */
export const MAX_POLICY_BYTES = 3 * 1024 * 1024;
/** The deepest statement of the language stands at 7. */
const MAX_DEPTH = 16;

export interface Opened {
  readonly reading: Reading;
  /** Undefined = the text holds nothing, or cannot be read (then there are faults). */
  readonly root: Item | undefined;
  /** Parts of the file are no YAML and left out of `root`. */
  readonly isCut: boolean;
}

export function openDocument(bytes: Uint8Array, file: string): Opened {
  const lines = new LineCounter();
  const reading = createReading(file, lines);
  const top: Item = { node: null, path: '', offset: 0 };
  if (bytes.byteLength > MAX_POLICY_BYTES) {
    reading.fault(top, `policy: larger than ${MAX_POLICY_BYTES} bytes: split the plant`);
    return { reading, root: undefined, isCut: false };
  }
  const text = decode(bytes);
  if (text === undefined) {
    reading.fault(top, 'policy: not UTF-8 text: save it as UTF-8');
    return { reading, root: undefined, isCut: false };
  }
  const whole = parse(text, lines);
  const rest = whole.faults.length === 0 ? text : withoutFaultyParts(text, reading);
  const { root, faults } = rest === text ? whole : parse(rest);
  // Each part by itself may be in order where the file as a whole is not: two documents, say.
  for (const { message, offset } of faults) faultAt(reading, '', { message, offset });
  if (faults.length > 0) return { reading, root: undefined, isCut: true };
  if (root !== undefined) refuse(root, reading, 1);
  return { reading, root, isCut: rest !== text };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

interface YamlFault {
  readonly message: string;
  readonly offset: number;
}

function parse(
  text: string,
  lines?: LineCounter,
): { readonly root: Item | undefined; readonly faults: readonly YamlFault[] } {
  // `uniqueKeys` compares each key with all others; `fields` finds the same with a set.
  const document = parseDocument(text, {
    ...(lines !== undefined && { lineCounter: lines }),
    uniqueKeys: false,
    prettyErrors: false,
    merge: false,
    schema: 'core',
    // `silent` would also be silent about a second document.
    logLevel: 'error',
  });
  const { contents, errors, warnings } = document;
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  return {
    root: isEmpty ? undefined : { node: contents, path: '', offset: contents.range?.[0] ?? 0 },
    faults: [...errors, ...warnings].map(({ message, pos }) => ({ message, offset: pos[0] })),
  };
}

/** Where a part of the file begins: with a key at the very left. */
const PART = /^(?=[^\s#\-\]}])/mu;

/**
 * The text with blanks in place of each part that is no YAML, so that the places of all others stay. Of
 * each such part the first fault is told: what comes after it mostly follows from it.
 */
function withoutFaultyParts(text: string, reading: Reading): string {
  let start = 0;
  const parts = text.split(PART).map((part) => {
    const [first] = parse(part).faults;
    const section = /^["']?([\w-]+)/u.exec(part)?.[1] ?? '';
    if (first !== undefined) {
      faultAt(reading, section, { ...first, offset: start + first.offset });
    }
    start += part.length;
    return first === undefined ? part : part.replace(/[^\n]/g, ' ');
  });
  return parts.join('');
}

const faultAt = (reading: Reading, path: string, { message, offset }: YamlFault): void =>
  reading.fault({ node: null, path, offset }, `not valid YAML: ${firstLine(message)}`);

const firstLine = (message: string): string => {
  const [line = ''] = message.split('\n');
  return line.charAt(0).toLowerCase() + line.slice(1);
};

/** Faults for what YAML can say and this language does not. */
function refuse(item: Item, reading: Reading, depth: number): void {
  const { node, path } = item;
  if (node === null) return;
  if (depth > MAX_DEPTH || isAlias(node)) {
    const alias = 'aliases are not used here: write the value out';
    reading.refuse(item, isAlias(node) ? alias : `nested deeper than ${MAX_DEPTH}`);
    return;
  }
  if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) {
    reading.fault(item, `tag \`${node.tag}\`: tags are not used here`);
  }
  if ('anchor' in node && node.anchor !== undefined) {
    reading.fault(item, 'anchors are not used here: write the value out');
  }
  if (isMap(node)) {
    for (const pair of node.items) {
      const value = pair.value as Node | null;
      const offset = value?.range?.[0] ?? item.offset;
      const key = String(pair.key);
      const inner = { node: value, path: path === '' ? key : `${path}.${key}`, offset };
      refuse(inner, reading, depth + 1);
    }
  }
  if (isSeq(node)) {
    for (const [index, each] of node.items.entries()) {
      const value = each as Node | null;
      const offset = value?.range?.[0] ?? item.offset;
      refuse({ node: value, path: `${path}[${index}]`, offset }, reading, depth + 1);
    }
  }
}
