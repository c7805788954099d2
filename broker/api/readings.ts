/** Who looked into which recording lately: a look is one leaf of the audit log, and not one for each page. */
import type { AuditEvent } from '#broker/model/audit.ts';
import type { SessionId } from '#broker/model/ids.ts';
import type { Micros } from '#sensor/model/time.ts';

/** A person who still looks after this long looks again. µs. */
export const LOOK = 10 * 60 * 1_000_000;

/** Looks remembered; full, it begins anew, and some are told twice rather than not at all. */
const MAX_LOOKS = 10_000;

/** Writes the leaf, unless this look is told already. Nothing may be shown before it resolves. */
export type NoteReading = (person: string, session: SessionId, now: Micros) => Promise<void>;

/** `tell` is durable when it resolves. */
export function createReadings(tell: (leaf: AuditEvent) => Promise<unknown>): NoteReading {
  const looks = new Map<string, Micros>();
  return async (person, session, now) => {
    const look = JSON.stringify([person, session]);
    const last = looks.get(look);
    if (last !== undefined && now - last < LOOK) return;
    const leaf = { at: now, actor: person, action: 'read-recording', subject: session } as const;
    await tell({ ...leaf, outcome: 'allowed', detail: {} });
    if (looks.size >= MAX_LOOKS) looks.clear();
    looks.set(look, now);
  };
}
