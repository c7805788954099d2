/** Sessions, what passed in them, their end, and the locks that stop them. */
import { endSessionBy } from '#broker/actions/end-session.ts';
import { sessionResource } from '#broker/actions/permission.ts';
import { liftLock, placeLock } from '#broker/actions/place-lock.ts';
import type { Lock, Session } from '#broker/model/access.ts';
import { READS_TOLD_EVERY_MS } from '#broker/model/recording.ts';
import type { ApiContext } from './api-context.ts';
import * as bodies from './bodies.ts';
import { findLock, findSession, grantsOf, lockResource } from './find.ts';
import { personal } from './gatekeeper.ts';
import { answerOutcome } from './outcome-answer.ts';
import { notFound } from './refusal.ts';
import type { Asked, Route } from './route.ts';
import { type Reach, showLock, showSession } from './show-access.ts';
import type { LockView, OperationPageView, PageView, SessionView } from './views.ts';

const reachOf = ({ api, plant }: Asked): Reach => ({ plant, gateAddress: api.gateAddress });

async function showOne(asked: Asked, session: Session) {
  const { api } = asked;
  const grant = await api.actions.store.grants.get(session.grant);
  if (grant === undefined) return notFound();
  const request = await api.actions.store.requests.get(grant.request);
  return showSession(reachOf(asked), session, grant, api.liveCounts(session.id), request);
}

const lockedGrant = ({ actions }: ApiContext, { target }: Lock) =>
  target.kind === 'grant' ? actions.store.grants.get(target.grant) : undefined;

export const SESSION_ROUTES: readonly Route[] = [
  personal({
    method: 'GET',
    path: '/api/sessions',
    action: 'read-session',
    query: bodies.sessionPage,
    answer: async (call): Promise<PageView<SessionView>> => {
      const { api, plant, person, query } = call;
      const { cursor, limit, state } = query;
      const { store, may } = api.actions;
      const found = await store.sessions.list(
        {
          ...(state !== undefined && { state }),
          ...(plant.vendors.has(person.company) && { vendor: person.company }),
        },
        { limit, ...(cursor !== undefined && { cursor }) },
      );
      const grants = await grantsOf(api, found.items);
      const items = found.items.flatMap((session): SessionView[] => {
        const grant = grants.get(session.grant);
        const seen = may(person, 'read-session', sessionResource(plant, session)).allowed;
        return seen && grant !== undefined
          ? [showSession(reachOf(call), session, grant, api.liveCounts(session.id))]
          : [];
      });
      return { items, ...(found.next !== undefined && { next: found.next }) };
    },
  }),
  personal({
    method: 'GET',
    path: '/api/sessions/:id',
    action: 'read-session',
    load: findSession,
    answer: (call) => showOne(call, call.item),
  }),
  personal({
    method: 'GET',
    path: '/api/sessions/:id/operations',
    action: 'read-recording',
    load: findSession,
    query: bodies.operationsPage,
    answer: async ({ api, now, person, item, query }): Promise<OperationPageView> => {
      const { after, before, limit, only } = query;
      await api.noteReading(person.id, item.id, now);
      const fault = await api.recordingFault(item);
      const told = {
        repeatedReadsToldEveryMs: READS_TOLD_EVERY_MS,
        ...(fault !== undefined && { fault }),
      };
      if (after !== undefined) {
        return { ...told, items: await api.recordedOperations(item.id, after, limit) };
      }
      const { operations, next } = await api.newestOperations(item.id, {
        ...(before !== undefined && { before }),
        limit,
        changes: only === 'changes',
      });
      return { ...told, items: operations, ...(next !== undefined && { next: String(next) }) };
    },
  }),
  personal({
    method: 'POST',
    path: '/api/sessions/:id/end',
    action: 'end-session',
    load: findSession,
    body: bodies.endSession,
    answer: async (call) => {
      const { api, person, item, body } = call;
      const outcome = await endSessionBy(api.actions, { actor: person.id, id: item.id, ...body });
      return answerOutcome(outcome, ({ session }) => showOne(call, session));
    },
  }),
  personal({
    method: 'GET',
    path: '/api/locks',
    action: 'read-lock',
    query: bodies.lockPage,
    answer: async ({ api, plant, person, query }): Promise<PageView<LockView>> => {
      const { cursor, limit, active } = query;
      const page = { limit, ...(cursor !== undefined && { cursor }) };
      const found = await api.actions.store.locks.list(
        active === undefined ? {} : { active: true },
        page,
      );
      const items: LockView[] = [];
      for (const lock of found.items) {
        const resource = await lockResource(api, plant, lock.target);
        const seen = resource && api.actions.may(person, 'read-lock', resource).allowed;
        if (seen === true) items.push(showLock(plant, lock, await lockedGrant(api, lock)));
      }
      return { items, ...(found.next !== undefined && { next: found.next }) };
    },
  }),
  personal({
    method: 'POST',
    path: '/api/locks',
    action: 'place-lock',
    body: bodies.placeLock,
    answer: async ({ api, plant, person, body }) => {
      const outcome = await placeLock(api.actions, { actor: person.id, ...body });
      return answerOutcome(outcome, ({ lock }) => showLock(plant, lock));
    },
  }),
  personal({
    method: 'POST',
    path: '/api/locks/:id/lift',
    action: 'lift-lock',
    load: findLock,
    body: bodies.liftLock,
    answer: async ({ api, plant, person, item, body }) => {
      const outcome = await liftLock(api.actions, { actor: person.id, id: item.id, ...body });
      return answerOutcome(outcome, ({ lock }) => showLock(plant, lock));
    },
  }),
];
