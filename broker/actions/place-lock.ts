/** Locks out a grant, a person, a vendor, a zone or everybody: what runs ends, and nothing comes back until it is lifted. */
import { describeTarget, lockOn } from '#broker/access/lock.ts';
import { textFault } from '#broker/access/text.ts';
import type { Lock, Session } from '#broker/model/access.ts';
import { type LockId, lockId, newId } from '#broker/model/ids.ts';
import type { Resource } from '#policies/people.ts';
import type { Plant } from '#policies/plant.ts';
import type { ActionContext } from './context.ts';
import { endSession } from './end-session.ts';
import { type Outcome, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden, unknown } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

/** Locks on single grants and people, which each PDU looks through. Whoever needs more locks a vendor, a zone or all. */
const MAX_SINGLE_LOCKS = 500;
const SINGLE: ReadonlySet<Lock['target']['kind']> = new Set(['grant', 'person']);

export interface Locked {
  readonly lock: Lock;
  /** Ended by it. */
  readonly ended: readonly Session[];
}

export async function placeLock(
  context: ActionContext,
  asked: {
    readonly actor: string;
    readonly target: Lock['target'];
    readonly reason: string;
  },
): Promise<Outcome<Locked>> {
  const id = newId<LockId>('lock', context.random);
  const deed = { actor: asked.actor, action: 'place-lock', subject: asked.target.kind };
  let held: Lock | undefined;
  const attempt = transact(context, deed, async (now): Promise<Attempt<{ lock: Lock }>> => {
    const who = actorOf(context, asked.actor);
    if (who.kind === 'refused') return who;
    const resource = await resourceOf(context, who.plant, asked.target);
    const no = forbidden(context, who, 'place-lock', resource ?? { kind: 'lock' }, 'target');
    if (no !== undefined) return no;
    if (resource === undefined) return unknown(asked.target.kind);
    const fault = textFault(asked.reason, { required: true });
    if (fault !== undefined) {
      return refused('invalid', 'say why', [{ field: 'reason', message: fault }]);
    }
    if (SINGLE.has(asked.target.kind) && singleLocks(context) >= MAX_SINGLE_LOCKS) {
      const message = `${MAX_SINGLE_LOCKS} grants and people are locked: lock the vendor, the zone or everything, or lift some`;
      return refused('too-many', message);
    }
    const lock: Lock = {
      id,
      version: 1,
      target: asked.target,
      reason: asked.reason,
      placedBy: asked.actor,
      placedAt: now,
    };
    return {
      kind: 'done',
      subject: id,
      result: { lock },
      writes: [{ noun: 'lock', expected: 0, put: lock }],
      atOnce: () => {
        held = lock;
        return holdAtOnce(context, lock);
      },
      detail: { target: asked.target, reason: asked.reason },
    };
  });
  const outcome = await attempt.catch(async (error: unknown) => {
    // The gate refuses each PDU already; who cannot be read from this store is silent, not running on.
    if (held !== undefined) await cutLocked(context, held).catch(() => undefined);
    throw error;
  });
  if (outcome.kind !== 'done') return outcome;
  return { ...outcome, ended: await endLocked(context, outcome.lock) };
}

const singleLocks = ({ locks }: ActionContext): number =>
  locks.list().filter(({ target }) => SINGLE.has(target.kind)).length;

/** From here on the gate refuses each PDU. Placing it again, when the store is well, takes the place of it. */
function holdAtOnce(context: ActionContext, lock: Lock): () => void {
  const what = `lock ${describeTarget(lock.target)}`;
  return context.locks.hold(what, {
    lock,
    settledBy: ({ noun, put }) =>
      noun === 'lock' &&
      put.lifted === undefined &&
      describeTarget(put.target) === describeTarget(lock.target),
  });
}

/** Cuts what `lock` meets, all of it before anything is written. */
async function cutLocked(context: ActionContext, lock: Lock): Promise<readonly Session[]> {
  const plant = context.plant();
  const running = await all(context.store.sessions, { state: ['active', 'grace'] });
  const met = running.filter((session) => lockOn(plant, [lock], session) !== undefined);
  for (const { id } of met) context.cut(id, 'locked', lock.reason);
  return met;
}

/**
 * Ends what `lock` meets. From its commit on nothing new is opened (open-session looks at the locks
 * again after its own commit), and the gate refuses each PDU, so this only makes it visible.
 */
async function endLocked(context: ActionContext, lock: Lock): Promise<readonly Session[]> {
  const ended: Session[] = [];
  for (const { id } of await cutLocked(context, lock)) {
    const outcome = await endSession(context, {
      actor: 'broker',
      id,
      reason: 'locked',
      text: lock.reason,
    });
    if (outcome.kind === 'done') ended.push(outcome.session);
  }
  return ended;
}

/** What the lock is about, for the question who may place it; undefined where the target does not exist. */
async function resourceOf(
  context: ActionContext,
  plant: Plant,
  target: Lock['target'],
): Promise<Resource | undefined> {
  const inZone = (zone: string | undefined): Resource => ({
    kind: 'lock',
    ...(zone === undefined ? {} : { zone }),
  });
  switch (target.kind) {
    case 'grant': {
      const grant = await context.store.grants.get(target.grant);
      return grant && inZone(plant.assets.get(grant.asset)?.zone);
    }
    case 'zone':
      return plant.zones.has(target.zone) ? inZone(target.zone) : undefined;
    case 'person':
      return plant.people.has(target.person) ? inZone(undefined) : undefined;
    case 'vendor':
      return plant.vendors.has(target.vendor) ? inZone(undefined) : undefined;
    case 'all':
      return inZone(undefined);
    default:
      return target satisfies never;
  }
}

/** Who may place a lock may lift it; a second lock on the same thing still holds. */
export async function liftLock(
  context: ActionContext,
  asked: { readonly actor: string; readonly id: string; readonly version: number },
): Promise<Outcome<{ readonly lock: Lock }>> {
  const deed = { actor: asked.actor, action: 'lift-lock', subject: asked.id };
  return transact(context, deed, async (now): Promise<Attempt<{ lock: Lock }>> => {
    const who = actorOf(context, asked.actor);
    if (who.kind === 'refused') return who;
    const id = lockId(asked.id);
    const lock = id && (await context.store.locks.get(id));
    const resource = lock && (await resourceOf(context, who.plant, lock.target));
    const no = forbidden(context, who, 'lift-lock', resource ?? { kind: 'lock' }, 'lock');
    if (no !== undefined) return no;
    if (lock === undefined) return unknown('lock');
    if (lock.version !== asked.version) return { kind: 'conflict' };
    if (lock.lifted !== undefined) return refused('wrong-state', 'this lock is lifted');
    const put: Lock = {
      ...lock,
      version: lock.version + 1,
      lifted: { by: asked.actor, at: now },
    };
    return {
      kind: 'done',
      result: { lock: put },
      writes: [{ noun: 'lock', expected: lock.version, put }],
      detail: { target: lock.target, placedBy: lock.placedBy },
    };
  });
}
