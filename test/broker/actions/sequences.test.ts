import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NEXT as GRANT_NEXT } from '#broker/access/grant.ts';
import { NEXT as REQUEST_NEXT } from '#broker/access/request.ts';
import { NEXT as SESSION_NEXT } from '#broker/access/session.ts';
import { approveRequest, denyRequest, narrowRequest } from '#broker/actions/decide-request.ts';
import { endSession, endSessionBy } from '#broker/actions/end-session.ts';
import { expire } from '#broker/actions/expire.ts';
import { openSession } from '#broker/actions/open-session.ts';
import { liftLock, placeLock } from '#broker/actions/place-lock.ts';
import { renewSession } from '#broker/actions/renew-session.ts';
import { reviewSessions } from '#broker/actions/review-sessions.ts';
import { enterGrace } from '#broker/actions/session-phase.ts';
import { submitRequest } from '#broker/actions/submit-request.ts';
import { withdrawRequest } from '#broker/actions/withdraw-request.ts';
import type { Session } from '#broker/model/access.ts';
import type { Write } from '#broker/store/store.ts';
import { micros } from '#sensor/model/time.ts';
import { certify, openSite, type Site } from '../../support/broker-context.ts';
import { MINUTE, PLANT, person, plantWith, plantWithPeople } from '../../support/broker-site.ts';

const VERBS = [
  'submit',
  'approve',
  'narrow',
  'deny',
  'withdraw',
  'open',
  'renew',
  'grace',
  'end',
  'end-by',
  'lock',
  'lift',
  'expire',
  'review',
] as const;

/** Who would do it; `owner` is whose it is. Most steps are taken by one of them, so that sequences get somewhere. */
const USUAL: Readonly<Record<(typeof VERBS)[number], readonly string[]>> = {
  submit: ['vera', 'vera', 'bert'],
  approve: ['otto', 'petra'],
  narrow: ['otto', 'petra'],
  deny: ['petra'],
  withdraw: ['owner'],
  open: ['owner'],
  renew: ['vera'],
  grace: ['vera'],
  end: ['vera'],
  'end-by': ['owner', 'otto'],
  lock: ['otto'],
  lift: ['otto'],
  expire: ['otto'],
  review: ['otto'],
};

const verbs = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...VERBS) },
  { weight: 3, arbitrary: fc.constantFrom('submit' as const, 'approve' as const, 'open' as const) },
  { weight: 2, arbitrary: fc.constant('approve' as const) },
);

const step = verbs.chain((verb) =>
  fc.record({
    verb: fc.constant(verb),
    actor: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...USUAL[verb]) },
      { weight: 1, arbitrary: fc.constantFrom('vera', 'victor', 'bert', 'otto', 'sam', 'carl') },
    ),
    /** Which of the things that there are, newest first. */
    which: fc.constantFrom(0, 0, 0, 0, 1, 2),
    /** Minutes until the next step. */
    wait: fc.constantFrom(0, 0, 0, 1, 5, 20),
    plant: fc.constantFrom(...Array<'same'>(12).fill('same'), 'edited', 'vera-gone', 'none'),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const PLANTS = {
  same: PLANT,
  edited: plantWith({}),
  'vera-gone': plantWithPeople([person('vera', 'acme')]),
  none: undefined,
};

async function run(site: Site, { verb, actor: named, which }: Step): Promise<unknown> {
  const { context } = site;
  const { store } = context;
  const page = { limit: which + 1 };
  const request = (await store.requests.list({}, page)).items[which];
  const session = (await store.sessions.list({}, page)).items[which];
  const grant = (await store.grants.list({}, page)).items[which];
  const owner = { withdraw: request?.requester, open: grant?.person, 'end-by': session?.person };
  const whose = new Map(Object.entries(owner)).get(verb) ?? 'vera';
  const actor = named === 'owner' ? whose : named;
  const seen = { actor, id: request?.id ?? '', version: request?.version ?? 1 };
  const said = { ...seen, hash: request?.hash ?? '', comment: '' };
  const running = { actor: 'gate' as const, id: session?.id ?? '' };
  switch (verb) {
    case 'submit': {
      const submission = {
        entry: actor === 'bert' ? 'bolt-reads' : 'acme-press',
        asset: 'plc-12',
        operations: [{ allowance: 0 }],
        notBefore: site.now,
        notAfter: micros(site.now + 30 * MINUTE),
        readGrace: actor !== 'bert',
        purpose: 'x',
      };
      return submitRequest(context, { actor, submission });
    }
    case 'approve':
      return approveRequest(context, said);
    case 'narrow': {
      const addresses = [{ first: 0, last: 9 }];
      return narrowRequest(context, {
        ...said,
        narrowing: { operations: [{ index: 0, addresses }] },
      });
    }
    case 'deny':
      return denyRequest(context, { ...seen, reason: 'x' });
    case 'withdraw':
      return withdrawRequest(context, { ...seen, reason: '' });
    case 'open':
      return openSession(context, { actor, grant: grant?.id ?? '', certify });
    case 'renew':
      return renewSession(context, {
        id: running.id,
        thumbprint: session?.certificate ?? '',
        certify,
      });
    case 'grace':
      return enterGrace(context, running);
    case 'end':
      return endSession(context, { ...running, reason: 'idle' });
    case 'end-by':
      return endSessionBy(context, { actor, id: running.id, reason: '', block: which === 1 });
    case 'lock':
      return placeLock(context, {
        actor,
        target: which === 0 ? { kind: 'zone', zone: 'cell-1' } : { kind: 'vendor', vendor: 'acme' },
        reason: 'x',
      });
    case 'lift': {
      const lock = context.locks.list()[0];
      return liftLock(context, { actor, id: lock?.id ?? '', version: lock?.version ?? 1 });
    }
    case 'expire':
      return expire(context);
    case 'review':
      return reviewSessions(context);
    default:
      return verb satisfies never;
  }
}

const TABLES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  request: REQUEST_NEXT,
  grant: GRANT_NEXT,
  session: SESSION_NEXT,
};

/** Follows what is published, and holds it against the tables. */
function follow(known: Map<string, string>, { noun, put }: Write): void {
  if (!('state' in put)) return;
  const before = known.get(put.id);
  if (before === undefined) {
    expect(['pending', 'scheduled', 'active']).toContain(put.state);
  } else if (before !== put.state) {
    expect(TABLES[noun]?.[before]).toContain(put.state);
  }
  known.set(put.id, put.state);
}

const LIMITS: ReadonlyMap<string, number> = new Map([
  ['acme-press', 1],
  ['bolt-reads', 3],
]);

async function holds(site: Site): Promise<void> {
  const { store, locks } = site.context;
  const { items } = await store.sessions.list({ state: ['active', 'grace'] }, { limit: 200 });
  for (const [grant, sessions] of Map.groupBy(items, (session: Session) => session.grant)) {
    const of = await store.grants.get(grant);
    expect(sessions.length).toBeLessThanOrEqual(LIMITS.get(of?.entry ?? '') ?? 0);
    expect(of?.state).not.toBe('revoked');
  }
  if (locks.list().some(({ target }) => target.kind === 'zone')) expect(items).toEqual([]);
}

test('no sequence of actions leads out of the tables, past a limit or around a lock', async () => {
  const site = await openSite();
  const known = new Map<string, string>();
  const reached = new Set<string>();
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
        for (const one of steps) {
          site.plant = PLANTS[one.plant];
          const outcome = await run(site, one);
          if (typeof outcome === 'object' && outcome !== null && 'kind' in outcome) {
            reached.add(`${one.verb} ${String(outcome.kind)}`);
          }
          for (const write of site.published.splice(0)) follow(known, write);
          await holds(site);
          site.now = micros(site.now + one.wait * MINUTE);
        }
        // The next sequence begins without locks, and later.
        site.plant = PLANT;
        for (const { id, version } of site.context.locks.list()) {
          await liftLock(site.context, { actor: 'otto', id, version });
        }
        site.published.splice(0);
      }),
      // Each run is up to 30 transactions.
      { numRuns: 40 },
    );
    // The sequences really went somewhere.
    for (const verb of [
      'submit',
      'approve',
      'narrow',
      'deny',
      'withdraw',
      'open',
      'lock',
      'end-by',
    ]) {
      expect(reached).toContain(`${verb} done`);
      expect(reached).toContain(`${verb} refused`);
    }
  } finally {
    await site.close();
  }
});
