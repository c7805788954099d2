/** One reading of one policy: the values at their places, and the faults found on the way. */
import type { LineCounter, Node } from 'yaml';
import type { SourceRef } from '../plant.ts';

export interface Fault {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** `conduits[0].allow[1].range`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** More faults help nobody: what is left is counted in the last one. */
const MAX_FAULTS = 200;

/** A value at a place. A `node` of null is an empty value. */
export interface Item {
  readonly node: Node | null;
  readonly path: string;
  /** Offset in the text, for places of empty values. */
  readonly offset: number;
}

/** Whether a fault at `path` is why another one is none of its own. */
export type Cause = (path: string) => boolean;

/** One reading of one file: where faults are collected. */
export interface Reading {
  readonly file: string;
  /** The place of an item; `isSound` knows it again. */
  readonly refOf: (item: Item) => SourceRef;
  readonly fault: (item: Item, message: string, suggestion?: string) => void;
  /** A fault that is told only where nothing else at fault could be its cause. */
  readonly faultUnless: (cause: Cause, item: Item, message: string, suggestion?: string) => void;
  /** What an item holds is not of this language: no more is said about it. */
  readonly refuse: (item: Item, message: string) => void;
  /** A section of which nothing is known, though the file may hold it. */
  readonly lose: (section: string) => void;
  /** In the order of the file. */
  readonly faults: () => readonly Fault[];
  /** Whether what stands there was read without any fault in it, told or not. */
  readonly isSound: (at: SourceRef | string) => boolean;
}

/** `path`, and all that stands in it. */
export const inside =
  (path: string): Cause =>
  (other) =>
    other === path || other.startsWith(`${path}.`) || other.startsWith(`${path}[`);

/** A section, an entry of it as a whole, and `keys` of an entry with all that stands in them. */
export function partOf(section: string, ...keys: readonly string[]): Cause {
  const key = `\\.(?:${keys.join('|')})(?:[.[].*)?`;
  const part = new RegExp(`^${section}(?:(?:\\.[^.[]+|\\[\\d+\\])(?:${key})?)?$`);
  return (path) => part.test(path);
}

export function createReading(file: string, lines: LineCounter): Reading {
  const found: Fault[] = [];
  const doubted: { readonly cause: Cause; readonly fault: Fault }[] = [];
  const refused = new Set<string>();
  const lost = new Set<string>();
  /** Where faults stand that are told in any case. */
  const own = new Set<string>();
  /** All that any fault stands in. */
  const unsound = new Set<string>();
  const paths = new Map<SourceRef, string>();
  let dropped = 0;
  const placeOf = ({ node, offset }: Item): { line: number; column: number } => {
    const { line, col } = lines.linePos(node?.range?.[0] ?? offset);
    // Before the text is parsed no line is known.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faultAt = (item: Item, message: string, suggestion?: string): Fault => {
    for (const path of pathsAround(item.path)) unsound.add(path);
    const said = { file, ...placeOf(item), path: item.path, message };
    return suggestion === undefined ? said : { ...said, suggestion };
  };
  const isRefused = ({ path }: Item): boolean =>
    refused.size > 0 && pathsAround(path).some((each) => refused.has(each));
  const add = (fault: Fault): void => {
    own.add(fault.path);
    if (found.length < MAX_FAULTS) found.push(fault);
    else dropped += 1;
  };
  return {
    file,
    refOf: (item) => {
      const at = { file, ...placeOf(item) };
      paths.set(at, item.path);
      return at;
    },
    fault: (item, message, suggestion) => {
      if (!isRefused(item)) add(faultAt(item, message, suggestion));
    },
    faultUnless: (cause, item, message, suggestion) => {
      const fault = faultAt(item, message, suggestion);
      if (!isRefused(item)) doubted.push({ cause, fault });
    },
    refuse: (item, message) => {
      add(faultAt(item, message));
      refused.add(item.path);
    },
    lose: (section) => lost.add(section),
    faults: () => {
      const causes = [...own, ...lost];
      const certain = doubted.filter(({ cause, fault }) => {
        const isCertain = !causes.some(cause);
        // Told or not, it may be why those that were found after it are none.
        causes.push(fault.path);
        return isCertain;
      });
      const all = [...found, ...certain.map(({ fault }) => fault)];
      const sorted = all
        .slice(0, MAX_FAULTS)
        .sort((a, b) => a.line - b.line || a.column - b.column);
      const more = dropped + all.length - sorted.length;
      const last = sorted.at(-1);
      if (more === 0 || last === undefined) return sorted;
      return [...sorted, { ...last, path: '', message: `and ${more} more faults` }];
    },
    isSound: (at) => {
      const path = typeof at === 'string' ? at : paths.get(at);
      return path !== undefined && !unsound.has(path) && !lost.has(path);
    },
  };
}

/** A path and those of all that it stands in: `a`, `a.b`, `a.b[0]`. */
const pathsAround = (path: string): readonly string[] =>
  [...path.matchAll(/[.[]|$/g)].map(({ index }) => path.slice(0, index));
