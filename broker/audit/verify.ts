/**
 * Verifies an exported log offline: the folder, the public key, and, where there is one, a checkpoint
 * that was kept elsewhere. Needs no broker, no database, no secret.
 *
 * Inside the folder every leaf up to the newest checkpoint is bound by its root: editing, deleting,
 * inserting or moving one gives another root. Whoever puts back the whole folder as it once was
 * leaves nothing inside that shows it: for that a checkpoint from outside is needed, and without one
 * the answer says so.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import { CHECKPOINT, CHECKPOINTS } from './layout.ts';
import { EMPTY_ROOT, type Hash } from './log.ts';
import { MAX_NOTE_BYTES, type NoteKey } from './note.ts';
import {
  type ScannedCheckpoints,
  type ScannedLeaves,
  scanCheckpoints,
  scanLeaves,
} from './scan.ts';
import { leaves as amountOfLeaves } from './words.ts';

/** All in sentences for people. */
export interface Verdict {
  /** Leaves found. */
  readonly size: number;
  /** Leaves that a checkpoint of the folder signs, its root fitting. */
  readonly proven: number;
  /** Empty iff everything that could be checked is right. */
  readonly findings: readonly string[];
  readonly remarks: readonly string[];
  readonly notChecked: readonly string[];
}

/** `outside` is the note of a checkpoint that was kept elsewhere. Rejects where the folder cannot be read. */
export async function verifyLog(folder: string, key: NoteKey, outside?: string): Promise<Verdict> {
  // Checkpoints first: a broker that is at work meanwhile has written the leaves before it signed them.
  const newest = await newestIn(folder, key);
  const signed = await scanCheckpoints(folder, key);
  const kept = outside === undefined ? undefined : readCheckpoint(outside, key);
  const keptCheckpoint = kept?.kind === 'checkpoint' ? kept.checkpoint : undefined;
  const inside = insideOf(newest, signed);
  const all = keptCheckpoint === undefined ? inside : [...inside, keptCheckpoint];
  const leaves = await scanLeaves(folder, new Set(all.map(({ size }) => size)));

  const report: Report = { findings: [], remarks: [], notChecked: [] };
  checkpointFindings(report, newest, signed);
  const proven = leafFindings(report, inside, leaves);
  if (kept?.kind === 'refused') report.findings.push(`the checkpoint from outside ${kept.why}`);
  if (keptCheckpoint !== undefined) outsideFindings(report, keptCheckpoint, leaves);
  unchecked(report, keptCheckpoint, leaves.tree.size);
  return { size: leaves.tree.size, proven, ...report };
}

interface Report {
  readonly findings: string[];
  readonly remarks: string[];
  readonly notChecked: string[];
}

type Newest = Checkpoint | { readonly fault: string };

async function newestIn(folder: string, key: NoteKey): Promise<Newest> {
  if (!(await readdir(folder)).includes(CHECKPOINT)) {
    return { fault: `\`${CHECKPOINT}\` is missing: nothing says how many leaves there must be` };
  }
  const path = join(folder, CHECKPOINT);
  const isSmall = (await stat(path)).size <= MAX_NOTE_BYTES;
  const read = readCheckpoint(isSmall ? await readFile(path, 'utf8') : '', key);
  return read.kind === 'checkpoint'
    ? read.checkpoint
    : { fault: `the checkpoint in \`${CHECKPOINT}\` ${read.why}` };
}

/** The checkpoints of the folder that are signed, sizes rising. */
function insideOf(newest: Newest, { checkpoints }: ScannedCheckpoints): readonly Checkpoint[] {
  const last = checkpoints.at(-1);
  const isNewer = !('fault' in newest) && (last === undefined || newest.size > last.size);
  return isNewer ? [...checkpoints, newest] : checkpoints;
}

function checkpointFindings(
  { findings, remarks }: Report,
  newest: Newest,
  { checkpoints, faults, torn }: ScannedCheckpoints,
): void {
  findings.push(...faults);
  if (torn !== undefined) findings.push(`\`${CHECKPOINTS}\` ends in the middle of a line`);
  if ('fault' in newest) {
    findings.push(newest.fault);
    return;
  }
  const last = checkpoints.at(-1);
  if (last?.note === newest.note) return;
  if (last === undefined || newest.size > last.size) {
    findings.push(
      `\`${CHECKPOINTS}\` lacks the newest checkpoint, of ${amountOfLeaves(newest.size)}`,
    );
  } else if (checkpoints.some(({ note }) => note === newest.note)) {
    remarks.push(
      `\`${CHECKPOINT}\` is of ${amountOfLeaves(newest.size)} and \`${CHECKPOINTS}\` goes on to ${last.size}: ` +
        'the broker stopped between the two writes, or the file was put back',
    );
  } else {
    findings.push(`\`${CHECKPOINT}\` and \`${CHECKPOINTS}\` sign different logs`);
  }
}

/** Gives how many leaves are proven. */
function leafFindings(
  { findings, remarks }: Report,
  inside: readonly Checkpoint[],
  { tree, roots, fault, torn }: ScannedLeaves,
): number {
  if (fault !== undefined) findings.push(fault);
  let proven = 0;
  for (const { size, root } of inside) {
    const found = roots.get(size);
    if (found === undefined) {
      findings.push(
        `${amountOfLeaves(size - tree.size)} ${size - tree.size === 1 ? 'is' : 'are'} missing at the end: a checkpoint signs ${size}, and ${tree.size} could be read`,
      );
      return proven;
    }
    if (!found.equals(root)) {
      findings.push(changed(proven, size));
      return proven;
    }
    proven = size;
  }
  const unsigned = tree.size - proven;
  if (unsigned > 0) {
    remarks.push(
      unsigned === 1
        ? `leaf ${proven} is not signed: it proves nothing until a checkpoint covers it`
        : `${unsigned} leaves from leaf ${proven} on are not signed: they prove nothing until a checkpoint covers them`,
    );
  }
  if (torn !== undefined)
    remarks.push(`\`${torn.file}\` ends in the middle of a leaf that is not signed yet`);
  return proven;
}

const changed = (from: number, until: number): string =>
  until - from === 1
    ? `leaf ${from} is not the one that was signed: one was edited, removed, inserted or moved`
    : `leaves ${from} to ${until - 1} are not those that were signed: one was edited, removed, inserted or moved`;

function outsideFindings(
  { findings }: Report,
  { size, root }: Checkpoint,
  { tree, roots }: ScannedLeaves,
): void {
  const found: Hash | undefined = size === 0 ? EMPTY_ROOT : roots.get(size);
  if (found === undefined) {
    findings.push(
      `the checkpoint from outside signs ${amountOfLeaves(size)}, and ${tree.size} ${tree.size === 1 ? 'is' : 'are'} here: ` +
        'the end was cut off, or the folder was put back to an older state',
    );
  } else if (!found.equals(root)) {
    findings.push(
      `the first ${amountOfLeaves(size)} ${size === 1 ? 'is not what' : 'are not those that'} the checkpoint from outside signs: another history was put in their place`,
    );
  }
}

function unchecked({ notChecked }: Report, kept: Checkpoint | undefined, size: number): void {
  if (kept === undefined) {
    notChecked.push(
      'whether leaves were cut off at the end together with their checkpoints (needs --checkpoint)',
      'whether the folder was put back to an older state (needs --checkpoint)',
      'whether the holder of the key has signed another history (needs --checkpoint)',
    );
  } else if (kept.size < size) {
    notChecked.push(
      `whether the end was cut off after leaf ${size - 1}: the checkpoint from outside speaks of ${amountOfLeaves(kept.size)} only`,
    );
  }
}
