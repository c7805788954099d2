import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ActionContext } from '#broker/actions/context.ts';
import { endSessionBy } from '#broker/actions/end-session.ts';
import { openSession } from '#broker/actions/open-session.ts';
import { liftLock, placeLock } from '#broker/actions/place-lock.ts';
import { renewSession } from '#broker/actions/renew-session.ts';
import { reviewSessions } from '#broker/actions/review-sessions.ts';
import { withdrawRequest } from '#broker/actions/withdraw-request.ts';
import type { Grant, Lock, Session } from '#broker/model/access.ts';
import type { GrantId, LockId } from '#broker/model/ids.ts';
import { micros } from '#sensor/model/time.ts';
import {
  certify,
  codeOf,
  done,
  granted,
  openSite,
  type Site,
} from '../../support/broker-context.ts';

let site: Site;
let grant: Grant;
let session: Session;
beforeEach(async () => {
  site = await openSite();
  grant = await granted(site);
  site.now = grant.notBefore;
  session = done(await open(site.context)).session;
});
afterEach(() => site.close());

const open = (context: ActionContext) =>
  openSession(context, { actor: 'vera', grant: grant.id, certify });
const renew = (context: ActionContext) =>
  renewSession(context, { id: session.id, thumbprint: session.certificate, certify });

const LOCK: Lock = {
  id: 'lock_000000000001' as LockId,
  version: 1,
  target: { kind: 'grant', grant: 'gr_000000000009' as GrantId },
  reason: 'an incident',
  placedBy: 'otto',
  placedAt: micros(1),
};

const FULL = new Error('database or disk is full');

/** The same site on a disk that takes nothing; `unreadable`, from which nothing more is read either. */
function full({ unreadable = false } = {}): ActionContext {
  const { store } = site.context;
  const fail = () => Promise.reject(FULL);
  const sessions = unreadable ? { ...store.sessions, list: fail } : store.sessions;
  return { ...site.context, store: { ...store, sessions, commit: fail } };
}

const end = (context: ActionContext, block: boolean, actor = 'otto') =>
  endSessionBy(context, { actor, id: session.id, reason: 'stop', block });
const lockAll = (context: ActionContext, actor = 'otto') =>
  placeLock(context, { actor, target: { kind: 'vendor', vendor: 'acme' }, reason: 'stop' });
const withdraw = async (context: ActionContext, actor = 'vera') => {
  const request = await site.context.store.requests.get(grant.request);
  const { id, version } = request ?? { id: '', version: 0 };
  return withdrawRequest(context, { actor, id, version, reason: '' });
};

test.for([
  ['ending it', (context: ActionContext) => end(context, false), 'ended-by-approver'],
  ['ending it for good', (context: ActionContext) => end(context, true), 'ended-by-approver'],
  ['a lock', (context: ActionContext) => lockAll(context), 'locked'],
  ['withdrawing its request', (context: ActionContext) => withdraw(context), 'grant-revoked'],
] as const)('%s stops a session although the store fails', async ([, stop, reason]) => {
  await expect(stop(full())).rejects.toBe(FULL);
  expect(site.cut).toEqual([{ session: session.id, reason }]);
  // The store still says that it runs.
  expect(await site.context.store.sessions.get(session.id)).toEqual(session);
  expect(codeOf(await open(site.context))).toBe('locked');
  expect(codeOf(await renew(site.context))).toBe('locked');
});

/** The same site on a disk that takes its time; `goOn` lets it write. The first commit meets a conflict if asked to. */
function slow({ conflict = false } = {}) {
  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  const { store } = site.context;
  let met = !conflict;
  const commit: typeof store.commit = async (change) => {
    await promise;
    if (met) return store.commit(change);
    met = true;
    return { kind: 'conflict', noun: 'session', id: session.id };
  };
  return { context: { ...site.context, store: { ...store, commit } }, goOn };
}

const STOPS = [
  ['ending it', (context: ActionContext) => end(context, false), 0],
  ['ending it for good', (context: ActionContext) => end(context, true), 1],
  ['a lock', (context: ActionContext) => lockAll(context), 1],
  ['withdrawing its request', (context: ActionContext) => withdraw(context), 0],
] as const;

test.for(STOPS)('%s waits for no disk', async ([, stop, left]) => {
  const { context, goOn } = slow();
  const stopping = stop(context);
  await vi.waitUntil(() => site.context.locks.list().length === 1, { timeout: 30_000 });
  expect(codeOf(await open(site.context))).toBe('locked');
  goOn();
  expect((await stopping).kind).toBe('done');
  expect(site.context.locks.list()).toHaveLength(left);
});

test.for(STOPS)('%s that meets a conflict is decided anew', async ([, stop, left]) => {
  const { context, goOn } = slow({ conflict: true });
  goOn();
  expect((await stop(context)).kind).toBe('done');
  expect(site.context.locks.list()).toHaveLength(left);
});

test('everything can be locked however many single grants are', async () => {
  for (let i = 0; i < 500; i++) {
    const lock = { ...LOCK, id: `lock_${i}` as LockId };
    site.context.locks.hold(`grant ${i}`, { lock, settledBy: () => false });
  }
  const place = (target: Lock['target']) =>
    placeLock(site.context, { actor: 'otto', target, reason: 'stop' });
  expect(codeOf(await place({ kind: 'grant', grant: grant.id }))).toBe('too-many');
  expect(codeOf(await place({ kind: 'vendor', vendor: 'acme' }))).toBe('done');
  expect(codeOf(await place({ kind: 'zone', zone: 'cell-1' }))).toBe('done');
  expect(codeOf(await place({ kind: 'all' }))).toBe('done');
});

test('a lock that failed stands for the gate although nothing can be read', async () => {
  await expect(lockAll(full({ unreadable: true }))).rejects.toBe(FULL);
  expect(site.context.locks.list()).toMatchObject([{ target: { kind: 'vendor' } }]);
});

test('trying again and again while the store fails holds one lock', async () => {
  for (let times = 0; times < 3; times += 1) await expect(lockAll(full())).rejects.toBe(FULL);
  expect(site.context.locks.list().length).toBe(1);
});

test('a lock that is placed again takes the place of the one that failed, and can be lifted', async () => {
  await expect(lockAll(full())).rejects.toBe(FULL);
  const { lock } = done(await lockAll(site.context));
  expect(site.context.locks.list()).toEqual([lock]);
  done(await liftLock(site.context, { actor: 'otto', id: lock.id, version: 1 }));
  expect(site.context.locks.list()).toEqual([]);
  expect(codeOf(await open(site.context))).toBe('done');
});

test('lifting another lock on the same does not undo one that failed', async () => {
  const { lock } = done(await lockAll(site.context));
  await expect(lockAll(full())).rejects.toBe(FULL);
  done(await liftLock(site.context, { actor: 'otto', id: lock.id, version: 1 }));
  expect(site.context.locks.list().length).toBe(1);
});

test('an end that failed is made good by the next sweep, and the grant is free again', async () => {
  await expect(end(full(), false)).rejects.toBe(FULL);
  expect(await reviewSessions(site.context)).toMatchObject([{ id: session.id, state: 'ended' }]);
  expect(site.context.locks.list()).toEqual([]);
  expect(codeOf(await open(site.context))).toBe('done');
});

test('an end for good that failed stays blocked when the session has ended', async () => {
  await expect(end(full(), true)).rejects.toBe(FULL);
  await reviewSessions(site.context);
  expect(site.context.locks.list().length).toBe(1);
  expect(codeOf(await open(site.context))).toBe('locked');
});

test('a withdrawal that failed and is repeated leaves no lock behind', async () => {
  await expect(withdraw(full())).rejects.toBe(FULL);
  done(await withdraw(site.context));
  expect(site.context.locks.list()).toEqual([]);
});

test('who may not stop a session stops nothing, whatever the store does', async () => {
  await expect(end(full(), true, 'anna')).rejects.toBe(FULL);
  await expect(lockAll(full(), 'vera')).rejects.toBe(FULL);
  await expect(withdraw(full(), 'victor')).rejects.toBe(FULL);
  expect(site.cut).toEqual([]);
  expect(site.context.locks.list()).toEqual([]);
  expect(codeOf(await renew(site.context))).toBe('done');
});
