/** Follows the store and writes its leaves and checkpoints into the folder of the log. */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { AuditLeaf, Store } from '#broker/store/store.ts';
import { type Checkpoint, readCheckpoint, signCheckpoint } from './checkpoint.ts';
import { CHECKPOINT, CHECKPOINTS, checkpointLine, LEAVES_PER_FILE, leavesFile } from './layout.ts';
import { GrowingTree, type Hash, leafHash } from './log.ts';
import type { NoteKey } from './note.ts';
import { scanCheckpoints, scanLeaves } from './scan.ts';

/** As many as `AuditReader` gives at once. */
const BATCH = 1000;

export interface ExportPlace {
  readonly store: Pick<Store, 'audit'>;
  readonly folder: string;
  /** Second place for the newest checkpoint. */
  readonly copyTo: string | undefined;
  readonly key: NoteKey;
  /** Told when the second place cannot be written; the log goes on. Must not throw. */
  readonly onFault: (message: string) => void;
  /** Told when the second place does not hold what was put there; that becomes a leaf. */
  readonly onBadCopy: (message: string) => Promise<void>;
}

/** INVARIANT: what lies in the folder is a prefix of what lies in the store, and every checkpoint signs a prefix. */
export class LogExport {
  readonly #place: ExportPlace;
  readonly #tree: GrowingTree;
  /** Signed before, and not reached by the leaves yet. */
  readonly #owed: Map<number, Hash>;
  #last: Checkpoint | undefined;

  private constructor(place: ExportPlace, tree: GrowingTree, owed: Map<number, Hash>) {
    this.#place = place;
    this.#tree = tree;
    this.#owed = owed;
  }

  /**
   * Takes up where the last broker stopped; what it had begun to write and not ended is cut off.
   * Throws `store` where folder, second place and store contradict each other: then somebody must look.
   */
  static async resume(place: ExportPlace): Promise<LogExport> {
    const { folder, key, copyTo } = place;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { checkpoints, faults, torn } = await scanCheckpoints(folder, key);
    const copied = copyTo === undefined ? undefined : await copyIn(copyTo, key, checkpoints.length);
    if (typeof copied === 'string') await place.onBadCopy(copied);
    const signed = typeof copied === 'object' ? [...checkpoints, copied] : checkpoints;
    const owed = new Map(signed.map(({ size, root }) => [size, root]));
    const leaves = await scanLeaves(folder, new Set(owed.keys()));
    const fault = leaves.fault ?? faults[0];
    if (fault !== undefined) throw contradiction(folder, fault);
    for (const end of [torn, leaves.torn]) {
      if (end !== undefined) await truncate(join(folder, end.file), end.kept);
    }
    const log = new LogExport(place, leaves.tree, owed);
    for (const [size, root] of leaves.roots) log.#pay(size, root);
    await log.#agreesWithStore(leaves.roots);
    await log.#follow();
    const [unpaid] = log.#owed.keys();
    if (unpaid !== undefined) throw contradiction(folder, missing(unpaid, log.#tree.size));
    log.#last = checkpoints.at(-1);
    if (log.#last !== undefined) await log.#publish(log.#last);
    return log;
  }

  /** Exports what is new and signs it; gives the checkpoint that stands where nothing is. One call at a time. */
  async checkpoint(): Promise<Checkpoint> {
    await this.#follow();
    if (this.#last?.size === this.#tree.size) return this.#last;
    const { size } = this.#tree;
    const checkpoint = signCheckpoint({ size, root: this.#tree.root() }, this.#place.key);
    await append(join(this.#place.folder, CHECKPOINTS), checkpointLine(checkpoint.note));
    this.#last = checkpoint;
    await this.#publish(checkpoint);
    return checkpoint;
  }

  async #publish({ note }: Checkpoint): Promise<void> {
    await replace(join(this.#place.folder, CHECKPOINT), note);
    const { copyTo, onFault } = this.#place;
    if (copyTo === undefined) return;
    try {
      await mkdir(copyTo, { recursive: true });
      await replace(join(copyTo, CHECKPOINT), note);
    } catch (error) {
      onFault(`no checkpoint could be copied to \`${copyTo}\`: ${String(error)}`);
    }
  }

  /** Leaves are on disk before a checkpoint over them is signed. */
  async #follow(): Promise<void> {
    for (;;) {
      const { size } = this.#tree;
      const rest = LEAVES_PER_FILE - (size % LEAVES_PER_FILE);
      const leaves = await this.#place.store.audit.leaves(size, Math.min(BATCH, rest));
      if (leaves.length === 0) return;
      await append(
        join(this.#place.folder, leavesFile(size)),
        leaves.map(({ bytes }) => `${bytes}\n`).join(''),
      );
      for (const leaf of leaves) this.#take(leaf);
    }
  }

  #take({ bytes }: AuditLeaf): void {
    this.#tree.append(leafHash(Buffer.from(bytes)));
    if (this.#owed.size > 0) this.#pay(this.#tree.size, this.#tree.root());
  }

  #pay(size: number, root: Hash): void {
    const signed = this.#owed.get(size);
    if (signed === undefined) return;
    if (!signed.equals(root)) {
      throw contradiction(
        this.#place.folder,
        `its first ${size} leaves are not those that were signed`,
      );
    }
    this.#owed.delete(size);
  }

  /** What people see of the log comes from the store: each of its leaves is hashed against what was exported. */
  async #agreesWithStore(roots: ReadonlyMap<number, Hash>): Promise<void> {
    const { folder, store } = this.#place;
    const { size } = this.#tree;
    const tree = new GrowingTree();
    let agreed = 0;
    while (tree.size < size) {
      const leaves = await store.audit.leaves(tree.size, Math.min(BATCH, size - tree.size));
      if (leaves.length === 0) throw contradiction(folder, missing(size, await store.audit.size()));
      for (const { bytes } of leaves) {
        tree.append(leafHash(Buffer.from(bytes)));
        const root = tree.size === size ? this.#tree.root() : roots.get(tree.size);
        if (root === undefined) continue;
        if (!root.equals(tree.root())) throw contradiction(folder, otherInStore(agreed, tree.size));
        agreed = tree.size;
      }
    }
  }
}

const otherInStore = (from: number, until: number): string =>
  until - from === 1
    ? `leaf ${from} is another one in the store`
    : `of leaves ${from} to ${until - 1} one is another in the store`;

const missing = (said: number, size: number): string =>
  `it speaks of ${said} leaves and the store holds ${size}, as after an older store was put back`;

const contradiction = (folder: string, fault: string): BrokerError =>
  new BrokerError(
    'store',
    `audit log \`${folder}\` does not fit: ${fault}; keep the folder and its second place as evidence, ` +
      'run `lockkeeper audit verify` on it, and give the broker an empty one',
  );

/**
 * The checkpoint in the second place; undefined where none was put there yet. A text says what is wrong:
 * then what lies there is kept aside as evidence, before the next copy takes its name.
 */
async function copyIn(
  folder: string,
  key: NoteKey,
  signed: number,
): Promise<Checkpoint | string | undefined> {
  const path = join(folder, CHECKPOINT);
  const note = await readFile(path, 'utf8').catch(() => undefined);
  if (note === undefined) {
    return signed === 0
      ? undefined
      : `the second place \`${folder}\` holds no checkpoint: it is new, or somebody emptied it`;
  }
  const read = readCheckpoint(note, key);
  if (read.kind === 'checkpoint') return read.checkpoint;
  const name = `${CHECKPOINT}.refused-${createHash('sha256').update(note).digest('hex').slice(0, 12)}`;
  const kept = await rename(path, join(folder, name)).then(
    () => `kept as \`${name}\``,
    () => 'and it could not be kept aside',
  );
  return `the checkpoint in the second place \`${folder}\` ${read.why}; ${kept}`;
}

/** On disk when it resolves. */
async function append(path: string, text: string): Promise<void> {
  await using file = await open(path, 'a', 0o600);
  await file.appendFile(text);
  await file.datasync();
}

/** A reader sees the old text or the new one, never a part. */
async function replace(path: string, text: string): Promise<void> {
  {
    await using file = await open(`${path}.new`, 'w', 0o644);
    await file.writeFile(text);
    await file.datasync();
  }
  await rename(`${path}.new`, path);
}
