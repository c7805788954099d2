/**
 * What the clocks have decided becomes state: requests nobody decided, grants that begin or are over,
 * sessions that reach their grace or their end, or whose vendor does not come (back). Nothing waits for this: every decision looks at the
 * clock itself. Called every second or so.
 */
import { NEXT as GRANT_NEXT, stateAt as grantStateAt } from '#broker/access/grant.ts';
import { stateAt as requestStateAt } from '#broker/access/request.ts';
import { stateAt as sessionStateAt } from '#broker/access/session.ts';
import type { AccessRequest, Grant, Session } from '#broker/model/access.ts';
import type { ActionContext } from './context.ts';
import { ended, endSession } from './end-session.ts';
import { all } from './pages.ts';
import { enterGrace } from './session-phase.ts';
import { type Attempt, transact } from './transact.ts';

export interface Expired {
  readonly requests: number;
  readonly grants: number;
  readonly sessions: number;
}

/** How many of each were moved. */
export async function expire(context: ActionContext): Promise<Expired> {
  let requests = 0;
  for (const request of await all(context.store.requests, { state: 'pending' })) {
    if (requestStateAt(request, context.clock()) === 'expired') {
      if ((await expireRequest(context, request)).kind === 'done') requests += 1;
    }
  }
  let grants = 0;
  for (const grant of await all(context.store.grants, { state: ['scheduled', 'active'] })) {
    if (grantStateAt(grant, context.clock()) !== grant.state) {
      if ((await moveGrant(context, grant)).kind === 'done') grants += 1;
    }
  }
  let sessions = 0;
  for (const session of await all(context.store.sessions, { state: ['active', 'grace'] })) {
    if (await moveSession(context, session)) sessions += 1;
  }
  return { requests, grants, sessions };
}

function expireRequest(context: ActionContext, { id }: AccessRequest) {
  const deed = { actor: 'broker', action: 'expire-request', subject: id };
  return transact(context, deed, async (now): Promise<Attempt<{ request: AccessRequest }>> => {
    const request = await context.store.requests.get(id);
    if (request?.state !== 'pending' || requestStateAt(request, now) !== 'expired') {
      return { kind: 'conflict' };
    }
    const put: AccessRequest = { ...request, version: request.version + 1, state: 'expired' };
    return {
      kind: 'done',
      result: { request: put },
      writes: [{ noun: 'request', expected: request.version, put }],
      detail: { requestExpiresAt: request.requestExpiresAt },
    };
  });
}

function moveGrant(context: ActionContext, { id }: Grant) {
  const deed = { actor: 'broker', action: 'move-grant', subject: id };
  return transact(context, deed, async (now): Promise<Attempt<{ grant: Grant }>> => {
    const grant = await context.store.grants.get(id);
    const state = grant && grantStateAt(grant, now);
    if (grant === undefined || state === undefined || !GRANT_NEXT[grant.state].includes(state)) {
      return { kind: 'conflict' };
    }
    const put: Grant = { ...grant, version: grant.version + 1, state };
    return {
      kind: 'done',
      result: { grant: put },
      writes: [{ noun: 'grant', expected: grant.version, put }],
      detail: { state },
    };
  });
}

async function moveSession(context: ActionContext, session: Session): Promise<boolean> {
  const grant = await context.store.grants.get(session.grant);
  if (grant === undefined) return false;
  const now = context.clock();
  const state = sessionStateAt(session.state, grant, now);
  const { id } = session;
  if (state !== 'ended' && now >= session.certificateUntil) return endUncertified(context, session);
  if (state === session.state) return false;
  if (state === 'grace') {
    return (await enterGrace(context, { actor: 'broker', id })).kind === 'done';
  }
  context.cut(id, 'deadline');
  return (await endSession(context, { actor: 'broker', id, reason: 'deadline' })).kind === 'done';
}

/** Nobody can come with that certificate any more, and a session that nobody holds must not keep the place of another. */
async function endUncertified(context: ActionContext, { id }: Session): Promise<boolean> {
  const deed = { actor: 'broker', action: 'end-session', subject: id };
  const reason = 'renewal-failed';
  const outcome = await transact(context, deed, async (now): Promise<Attempt<object>> => {
    const session = await context.store.sessions.get(id);
    // Renewed or ended meanwhile.
    if (session === undefined || session.state === 'ended' || now < session.certificateUntil) {
      return { kind: 'conflict' };
    }
    return {
      kind: 'done',
      result: {},
      writes: [{ noun: 'session', expected: session.version, put: ended(session, now, reason) }],
      detail: { grant: session.grant, reason },
    };
  });
  if (outcome.kind !== 'done') return false;
  context.cut(id, reason);
  return true;
}
