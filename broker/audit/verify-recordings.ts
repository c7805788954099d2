/**
 * Verifies recordings against an exported log, offline: the leaf that ends a session names the hash of
 * its recording's manifest, and that the hashes of its segments. What this proves is worth as much as
 * the log: `verifyLog` says whether its leaves are those that were signed.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkSeal } from '#broker/gate/seal.ts';
import type { AuditEvent } from '#broker/model/audit.ts';
import { sessionId } from '#broker/model/ids.ts';
import { isLeavesFile, readLines } from './layout.ts';
import { amount } from './words.ts';

/** All in sentences for people. */
export interface RecordingsVerdict {
  /** Recordings that are as they were sealed. */
  readonly proven: number;
  /** Sessions whose leaf names a recording. */
  readonly sealed: number;
  readonly findings: readonly string[];
  readonly remarks: readonly string[];
  readonly notChecked: readonly string[];
}

/** What the leaves tell of one session. */
interface Told {
  ended: boolean;
  /** sha-256 of the manifest, hex. */
  recording?: string;
}

/** Rejects where a folder cannot be read. */
export async function verifyRecordings(
  log: string,
  recordings: string,
): Promise<RecordingsVerdict> {
  const lying = new Set(await readdir(recordings));
  const findings: string[] = [];
  const remarks: string[] = [];
  const notChecked: string[] = [];
  let [proven, sealed, without] = [0, 0, 0];
  for (const [session, { ended, recording }] of await sessionsIn(log)) {
    const isThere = lying.delete(session);
    if (recording === undefined) {
      if (isThere) notChecked.push(withoutSeal(session, ended));
      else without += 1;
      continue;
    }
    sealed += 1;
    const seal = await checkSeal(join(recordings, session), recording);
    if (seal.kind === 'broken') {
      findings.push(`the recording of ${session} ${seal.why}`);
      continue;
    }
    proven += 1;
    const { complete, because } = seal.manifest;
    if (!complete) remarks.push(`the recording of ${session} is not whole: ${because ?? 'unsaid'}`);
  }
  if (without > 0) {
    remarks.push(
      `${amount(without, 'session has', 'sessions have')} no recording, in the log or here: nobody came to the gate`,
    );
  }
  for (const name of [...lying].filter((left) => sessionId(left) !== undefined).sort()) {
    findings.push(`the recording of ${name} belongs to no session of the log`);
  }
  return { proven, sealed, findings, remarks, notChecked };
}

const withoutSeal = (session: string, ended: boolean): string =>
  ended
    ? `the recording of ${session}: it has ended, and the log holds no seal of it`
    : `the recording of ${session}: it had not ended when the log was exported`;

/** In the order in which they began; one small entry for each session ever. */
async function sessionsIn(log: string): Promise<ReadonlyMap<string, Told>> {
  const sessions = new Map<string, Told>();
  for (const name of (await readdir(log)).filter(isLeavesFile).sort()) {
    for await (const { lines } of readLines(join(log, name))) {
      for (const line of lines) take(sessions, eventOf(line));
    }
  }
  return sessions;
}

/** Undefined for a line that is no leaf; `verifyLog` tells of it. */
function eventOf(line: Buffer): Partial<AuditEvent> | undefined {
  try {
    return JSON.parse(line.toString()) as Partial<AuditEvent>;
  } catch {
    return undefined;
  }
}

function take(sessions: Map<string, Told>, event: Partial<AuditEvent> | undefined): void {
  const { action, outcome, subject = '', detail } = event ?? {};
  if (outcome !== 'allowed' || sessionId(subject) === undefined) return;
  if (action === 'connect') sessions.set(subject, { ended: false });
  if (action !== 'end-session') return;
  const told = sessions.get(subject) ?? { ended: true };
  told.ended = true;
  const recording = detail?.['recording'];
  // Sealed once: a later leaf that names another is not believed over the first.
  if (typeof recording === 'string') told.recording ??= recording;
  sessions.set(subject, told);
}
