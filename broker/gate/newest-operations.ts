/** Reads a recording from its end: what a person looks at first is what happened last. */
import { join } from 'node:path';
import type { SessionId } from '#broker/model/ids.ts';
import type { RecordedOperation } from '#broker/model/recording.ts';
import { CHANGING } from '#sensor/model/operation.ts';
import { segmentsIn } from './journal.ts';
import { firstSequence, isSealed, linesIn, MAX_DISORDER, unsettled } from './read-recording.ts';
import { type IntentLine, recordingFolder } from './recording.ts';

/** Segments read for one page, 16 MiB each; a recording of reads alone is gone through page by page. */
const MAX_SEGMENTS = 4;

export interface NewestAsk {
  /** Only what stands before this position; absent = up to the end. */
  readonly before?: number;
  readonly limit: number;
  /** Only what was to change something, and what was refused. */
  readonly changes: boolean;
}

export interface NewestOperations {
  /** The last first. Perhaps none, although there is a `next`. */
  readonly operations: readonly RecordedOperation[];
  /** Ask again before this position for what is older; absent where nothing is. */
  readonly next?: number;
}

const isChange = ({ kind, decision }: RecordedOperation): boolean =>
  decision === 'refused' || (kind !== undefined && CHANGING.has(kind));

/** An operation under way is told live once it is settled; one of a sealed recording never will be. */
export async function newestOperations(
  root: string,
  session: SessionId,
  { before = Number.POSITIVE_INFINITY, limit, changes }: NewestAsk,
): Promise<NewestOperations> {
  const folder = recordingFolder(root, session);
  const sealed = await isSealed(root, session);
  const found = new Map<number, RecordedOperation>();
  const settled = new Set<number>();
  const intents = new Map<number, IntentLine>();
  /** From here on nothing stands in a segment that was not read. */
  let complete = Number.POSITIVE_INFINITY;
  const keep = (operation: RecordedOperation): void => {
    if (!changes || isChange(operation)) found.set(operation.sequence, operation);
  };
  const names = await segmentsIn(folder);
  let read = 0;
  for (const [older, name] of [...names.entries()].reverse()) {
    const path = join(folder, name);
    const first = (await firstSequence(path)) ?? 0;
    // Even what stands out of order in it is newer than what is asked for.
    if (older > 0 && first - MAX_DISORDER >= before) continue;
    for await (const line of linesIn(path)) {
      if (line.type === 'intent' && line.sequence < before) intents.set(line.sequence, line);
      if (line.type !== 'operation' || line.sequence >= before) continue;
      const { type: _type, ...operation } = line;
      settled.add(line.sequence);
      keep(operation);
    }
    complete = older === 0 ? 0 : first + MAX_DISORDER;
    read++;
    const isEnough = since(found, complete).length > limit;
    if (isEnough || (read >= MAX_SEGMENTS && complete < before)) break;
  }
  for (const [at, intent] of intents) {
    if (sealed && !settled.has(at)) keep(unsettled(session, intent));
  }
  const all = since(found, complete);
  const operations = all.slice(0, limit);
  const next = all.length > limit ? operations.at(-1)?.sequence : complete;
  const isMore = names.length > 0 && next !== undefined && next > 0;
  return { operations, ...(isMore && { next }) };
}

/** Those from `complete` on, the last first. */
function since(
  found: ReadonlyMap<number, RecordedOperation>,
  complete: number,
): readonly RecordedOperation[] {
  return [...found.values()]
    .filter(({ sequence }) => sequence >= complete)
    .sort((a, b) => b.sequence - a.sequence);
}
