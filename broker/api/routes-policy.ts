/** The policy in force, to read: it is changed in its file, and nowhere else. */
import * as bodies from './bodies.ts';
import { personal } from './gatekeeper.ts';
import type { Route } from './route.ts';
import { showPolicy, showPolicyEvent } from './show-policy.ts';
import type { PageView } from './views.ts';
import type { PolicyEventView, PolicyView } from './views-policy.ts';

export const POLICY_ROUTES: readonly Route[] = [
  personal({
    method: 'GET',
    path: '/api/policy',
    action: 'read-policy',
    answer: async ({ api, plant }): Promise<PolicyView> => {
      const revision = await api.actions.store.policies.get(plant.version);
      const refused = api.policy.refused();
      return showPolicy(plant, api.policy.testsOf(plant), {
        ...(revision !== undefined && { appliedAt: revision.appliedAt }),
        ...(refused !== undefined && { refused }),
      });
    },
  }),
  personal({
    method: 'GET',
    path: '/api/policy/history',
    action: 'read-policy',
    query: bodies.anyPage,
    answer: async ({ api, query: { cursor, limit } }): Promise<PageView<PolicyEventView>> => {
      const page = { limit, ...(cursor !== undefined && { cursor }) };
      const found = await api.actions.store.audit.list({ action: 'apply-policy' }, page);
      return {
        items: found.items.map(showPolicyEvent),
        ...(found.next !== undefined && { next: found.next }),
      };
    },
  }),
];
