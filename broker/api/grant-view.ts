/** A grant as its vendor needs to know it: whether connecting would succeed at this moment, and what runs already. */
import { hindranceTo } from '#broker/actions/open-session.ts';
import type { Grant } from '#broker/model/access.ts';
import { isoMicros } from '#sensor/model/time.ts';
import type { Asked } from './route.ts';
import { showGrant } from './show-access.ts';
import type { GrantView } from './views.ts';

export async function viewGrant({ api, plant, now }: Asked, grant: Grant): Promise<GrantView> {
  const connect = api.connect.line(grant.id);
  if (grant.state === 'revoked' || grant.state === 'expired') return showGrant(grant, { connect });
  const [hindrance, open] = await Promise.all([
    hindranceTo(api.actions, plant, grant, now),
    api.actions.store.sessions.list({ grant: grant.id, state: ['active', 'grace'] }, { limit: 1 }),
  ]);
  const [session] = open.items;
  return showGrant(grant, {
    connect,
    ...(hindrance && { hindrance: { code: hindrance.code, because: hindrance.message } }),
    ...(session && { session: { id: session.id, startedAt: isoMicros(session.startedAt) } }),
  });
}
