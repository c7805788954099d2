import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { liveEventOf } from '#broker/api/live-events.ts';
import type { LockView, PageView, RequestView, SessionView } from '#broker/api/views.ts';
import { spkiHex } from '#broker/identity/authority.ts';
import type { DeviceAnswer, SessionAnswer, TokenAnswer } from '#broker/model/connect.ts';
import type { GrantId } from '#broker/model/ids.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { GATE_ADDRESS, PLANT } from './plant.ts';
import { openSite, type Site, START } from './site.ts';

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const HOUR = 3_600_000_000;

const asked = () => ({
  entry: 'acme-press',
  asset: 'plc-12',
  operations: [{ allowance: 0 }, { allowance: 1 }],
  notBefore: isoMicros(START),
  notAfter: isoMicros(micros(START + HOUR)),
  readGrace: true,
  purpose: 'calibrate the press',
});

const json = async <T>(response: Response): Promise<T> => (await response.json()) as T;

async function submitted(): Promise<RequestView> {
  const response = await (await site.as('vera')).post('/api/requests', asked());
  expect(response.status).toBe(200);
  return json<RequestView>(response);
}

async function approve(person: string, id: string): Promise<Response> {
  const asker = await site.as(person);
  const { version, hash } = await json<RequestView>(await asker.get(`/api/requests/${id}`));
  return asker.post(`/api/requests/${id}/approve`, { version, hash, comment: '' });
}

async function granted(): Promise<RequestView> {
  const { id } = await submitted();
  await approve('otto', id);
  return json<RequestView>(await approve('petra', id));
}

const publicKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();

/** The key of the machine that connects, unless a test needs another. */
const KEY = publicKey();

/** From the device code to the bearer token, confirmed by vera. */
async function tokenFor(grant: string): Promise<string> {
  const device = await json<DeviceAnswer>(
    await site.anonymous.request('POST', '/api/connect/device', { grant, publicKey: KEY }, {}),
  );
  const vera = await site.as('vera');
  expect((await vera.post(`/api/connect/${device.userCode}/confirm`)).status).toBe(204);
  const { deviceCode } = device;
  const answer = await site.anonymous.request('POST', '/api/connect/token', { deviceCode }, {});
  return (await json<TokenAnswer>(answer)).token;
}

describe('from the request to the session', () => {
  test('a request, two approvals, a grant with its connect line, and a session under it', async () => {
    const request = await granted();
    expect(request.state).toBe('approved');
    expect(request.approvals.map(({ person, counts }) => [person, counts])).toEqual([
      ['otto', true],
      ['petra', true],
    ]);
    expect(request.grant?.connect).toMatch(/^lockkeeper connect gr_\w+ --broker https:/);

    const grant = request.grant?.id ?? '';
    const token = await tokenFor(grant);
    const answer = await site.anonymous.request(
      'POST',
      '/api/connect/session',
      { grant, publicKey: KEY },
      { authorization: `Bearer ${token}` },
    );
    expect(answer.status).toBe(200);
    const session = await json<SessionAnswer>(answer);
    expect(session.asset).toEqual({ id: 'plc-12', name: 'Press PLC', port: 5020, units: [1] });
    expect(session.allowed[1]).toContain('write holding registers 100-109 (40101-40110)');
    const certificate = new X509Certificate(session.certificate);
    expect(certificate.subjectAltName).toContain(session.session);

    const seen = await json<SessionView>(
      await (await site.as('otto')).get(`/api/sessions/${session.session}`),
    );
    expect(seen).toMatchObject({ state: 'active', grant, person: { id: 'vera', company: 'Acme' } });

    const ended = await (await site.as('otto')).post(`/api/sessions/${session.session}/end`, {
      reason: 'enough',
    });
    expect(await json<SessionView>(ended)).toMatchObject({
      state: 'ended',
      endReason: 'ended-by-approver',
    });
    expect(site.cut).toEqual([session.session]);

    const claims = { person: 'vera', grant: grant as GrantId, key: spkiHex(createPublicKey(KEY)) };
    const again = await site.anonymous.request(
      'POST',
      '/api/connect/session',
      { grant, publicKey: KEY },
      { authorization: `Bearer ${await site.api.tokens.sign(claims, site.now)}` },
    );
    expect(await again.json()).toMatchObject({ error: { code: 'locked' } });
  });

  test('what a session may do is told of this gate alone, whatever the policy lets another one reach', async () => {
    const [ours] = PLANT.conduits;
    if (ours === undefined) throw new Error('the plant has a conduit');
    site.plant = {
      ...PLANT,
      gates: [...PLANT.gates, '127.20.1.99'],
      conduits: [
        { ...ours, allow: ours.allow.filter(({ operations }) => operations.includes('read')) },
        { ...ours, id: 'other-gate-cell-1', from: 'cell-1' },
      ],
    };
    const grant = (await granted()).grant?.id ?? '';
    const session = await json<SessionAnswer>(
      await site.anonymous.request(
        'POST',
        '/api/connect/session',
        { grant, publicKey: KEY },
        { authorization: `Bearer ${await tokenFor(grant)}` },
      ),
    );
    expect(session.allowed).toEqual([expect.stringMatching(/^read /)]);
    const otto = await site.as('otto');
    const { items } = await json<PageView<SessionView>>(await otto.get('/api/sessions'));
    const shown = [
      ...items,
      await json<SessionView>(await otto.get(`/api/sessions/${session.session}`)),
    ];
    expect(shown.map(({ allowed }) => allowed.map(({ text }) => text))).toEqual([
      session.allowed,
      session.allowed,
    ]);

    const write = site.published.find(({ noun }) => noun === 'session');
    const reach = { plant: site.plant, gateAddress: GATE_ADDRESS };
    const told =
      write && (await liveEventOf(reach, write, (id) => site.context.store.grants.get(id)));
    expect(told?.event).toMatchObject({
      event: 'session',
      data: { allowed: [{ text: session.allowed[0] }] },
    });
  });

  test('one grant of one session opened 20 times at once gives one session', async () => {
    const grant = (await granted()).grant?.id ?? '';
    const claims = { person: 'vera', grant: grant as GrantId, key: spkiHex(createPublicKey(KEY)) };
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => site.api.tokens.sign(claims, site.now)),
    );
    const answers = await Promise.all(
      tokens.map((token) =>
        site.anonymous.request(
          'POST',
          '/api/connect/session',
          { grant, publicKey: KEY },
          { authorization: `Bearer ${token}` },
        ),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test('who has approved is told so, also under another account of theirs', async () => {
    const otto = PLANT.people.get('otto');
    if (otto === undefined) throw new Error('otto is in the plant');
    const second = { ...otto, id: 'otto-2', subject: 'sub-otto-2', sameAs: 'otto' };
    site.plant = { ...PLANT, people: new Map([...PLANT.people, ['otto-2', second]]) };
    const { id } = await submitted();
    const seenBy = async (person: string) =>
      (await json<RequestView>(await (await site.as(person)).get(`/api/requests/${id}`))).mayDecide;
    expect(await seenBy('otto-2')).toMatchObject({ allowed: true, hasApproved: false });
    await approve('otto', id);
    for (const person of ['otto', 'otto-2']) {
      expect(await seenBy(person)).toMatchObject({ allowed: false, hasApproved: true });
    }
    expect(await seenBy('petra')).toMatchObject({ allowed: true, hasApproved: false });
    expect(await seenBy('vera')).toMatchObject({ allowed: false, hasApproved: false });
  });

  test('an approval of another version is a conflict, of another hash refused', async () => {
    const { id, version, hash } = await submitted();
    const otto = await site.as('otto');
    const path = `/api/requests/${id}/approve`;
    const stale = await otto.post(path, { version: version + 1, hash, comment: '' });
    expect(stale.status).toBe(409);
    const other = await otto.post(path, { version, hash: 'f'.repeat(64), comment: '' });
    expect(await other.json()).toMatchObject({ error: { code: 'request-changed' } });
  });

  test('every missing or wrong field of a request is named, and nothing is stored', async () => {
    const vera = await site.as('vera');
    const empty = await vera.post('/api/requests', {});
    expect(empty.status).toBe(400);
    const { error } = await json<{ error: { fields: { field: string }[] } }>(empty);
    expect(error.fields.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['entry', 'asset', 'operations', 'notBefore', 'notAfter', 'purpose']),
    );
    const outside = {
      ...asked(),
      operations: [{ allowance: 1, addresses: [{ first: 100, last: 110 }] }],
    };
    expect((await vera.post('/api/requests', outside)).status).toBe(400);
    expect((await site.context.store.requests.list({}, { limit: 10 })).items).toEqual([]);
  });

  test('what a person lost in the policy is lost at the next request, without signing out', async () => {
    const { id } = await submitted();
    const otto = await site.as('otto');
    expect((await otto.get(`/api/requests/${id}`)).status).toBe(200);
    const people = new Map(PLANT.people);
    const was = people.get('otto');
    if (was === undefined) throw new Error('no otto');
    site.plant = { ...PLANT, people: people.set('otto', { ...was, roles: [{ role: 'analyst' }] }) };
    expect((await otto.get(`/api/requests/${id}`)).status).toBe(403);
    people.delete('otto');
    site.plant = { ...PLANT, people };
    expect((await otto.get('/api/me')).status).toBe(401);
  });

  test('an id that now belongs to another account does not inherit the session', async () => {
    const otto = await site.as('otto');
    const people = new Map(PLANT.people);
    const was = people.get('otto');
    if (was === undefined) throw new Error('no otto');
    people.set('otto', { ...was, subject: 'sub-somebody-else' });
    site.plant = { ...PLANT, people };
    expect((await otto.get('/api/me')).status).toBe(401);
  });

  test('with no policy in force nothing passes, for anybody', async () => {
    const ada = await site.as('ada');
    site.plant = undefined;
    expect((await ada.get('/api/sensors')).status).toBe(503);
    expect((await site.anonymous.get('/api/sign-in')).status).toBe(503);
  });
});

describe('what a vendor sees of others', () => {
  test('the request, grant and session of another look like nothing, through every route', async () => {
    const request = await granted();
    const grant = request.grant?.id ?? '';
    const token = await tokenFor(grant);
    const opened = await json<SessionAnswer>(
      await site.anonymous.request(
        'POST',
        '/api/connect/session',
        { grant, publicKey: KEY },
        { authorization: `Bearer ${token}` },
      ),
    );
    const unknown = request.id.replace(/.{4}$/, '0000');
    for (const person of ['victor', 'boris']) {
      const other = await site.as(person);
      const { version } = request;
      const tries: readonly [string, string, unknown?][] = [
        ['GET', `/api/requests/${request.id}`],
        ['GET', `/api/requests/${request.id}/context`],
        ['POST', `/api/requests/${request.id}/withdraw`, { version }],
        ['POST', `/api/requests/${request.id}/deny`, { version, reason: 'x' }],
        ['GET', `/api/sessions/${opened.session}`],
        ['GET', `/api/sessions/${opened.session}/operations`],
        ['POST', `/api/sessions/${opened.session}/end`, { reason: 'x' }],
      ];
      for (const [method, path, body] of tries) {
        const theirs = await other.request(method, path, body);
        const none = await other.request(method, path.replace(request.id, unknown), body);
        expect([theirs.status, await theirs.text()]).toEqual([404, await none.text()]);
      }
      expect(await (await other.get('/api/requests')).json()).toEqual({ items: [] });
      expect(await (await other.get('/api/sessions')).json()).toEqual({ items: [] });
    }
  });

  test('a grant says whether connecting would succeed, and a code that would not is not confirmed', async () => {
    const { id, grant } = await granted();
    const vera = await site.as('vera');
    const otto = await site.as('otto');
    const shown = async () =>
      (await json<RequestView>(await vera.get(`/api/requests/${id}`))).grant;
    expect(await shown()).not.toHaveProperty('hindrance');

    const device = await json<DeviceAnswer>(
      await site.anonymous.request(
        'POST',
        '/api/connect/device',
        { grant: grant?.id, publicKey: KEY },
        {},
      ),
    );
    await otto.post('/api/locks', {
      target: { kind: 'grant', grant: grant?.id },
      reason: 'the press is being cleaned',
    });
    const because = 'locked: the press is being cleaned';
    expect(await shown()).toMatchObject({ hindrance: { code: 'locked', because } });
    expect(await (await vera.get(`/api/connect/${device.userCode}`)).json()).toMatchObject({
      hindrance: because,
    });
    const refused = await vera.post(`/api/connect/${device.userCode}/confirm`);
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { error: { code: 'locked', message: because } },
    ]);
    // The command that waits ends with the same words.
    const { deviceCode } = device;
    const poll = await site.anonymous.request('POST', '/api/connect/token', { deviceCode }, {});
    expect([poll.status, await poll.json()]).toMatchObject([403, { error: { message: because } }]);

    site.plant = { ...PLANT, version: 'another' };
    expect((await shown())?.hindrance?.code).toBe('policy-changed');
  });

  test('the locks in force are listed apart from those that were lifted', async () => {
    const otto = await site.as('otto');
    const target = { kind: 'grant', grant: (await granted()).grant?.id };
    const first = await json<LockView>(await otto.post('/api/locks', { target, reason: 'one' }));
    await otto.post(`/api/locks/${first.id}/lift`, { version: first.version });
    await otto.post('/api/locks', { target, reason: 'two' });
    const reasons = async (path: string) =>
      (await json<PageView<LockView>>(await otto.get(path))).items.map(({ reason }) => reason);
    expect(await reasons('/api/locks')).toEqual(['two', 'one']);
    expect(await reasons('/api/locks?active=true')).toEqual(['two']);
  });

  test('a grant names the session that is open under it', async () => {
    const { id, grant } = await granted();
    const token = await tokenFor(grant?.id ?? '');
    const opened = await json<SessionAnswer>(
      await site.anonymous.request(
        'POST',
        '/api/connect/session',
        { grant: grant?.id, publicKey: KEY },
        { authorization: `Bearer ${token}` },
      ),
    );
    const vera = await site.as('vera');
    const shown = await json<RequestView>(await vera.get(`/api/requests/${id}`));
    expect(shown.grant).toMatchObject({
      session: { id: opened.session },
      hindrance: { code: 'session-limit' },
    });
  });

  test('a short code is found and confirmed by the person of its grant alone', async () => {
    const grant = (await granted()).grant?.id ?? '';
    const device = await json<DeviceAnswer>(
      await site.anonymous.request('POST', '/api/connect/device', { grant, publicKey: KEY }, {}),
    );
    for (const person of ['victor', 'boris', 'otto', 'ada']) {
      const other = await site.as(person);
      expect((await other.get(`/api/connect/${device.userCode}`)).status).toBe(404);
      expect((await other.post(`/api/connect/${device.userCode}/confirm`)).status).toBe(404);
      expect((await other.post(`/api/connect/${device.userCode}/refuse`)).status).toBe(404);
    }
    const { deviceCode } = device;
    const poll = await site.anonymous.request('POST', '/api/connect/token', { deviceCode }, {});
    expect(poll.status).toBe(202);
    const vera = await site.as('vera');
    expect(await (await vera.get(`/api/connect/${device.userCode}`)).json()).toMatchObject({
      code: device.userCode,
      grant,
      asset: 'Press PLC',
      from: '127.0.0.1',
    });
  });

  test('a person who did not start it refuses, and the command and the log hear of it', async () => {
    const grant = (await granted()).grant?.id ?? '';
    const body = { grant, publicKey: KEY };
    const { userCode, deviceCode } = await json<DeviceAnswer>(
      await site.anonymous.request('POST', '/api/connect/device', body, {}),
    );
    const vera = await site.as('vera');
    expect((await vera.post(`/api/connect/${userCode}/refuse`)).status).toBe(204);
    expect((await vera.post(`/api/connect/${userCode}/confirm`)).status).toBe(409);
    const poll = await site.anonymous.request('POST', '/api/connect/token', { deviceCode }, {});
    expect([poll.status, await poll.json()]).toMatchObject([
      403,
      {
        error: { message: 'vera refused it in the portal' },
      },
    ]);
    const audra = await site.as('audra');
    const leaves = async (query: string) =>
      (
        await json<PageView<{ action: string; subject: string }>>(
          await audra.get(`/api/audit?${query}`),
        )
      ).items.map(({ action, subject }) => [action, subject]);
    expect(await leaves('action=refuse-device&actor=vera')).toEqual([['refuse-device', grant]]);
    expect(await leaves('action=refuse-device&actor=otto')).toEqual([]);
  });

  const begunBy = async (grant: string | undefined): Promise<DeviceAnswer> =>
    json(
      await site.anonymous.request('POST', '/api/connect/device', { grant, publicKey: KEY }, {}),
    );
  const heardBy = async ({ deviceCode }: DeviceAnswer): Promise<unknown> =>
    (await site.anonymous.request('POST', '/api/connect/token', { deviceCode }, {})).json();
  const lockFor = async (grant: string | undefined): Promise<void> => {
    const target = { kind: 'grant', grant };
    await (await site.as('otto')).post('/api/locks', { target, reason: 'it is cleaned' });
  };
  const told = async (): Promise<readonly unknown[]> =>
    (await site.context.store.audit.leaves(0, 1000))
      .map(({ event }) => event)
      .filter(({ action }) => action.endsWith('-device'))
      .map(({ action, actor, outcome, detail }) => [action, actor, outcome, detail['because']]);

  test('what hinders is told to the command and the log, whether its person confirms or tells it', async () => {
    const grant = (await granted()).grant?.id;
    const [first, second] = [await begunBy(grant), await begunBy(grant)];
    await lockFor(grant);
    const vera = await site.as('vera');
    const because = 'locked: it is cleaned';
    expect((await vera.post(`/api/connect/${first.userCode}/confirm`)).status).toBe(409);
    const body = { hindered: true };
    expect((await vera.post(`/api/connect/${second.userCode}/refuse`, body)).status).toBe(204);
    for (const device of [first, second]) {
      expect(await heardBy(device)).toMatchObject({ error: { message: because } });
    }
    expect(await told()).toEqual([
      ['confirm-device', 'vera', 'denied', because],
      ['refuse-device', 'vera', 'denied', because],
    ]);
  });

  test('the no of a person stays one, whatever else hinders it', async () => {
    const grant = (await granted()).grant?.id;
    const device = await begunBy(grant);
    await lockFor(grant);
    const vera = await site.as('vera');
    const no = () => vera.post(`/api/connect/${device.userCode}/refuse`);
    // It had a hindrance already when she said yes, and then found that it was not hers.
    expect((await vera.post(`/api/connect/${device.userCode}/confirm`)).status).toBe(409);
    expect((await no()).status).toBe(204);
    expect(await heardBy(device)).toMatchObject({
      error: { message: 'vera refused it in the portal' },
    });
    expect(await told()).toEqual([
      ['confirm-device', 'vera', 'denied', 'locked: it is cleaned'],
      ['refuse-device', 'vera', 'denied', 'vera refused it in the portal'],
    ]);
  });

  test('a no waits for no disk, and what the log missed of it is told when it is said again', async () => {
    const device = await begunBy((await granted()).grant?.id);
    const vera = await site.as('vera');
    const { commit } = site.context.store;
    site.context.store.commit = () => Promise.reject(new Error('disk full'));
    await expect(vera.post(`/api/connect/${device.userCode}/refuse`)).rejects.toThrow();
    site.context.store.commit = commit;
    expect((await vera.post(`/api/connect/${device.userCode}/confirm`)).status).toBe(409);
    expect((await vera.post(`/api/connect/${device.userCode}/refuse`)).status).toBe(204);
    expect(await heardBy(device)).toMatchObject({
      error: { message: 'vera refused it in the portal' },
    });
    expect(await told()).toEqual([
      ['refuse-device', 'vera', 'denied', 'vera refused it in the portal'],
    ]);
  });

  /** Holds the next writing of the store, so that something comes in between. */
  const holdWriting = (): { readonly isWriting: Promise<void>; readonly write: () => void } => {
    const { store } = site.context;
    const { commit } = store;
    const written = Promise.withResolvers<void>();
    const isWriting = Promise.withResolvers<void>();
    store.commit = async (change) => {
      store.commit = commit;
      isWriting.resolve();
      await written.promise;
      return commit(change);
    };
    return { isWriting: isWriting.promise, write: written.resolve };
  };

  test('a no that comes while a yes is being written down is what counts', async () => {
    const device = await begunBy((await granted()).grant?.id);
    const vera = await site.as('vera');
    const { isWriting, write } = holdWriting();
    const yes = vera.post(`/api/connect/${device.userCode}/confirm`);
    await isWriting;
    expect((await vera.post(`/api/connect/${device.userCode}/refuse`)).status).toBe(204);
    write();
    expect((await yes).status).toBe(409);
    const no = 'vera refused it in the portal';
    expect(await heardBy(device)).toMatchObject({ error: { message: no } });
    // The yes was written behind the no, so a leaf behind both says that it did not count.
    expect(await told()).toEqual([
      ['refuse-device', 'vera', 'denied', no],
      ['confirm-device', 'vera', 'allowed', undefined],
      ['confirm-device', 'vera', 'denied', no],
    ]);
  });

  test('a yes that is written down when the command has heard the no is told not to count', async () => {
    const device = await begunBy((await granted()).grant?.id);
    const vera = await site.as('vera');
    const { isWriting, write } = holdWriting();
    const yes = vera.post(`/api/connect/${device.userCode}/confirm`);
    await isWriting;
    await vera.post(`/api/connect/${device.userCode}/refuse`);
    await heardBy(device);
    write();
    expect((await yes).status).toBe(409);
    expect((await told()).slice(1)).toEqual([
      ['confirm-device', 'vera', 'allowed', undefined],
      ['confirm-device', 'vera', 'denied', 'the code was used or too old by then'],
    ]);
  });

  test('of two yeses at the same time one counts, and of the other a leaf says that it did not', async () => {
    const device = await begunBy((await granted()).grant?.id);
    const vera = await site.as('vera');
    const { isWriting, write } = holdWriting();
    const late = vera.post(`/api/connect/${device.userCode}/confirm`);
    await isWriting;
    expect((await vera.post(`/api/connect/${device.userCode}/confirm`)).status).toBe(204);
    write();
    expect((await late).status).toBe(409);
    expect(await told()).toEqual([
      ['confirm-device', 'vera', 'allowed', undefined],
      ['confirm-device', 'vera', 'allowed', undefined],
      ['confirm-device', 'vera', 'denied', 'it was confirmed already'],
    ]);
    expect(await heardBy(device)).toHaveProperty('token');
  });

  test('a token for one grant opens no session under another', async () => {
    const first = (await granted()).grant?.id ?? '';
    const second = (await granted()).grant?.id ?? '';
    const token = await tokenFor(first);
    const answer = await site.anonymous.request(
      'POST',
      '/api/connect/session',
      { grant: second, publicKey: KEY },
      { authorization: `Bearer ${token}` },
    );
    expect(answer.status).toBe(404);
  });

  test('a token opens one session, and only with the key that was confirmed', async () => {
    const grant = (await granted()).grant?.id ?? '';
    const headers = { authorization: `Bearer ${await tokenFor(grant)}` };
    const open = async (key: string) => {
      const body = { grant, publicKey: key };
      const answer = await site.anonymous.request('POST', '/api/connect/session', body, headers);
      return [answer.status, (await json<{ error?: { code: string } }>(answer)).error?.code];
    };
    expect(await open(publicKey())).toEqual([403, 'key']);
    expect(await open(KEY)).toEqual([200, undefined]);
    expect(await open(KEY)).toEqual([401, 'token']);
  });

  test('a code that the audit log could not take is not confirmed', async () => {
    const grant = (await granted()).grant?.id ?? '';
    const body = { grant, publicKey: KEY };
    const device = await json<DeviceAnswer>(
      await site.anonymous.request('POST', '/api/connect/device', body, {}),
    );
    const { commit } = site.context.store;
    site.context.store.commit = () => Promise.reject(new Error('disk full'));
    const vera = await site.as('vera');
    await expect(vera.post(`/api/connect/${device.userCode}/confirm`)).rejects.toThrow();
    site.context.store.commit = commit;
    const { deviceCode } = device;
    const poll = await site.anonymous.request('POST', '/api/connect/token', { deviceCode }, {});
    expect(poll.status).toBe(202);
  });

  test.for([
    ['an RSA key', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    ['another curve', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
    ['an Ed25519 key', () => generateKeyPairSync('ed25519').publicKey],
  ] as const)('%s is not certified', async ([, make]) => {
    const grant = (await granted()).grant?.id ?? '';
    const token = await tokenFor(grant);
    const pem = make().export({ type: 'spki', format: 'pem' }).toString();
    const answer = await site.anonymous.request(
      'POST',
      '/api/connect/session',
      { grant, publicKey: pem },
      { authorization: `Bearer ${token}` },
    );
    expect(answer.status).toBe(400);
  });
});
