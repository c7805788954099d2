/**
 * Ends sessions that have lost their ground: the person, the entry or the asset is gone from the
 * policy, or a lock meets them. The gate refuses their PDUs already; this ends those that are silent.
 * Called after each change of policy; whoever places a lock ends what it meets.
 */
import { entitlementOf } from '#broker/access/entitlement.ts';
import { lockOn } from '#broker/access/lock.ts';
import type { EndReason, Grant, Session } from '#broker/model/access.ts';
import type { ActionContext } from './context.ts';
import { endSession } from './end-session.ts';
import { all } from './pages.ts';

/** Those that were ended. */
export async function reviewSessions(context: ActionContext): Promise<readonly Session[]> {
  const ended: Session[] = [];
  for (const session of await all(context.store.sessions, { state: ['active', 'grace'] })) {
    const grant = await context.store.grants.get(session.grant);
    const reason = lostGround(context, grant);
    if (reason === undefined) continue;
    context.cut(session.id, reason);
    const outcome = await endSession(context, { actor: 'broker', id: session.id, reason });
    if (outcome.kind === 'done') ended.push(outcome.session);
  }
  return ended;
}

function lostGround(context: ActionContext, grant: Grant | undefined): EndReason | undefined {
  if (grant === undefined || grant.state === 'revoked') return 'grant-revoked';
  const plant = context.plant();
  if (plant === undefined) return 'policy-changed';
  if (lockOn(plant, context.locks.list(), { ...grant, grant: grant.id }) !== undefined) {
    return 'locked';
  }
  const entitlement = entitlementOf(plant, grant);
  return entitlement.kind === 'lost' ? entitlement.reason : undefined;
}

/** At the start: sessions that a crash left open have no connection any more. */
export async function endStranded(context: ActionContext): Promise<readonly Session[]> {
  const ended: Session[] = [];
  for (const { id } of await all(context.store.sessions, { state: ['active', 'grace'] })) {
    const outcome = await endSession(context, { actor: 'broker', id, reason: 'broker-stopped' });
    if (outcome.kind === 'done') ended.push(outcome.session);
  }
  return ended;
}
