/** The lines of `allow` that explain a conversation, each with its evidence, and nothing more than was seen. */
import type { OperationKind } from '#sensor/model/operation.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { POLICY_FUNCTIONS } from '../modbus-functions.ts';
import type { Conversation, Evidence, SeenFunction, SeenNodes } from './observations.ts';
import { widest } from './ranges.ts';

interface LearnedLine {
  /** As YAML, on one line: `{ fc: [3], units: [1], range: [0-9, 100-101] }`. */
  readonly yaml: string;
  /** For a comment: how often it was seen, and when. */
  readonly evidence: string;
}

/** Of one line, as the language has it. */
const MAX_RANGES = 64;
/** Kinds that a person allows node by node; to look at a server is one right. */
const BY_NODE: ReadonlySet<OperationKind> = new Set(['write', 'control', 'configure', 'program']);

export interface Learned {
  readonly lines: readonly LearnedLine[];
  /** What was seen and no line can say, in words. */
  readonly unsaid: readonly string[];
}

export function linesOf(conversation: Conversation): Learned {
  return conversation.protocol === 'modbus' ? modbusLines(conversation) : opcuaLines(conversation);
}

function modbusLines({ functions }: Conversation): Learned {
  const unsaid: string[] = [];
  const sorted = [...functions.values()].sort((a, b) => a.code - b.code || a.unit - b.unit);
  const lines = sorted.flatMap((seen): readonly LearnedLine[] => {
    const known = POLICY_FUNCTIONS.get(seen.code);
    if (known === undefined) {
      unsaid.push(`function ${seen.code}, ${evidenceOf(seen)}: no line can allow it`);
      return [];
    }
    // A line that names a function allows all that its sub-functions do, unless it says which.
    const kinds = known.subFunctions === undefined ? '' : `, ops: [${[...seen.kinds].join(', ')}]`;
    const head = `fc: [${seen.code}]${kinds}, units: [${seen.unit}]`;
    if (known.table === undefined) return [{ yaml: `{ ${head} }`, evidence: evidenceOf(seen) }];
    return rangeLines(head, seen);
  });
  return { lines, unsaid };
}

function rangeLines(head: string, { ranges }: SeenFunction): readonly LearnedLine[] {
  const kept = widest(ranges.values());
  const lines: LearnedLine[] = [];
  for (let at = 0; at < kept.length; at += MAX_RANGES) {
    const some = kept.slice(at, at + MAX_RANGES);
    const texts = some.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
    const all = some.reduce<Evidence | undefined>(together, undefined);
    const range = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
    lines.push({ yaml: `{ ${head}, range: ${range} }`, evidence: all ? evidenceOf(all) : '' });
  }
  return lines;
}

function opcuaLines({ opcua }: Conversation): Learned {
  const looks = [...opcua].filter(([kind]) => !BY_NODE.has(kind));
  const deeds = [...opcua].filter(([kind]) => BY_NODE.has(kind));
  const looked = looks.map(([, seen]) => seen).reduce<Evidence | undefined>(together, undefined);
  const lines: LearnedLine[] = [];
  if (looked !== undefined) {
    const kinds = looks.map(([kind]) => kind).sort();
    lines.push({
      yaml: `{ proto: opcua, ops: [${kinds.join(', ')}] }`,
      evidence: evidenceOf(looked),
    });
  }
  const unsaid: string[] = [];
  for (const [kind, seen] of deeds) {
    const yaml = deedLine(kind, seen);
    if (yaml !== undefined) lines.push({ yaml, evidence: evidenceOf(seen) });
    if (seen.unnamed.size > 0) {
      const ids = [...seen.unnamed].slice(0, 5).join(', ');
      unsaid.push(
        `${kind} ${ids}: a policy names nodes by namespace URI, and nobody asked the server for its namespaces`,
      );
    }
  }
  return { lines, unsaid };
}

function deedLine(kind: OperationKind, { nodes, methods }: SeenNodes): string | undefined {
  if (nodes.size + methods.size === 0) return undefined;
  const list = (key: string, ids: ReadonlySet<string>): string =>
    ids.size === 0 ? '' : `, ${key}: [${[...ids].sort().map(quoted).join(', ')}]`;
  return `{ proto: opcua, ops: [${kind}]${list('nodes', nodes)}${list('methods', methods)} }`;
}

/** A YAML text in double quotes is a JSON text. */
export const quoted = (text: string): string => JSON.stringify(text);

function together(all: Evidence | undefined, one: Evidence): Evidence {
  if (all === undefined) return { ...one };
  return {
    count: all.count + one.count,
    firstAt: one.firstAt < all.firstAt ? one.firstAt : all.firstAt,
    lastAt: one.lastAt > all.lastAt ? one.lastAt : all.lastAt,
  };
}

/** `seen 120 times, 2026-11-28T20:08:09Z to 20:09:12Z` */
export function evidenceOf({ count, firstAt, lastAt }: Evidence): string {
  const [first, last] = [second(isoMicros(firstAt)), second(isoMicros(lastAt))];
  if (count === 1 || first === last) return `seen ${times(count)}, ${first}`;
  return `seen ${times(count)}, ${first} to ${last}`;
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
const second = (iso: string): string => iso.replace(/\.\d+Z$/, 'Z');
