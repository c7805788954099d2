/** Reads recordings: of sessions that run, of those that ended, and of those that a crash left open. */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionId } from '#broker/model/ids.ts';
import type { RecordedOperation } from '#broker/model/recording.ts';
import { segmentsIn } from './journal.ts';
import { MANIFEST_FILE } from './manifest.ts';
import { type IntentLine, recordingFolder } from './recording.ts';

/** A line of ours is far shorter; what is longer is damage. */
const MAX_LINE_LENGTH = 64 * 1024;

type Line =
  | ({ readonly type: 'intent' } & IntentLine)
  | ({ readonly type: 'operation' } & RecordedOperation)
  | { readonly type: 'refusals'; readonly refused: number }
  | { readonly type: 'session' | 'note' };

/** Undefined for a line that a crash cut short. */
function parseLine(text: string): Line | undefined {
  if (text.length > MAX_LINE_LENGTH) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'type' in value
      ? (value as Line)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lines come nearly in order of their sequence: an operation is told after its intent, when at most
 * all requests under way of all connections lie between them.
 */
export const MAX_DISORDER = 256;
/** Holds the first line of a segment, but for a write to hundreds of coils: then the segments before are read as well. */
const HEAD_BYTES = 16 * 1024;

/** The segments in which something behind position `after` can stand. */
async function segmentsBehind(folder: string, after: number): Promise<readonly string[]> {
  const names = await segmentsIn(folder);
  let from = 0;
  for (const [i, name] of names.entries()) {
    const first = await firstSequence(join(folder, name));
    if (first !== undefined && first + MAX_DISORDER <= after) from = i;
  }
  return names.slice(from);
}

export async function firstSequence(path: string): Promise<number | undefined> {
  for await (const head of createReadStream(path, { encoding: 'utf8', end: HEAD_BYTES - 1 })) {
    for (const text of String(head).split('\n')) {
      const line = parseLine(text);
      if (line?.type === 'intent' || line?.type === 'operation') return line.sequence;
    }
  }
  return undefined;
}

export async function* linesOf(folder: string, after = -1): AsyncGenerator<Line> {
  for (const name of await segmentsBehind(folder, after)) yield* linesIn(join(folder, name));
}

/** The lines of one segment. */
export async function* linesIn(path: string): AsyncGenerator<Line> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8')) {
    const texts = (rest + String(chunk)).split('\n');
    rest = texts.pop()?.slice(0, MAX_LINE_LENGTH + 1) ?? '';
    for (const text of texts) {
      const line = parseLine(text);
      if (line !== undefined) yield line;
    }
  }
  // What no line break ends was cut short by a crash, and was never called durable.
}

/** An intent whose outcome nobody knows, as an operation. */
export function unsettled(
  session: string,
  line: IntentLine & { type?: string },
): RecordedOperation {
  const { key: _key, pdu: _pdu, type: _type, ...told } = line;
  const unknown = (said: string): string => `${said}; nobody knows what came of it`;
  return {
    ...told,
    session,
    text: unknown(line.text),
    ...(line.deed !== undefined && { deed: unknown(line.deed) }),
    decision: 'allowed',
    outcome: 'no-answer',
  };
}

/**
 * Up to `limit` operations behind position `after`, in order. While a session runs, an operation is
 * listed only when all before it are told, so that asking again behind the last one misses nothing.
 */
export async function readOperations(
  root: string,
  session: SessionId,
  after: number,
  limit: number,
): Promise<readonly RecordedOperation[]> {
  const folder = recordingFolder(root, session);
  const sealed = await isSealed(root, session);
  const told = new Map<number, RecordedOperation>();
  const intents = new Map<number, IntentLine>();
  for await (const line of linesOf(folder, after)) {
    if (line.type === 'intent' && line.sequence > after) intents.set(line.sequence, line);
    if (line.type !== 'operation' || line.sequence <= after) continue;
    const { type: _type, ...operation } = line;
    intents.delete(line.sequence);
    told.set(line.sequence, operation);
    // What is told out of order is told within a few lines: everything wanted is here already.
    if (told.size >= limit * 2 + MAX_DISORDER) break;
  }
  const found: RecordedOperation[] = [];
  for (let at = after + 1; found.length < limit; at++) {
    const intent = intents.get(at);
    const next = told.get(at) ?? (sealed && intent ? unsettled(session, intent) : undefined);
    if (next !== undefined) found.push(next);
    else if (!sealed || !anyBehind(told, intents, at)) break;
  }
  return found;
}

/** A failed recording has holes. */
function anyBehind(
  told: ReadonlyMap<number, unknown>,
  intents: ReadonlyMap<number, unknown>,
  at: number,
): boolean {
  return [...told.keys(), ...intents.keys()].some((sequence) => sequence > at);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export const isSealed = (root: string, session: SessionId): Promise<boolean> =>
  exists(join(recordingFolder(root, session), MANIFEST_FILE));
