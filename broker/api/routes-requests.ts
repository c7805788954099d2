/** What a vendor may ask for, what was asked, and the decisions. */
import { hasApproved, mayDecide } from '#broker/access/approval.ts';
import { approveRequest, denyRequest, narrowRequest } from '#broker/actions/decide-request.ts';
import { requestResource, sessionResource } from '#broker/actions/permission.ts';
import { submitRequest } from '#broker/actions/submit-request.ts';
import { withdrawRequest } from '#broker/actions/withdraw-request.ts';
import type { AccessRequest, Grant } from '#broker/model/access.ts';
import type { Person, Plant } from '#policies/plant.ts';
import type { ApiContext } from './api-context.ts';
import * as bodies from './bodies.ts';
import { alertResource, findRequest, grantsOf } from './find.ts';
import { personal } from './gatekeeper.ts';
import { viewGrant } from './grant-view.ts';
import { answerOutcome } from './outcome-answer.ts';
import type { Asked, Route } from './route.ts';
import { showEntry, showRequest, showSession } from './show-access.ts';
import { namesIn, showAlertRow } from './show-alert.ts';
import type { EntryView, PageView, RequestContextView, RequestView, SessionView } from './views.ts';

/** Whether this person may decide the request now, and if not, the first reason. */
function sayOf(
  api: ApiContext,
  plant: Plant,
  person: Person,
  request: AccessRequest,
): RequestView['mayDecide'] {
  const no = (because: string) => ({ allowed: false, because, hasApproved: false });
  if (request.state !== 'pending') return no(`the request is ${request.state}`);
  const say = mayDecide(plant, request, person.id);
  if (!say.allowed) return no(say.because);
  const decision = api.actions.may(person, 'approve-request', requestResource(plant, request));
  const because = decision.because[0]?.text ?? '';
  if (!decision.allowed) return no(because);
  return hasApproved(plant, request, person.id)
    ? { allowed: false, because: 'you have approved this', hasApproved: true }
    : { allowed: true, because, hasApproved: false };
}

async function showTo(
  call: Asked & { readonly person: Person },
  request: AccessRequest,
  known?: Grant,
): Promise<RequestView> {
  const { api, plant, person } = call;
  const grants = api.actions.store.grants;
  const found =
    known === undefined && request.state === 'approved'
      ? (await grants.list({ request: request.id }, { limit: 1 })).items[0]
      : known;
  return showRequest(plant, request, {
    mayDecide: sayOf(api, plant, person, request),
    ...(found !== undefined && { grant: await viewGrant(call, found) }),
  });
}

/** How much an approver is shown besides the request itself. */
const CONTEXT_ROWS = 5;

export const REQUEST_ROUTES: readonly Route[] = [
  personal({
    method: 'GET',
    path: '/api/entries',
    action: 'submit-request',
    answer: ({ plant, person }): PageView<EntryView> => ({
      items: [...plant.access.values()]
        .filter(({ vendor }) => vendor === person.company)
        .map((entry) => showEntry(plant, entry)),
    }),
  }),
  personal({
    method: 'GET',
    path: '/api/requests',
    action: 'read-request',
    query: bodies.requestPage,
    answer: async (call): Promise<PageView<RequestView>> => {
      const { api, plant, person, query } = call;
      const { cursor, limit, state } = query;
      const found = await api.actions.store.requests.list(
        {
          ...(state !== undefined && { state }),
          ...(plant.vendors.has(person.company) && { vendor: person.company }),
        },
        { limit, ...(cursor !== undefined && { cursor }) },
      );
      const visible = found.items.filter(
        (request) =>
          api.actions.may(person, 'read-request', requestResource(plant, request)).allowed,
      );
      return {
        items: await Promise.all(visible.map((request) => showTo(call, request))),
        ...(found.next !== undefined && { next: found.next }),
      };
    },
  }),
  personal({
    method: 'POST',
    path: '/api/requests',
    action: 'submit-request',
    limit: 'submission',
    body: bodies.submit,
    answer: async (call) => {
      const { api, person, body } = call;
      const outcome = await submitRequest(api.actions, { actor: person.id, submission: body });
      return answerOutcome(outcome, ({ request }) => showTo(call, request));
    },
  }),
  personal({
    method: 'GET',
    path: '/api/requests/:id',
    action: 'read-request',
    load: findRequest,
    answer: (call) => showTo(call, call.item),
  }),
  personal({
    method: 'GET',
    path: '/api/requests/:id/context',
    action: 'read-request',
    load: findRequest,
    answer: async ({ api, plant, person, item }): Promise<RequestContextView> => {
      const { store, may } = api.actions;
      const page = { limit: CONTEXT_ROWS };
      const [alerts, sessions] = await Promise.all([
        store.alerts.list({ asset: item.asset, status: ['new', 'acknowledged'] }, page),
        store.sessions.list({ asset: item.asset, vendor: item.vendor }, page),
      ]);
      const grants = await grantsOf(api, sessions.items);
      const reach = { plant, gateAddress: api.gateAddress };
      // The same object gives the same answer through every route.
      return {
        moreAlerts: alerts.next !== undefined,
        openAlerts: alerts.items
          .filter((record) => may(person, 'read-alerts', alertResource(record)).allowed)
          .map((record) => showAlertRow(record, namesIn(plant))),
        earlierSessions: sessions.items.flatMap((session): SessionView[] => {
          const grant = grants.get(session.grant);
          const seen = may(person, 'read-session', sessionResource(plant, session)).allowed;
          return seen && grant !== undefined
            ? [showSession(reach, session, grant, api.liveCounts(session.id))]
            : [];
        }),
      };
    },
  }),
  personal({
    method: 'POST',
    path: '/api/requests/:id/approve',
    action: 'approve-request',
    load: findRequest,
    body: bodies.approve,
    answer: async (call) => {
      const { api, person, item, body } = call;
      const outcome = await approveRequest(api.actions, { actor: person.id, id: item.id, ...body });
      return answerOutcome(outcome, ({ request, grant }) => showTo(call, request, grant));
    },
  }),
  personal({
    method: 'POST',
    path: '/api/requests/:id/narrow',
    action: 'narrow-request',
    load: findRequest,
    body: bodies.narrow,
    answer: async (call) => {
      const { api, person, item, body } = call;
      const { version, hash, comment, ...narrowing } = body;
      const seen = { actor: person.id, id: item.id, version, hash, comment, narrowing };
      const outcome = await narrowRequest(api.actions, seen);
      return answerOutcome(outcome, ({ request, grant }) => showTo(call, request, grant));
    },
  }),
  personal({
    method: 'POST',
    path: '/api/requests/:id/deny',
    action: 'deny-request',
    load: findRequest,
    body: bodies.deny,
    answer: async (call) => {
      const { api, person, item, body } = call;
      const outcome = await denyRequest(api.actions, { actor: person.id, id: item.id, ...body });
      return answerOutcome(outcome, ({ request }) => showTo(call, request));
    },
  }),
  personal({
    method: 'POST',
    path: '/api/requests/:id/withdraw',
    action: 'withdraw-request',
    load: findRequest,
    body: bodies.withdraw,
    answer: async (call) => {
      const { api, person, item, body } = call;
      const { version, reason = '' } = body;
      const asked = { actor: person.id, id: item.id, version, reason };
      const outcome = await withdrawRequest(api.actions, asked);
      return answerOutcome(outcome, ({ request, grant }) => showTo(call, request, grant));
    },
  }),
];
