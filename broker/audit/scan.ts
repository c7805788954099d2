/** Reads the exported log as it lies in its folder. What is wrong with it is told, not thrown. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import {
  CHECKPOINTS,
  isLeavesFile,
  LEAVES_PER_FILE,
  leavesFile,
  noteOfLine,
  readLines,
} from './layout.ts';
import { GrowingTree, type Hash, leafHash } from './log.ts';
import type { NoteKey } from './note.ts';
import { leaves } from './words.ts';

/** Bytes after the last newline of a file: a write that did not end, or a cut. */
interface Torn {
  readonly file: string;
  /** Bytes before it. */
  readonly kept: number;
}

export interface ScannedLeaves {
  readonly tree: GrowingTree;
  /** Root at each size that was asked for and reached. */
  readonly roots: ReadonlyMap<number, Hash>;
  /** The files as such are wrong; leaves after it were not read. */
  readonly fault: string | undefined;
  /** Only in the newest file: elsewhere it is a fault. */
  readonly torn: Torn | undefined;
}

/** Hashes all leaves in order. Rejects where a file cannot be read at all. */
export async function scanLeaves(
  folder: string,
  sizes: ReadonlySet<number>,
): Promise<ScannedLeaves> {
  const names = (await readdir(folder)).filter(isLeavesFile).sort();
  const tree = new GrowingTree();
  const roots = new Map<number, Hash>();
  let torn: Torn | undefined;
  const done = (fault?: string): ScannedLeaves => ({ tree, roots, fault, torn });
  if (sizes.has(0)) roots.set(0, tree.root());
  for (const [index, name] of names.entries()) {
    const expected = leavesFile(index * LEAVES_PER_FILE);
    if (name !== expected) return done(`\`${expected}\` is missing`);
    if (tree.size !== index * LEAVES_PER_FILE) {
      return done(
        `\`${names[index - 1]}\` holds ${leaves(tree.size % LEAVES_PER_FILE)}, not ${LEAVES_PER_FILE}`,
      );
    }
    let kept = 0;
    for await (const { lines, rest } of readLines(join(folder, name))) {
      for (const line of lines) {
        tree.append(leafHash(line));
        if (sizes.has(tree.size)) roots.set(tree.size, tree.root());
        kept += line.length + 1;
      }
      if (rest.length > 0) torn = { file: name, kept };
    }
    if (torn !== undefined && index < names.length - 1) {
      return done(`\`${name}\` ends in the middle of a leaf`);
    }
    if (tree.size > (index + 1) * LEAVES_PER_FILE) {
      return done(`\`${name}\` holds more than ${LEAVES_PER_FILE} leaves`);
    }
  }
  return done();
}

export interface ScannedCheckpoints {
  /** Oldest first, sizes rising, each signed. */
  readonly checkpoints: readonly Checkpoint[];
  readonly faults: readonly string[];
  readonly torn: Torn | undefined;
}

/** A folder without the file has no checkpoints. */
export async function scanCheckpoints(folder: string, key: NoteKey): Promise<ScannedCheckpoints> {
  const checkpoints: Checkpoint[] = [];
  const faults: string[] = [];
  let torn: Torn | undefined;
  let [kept, number] = [0, 0];
  if (!(await readdir(folder)).includes(CHECKPOINTS)) return { checkpoints, faults, torn };
  for await (const { lines, rest } of readLines(join(folder, CHECKPOINTS))) {
    for (const line of lines) {
      number += 1;
      kept += line.length + 1;
      const fault = take(line.toString(), key, checkpoints);
      if (fault !== undefined) faults.push(`line ${number} of \`${CHECKPOINTS}\` ${fault}`);
    }
    if (rest.length > 0) torn = { file: CHECKPOINTS, kept };
  }
  return { checkpoints, faults, torn };
}

function take(line: string, key: NoteKey, checkpoints: Checkpoint[]): string | undefined {
  const note = noteOfLine(line);
  if (note === undefined) return 'is not a checkpoint as it was written';
  const read = readCheckpoint(note, key);
  if (read.kind === 'refused') return read.why;
  const before = checkpoints.at(-1);
  if (before !== undefined && read.checkpoint.size <= before.size) {
    return `signs ${leaves(read.checkpoint.size)} after the line before it signed ${before.size}`;
  }
  checkpoints.push(read.checkpoint);
  return undefined;
}
