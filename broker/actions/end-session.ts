/**
 * A session ends: by the gate (deadline, idle, a lost role ...), or by a person, who may also block
 * reconnecting with a lock on the grant. What is recorded is sealed afterwards, once.
 */
import { isVendor } from '#broker/access/entitlement.ts';
import { textFault } from '#broker/access/text.ts';
import type { EndReason, Lock, Session } from '#broker/model/access.ts';
import { type LockId, newId, sessionId } from '#broker/model/ids.ts';
import type { Write } from '#broker/store/store.ts';
import type { Person, Plant } from '#policies/plant.ts';
import { liesIn } from '#policies/zones.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, refused } from './outcome.ts';
import { actorOf, forbidden, sessionResource, unknown } from './permission.ts';
import { alarmOf } from './recording-alarm.ts';
import { type Attempt, transact } from './transact.ts';

/** What the gate counted and wrote down. */
export interface Tallied {
  readonly counts: Session['counts'];
  /** sha-256 of the recording's manifest, hex; absent where recording failed. */
  readonly recording?: string;
  /** Valid iff not all of what passed is recorded: why. */
  readonly incomplete?: string;
}

/** `session` as it stands after its end. INVARIANT: its version is one above that of `session`. */
export function ended(
  session: Session,
  now: Micros,
  reason: EndReason,
  more: { readonly by?: string; readonly text?: string; readonly tallied?: Tallied } = {},
): Session {
  return {
    ...session,
    ...more.tallied,
    version: session.version + 1,
    state: 'ended',
    endedAt: now,
    endReason: reason,
    ...(more.by === undefined ? {} : { endedBy: more.by }),
    ...(more.text === undefined || more.text === '' ? {} : { endText: more.text }),
  };
}

/**
 * The gate or the broker ends a session. One that has ended already stays as it is; what was tallied
 * is then sealed on it.
 */
export async function endSession(
  context: ActionContext,
  asked: {
    readonly actor: 'gate' | 'broker';
    readonly id: string;
    readonly reason: EndReason;
    /** Why, in the words of the person who is behind it. */
    readonly text?: string;
    readonly tallied?: Tallied;
  },
): Promise<Outcome<{ readonly session: Session }>> {
  const deed = { actor: asked.actor, action: 'end-session', subject: asked.id };
  return transact(context, deed, async (now): Promise<Attempt<{ session: Session }>> => {
    const id = sessionId(asked.id);
    const session = id && (await context.store.sessions.get(id));
    if (session === undefined) return unknown('session');
    const { tallied, text } = asked;
    const alarm = await alarmOf(context, session, tallied?.incomplete, now);
    if (session.state === 'ended') return seal(session, tallied, alarm);
    const put = ended(session, now, asked.reason, {
      ...(tallied === undefined ? {} : { tallied }),
      ...(text === undefined ? {} : { text }),
    });
    return {
      kind: 'done',
      result: { session: put },
      writes: [{ noun: 'session', expected: session.version, put }, ...alarm],
      detail: { grant: session.grant, reason: asked.reason, ...tallied },
    };
  });
}

/** A person's end comes before the gate has closed the recording: its counts and hash are added once. */
function seal(
  session: Session,
  tallied: Tallied | undefined,
  alarm: readonly Write[],
): Attempt<{ session: Session }> {
  if (tallied === undefined || session.recording !== undefined) {
    return { kind: 'stands', result: { session } };
  }
  const put: Session = { ...session, ...tallied, version: session.version + 1 };
  return {
    kind: 'done',
    result: { session: put },
    writes: [{ noun: 'session', expected: session.version, put }, ...alarm],
    detail: { grant: session.grant, sealed: true, ...tallied },
  };
}

export interface EndedByPerson {
  readonly session: Session;
  /** Valid iff reconnecting was blocked. */
  readonly lock?: Lock;
}

/** A vendor (their own), an approver of the zone, or an operator ends a session. */
export async function endSessionBy(
  context: ActionContext,
  asked: {
    readonly actor: string;
    readonly id: string;
    /** In the person's words. */
    readonly reason: string;
    /** Whether reconnecting under this grant stays blocked until the lock is lifted. */
    readonly block: boolean;
  },
): Promise<Outcome<EndedByPerson>> {
  const deed = { actor: asked.actor, action: 'end-session', subject: asked.id };
  // Cut by an earlier attempt, the gate may have stored the end before the next one.
  let stopped = false;
  return transact(context, deed, async (now): Promise<Attempt<EndedByPerson>> => {
    const who = actorOf(context, asked.actor);
    if (who.kind === 'refused') return who;
    const id = sessionId(asked.id);
    const session = id && (await context.store.sessions.get(id));
    if (session === undefined) return unknown('session');
    const resource = sessionResource(who.plant, session);
    const no = forbidden(context, who, 'end-session', resource, 'session');
    if (no !== undefined) return no;
    const fault = textFault(asked.reason, { required: false });
    if (fault !== undefined) {
      return refused('invalid', 'write another reason', [{ field: 'reason', message: fault }]);
    }
    if (session.state === 'ended' && !stopped) {
      return refused('wrong-state', 'this session has ended');
    }
    const reason = reasonOf(who.plant, who.person, session);
    // A vendor needs nobody's leave to come back within the grant, and cannot lock what others lift.
    const block = asked.block && reason !== 'ended-by-vendor';
    const lock = block ? lockOf(context, session, asked, now) : undefined;
    const said = { by: asked.actor, text: asked.reason.trim() };
    const put = ended(session, session.endedAt ?? now, session.endReason ?? reason, said);
    const writes: Write[] = [{ noun: 'session', expected: session.version, put }];
    if (lock !== undefined) writes.push({ noun: 'lock', expected: 0, put: lock });
    return {
      kind: 'done',
      result: { session: put, ...(lock === undefined ? {} : { lock }) },
      writes,
      atOnce: () => {
        stopped = true;
        return stopAtOnce(context, put, lock, () => lockOf(context, session, asked, now));
      },
      detail: {
        grant: session.grant,
        reason,
        words: asked.reason,
        ...(lock === undefined ? {} : { lock: lock.id }),
      },
    };
  });
}

/**
 * The session stands open in the store, and its certificate could open it again: its grant is locked
 * until the end is stored, or the lock that was asked for.
 */
function stopAtOnce(
  context: ActionContext,
  session: Session,
  asked: Lock | undefined,
  otherwise: () => Lock,
): () => void {
  const takeBack = context.locks.hold(`session ${session.id}`, {
    lock: asked ?? otherwise(),
    settledBy: (write) =>
      asked === undefined
        ? write.noun === 'session' && write.put.id === session.id && write.put.state === 'ended'
        : write.noun === 'lock' && locksGrant(write.put, session.grant),
  });
  context.cut(session.id, session.endReason ?? 'ended-by-operator', session.endText);
  return takeBack;
}

const locksGrant = ({ target, lifted }: Lock, grant: string): boolean =>
  lifted === undefined && target.kind === 'grant' && target.grant === grant;

function lockOf(
  context: ActionContext,
  session: Session,
  { actor, reason }: { readonly actor: string; readonly reason: string },
  now: Micros,
): Lock {
  return {
    id: newId<LockId>('lock', context.random),
    version: 1,
    target: { kind: 'grant', grant: session.grant },
    reason: reason.trim() === '' ? 'the session was ended' : reason,
    placedBy: actor,
    placedAt: now,
  };
}

/** In which of their roles somebody ended it: the vendor's own, the approver's of that zone, the operator's. */
function reasonOf(plant: Plant, person: Person, session: Session): EndReason {
  if (isVendor(person)) return 'ended-by-vendor';
  const zone = plant.assets.get(session.asset)?.zone;
  const approves = person.roles.some(
    ({ role, zone: held }) =>
      role === 'approver' && held !== undefined && zone !== undefined && liesIn(plant, zone, held),
  );
  return approves ? 'ended-by-approver' : 'ended-by-operator';
}
