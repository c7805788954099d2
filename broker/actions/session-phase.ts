/** Writes of a session have ended by the clock and its reads go on: what the gate already does becomes visible. */
import { stateAt } from '#broker/access/session.ts';
import type { Session } from '#broker/model/access.ts';
import { sessionId } from '#broker/model/ids.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, refused } from './outcome.ts';
import { unknown } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

/** `active` -> `grace` iff the clock says so. An ended session, or one in its grace, stays as it is. */
export async function enterGrace(
  context: ActionContext,
  asked: { readonly actor: 'gate' | 'broker'; readonly id: string },
): Promise<Outcome<{ readonly session: Session }>> {
  const deed = { actor: asked.actor, action: 'session-phase', subject: asked.id };
  return transact(context, deed, async (now): Promise<Attempt<{ session: Session }>> => {
    const id = sessionId(asked.id);
    const session = id && (await context.store.sessions.get(id));
    const grant = session && (await context.store.grants.get(session.grant));
    if (session === undefined || grant === undefined) return unknown('session');
    if (session.state !== 'active') return { kind: 'stands', result: { session } };
    const state = stateAt(session.state, grant, now);
    if (state === 'active') return refused('not-yet', 'writes have not ended yet');
    if (state === 'ended') return refused('expired', 'the grace is over: end the session');
    const put: Session = { ...session, version: session.version + 1, state };
    return {
      kind: 'done',
      result: { session: put },
      writes: [{ noun: 'session', expected: session.version, put }],
      detail: { grant: grant.id, state },
    };
  });
}
