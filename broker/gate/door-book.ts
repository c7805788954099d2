/** Whom the gate's door turned away: a leaf of the audit log for each session and reason, and not for each knock. */
import type { SessionId } from '#broker/model/ids.ts';
import type { Clock, Micros } from '#sensor/model/time.ts';

/** A command that comes again and again is told of this often. µs. */
export const KNOCKS = 10 * 60 * 1_000_000;

/** Kept; full, it begins anew, and some are told twice rather than not at all. */
const MAX_KNOCKS = 10_000;

export type TurnAway = (session: SessionId, because: string) => void;

/** `tell` is durable when it resolves; where it fails, the next knock tells it. */
export function createDoorBook(
  clock: Clock,
  tell: (session: SessionId, because: string) => Promise<void>,
  fault: (what: string, error: unknown) => void,
): TurnAway {
  const knocks = new Map<string, Micros>();
  return (session, because) => {
    const knock = `${session} ${because}`;
    const now = clock();
    const last = knocks.get(knock);
    if (last !== undefined && now - last < KNOCKS) return;
    if (knocks.size >= MAX_KNOCKS) knocks.clear();
    knocks.set(knock, now);
    tell(session, because).catch((error: unknown) => {
      knocks.delete(knock);
      fault('telling whom the gate turned away', error);
    });
  };
}
