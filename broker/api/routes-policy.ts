/** The policy in force, what waits to take its place, and who puts it there. Its text is written in its file, and nowhere else. */
import { approvePolicy, standing } from '#broker/actions/approve-policy.ts';
import { all } from '#broker/actions/pages.ts';
import { rollBackPolicy } from '#broker/actions/roll-back-policy.ts';
import { withdrawPolicy } from '#broker/actions/stage-policy.ts';
import type { PolicyRevision } from '#broker/model/policy.ts';
import { loadPlant } from '#policies/load.ts';
import type { ApiContext } from './api-context.ts';
import * as bodies from './bodies.ts';
import { personal } from './gatekeeper.ts';
import { answerOutcome } from './outcome-answer.ts';
import { notFound, refusal } from './refusal.ts';
import type { Route } from './route.ts';
import { showCoverage } from './show-coverage.ts';
import { POLICY_DEEDS, showPolicy, showPolicyEvent, showStaged } from './show-policy.ts';
import { type PolicyVersion, showPolicyPlan } from './show-policy-plan.ts';
import type { PageView } from './views.ts';
import type { CoverageView, PolicyEventView, PolicyPlanView, PolicyView } from './views-policy.ts';

/** Each open session with its grant: who loses it by another policy is asked of the grant. */
async function openSessions({ actions: { store } }: ApiContext) {
  const sessions = await all(store.sessions, { state: ['active', 'grace'] });
  const grants = await Promise.all(sessions.map(({ grant }) => store.grants.get(grant)));
  return sessions.flatMap((session, i) => {
    const grant = grants[i];
    return grant === undefined ? [] : [{ session, grant }];
  });
}

async function waiting({ actions }: ApiContext): Promise<PolicyRevision | undefined> {
  const revisions = await all(actions.store.policies, {});
  return revisions.find(({ staged }) => staged !== undefined);
}

/** What was once found good may be written in words that this version of the product does not know. */
async function versionOf(
  { actions: { store }, policyFile }: ApiContext,
  id: string,
): Promise<PolicyVersion | 'unreadable' | undefined> {
  const text = (await store.policies.get(id))?.text;
  if (text === undefined) return undefined;
  const loaded = loadPlant(text, policyFile);
  return loaded.kind === 'plant' ? { plant: loaded.plant, text } : 'unreadable';
}

export const POLICY_ROUTES: readonly Route[] = [
  personal({
    method: 'GET',
    path: '/api/policy',
    action: 'read-policy',
    answer: async ({ api, plant }): Promise<PolicyView> => {
      const revision = await api.actions.store.policies.get(plant.version);
      const refused = api.policy.refused();
      const staged = await waiting(api);
      return {
        ...showPolicy(plant, api.policy.testsOf(plant), {
          ...(revision !== undefined && { revision }),
          ...(refused !== undefined && { refused }),
        }),
        ...(staged?.staged !== undefined && {
          staged: showStaged(
            plant,
            staged,
            { ...staged.staged, approvals: standing(staged.staged, plant) },
            api.stagedAside(staged.id),
          ),
        }),
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/api/policy/coverage',
    action: 'read-policy',
    answer: async ({ api, plant }): Promise<CoverageView> =>
      showCoverage(plant, await all(api.actions.store.assets, {})),
  }),
  personal({
    method: 'GET',
    path: '/api/policy/plan',
    action: 'read-policy',
    query: bodies.policyPlan,
    answer: async ({ api, plant, query }): Promise<PolicyPlanView | Response> => {
      const from = await versionOf(api, query.from ?? plant.version);
      const to = await versionOf(api, query.to);
      if (from === undefined || to === undefined) return notFound();
      if (from === 'unreadable' || to === 'unreadable') {
        return refusal(409, 'unreadable', 'this version of the product cannot read that policy');
      }
      // A step that nobody can take ends nothing.
      const isNext = from.plant.version === plant.version;
      const open = isNext ? await openSessions(api) : [];
      return showPolicyPlan(from, to, { open, heard: await all(api.actions.store.assets, {}) });
    },
  }),
  personal({
    method: 'POST',
    path: '/api/policy/staged/:id/approve',
    action: 'approve-policy',
    body: bodies.agree,
    answer: async ({ api, person, param, body: { base } }) => {
      const asked = { actor: person.id, id: param('id'), base, file: api.policyFile };
      const outcome = await approvePolicy(api.actions, asked);
      return answerOutcome(outcome, async ({ revision, plant }) => {
        if (plant !== undefined) await api.takePolicy({ plant, text: revision.text });
        api.policy.changed(revision.id);
        return { inForce: plant !== undefined };
      });
    },
  }),
  personal({
    method: 'POST',
    path: '/api/policy/staged/:id/withdraw',
    action: 'withdraw-policy',
    answer: async ({ api, person, param }) => {
      const outcome = await withdrawPolicy(api.actions, { actor: person.id, id: param('id') });
      return answerOutcome(outcome, ({ revision }) => {
        api.policy.changed(revision.id);
        return undefined;
      });
    },
  }),
  personal({
    method: 'POST',
    path: '/api/policy/roll-back',
    action: 'roll-back-policy',
    body: bodies.agree,
    answer: async ({ api, person, body: { base } }) => {
      const asked = { actor: person.id, from: base, file: api.policyFile };
      return answerOutcome(await rollBackPolicy(api.actions, asked), async (done) => {
        await api.takePolicy({ plant: done.plant, text: done.revision.text });
        api.policy.changed(done.plant.version);
        return { version: done.plant.version };
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
      const actions = [...POLICY_DEEDS.keys()];
      const found = await api.actions.store.audit.list({ actions }, page);
      return {
        items: found.items.map(showPolicyEvent),
        ...(found.next !== undefined && { next: found.next }),
      };
    },
  }),
];
