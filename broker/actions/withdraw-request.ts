/**
 * The requester takes a request back. Where it was approved already, its grant is revoked, and what
 * runs under it ends.
 */
import { stateAt as grantStateAt } from '#broker/access/grant.ts';
import { stateAt } from '#broker/access/request.ts';
import { textFault } from '#broker/access/text.ts';
import type { AccessRequest, Grant, Lock, Session } from '#broker/model/access.ts';
import { type LockId, newId, requestId } from '#broker/model/ids.ts';
import type { Write } from '#broker/store/store.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { ActionContext } from './context.ts';
import { ended } from './end-session.ts';
import { type Outcome, type Refused, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden, requestResource, unknown } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

export interface Withdrawn {
  readonly request: AccessRequest;
  /** Valid iff it had been approved. */
  readonly grant?: Grant;
  readonly ended: readonly Session[];
}

export async function withdrawRequest(
  context: ActionContext,
  asked: {
    readonly actor: string;
    readonly id: string;
    readonly version: number;
    readonly reason: string;
  },
): Promise<Outcome<Withdrawn>> {
  const deed = { actor: asked.actor, action: 'withdraw-request', subject: asked.id };
  const outcome = await transact(context, deed, async (now): Promise<Attempt<Withdrawn>> => {
    const who = actorOf(context, asked.actor);
    if (who.kind === 'refused') return who;
    const id = requestId(asked.id);
    const request = id && (await context.store.requests.get(id));
    if (request === undefined) return unknown('request');
    const resource = requestResource(who.plant, request);
    const no = forbidden(context, who, 'withdraw-request', resource, 'request');
    if (no !== undefined) return no;
    if (request.requester !== who.person.id) return unknown('request');
    if (request.version !== asked.version) return { kind: 'conflict' };
    const fault = textFault(asked.reason, { required: false });
    if (fault !== undefined) {
      return refused('invalid', 'write another reason', [{ field: 'reason', message: fault }]);
    }
    const state = stateAt(request, now);
    if (state === 'approved') return revoke(context, request, asked, now);
    if (state !== 'pending') return refused('wrong-state', `this request is ${state}`);
    const put: AccessRequest = { ...request, version: request.version + 1, state: 'withdrawn' };
    return {
      kind: 'done',
      result: { request: put, ended: [] },
      writes: [{ noun: 'request', expected: request.version, put }],
      detail: { hash: request.hash, reason: asked.reason },
    };
  });
  return outcome;
}

async function revoke(
  context: ActionContext,
  request: AccessRequest,
  { actor, reason }: { readonly actor: string; readonly reason: string },
  now: Micros,
): Promise<Refused | Extract<Attempt<Withdrawn>, { kind: 'done' }>> {
  const { items } = await context.store.grants.list({ request: request.id }, { limit: 1 });
  const grant = items[0];
  const over = refused('wrong-state', 'this request is approved and its time is over');
  if (grant === undefined) return over;
  const state = grantStateAt(grant, now);
  if (state !== 'scheduled' && state !== 'active') return over;
  const put: Grant = { ...grant, version: grant.version + 1, state: 'revoked' };
  const running = await all(context.store.sessions, {
    grant: grant.id,
    state: ['active', 'grace'],
  });
  const sessions = running.map((session) => ended(session, now, 'grant-revoked', { by: actor }));
  return {
    kind: 'done',
    result: { request, grant: put, ended: sessions },
    writes: [
      { noun: 'grant', expected: grant.version, put },
      ...sessions.map(
        (session): Write => ({ noun: 'session', expected: session.version - 1, put: session }),
      ),
    ],
    atOnce: () => stopAtOnce(context, put, sessions, { actor, now }),
    detail: { grant: grant.id, sessions: sessions.map(({ id }) => id), reason },
  };
}

/** The grant stands open in the store: it is locked until its end is stored, whoever ends it. */
function stopAtOnce(
  context: ActionContext,
  grant: Grant,
  sessions: readonly Session[],
  { actor, now }: { readonly actor: string; readonly now: Micros },
): () => void {
  const lock: Lock = {
    id: newId<LockId>('lock', context.random),
    version: 1,
    target: { kind: 'grant', grant: grant.id },
    reason: 'its request was withdrawn',
    placedBy: actor,
    placedAt: now,
  };
  const takeBack = context.locks.hold(`grant ${grant.id}`, {
    lock,
    settledBy: ({ noun, put }) =>
      noun === 'grant' &&
      put.id === grant.id &&
      (put.state === 'revoked' || put.state === 'expired'),
  });
  for (const { id } of sessions) context.cut(id, 'grant-revoked');
  return takeBack;
}
