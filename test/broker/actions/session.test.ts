import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashRequest } from '#broker/access/request-hash.ts';
import { ActiveLocks } from '#broker/actions/active-locks.ts';
import { endSession, endSessionBy } from '#broker/actions/end-session.ts';
import { expire } from '#broker/actions/expire.ts';
import { CERTIFICATE_LIFETIME, openSession } from '#broker/actions/open-session.ts';
import { liftLock, placeLock } from '#broker/actions/place-lock.ts';
import { reportIncomplete } from '#broker/actions/recording-alarm.ts';
import { renewSession } from '#broker/actions/renew-session.ts';
import { endStranded, reviewSessions } from '#broker/actions/review-sessions.ts';
import { enterGrace } from '#broker/actions/session-phase.ts';
import { withdrawRequest } from '#broker/actions/withdraw-request.ts';
import type { Grant, Lock, Session } from '#broker/model/access.ts';
import type { LockId } from '#broker/model/ids.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import {
  certify,
  codeOf,
  done,
  granted,
  openSite,
  type Site,
} from '../../support/broker-context.ts';
import {
  HOUR,
  later,
  MINUTE,
  PLANT,
  person,
  plantWith,
  plantWithPeople,
  READS,
} from '../../support/broker-site.ts';

let site: Site;
let grant: Grant;
beforeEach(async () => {
  site = await openSite();
  grant = await granted(site);
  site.now = grant.notBefore;
});
afterEach(() => site.close());

const open = (actor = 'vera', id: string = grant.id) =>
  openSession(site.context, { actor, grant: id, certify });
const opened = async (): Promise<Session> => done(await open()).session;
const running = async () =>
  (await site.context.store.sessions.list({ state: ['active', 'grace'] }, { limit: 200 })).items;

describe('connecting', () => {
  test('binds a session to its certificate and its grant', async () => {
    const outcome = done(await open());
    expect(outcome.session).toMatchObject({
      state: 'active',
      grant: grant.id,
      person: 'vera',
      certificate: outcome.certificate.thumbprint,
    });
    expect(outcome.grant).toMatchObject({ state: 'active', sessions: 1 });
    expect((await site.leaves()).at(-1)).toMatchObject({
      actor: 'vera',
      action: 'connect',
      subject: outcome.session.id,
      outcome: 'allowed',
    });
  });

  test('is possible from notBefore until notAfter, to the microsecond', async () => {
    for (const [clock, offset, code] of [
      ['notBefore', -1, 'not-yet'],
      ['notBefore', 0, 'done'],
      ['notBefore', 1, 'done'],
      ['notAfter', -1, 'done'],
      ['notAfter', 0, 'expired'],
      ['notAfter', 1, 'expired'],
      ['graceUntil', 0, 'expired'],
    ] as const) {
      site.now = micros(grant[clock] + offset);
      expect([clock, offset, codeOf(await open())]).toEqual([clock, offset, code]);
      for (const { id } of await running()) {
        await endSession(site.context, { actor: 'gate', id, reason: 'ended-by-vendor' });
      }
    }
  });

  test.for([
    [HOUR, CERTIFICATE_LIFETIME],
    [3 * HOUR - MINUTE, 11 * MINUTE],
  ] as const)('%d µs after now the certificate is good for %d µs', async ([offset, lifetime]) => {
    site.now = later(offset);
    let until: Micros | undefined;
    await openSession(site.context, {
      actor: 'vera',
      grant: grant.id,
      certify: async (session, notAfter) => {
        until = notAfter;
        return certify(session, notAfter);
      },
    });
    expect(until).toBe(site.now + lifetime);
  });

  test('is for nobody but the person of the grant', async () => {
    for (const actor of ['victor', 'bert', 'otto', 'ada', 'nobody']) {
      expect(['unknown', 'forbidden']).toContain(codeOf(await open(actor)));
      expect(await running()).toEqual([]);
      expect((await site.leaves()).at(-1)).toMatchObject({ actor, outcome: 'denied' });
    }
  });

  test("looks the same for another's grant and for none", async () => {
    const outcomes = await Promise.all([
      open('bert'),
      open('bert', 'gr_00000000'),
      open('bert', 'nonsense'),
      open('victor'),
    ]);
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  });

  test('a hundred times at once opens exactly as many as the entry allows', async () => {
    for (const sessions of [1, 3]) {
      const entry = PLANT.access.get('acme-press');
      if (entry === undefined) throw new Error('the site has changed');
      const limits = { ...entry.limits, sessions };
      site.plant = { ...PLANT, access: new Map([[entry.id, { ...entry, limits }]]) };
      for (const { id } of await running()) {
        await endSession(site.context, { actor: 'gate', id, reason: 'ended-by-vendor' });
      }
      const outcomes = await Promise.all(Array.from({ length: 100 }, () => open()));
      const codes = outcomes.map(codeOf);
      expect(codes.filter((code) => code === 'done').length).toBe(sessions);
      expect(codes.filter((code) => code === 'session-limit').length).toBe(100 - sessions);
      expect((await running()).length).toBe(sessions);
    }
  });
});

describe('what changed between the approval and the connection refuses it', () => {
  test('the policy, even where it still allows as much', async () => {
    site.plant = plantWith({});
    expect(await open()).toMatchObject({ code: 'policy-changed' });
  });

  test('the policy, where it allows less', async () => {
    const entry = PLANT.access.get('acme-press');
    if (entry === undefined) throw new Error('the site has changed');
    site.plant = plantWith({ access: new Map([[entry.id, { ...entry, mayRequest: [READS] }]]) });
    expect(await open()).toMatchObject({
      code: 'policy-changed',
      fields: [{ field: 'operations.1' }],
    });
  });

  test('the role of the person', async () => {
    site.plant = plantWithPeople([person('vera', 'acme')]);
    expect(codeOf(await open())).toBe('forbidden');
    site.plant = plantWithPeople([], ['vera']);
    expect(codeOf(await open())).toBe('forbidden');
    site.plant = plantWithPeople([person('vera', 'bolt', 'vendor')]);
    expect(codeOf(await open())).toBe('unknown');
  });

  test.for<[string, Partial<Grant>]>([
    [
      'a wider range',
      { operations: [{ ...READS, addresses: [{ first: 0, last: 200 }] } as typeof READS] },
    ],
    ['a later end', { notAfter: later(4 * HOUR), graceUntil: later(4 * HOUR) }],
    ['another asset', { asset: 'plc-30' }],
  ])('the grant itself: %s', async ([, change]) => {
    const put = { ...grant, ...change, version: grant.version + 1 };
    await site.context.store.commit({
      writes: [{ noun: 'grant', expected: grant.version, put }],
      audit: [leaf()],
    });
    expect(codeOf(await open())).toBe('request-changed');
  });

  test('the request, also with a hash that fits the change', async () => {
    const { requests } = site.context.store;
    const request = await requests.get(grant.request);
    if (request === undefined) throw new Error('the request is gone');
    const wider = { ...request, operations: [READS], version: request.version + 1 };
    for (const put of [wider, { ...wider, version: wider.version + 1, hash: hashRequest(wider) }]) {
      await site.context.store.commit({
        writes: [{ noun: 'request', expected: put.version - 1, put }],
        audit: [leaf()],
      });
      expect(codeOf(await open())).toBe('request-changed');
    }
  });

  const leaf = () =>
    ({
      at: site.now,
      actor: 'somebody',
      action: 'tamper',
      subject: 'x',
      outcome: 'allowed',
      detail: {},
    }) as const;
});

describe('renewing', () => {
  const renew = (session: Session, thumbprint = session.certificate) =>
    renewSession(site.context, { id: session.id, thumbprint, certify });

  test('binds the session to the new certificate, and the old one renews nothing', async () => {
    const session = await opened();
    const next = done(await renew(session));
    expect(next.session.certificate).toBe(next.certificate.thumbprint);
    expect(codeOf(await renew(session))).toBe('wrong-certificate');
    expect(codeOf(await renew(next.session))).toBe('done');
  });

  test('goes on in the grace and ends with it', async () => {
    const session = await opened();
    site.now = grant.notAfter;
    const next = done(await renew(session));
    site.now = grant.graceUntil;
    expect(codeOf(await renew(next.session))).toBe('expired');
  });

  test('asks again who, what and whether it is locked', async () => {
    const session = await opened();
    site.plant = plantWithPeople([person('vera', 'acme')]);
    expect(codeOf(await renew(session))).toBe('forbidden');
    site.plant = plantWith({ access: new Map() });
    expect(codeOf(await renew(session))).toBe('not-entitled');
    // Another policy that still knows person, entry and asset narrows, and does not cut.
    site.plant = plantWith({});
    const next = done(await renew(session));
    done(await placeLock(site.context, { actor: 'otto', target: { kind: 'all' }, reason: 'x' }));
    expect(codeOf(await renew(next.session))).toBe('wrong-state');
  });

  test.each<[string, (lock: Lock) => Promise<unknown>]>([
    [
      'the store alone knows',
      (put) => {
        const event = { at: site.now, actor: 'otto', action: 'place-lock', subject: put.id };
        const audit = [{ ...event, outcome: 'allowed', detail: {} }] as const;
        return site.context.store.commit({ writes: [{ noun: 'lock', expected: 0, put }], audit });
      },
    ],
    [
      'the store could not take',
      async (lock) => site.context.locks.hold('all', { lock, settledBy: () => false }),
    ],
  ])('is refused under a lock that %s', async (_, place) => {
    const session = await opened();
    await place({
      id: 'lock_000000000001' as LockId,
      version: 1,
      target: { kind: 'vendor', vendor: 'acme' },
      reason: 'an incident',
      placedBy: 'otto',
      placedAt: site.now,
    });
    expect(codeOf(await renew(session))).toBe('locked');
    expect(await running()).toEqual([session]);
  });

  test('is for no session that was never opened', async () => {
    for (const id of ['', 'ses_00000000', grant.id]) {
      expect(codeOf(await renewSession(site.context, { id, thumbprint: '', certify }))).toBe(
        'unknown',
      );
    }
  });
});

describe('ending', () => {
  const by = (actor: string, { id }: Session, block = true) =>
    endSessionBy(site.context, { actor, id, reason: 'stop', block });

  test.for([
    ['otto', 'ended-by-approver'],
    ['petra', 'ended-by-approver'],
  ] as const)(
    'by %s is %s, cuts, and blocks coming back until it is lifted',
    async ([actor, reason]) => {
      const session = await opened();
      const { session: over, lock } = done(await by(actor, session));
      expect(over).toMatchObject({
        state: 'ended',
        endReason: reason,
        endedBy: actor,
        endText: 'stop',
      });
      expect(site.cut).toEqual([{ session: session.id, reason }]);
      expect(codeOf(await open())).toBe('locked');
      expect(site.context.locks.list()).toEqual([lock]);
      const lift = { actor, id: lock?.id ?? '', version: 1 };
      done(await liftLock(site.context, lift));
      expect(site.context.locks.list()).toEqual([]);
      expect(codeOf(await open())).toBe('done');
      expect(codeOf(await liftLock(site.context, { ...lift, version: 2 }))).toBe('wrong-state');
    },
  );

  test('by an operator who approves nothing there is ended-by-operator', async () => {
    site.plant = plantWithPeople([person('oona', 'site', 'operator')]);
    const { session } = done(await by('oona', await opened(), false));
    expect(session.endReason).toBe('ended-by-operator');
    expect(codeOf(await open())).toBe('done');
  });

  test('by the vendor blocks nothing', async () => {
    const { session, lock } = done(await by('vera', await opened()));
    expect(session.endReason).toBe('ended-by-vendor');
    expect(lock).toBeUndefined();
    expect(codeOf(await open())).toBe('done');
  });

  test('is for nobody else', async () => {
    const session = await opened();
    for (const [actor, code] of [
      ['victor', 'unknown'],
      ['bert', 'unknown'],
      ['carl', 'forbidden'],
      ['anna', 'forbidden'],
      ['audra', 'forbidden'],
    ] as const) {
      expect([actor, codeOf(await by(actor, session))]).toEqual([actor, code]);
    }
    expect((await running()).length).toBe(1);
    expect(site.cut).toEqual([]);
  });

  test('twice stays as it was, and the recording is sealed once', async () => {
    const session = await opened();
    done(await by('otto', session));
    const tallied = { counts: { allowed: 9, refused: 1, writes: 3 }, recording: 'ab'.repeat(32) };
    const ended = { actor: 'gate', id: session.id, reason: 'ended-by-vendor' } as const;
    const sealed = done(await endSession(site.context, { ...ended, tallied })).session;
    expect(sealed).toMatchObject({ endReason: 'ended-by-approver', ...tallied });
    const again = { ...tallied, recording: 'cd'.repeat(32) };
    const twice = done(await endSession(site.context, { ...ended, tallied: again })).session;
    expect(twice).toEqual(sealed);
  });

  test('of what is not recorded whole alarms, once, however late that becomes known', async () => {
    const counts = { allowed: 9, refused: 1, writes: 3 };
    const alerts = async () => (await site.context.store.alerts.list({}, { limit: 9 })).items;
    const session = await opened();
    done(await by('otto', session));
    expect(await alerts()).toEqual([]);
    const ended = { actor: 'gate', id: session.id, reason: 'ended-by-vendor' } as const;
    const tallied = { counts, incomplete: 'disk full' };
    done(await endSession(site.context, { ...ended, tallied }));
    site.now = micros(site.now + 1);
    done(await endSession(site.context, { ...ended, tallied }));
    done(await reportIncomplete(site.context, { id: session.id, because: 'another reason' }));
    expect(await alerts()).toMatchObject([
      {
        count: 1,
        severity: 78,
        document: {
          message: `session ${session.id} of vera (acme) on plc-12 is not recorded whole: disk full`,
          destination: { ip: '127.20.1.12' },
          lockkeeper: { asset: { id: 'plc-12' } },
        },
      },
    ]);
    expect(await site.context.store.sessions.get(session.id)).toMatchObject(tallied);
  });

  test('by the clock goes through the grace, to the microsecond', async () => {
    // So late that its certificate lasts to the end.
    site.now = micros(grant.notAfter - MINUTE);
    const session = await opened();
    const at = async (now: number) => {
      site.now = micros(now);
      await expire(site.context);
      return (await site.context.store.sessions.get(session.id))?.state;
    };
    expect(codeOf(await enterGrace(site.context, { actor: 'gate', id: session.id }))).toBe(
      'not-yet',
    );
    expect(await at(grant.notAfter - 1)).toBe('active');
    expect(await at(grant.notAfter)).toBe('grace');
    expect(await at(grant.graceUntil - 1)).toBe('grace');
    expect(await at(grant.graceUntil)).toBe('ended');
    expect(site.cut).toEqual([{ session: session.id, reason: 'deadline' }]);
  });

  test('because nobody came with its certificate, or came back, to the microsecond', async () => {
    const session = await opened();
    expect(session.certificateUntil).toBe(site.now + CERTIFICATE_LIFETIME);
    expect(codeOf(await open())).toBe('session-limit');
    const at = async (now: number) => {
      site.now = micros(now);
      await expire(site.context);
      return site.context.store.sessions.get(session.id);
    };
    expect(await at(session.certificateUntil - 1)).toMatchObject({ state: 'active' });
    const { id, certificate } = session;
    const renewal = { id, thumbprint: certificate, certify };
    const renewed = done(await renewSession(site.context, renewal)).session;
    expect(renewed.certificateUntil).toBe(site.now + CERTIFICATE_LIFETIME);
    expect(await at(session.certificateUntil)).toEqual(renewed);
    expect(site.cut).toEqual([]);
    const over = { state: 'ended', endReason: 'renewal-failed', endedAt: renewed.certificateUntil };
    expect(await at(renewed.certificateUntil)).toMatchObject(over);
    expect(site.cut).toEqual([{ session: id, reason: 'renewal-failed' }]);
    expect((await site.leaves()).at(-1)).toMatchObject({
      actor: 'broker',
      action: 'end-session',
      subject: id,
      detail: { grant: grant.id, reason: 'renewal-failed' },
    });
    expect(codeOf(await open())).toBe('done');
  });

  test('because its ground is gone', async () => {
    const session = await opened();
    expect(await reviewSessions(site.context)).toEqual([]);
    site.plant = plantWithPeople([], ['vera']);
    expect(await reviewSessions(site.context)).toMatchObject([
      { id: session.id, endReason: 'role-lost' },
    ]);
    expect(site.cut).toEqual([{ session: session.id, reason: 'role-lost' }]);
  });

  test('because the vendor took the request back', async () => {
    const session = await opened();
    const request = await site.context.store.requests.get(grant.request);
    const asked = { actor: 'vera', id: grant.request, version: request?.version ?? 0, reason: '' };
    const { ended } = done(await withdrawRequest(site.context, asked));
    expect(ended).toMatchObject([{ id: session.id, endReason: 'grant-revoked' }]);
    expect(site.cut).toEqual([{ session: session.id, reason: 'grant-revoked' }]);
    expect(codeOf(await open())).toBe('expired');
  });

  test('because the broker stopped', async () => {
    await opened();
    expect(await endStranded(site.context)).toMatchObject([{ endReason: 'broker-stopped' }]);
    expect(await running()).toEqual([]);
  });
});

describe('a lock', () => {
  const place = (target: Lock['target'], actor = 'otto') =>
    placeLock(site.context, { actor, target, reason: 'an incident' });

  test('on what the session belongs to ends it and keeps it out', async () => {
    const targets: readonly Lock['target'][] = [
      { kind: 'grant', grant: grant.id },
      { kind: 'person', person: 'vera' },
      { kind: 'vendor', vendor: 'acme' },
      { kind: 'zone', zone: 'cell-1' },
      { kind: 'zone', zone: 'plant' },
      { kind: 'all' },
    ];
    for (const target of targets) {
      const session = await opened();
      const { lock, ended } = done(await place(target));
      expect(ended).toMatchObject([{ id: session.id, endReason: 'locked' }]);
      expect(site.cut.at(-1)).toEqual({ session: session.id, reason: 'locked' });
      expect(codeOf(await open())).toBe('locked');
      expect((await ActiveLocks.load(site.context.store)).list()).toEqual([lock]);
      done(await liftLock(site.context, { actor: 'otto', id: lock.id, version: lock.version }));
    }
    expect(codeOf(await open())).toBe('done');
  });

  test('on anything else lets it run', async () => {
    await opened();
    const targets: readonly Lock['target'][] = [
      { kind: 'vendor', vendor: 'bolt' },
      { kind: 'person', person: 'victor' },
      { kind: 'zone', zone: 'cell-2' },
    ];
    for (const target of targets) expect(done(await place(target)).ended).toEqual([]);
    expect((await running()).length).toBe(1);
  });

  test('placed while somebody connects is not slipped past', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [, lock] = await Promise.all([open(), place({ kind: 'all' })]);
      expect(await running()).toEqual([]);
      const { id, version } = done(lock).lock;
      done(await liftLock(site.context, { actor: 'otto', id, version }));
    }
  });

  test('placed after a connect looked for locks and before it is stored ends it', async () => {
    const { store } = site.context;
    const commit = store.commit.bind(store);
    let placed = 0;
    store.commit = async (change) => {
      const opens = change.writes.some(
        ({ noun, expected }) => noun === 'session' && expected === 0,
      );
      // It meets no session yet, so nobody but the connect itself can end what comes now.
      if (opens) placed += done(await place({ kind: 'all' })).ended.length === 0 ? 1 : 0;
      return commit(change);
    };
    expect(codeOf(await open())).toBe('locked');
    expect(placed).toBe(1);
    expect(await running()).toEqual([]);
    expect((await site.leaves()).at(-1)).toMatchObject({
      actor: 'broker',
      action: 'end-session',
      detail: { reason: 'locked' },
    });
  });

  test('that still holds keeps out, whoever lifts another', async () => {
    const first = done(await place({ kind: 'all' })).lock;
    done(await place({ kind: 'vendor', vendor: 'acme' }));
    done(await liftLock(site.context, { actor: 'otto', id: first.id, version: 1 }));
    expect(codeOf(await open())).toBe('locked');
  });

  test('needs a reason, a target that exists, and the right', async () => {
    const nobody = { kind: 'vendor', vendor: 'nobody' } as const;
    expect(codeOf(await place(nobody))).toBe('unknown');
    const all = { kind: 'all' } as const;
    for (const actor of ['vera', 'anna', 'audra', 'petra']) {
      expect(['forbidden', 'unknown']).toContain(codeOf(await place(all, actor)));
    }
    const unsaid = { actor: 'otto', target: all, reason: ' ' };
    expect(codeOf(await placeLock(site.context, unsaid))).toBe('invalid');
    expect(codeOf(await place({ kind: 'zone', zone: 'cell-1' }, 'petra'))).toBe('done');
  });
});
