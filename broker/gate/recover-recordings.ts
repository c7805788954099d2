/** At the start of the broker: recordings that a crash left open, or whose seal it kept from the store. */
import { readdir } from 'node:fs/promises';
import type { Tallied } from '#broker/actions/end-session.ts';
import { type SessionId, sessionId } from '#broker/model/ids.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import { measureSegments } from './journal.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { isSealed, linesOf, unsettled } from './read-recording.ts';
import { count, type IntentLine, recordingFolder } from './recording.ts';

export interface Recovered extends Tallied {
  readonly session: SessionId;
}

/**
 * What the store does not know of recordings: `isKnown` says of which sessions it has the seal. What a
 * crash left open is sealed, as incomplete; what was sealed, but could not be stored, is as it was. A
 * folder that cannot be read does not keep the others from being sealed; it is told to `fault`.
 */
export async function recoverRecordings(
  root: string,
  now: Micros,
  isKnown: (session: SessionId) => Promise<boolean>,
  fault: (what: string, error: unknown) => void,
): Promise<readonly Recovered[]> {
  const recovered: Recovered[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    const session = sessionId(name);
    if (session === undefined || (await isKnown(session))) continue;
    try {
      const isOpen = !(await isSealed(root, session));
      recovered.push(await (isOpen ? seal(root, session, now) : sealed(root, session)));
    } catch (error) {
      fault(`the recording of ${name} cannot be sealed`, error);
    }
  }
  return recovered;
}

async function sealed(root: string, session: SessionId): Promise<Recovered> {
  const { manifest, sha256 } = await readManifest(recordingFolder(root, session));
  const { counts, complete, because } = manifest;
  return {
    session,
    recording: sha256,
    counts,
    ...(!complete && because !== undefined && { incomplete: because }),
  };
}

async function seal(root: string, session: SessionId, now: Micros): Promise<Recovered> {
  const folder = recordingFolder(root, session);
  const counts = { allowed: 0, refused: 0, writes: 0 };
  const open = new Map<number, IntentLine>();
  let operations = 0;
  for await (const line of linesOf(folder)) {
    if (line.type === 'intent') open.set(line.sequence, line);
    if (line.type === 'refusals') counts.refused += line.refused;
    if (line.type !== 'operation') continue;
    open.delete(line.sequence);
    operations++;
    count(counts, line);
  }
  for (const intent of open.values()) count(counts, unsettled(session, intent));
  const incomplete = 'the broker stopped without sealing it';
  const recording = await writeManifest(folder, {
    version: 1,
    session,
    complete: false,
    because: incomplete,
    sealedAt: isoMicros(now),
    operations: operations + open.size,
    counts,
    segments: await measureSegments(folder),
  });
  return { session, recording, counts, incomplete };
}
