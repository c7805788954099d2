import { afterAll, beforeAll, expect, test } from 'vitest';
import { approveRequest, denyRequest, narrowRequest } from '#broker/actions/decide-request.ts';
import { endSessionBy } from '#broker/actions/end-session.ts';
import { openSession } from '#broker/actions/open-session.ts';
import type { Outcome } from '#broker/actions/outcome.ts';
import { liftLock, placeLock } from '#broker/actions/place-lock.ts';
import { renewSession } from '#broker/actions/renew-session.ts';
import { withdrawRequest } from '#broker/actions/withdraw-request.ts';
import { acknowledgeAlert, closeAlert, commentAlert } from '#broker/actions/work-alert.ts';
import type { GrantId } from '#broker/model/ids.ts';
import {
  certify,
  codeOf,
  done,
  granted,
  openSite,
  type Site,
  submitted,
} from '../../support/broker-context.ts';

/** Every action that takes an id, with one field for who asks and one for the id. */
const ACTIONS: Readonly<
  Record<string, (site: Site, actor: string, id: string) => Promise<Outcome<unknown>>>
> = {
  approve: (site, actor, id) =>
    approveRequest(site.context, { actor, id, version: 1, hash: '', comment: '' }),
  narrow: (site, actor, id) => {
    const narrowing = { operations: [{ index: 0 }] };
    return narrowRequest(site.context, { actor, id, version: 1, hash: '', comment: '', narrowing });
  },
  deny: (site, actor, id) => denyRequest(site.context, { actor, id, version: 1, reason: 'x' }),
  withdraw: (site, actor, id) =>
    withdrawRequest(site.context, { actor, id, version: 1, reason: '' }),
  open: (site, actor, grant) => openSession(site.context, { actor, grant, certify }),
  end: (site, actor, id) => endSessionBy(site.context, { actor, id, reason: '', block: false }),
  lock: (site, actor, id) => {
    const target = { kind: 'grant', grant: id as GrantId } as const;
    return placeLock(site.context, { actor, target, reason: 'x' });
  },
  lift: (site, actor, id) => liftLock(site.context, { actor, id, version: 1 }),
  acknowledge: (site, actor, id) => acknowledgeAlert(site.context, { actor, id, version: 1 }),
  comment: (site, actor, id) => commentAlert(site.context, { actor, id, version: 1, text: 'x' }),
  close: (site, actor, id) =>
    closeAlert(site.context, { actor, id, version: 1, reason: 'tuning', comment: '' }),
};

let site: Site;
const ids = new Map<string, string>();
beforeAll(async () => {
  site = await openSite();
  const pending = await submitted(site);
  const grant = await granted(site);
  site.now = grant.notBefore;
  const { session } = done(
    await openSession(site.context, { actor: 'vera', grant: grant.id, certify }),
  );
  const target = { kind: 'vendor', vendor: 'bolt' } as const;
  const { lock } = done(await placeLock(site.context, { actor: 'otto', target, reason: 'x' }));
  ids.set('pending request', pending.id);
  ids.set('approved request', grant.request);
  ids.set('grant', grant.id);
  ids.set('session', session.id);
  ids.set('lock', lock.id);
});
afterAll(() => site.close());

const MADE_UP = [
  '',
  'x',
  'req_000000000000',
  'gr_000000000000',
  'ses_000000000000',
  "' or 1=1 --",
  '\u0000',
];

test.for(['bert', 'victor'])(
  '%s, another vendor person, cannot tell what exists',
  async (actor) => {
    for (const [name, act] of Object.entries(ACTIONS)) {
      const answers = [];
      for (const id of [...ids.values(), ...MADE_UP]) answers.push(await act(site, actor, id));
      expect([name, codeOf(answers[0] ?? { kind: 'conflict' })]).toEqual([name, 'unknown']);
      for (const answer of answers) expect([name, answer]).toEqual([name, answers[0]]);
    }
  },
);

test('carl, approver of another zone, changes nothing here', async () => {
  for (const [name, act] of Object.entries(ACTIONS)) {
    for (const id of ids.values()) {
      expect([name, ['unknown', 'forbidden']]).toEqual([
        name,
        expect.arrayContaining([codeOf(await act(site, 'carl', id))]),
      ]);
    }
  }
});

test('an id of another kind is no id, also for those who may', async () => {
  for (const [what, id] of ids) {
    const fits: Readonly<Record<string, string>> = {
      withdraw: 'request',
      open: 'grant',
      end: 'session',
    };
    for (const [name, kind] of Object.entries(fits)) {
      if (what.endsWith(kind)) continue;
      const act = ACTIONS[name];
      expect([what, name, act && codeOf(await act(site, 'vera', id))]).toEqual([
        what,
        name,
        'unknown',
      ]);
    }
  }
});

test('a session is renewed by its own certificate alone', async () => {
  const id = ids.get('session') ?? '';
  for (const thumbprint of ['', 'ab'.repeat(32)]) {
    const outcome = await renewSession(site.context, { id, thumbprint, certify });
    expect(codeOf(outcome)).toBe('wrong-certificate');
  }
});

test('each try is in the audit log, as denied, and nothing else has changed', async () => {
  const leaves = await site.leaves();
  const denied = leaves.filter(({ outcome }) => outcome === 'denied');
  const tries = Object.keys(ACTIONS).length * (2 * (ids.size + MADE_UP.length) + ids.size);
  expect(denied.length).toBeGreaterThanOrEqual(tries);
  const session = await site.context.store.sessions.get((ids.get('session') ?? '') as never);
  expect(session?.state).toBe('active');
  const grant = await site.context.store.grants.get((ids.get('grant') ?? '') as never);
  expect(grant?.state).toBe('active');
});
