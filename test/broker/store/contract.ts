/** What every adapter of the store must do. An adapter's test calls `storeContract` with its own opening. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccessRequest, RequestState } from '#broker/model/access.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { ReportedOperation } from '#broker/model/operation.ts';
import type {
  AssetFilter,
  Change,
  Reader,
  ReleaseFilter,
  Store,
  Write,
} from '#broker/store/store.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import {
  aGrant,
  aLock,
  anAlert,
  anAsset,
  anEmission,
  anEvent,
  anOperation,
  aPolicy,
  aRelease,
  aRequest,
  aSensor,
  aSession,
  HOUR,
  MANIFEST,
  NOON,
} from './samples.ts';

export interface Opened {
  readonly store: Store;
  /** Opens what the closed `store` left behind. */
  reopen(): Promise<Store>;
  remove(): Promise<void>;
}

const later = (hours: number): Micros => micros(NOON + hours * HOUR);
const made = (...writes: Write[]): Change => ({ writes, audit: [anEvent()] });
const ids = (items: readonly { readonly id: string }[]): readonly string[] =>
  items.map(({ id }) => id);

/** Every item of a list, by pages of `limit`. */
async function paged<Id, T, Filter>(
  reader: Reader<Id, T, Filter>,
  filter: Filter,
  limit: number,
): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

export function storeContract(open: () => Promise<Opened>): void {
  let opened: Opened;
  let store: Store;

  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(async () => {
    await store.close();
    await opened.remove();
  });

  const put = async (...writes: Write[]): Promise<void> => {
    expect(await store.commit(made(...writes))).toEqual({ kind: 'committed' });
  };
  const decided = (request: AccessRequest, state: RequestState): Write => ({
    noun: 'request',
    expected: request.version,
    put: { ...request, version: request.version + 1, state },
  });

  describe('nouns', () => {
    test('each comes back as it was put, and after a restart', async () => {
      const request = aRequest();
      const grant = aGrant(request);
      const session = aSession(grant);
      const lock = aLock();
      const sensor = aSensor();
      const policy = aPolicy('zones: []');
      const alert = anAlert();
      const release = aRelease();
      await put(
        { noun: 'session', expected: 0, put: session },
        { noun: 'grant', expected: 0, put: grant },
        { noun: 'request', expected: 0, put: request },
        { noun: 'lock', expected: 0, put: lock },
        { noun: 'sensor', expected: 0, put: sensor },
        { noun: 'policy', expected: 0, put: policy },
        { noun: 'alert', expected: 0, put: alert },
        { noun: 'release', expected: 0, put: release },
      );
      await store.close();
      store = await opened.reopen();
      expect(await store.requests.get(request.id)).toEqual(request);
      expect(await store.grants.get(grant.id)).toEqual(grant);
      expect(await store.sessions.get(session.id)).toEqual(session);
      expect(await store.locks.get(lock.id)).toEqual(lock);
      expect(await store.sensors.get(sensor.id)).toEqual(sensor);
      expect(await store.policies.get(policy.id)).toEqual(policy);
      expect(await store.alerts.get(alert.id)).toEqual(alert);
      expect(await store.releases.get(release.id)).toEqual(release);
      expect(await store.audit.size()).toBe(1);
    });

    test('what is not there is undefined', async () => {
      expect(await store.requests.get(aRequest().id)).toBeUndefined();
      expect(await store.alerts.latestOf('broker', 'none')).toBeUndefined();
    });

    test('a change with 500 alerts, as a sensor sends them, is one commit without a leaf', async () => {
      const writes = Array.from(
        { length: 500 },
        (): Write => ({ noun: 'alert', expected: 0, put: anAlert() }),
      );
      expect(await store.commit({ writes, audit: [] })).toEqual({ kind: 'committed' });
      expect(await paged(store.alerts, {}, 200)).toHaveLength(500);
    });
  });

  describe('versions', () => {
    test('a write over another version than expected is a conflict that names noun and id', async () => {
      const request = aRequest();
      await put({ noun: 'request', expected: 0, put: request });
      await put(decided(request, 'approved'));
      expect(await store.commit(made(decided(request, 'denied')))).toEqual({
        kind: 'conflict',
        noun: 'request',
        id: request.id,
      });
      expect((await store.requests.get(request.id))?.state).toBe('approved');
    });

    test.each<[string, (request: AccessRequest) => Write]>([
      ['making what stands', (request) => ({ noun: 'request', expected: 0, put: request })],
      ['changing what is not there', () => decided(aRequest(), 'approved')],
    ])('%s is a conflict', async (_, write) => {
      const request = aRequest();
      await put({ noun: 'request', expected: 0, put: request });
      expect(await store.commit(made(write(request)))).toMatchObject({ kind: 'conflict' });
    });

    test('a conflict leaves nothing of the change: no write before it, no leaf', async () => {
      const request = aRequest();
      await put({ noun: 'request', expected: 0, put: request });
      const lock = aLock();
      const outcome = await store.commit(
        made(
          { noun: 'lock', expected: 0, put: lock },
          { noun: 'request', expected: 0, put: request },
        ),
      );
      expect(outcome).toEqual({ kind: 'conflict', noun: 'request', id: request.id });
      expect(await store.locks.get(lock.id)).toBeUndefined();
      expect(await store.audit.size()).toBe(1);
    });

    test('of 100 that open a one-session grant at once, one does', async () => {
      const request = aRequest();
      const grant = aGrant(request, { state: 'active' });
      await put(
        { noun: 'request', expected: 0, put: request },
        { noun: 'grant', expected: 0, put: grant },
      );
      const openings = Array.from({ length: 100 }, () =>
        store.commit(
          made(
            { noun: 'grant', expected: 1, put: { ...grant, version: 2, sessions: 1 } },
            { noun: 'session', expected: 0, put: aSession(grant) },
          ),
        ),
      );
      const outcomes = await Promise.all(openings);
      expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(99);
      expect(await paged(store.sessions, { grant: grant.id }, 200)).toHaveLength(1);
      expect(await store.audit.size()).toBe(2);
    });

    test('a certificate is bound to one open session', async () => {
      const request = aRequest();
      const grant = aGrant(request);
      const session = aSession(grant);
      await put(
        { noun: 'request', expected: 0, put: request },
        { noun: 'grant', expected: 0, put: grant },
        { noun: 'session', expected: 0, put: session },
      );
      const second = aSession(grant, { certificate: session.certificate });
      expect(await store.commit(made({ noun: 'session', expected: 0, put: second }))).toEqual({
        kind: 'conflict',
        noun: 'session',
        id: second.id,
      });
    });

    test('one policy is in force: the next takes over in one change, in any order', async () => {
      const first = aPolicy('first');
      const second = aPolicy('second');
      await put({ noun: 'policy', expected: 0, put: first });
      await put(
        { noun: 'policy', expected: 0, put: second },
        { noun: 'policy', expected: 1, put: { ...first, version: 2, active: false } },
      );
      const third = aPolicy('third');
      expect(await store.commit(made({ noun: 'policy', expected: 0, put: third }))).toMatchObject({
        kind: 'conflict',
        noun: 'policy',
      });
      const active = (await paged(store.policies, {}, 10)).filter((policy) => policy.active);
      expect(ids(active)).toEqual([second.id]);
    });
  });

  describe('rules that only a bug can break', () => {
    test.each<[string, (request: AccessRequest) => Change]>([
      [
        'a change without an audit leaf',
        (request) => ({ writes: [decided(request, 'approved')], audit: [] }),
      ],
      [
        'a version that skips one',
        (request) =>
          made({ noun: 'request', expected: 1, put: { ...request, version: 3, state: 'denied' } }),
      ],
      ['a way that its life does not have', (request) => made(decided(request, 'pending'))],
      [
        'a request that begins approved',
        () => made({ noun: 'request', expected: 0, put: aRequest({ state: 'approved' }) }),
      ],
      [
        'a grant without its request',
        () => made({ noun: 'grant', expected: 0, put: aGrant(aRequest()) }),
      ],
      [
        'clocks out of order',
        () => made({ noun: 'request', expected: 0, put: aRequest({ notAfter: NOON }) }),
      ],
      [
        'a leaf that has no canonical text',
        () => ({ writes: [], audit: [anEvent({ detail: { bound: Number.NaN } })] }),
      ],
    ])('%s is thrown, and nothing of it stays', async (name, change) => {
      const request = aRequest();
      await put({ noun: 'request', expected: 0, put: request });
      if (name.startsWith('a way')) await put(decided(request, 'approved'));
      const before = await store.requests.get(request.id);
      const size = await store.audit.size();
      await expect(store.commit(change(before ?? request))).rejects.toMatchObject({
        name: 'BrokerError',
        code: 'store',
      });
      expect(await store.requests.get(request.id)).toEqual(before);
      expect(await store.audit.size()).toBe(size);
    });
  });

  describe('lists', () => {
    test('are newest first, and pages neither skip nor repeat while more come in', async () => {
      const requests = Array.from({ length: 7 }, () => aRequest());
      for (const request of requests) await put({ noun: 'request', expected: 0, put: request });
      const first = await store.requests.list({}, { limit: 3 });
      await put({ noun: 'request', expected: 0, put: aRequest() });
      const second = await store.requests.list({}, { limit: 3, cursor: first.next ?? '' });
      const third = await store.requests.list({}, { limit: 3, cursor: second.next ?? '' });
      expect(third.next).toBeUndefined();
      expect(ids([...first.items, ...second.items, ...third.items])).toEqual(
        ids(requests.toReversed()),
      );
    });

    test.each(['', 'x', 'MTI', '../../etc', 'a'.repeat(10_000), 'MTIuMTM='])(
      'a cursor that no page gave (%#) finds nothing or less, and does not fail',
      async (cursor) => {
        await put({ noun: 'alert', expected: 0, put: anAlert() });
        const page = await store.alerts.list({}, { limit: 5, cursor });
        expect(page.items).toEqual([]);
      },
    );

    test.each([0, -1, 1.5, 201, Number.NaN])('a limit of %s is a bug', async (limit) => {
      await expect(store.requests.list({}, { limit })).rejects.toThrow(RangeError);
    });

    test('requests by state, requester, vendor and asset', async () => {
      const ours = aRequest();
      const theirs = aRequest({ requester: 'victor', vendor: 'other', asset: 'plc-2' });
      await put(
        { noun: 'request', expected: 0, put: ours },
        { noun: 'request', expected: 0, put: theirs },
      );
      await put(decided(theirs, 'withdrawn'));
      for (const filter of [
        { state: 'pending' },
        { requester: 'vera' },
        { vendor: 'acme' },
        { asset: 'plc-12' },
      ] as const) {
        expect(ids(await paged(store.requests, filter, 10))).toEqual([ours.id]);
      }
      expect(ids(await paged(store.requests, { state: 'withdrawn' }, 10))).toEqual([theirs.id]);
      expect(await paged(store.requests, { state: 'withdrawn', vendor: 'acme' }, 10)).toEqual([]);
    });

    test('grants and sessions by state, person, vendor and what they are under', async () => {
      const [request, other] = [aRequest(), aRequest({ requester: 'victor', asset: 'plc-2' })];
      const [grant, revoked] = [aGrant(request), aGrant(other)];
      const [session, over] = [aSession(grant), aSession(revoked)];
      await put(
        { noun: 'request', expected: 0, put: request },
        { noun: 'request', expected: 0, put: other },
        { noun: 'grant', expected: 0, put: grant },
        { noun: 'grant', expected: 0, put: revoked },
        { noun: 'session', expected: 0, put: session },
        { noun: 'session', expected: 0, put: over },
      );
      const end = { state: 'ended', endedAt: NOON, endReason: 'deadline' } as const;
      await put(
        { noun: 'grant', expected: 1, put: { ...revoked, version: 2, state: 'revoked' } },
        { noun: 'session', expected: 1, put: { ...over, version: 2, ...end } },
      );
      const grants = async (filter: Parameters<Store['grants']['list']>[0]) =>
        ids(await paged(store.grants, filter, 10));
      expect(await grants({ state: ['scheduled', 'active'] })).toEqual([grant.id]);
      expect(await grants({ state: ['revoked', 'expired'] })).toEqual([revoked.id]);
      expect(await grants({ state: [] })).toEqual([]);
      expect(await grants({ person: 'victor' })).toEqual([revoked.id]);
      expect(await grants({ request: request.id })).toEqual([grant.id]);
      expect(await grants({ vendor: 'acme' })).toEqual([revoked.id, grant.id]);
      const sessions = async (filter: Parameters<Store['sessions']['list']>[0]) =>
        ids(await paged(store.sessions, filter, 10));
      expect(await sessions({ state: ['active', 'grace'] })).toEqual([session.id]);
      expect(await sessions({ state: ['ended'] })).toEqual([over.id]);
      expect(await sessions({ grant: grant.id })).toEqual([session.id]);
      expect(await sessions({ asset: 'plc-2' })).toEqual([over.id]);
      expect(await sessions({ person: 'vera', vendor: 'acme' })).toEqual([session.id]);
    });

    test('locks in force, and lifted', async () => {
      const [standing, gone] = [aLock(), aLock()];
      await put(
        { noun: 'lock', expected: 0, put: standing },
        { noun: 'lock', expected: 0, put: gone },
      );
      const lifted = { by: 'petra', at: later(1) };
      await put({ noun: 'lock', expected: 1, put: { ...gone, version: 2, lifted } });
      expect(ids(await paged(store.locks, { active: true }, 10))).toEqual([standing.id]);
      expect(ids(await paged(store.locks, { active: false }, 10))).toEqual([gone.id]);
      expect(await paged(store.locks, {}, 10)).toHaveLength(2);
    });
  });

  describe('alerts', () => {
    test('come by the time they were first seen, whatever the order of arrival', async () => {
      const [early, late] = [anAlert({ firstSeen: NOON }), anAlert({ firstSeen: later(2) })];
      const middle = anAlert({ firstSeen: later(1) });
      await put({ noun: 'alert', expected: 0, put: late });
      await put({ noun: 'alert', expected: 0, put: early });
      await put({ noun: 'alert', expected: 0, put: middle });
      expect(ids(await paged(store.alerts, {}, 1))).toEqual([late.id, middle.id, early.id]);
    });

    test('filters take what they say, and each narrows the other', async () => {
      const quiet = anAlert({ severity: 20 });
      const loud = anAlert({ severity: 80, firstSeen: later(1) }, { asset: 'plc-12' });
      const closed = anAlert({ severity: 90, firstSeen: later(2) }, { asset: 'sis-1' });
      for (const alert of [quiet, loud, closed]) {
        await put({ noun: 'alert', expected: 0, put: alert });
      }
      const closing = { status: 'closed', closeReason: 'tuning' } as const;
      await put({ noun: 'alert', expected: 1, put: { ...closed, version: 2, ...closing } });
      const found = async (filter: Parameters<Store['alerts']['list']>[0]) =>
        ids(await paged(store.alerts, filter, 10));
      expect(await found({ status: ['new', 'acknowledged'] })).toEqual([loud.id, quiet.id]);
      expect(await found({ status: ['closed'] })).toEqual([closed.id]);
      expect(await found({ status: [] })).toEqual([]);
      expect(await found({ severity: 80 })).toEqual([closed.id, loud.id]);
      expect(await found({ severity: 81 })).toEqual([closed.id]);
      expect(await found({ asset: 'plc-12' })).toEqual([loud.id]);
      expect(await found({ from: later(1), until: later(2) })).toEqual([loud.id]);
      expect(await found({ status: ['new'], severity: 50, asset: 'plc-12' })).toEqual([loud.id]);
    });

    test('a time filter takes what was going on then, not only what began then', async () => {
      const long = anAlert({ firstSeen: NOON, lastSeen: later(5) });
      await put({ noun: 'alert', expected: 0, put: long });
      const within = async (from: number, until: number) =>
        ids(await paged(store.alerts, { from: later(from), until: later(until) }, 10));
      expect(await within(2, 3)).toEqual([long.id]);
      expect(await within(5, 6)).toEqual([long.id]);
      expect(await within(6, 7)).toEqual([]);
    });

    test('words are sought in the sentence, the rule and the addresses', async () => {
      const burst = anAlert({}, { message: 'rogue wrote 1500 to pump-speed', rule: 'Write burst' });
      const scan = anAlert({}, { message: 'scan of plc-2', source: '192.0.2.7', rule: 'Scan' });
      await put(
        { noun: 'alert', expected: 0, put: burst },
        { noun: 'alert', expected: 0, put: scan },
      );
      const found = async (text: string) => ids(await paged(store.alerts, { text }, 10));
      expect(await found('pump-speed')).toEqual([burst.id]);
      expect(await found('BURST rogue')).toEqual([burst.id]);
      expect(await found('192.0.2.7')).toEqual([scan.id]);
      expect(await found('192.0.2')).toEqual([scan.id]);
      expect(await found('rogue 192.0.2.7')).toEqual([]);
      expect(await found('pum')).toEqual([burst.id]);
      expect(await found('')).toHaveLength(2);
    });

    test.each([
      '"',
      '" OR 1',
      'hmi"1',
      'a"b*"c',
      "'; drop table alert; --",
      '*',
      'a* NOT',
      'NEAR(',
      '(',
      '-',
      'x:y',
      '%',
      '\0',
    ])('nothing that a person types (%j) is an operator or fails', async (text) => {
      await put({ noun: 'alert', expected: 0, put: anAlert() });
      await expect(store.alerts.list({ text }, { limit: 5 })).resolves.toBeDefined();
    });

    test('are sought by what the sentence says now', async () => {
      const alert = anAlert({}, { message: 'wrote once' });
      await put({ noun: 'alert', expected: 0, put: alert });
      const document = { ...alert.document, message: 'wrote twice' };
      await put({ noun: 'alert', expected: 1, put: { ...alert, version: 2, document } });
      expect(await paged(store.alerts, { text: 'once' }, 10)).toEqual([]);
      expect(await paged(store.alerts, { text: 'twice' }, 10)).toHaveLength(1);
    });

    test('are counted by status through every change, and not twice by a conflict', async () => {
      const alerts = Array.from({ length: 4 }, () => anAlert());
      for (const alert of alerts) await put({ noun: 'alert', expected: 0, put: alert });
      const [one, two, three] = alerts;
      if (one === undefined || two === undefined || three === undefined) throw new Error('4 made');
      const to = (alert: typeof one, status: typeof one.status): Write => ({
        noun: 'alert',
        expected: 1,
        put: { ...alert, version: 2, status },
      });
      await put(to(one, 'acknowledged'), to(two, 'closed'));
      expect((await store.commit(made(to(three, 'closed'), to(one, 'closed')))).kind).toBe(
        'conflict',
      );
      expect(await store.alerts.counts()).toEqual({ new: 2, acknowledged: 1, closed: 1 });
    });

    test('the latest of a deduplication key is the one that its origin made last', async () => {
      const one = 'sen_000000000001' as SensorId;
      const other = 'sen_000000000002' as SensorId;
      const first = anAlert({ firstSeen: later(1) }, { dedupKey: 'k' });
      const second = anAlert({ firstSeen: NOON, follows: first.id }, { dedupKey: 'k' });
      const third = anAlert({ firstSeen: later(2), sensor: one }, { dedupKey: 'k' });
      for (const alert of [first, second, third]) {
        await put({ noun: 'alert', expected: 0, put: alert });
      }
      expect((await store.alerts.latestOf('broker', 'k'))?.id).toBe(second.id);
      expect((await store.alerts.latestOf(one, 'k'))?.id).toBe(third.id);
      expect(await store.alerts.latestOf(other, 'k')).toBeUndefined();
    });
  });

  describe('assets', () => {
    const named = (address: string) => anAsset(address).id;
    const addresses = async (filter: AssetFilter): Promise<readonly string[]> =>
      (await paged(store.assets, filter, 2)).map(({ address }) => address);

    beforeEach(async () => {
      const plc = anAsset('10.0.1.12', {
        mac: '00-00-5E-00-53-23',
        units: [{ id: 1, identity: { vendor: 'OT', product: 'Pump 1%', revision: 'v1' } }],
      });
      const hmi = anAsset('10.0.2.10', { protocols: ['modbus', 'opcua'] });
      const far = anAsset('2001:db8::1', { protocols: ['opcua'], applications: ['urn:acme:Hmi'] });
      await store.commit({
        writes: [plc, hmi, far].map((put) => ({ noun: 'asset', expected: 0, put })),
        audit: [],
      });
    });

    test('come newest first, are counted, and say which protocols there are', async () => {
      expect(await addresses({})).toEqual(['2001:db8::1', '10.0.2.10', '10.0.1.12']);
      expect(await store.assets.count()).toBe(3);
      expect(await store.assets.protocols()).toEqual(['modbus', 'opcua']);
    });

    test('are found by protocol, by ranges of addresses, among some and but for some', async () => {
      expect(await addresses({ protocol: 'opcua' })).toEqual(['2001:db8::1', '10.0.2.10']);
      expect(await addresses({ protocol: 'opc' })).toEqual([]);
      const within = [
        { first: named('10.0.1.12'), last: named('10.0.1.12') },
        { first: named('2001:db8::'), last: named('2001:db8::ffff') },
      ];
      expect(await addresses({ within })).toEqual(['2001:db8::1', '10.0.1.12']);
      const v4 = [{ first: named('0.0.0.0'), last: named('255.255.255.255') }];
      expect(await addresses({ within: v4 })).toEqual(['10.0.2.10', '10.0.1.12']);
      expect(await addresses({ within: [] })).toEqual([]);
      const known = [named('10.0.1.12'), named('10.9.9.9')];
      expect(await addresses({ among: known })).toEqual(['10.0.1.12']);
      expect(await addresses({ except: known })).toEqual(['2001:db8::1', '10.0.2.10']);
      expect(await store.assets.among(known)).toEqual([named('10.0.1.12')]);
    });

    test('are found by every word, in whatever case, or by a name that somebody else knows', async () => {
      const found = (...words: string[]) =>
        addresses({ words: words.map((word) => ({ word, or: [] })) });
      expect(await found('pump')).toEqual(['10.0.1.12']);
      expect(await found('00-00-5e')).toEqual(['10.0.1.12']);
      expect(await found('URN:ACME')).toEqual(['2001:db8::1']);
      expect(await found('10.0', 'v1')).toEqual(['10.0.1.12']);
      expect(await found('%')).toEqual(['10.0.1.12']);
      expect(await found('pump', 'hmi')).toEqual([]);
      const words = [
        { word: '10.0', or: [] },
        { word: 'panel', or: [named('10.0.2.10')] },
      ];
      expect(await addresses({ words })).toEqual(['10.0.2.10']);
    });

    test('are brought up to date without a leaf, and sought by what they say now', async () => {
      const put = { ...anAsset('10.0.1.12', { units: [] }), version: 2 };
      const change: Change = { writes: [{ noun: 'asset', expected: 1, put }], audit: [] };
      expect(await store.commit(change)).toEqual({ kind: 'committed' });
      expect(await store.commit(change)).toMatchObject({ kind: 'conflict', noun: 'asset' });
      expect(await addresses({ words: [{ word: 'pump', or: [] }] })).toEqual([]);
      expect(await store.assets.get(put.id)).toEqual(put);
    });
  });

  describe('releases', () => {
    test('come newest first, and are found by verdict and by every word of what they are', async () => {
      const unread = aRelease({ claimed: undefined, fileName: 'Photos.ZIP' });
      const denied = aRelease();
      const held = aRelease({
        verdict: 'hold',
        claimed: undefined,
        release: { manifest: MANIFEST, manifestSha256: 'ab', files: [] },
      });
      for (const release of [unread, denied, held]) {
        await put({ noun: 'release', expected: 0, put: release });
      }
      const found = async (filter: ReleaseFilter) => ids(await paged(store.releases, filter, 2));
      expect(await found({})).toEqual([held.id, denied.id, unread.id]);
      expect(await found({ verdict: 'deny' })).toEqual([denied.id, unread.id]);
      expect(await found({ verdict: 'hold' })).toEqual([held.id]);
      expect(await found({ words: ['PRESS', '2.4'] })).toEqual([held.id, denied.id]);
      expect(await found({ words: ['photos'] })).toEqual([unread.id]);
      expect(await found({ words: ['press', '%'] })).toEqual([]);
    });

    test('are written with a leaf, once, and are what they are for good', async () => {
      const release = aRelease();
      const write: Write = { noun: 'release', expected: 0, put: release };
      await expect(store.commit({ writes: [write], audit: [] })).rejects.toThrow('audit leaf');
      await put(write);
      expect(await store.commit(made(write))).toMatchObject({ kind: 'conflict', noun: 'release' });
    });
  });

  describe('open alerts of an address', () => {
    test('are those that have it at either end, by zone, each once', async () => {
      const [closed, open, other, own] = [
        anAlert({ status: 'new' }, { source: '10.0.0.1', asset: 'plc-12' }),
        anAlert({ firstSeen: later(1) }, { source: '10.0.0.1', asset: 'plc-12' }),
        anAlert({ firstSeen: later(2) }, { source: '10.0.0.2' }),
        anAlert({ firstSeen: later(3) }, { source: '127.20.1.12' }),
      ];
      if (!closed || !open || !other || !own) throw new Error('4 made');
      for (const alert of [closed, open, other, own])
        await put({ noun: 'alert', expected: 0, put: alert });
      await put({ noun: 'alert', expected: 1, put: { ...closed, version: 2, status: 'closed' } });
      expect(ids(await store.alerts.openOf('10.0.0.1', 10))).toEqual([open.id]);
      expect(ids(await store.alerts.openOf('127.20.1.12', 2))).toEqual([own.id, other.id]);
      expect(await store.alerts.openOf('10.0.0.9', 10)).toEqual([]);
      const counted = await store.alerts.countOpen(['10.0.0.1', '127.20.1.12', '10.0.0.9']);
      expect(
        counted.toSorted((a, b) => a.alerts - b.alerts || (a.address < b.address ? -1 : 1)),
      ).toEqual([
        { address: '10.0.0.1', zone: 'cell-1', alerts: 1 },
        { address: '127.20.1.12', zone: 'cell-1', alerts: 1 },
        { address: '127.20.1.12', alerts: 2 },
      ]);
    });
  });

  describe('audit', () => {
    test('leaves lie in the order of their commits, with the bytes that are hashed', async () => {
      const events = [
        anEvent({ subject: 'a' }),
        anEvent({ subject: 'b', detail: { ü: [1, 'x'] } }),
      ];
      await store.commit({ writes: [], audit: events });
      await store.commit({ writes: [], audit: [anEvent({ subject: 'c' })] });
      const leaves = await store.audit.leaves(0, 10);
      expect(leaves.map(({ index, event }) => [index, event.subject])).toEqual([
        [0, 'a'],
        [1, 'b'],
        [2, 'c'],
      ]);
      expect(leaves[1]?.bytes).toBe(
        `{"action":"decide-request","actor":"petra","at":${NOON},"detail":{"ü":[1,"x"]},"outcome":"allowed","subject":"b"}`,
      );
      expect(leaves[1]?.event).toEqual(events[1]);
      expect((await store.audit.leaves(1, 1)).map(({ index }) => index)).toEqual([1]);
      expect(await store.audit.leaves(3, 10)).toEqual([]);
    });

    test('is listed newest first by subject, by actor and by what was done', async () => {
      for (const [actor, subject, action] of [
        ['petra', 'req_a', 'decide-request'],
        ['otto', 'req_a', 'decide-request'],
        ['petra', 'req_b', 'deny-request'],
      ] as const) {
        await store.commit({ writes: [], audit: [anEvent({ actor, subject, action })] });
      }
      const listed = async (filter: Parameters<Store['audit']['list']>[0]) =>
        (await store.audit.list(filter, { limit: 10 })).items.map(({ index }) => index);
      expect(await listed({})).toEqual([2, 1, 0]);
      expect(await listed({ subject: 'req_a' })).toEqual([1, 0]);
      expect(await listed({ actor: 'petra' })).toEqual([2, 0]);
      expect(await listed({ actor: 'petra', subject: 'req_a' })).toEqual([0]);
      expect(await listed({ actions: ['decide-request'] })).toEqual([1, 0]);
      expect(await listed({ actions: ['decide-request', 'deny-request'] })).toEqual([2, 1, 0]);
      expect(await listed({ actions: ['decide'] })).toEqual([]);
      const page = await store.audit.list({}, { limit: 2 });
      const rest = await store.audit.list({}, { limit: 2, cursor: page.next ?? '' });
      expect(rest.items.map(({ index }) => index)).toEqual([0]);
    });
  });

  describe('history', () => {
    const month = 31 * 24;

    test('an item that comes again is taken as done, verdict and all', async () => {
      await store.history.appendOperations([anOperation('op-1'), anOperation('op-1')], NOON);
      await store.history.settleOperation('op-1', 'unexplained');
      await store.history.appendOperations([anOperation('op-1')], NOON);
      expect(await store.history.unexplained(10)).toEqual([]);
    });

    test('what has no verdict is found as it was received, across months, whatever its time', async () => {
      const append = (received: number, ...items: readonly ReportedOperation[]) =>
        store.history.appendOperations(items, later(received));
      await append(1, anOperation('op-1', later(month)));
      await append(2, anOperation('op-2', NOON));
      await append(3, anOperation('op-3', later(1)));
      await append(4, anOperation('op-1', later(month)));
      const found = async (limit: number) => ids(await store.history.unexplained(limit));
      expect(await found(10)).toEqual(['op-1', 'op-2', 'op-3']);
      expect(await found(2)).toEqual(['op-1', 'op-2']);
      await store.history.settleOperation('op-1', 'emitted', 'em-1');
      await store.history.settleOperation('op-3', 'local-operator');
      expect(await found(10)).toEqual(['op-2']);
      await store.history.settleOperation('op-2', 'unexplained');
      expect(await found(10)).toEqual([]);
      await append(5, anOperation('op-4', NOON));
      expect(await found(10)).toEqual(['op-4']);
    });

    test('what has no verdict comes of each sensor in turn, and is counted', async () => {
      const of = (sensor: string, id: string, at: Micros) => ({
        ...anOperation(id, at),
        sensor: sensor as SensorId,
      });
      const flood = Array.from({ length: 50 }, (_, n) =>
        of('sen_flooding0001', `a-${n + 10}`, later(n % 2 === 0 ? -month : 0)),
      );
      await store.history.appendOperations(flood, NOON);
      await store.history.appendOperations([of('sen_quiet000001', 'b-1', NOON)], later(1));
      await store.history.appendOperations([of('sen_quiet000001', 'b-2', NOON)], later(2));
      const found = ids(await store.history.unexplained(4));
      expect(found.filter((id) => id.startsWith('b'))).toEqual(['b-1', 'b-2']);
      expect(found.filter((id) => id.startsWith('a')).length).toBe(2);
      expect(await store.history.countUnexplained('sen_flooding0001' as SensorId)).toBe(50);
      expect(await store.history.countUnexplained('sen_quiet000001' as SensorId)).toBe(2);
      await store.history.settleOperation('b-1', 'unexplained');
      expect(await store.history.countUnexplained('sen_quiet000001' as SensorId)).toBe(1);
    });

    test('of emissions only those that change something are sought', async () => {
      await store.history.appendEmissions([
        anEmission('em-1', { changing: false }),
        anEmission('em-2'),
        anEmission('em-3', { sentAt: later(1) }),
      ]);
      expect(ids(await store.history.unseen(later(1), 10))).toEqual(['em-2']);
      await store.history.settleEmission('em-2', 'seen');
      expect(ids(await store.history.unseen(later(2), 10))).toEqual(['em-3']);
    });

    test('emissions of a key come newest first with their verdicts, at most 20', async () => {
      const many = Array.from({ length: 25 }, (_, hour) =>
        anEmission(`em-${hour}`, { sentAt: later(hour * 48) }),
      );
      await store.history.appendEmissions([...many, anEmission('other', { key: 'k' })]);
      await store.history.settleEmission('em-24', 'seen');
      const { key } = anEmission('');
      const found = await store.history.emissionsOf(key, NOON, later(2 * month));
      expect(ids(found)).toEqual(ids(many.toReversed().slice(0, 20)));
      expect(found[0]).toEqual({ ...many[24], verdict: 'seen' });
      expect(found[1]?.verdict).toBeUndefined();
      const some = await store.history.emissionsOf(key, later(3 * 48), later(20 * 48));
      expect(ids(some)).toEqual(ids(many.slice(3, 21).toReversed()));
    });

    test('an emission that was withdrawn is sought no more, and says so', async () => {
      await store.history.appendEmissions([anEmission('em-1')]);
      await store.history.settleEmission('em-1', 'not-sent');
      expect(await store.history.unseen(later(1), 10)).toEqual([]);
      const { key } = anEmission('');
      expect(await store.history.emissionsOf(key, NOON, NOON)).toMatchObject([
        { verdict: 'not-sent' },
      ]);
    });

    test('is there after a restart; settling what is not there changes nothing', async () => {
      await store.history.appendOperations([anOperation('op-1')], NOON);
      await store.history.settleOperation('op-9', 'unexplained');
      await store.close();
      store = await opened.reopen();
      expect(await store.history.unexplained(10)).toEqual([anOperation('op-1')]);
    });
  });

  test('after close every call is refused, and closing again is harmless', async () => {
    await store.close();
    await expect(store.requests.get(aRequest().id)).rejects.toMatchObject({ code: 'store' });
    await expect(store.close()).resolves.toBeUndefined();
  });
}
