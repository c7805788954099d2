import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { CompactSign } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSensorLink } from '#broker/api/sensor-link.ts';
import type { RequestView } from '#broker/api/views.ts';
import { newAuthority, newKeyPair, spkiHex } from '#broker/identity/authority.ts';
import type { Grant } from '#broker/model/access.ts';
import type { GrantId, RequestId } from '#broker/model/ids.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { ORIGIN, openSite, type Site, START } from './site.ts';

/**
 * Each kind of secret opens its own door and no other (CVE-2024-47616: one kind of token accepted by
 * an API for another). The rows are the secrets, the columns the doors.
 */

let site: Site;
const secrets = new Map<string, string>();
const doors = new Map<string, (secret: string) => Promise<boolean>>();

const GRANT = 'gr_tokens000001' as GrantId;
const authority = newAuthority('sensor', 'test', START, randomBytes);
const spki = (): string =>
  newKeyPair().publicKey.export({ type: 'spki', format: 'pem' }).toString();
/** The key that every confirmation here was for. */
const PAIR = newKeyPair();
const KEY = PAIR.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const KEY_HASH = spkiHex(PAIR.publicKey);

const knocks = async (path: string, init: RequestInit, status: number): Promise<boolean> =>
  (await site.app().request(`${ORIGIN}${path}`, init)).status === status;

const json = (body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** A grant of vera's whose request nobody approved: a token that counts gets past the door and no further. */
async function storeGrant(): Promise<void> {
  const asked = await (await site.as('vera')).post('/api/requests', {
    entry: 'acme-press',
    asset: 'plc-12',
    operations: [{ allowance: 0 }],
    notBefore: isoMicros(START),
    notAfter: isoMicros(micros(START + 3_600_000_000)),
    purpose: 'calibrate',
  });
  const { id } = (await asked.json()) as RequestView;
  const put: Grant = {
    id: GRANT,
    version: 1,
    state: 'scheduled',
    request: id as RequestId,
    requestHash: 'x',
    person: 'vera',
    vendor: 'acme',
    entry: 'acme-press',
    asset: 'plc-12',
    operations: [],
    notBefore: START,
    notAfter: micros(START + 3_600_000_000),
    graceUntil: micros(START + 3_600_000_000),
    idleTimeout: 1,
    policyVersion: 'x',
    sessions: 0,
  };
  const event = { at: START, actor: 'test', action: 'test', subject: GRANT, detail: {} };
  await site.context.store.commit({
    writes: [{ noun: 'grant', expected: 0, put }],
    audit: [{ ...event, outcome: 'allowed' }],
  });
}

beforeAll(async () => {
  site = await openSite();
  await storeGrant();
  const { api } = site;
  const link = createSensorLink({
    ...api,
    actions: site.context,
    authority,
    serverAuthority: '',
    bundleKey: {},
    bundle: () => Promise.resolve(undefined),
    certificateOf: () => undefined,
  });

  const device = api.devices.begin({ grant: GRANT, key: KEY_HASH, from: '192.0.2.1' }, START);
  if (device === undefined) throw new Error('no device code');
  api.devices.confirm(device.code.userCode, 'vera', START);
  const open = api.devices.begin({ grant: GRANT, key: KEY_HASH, from: '192.0.2.1' }, START);
  const enrolment = api.enrolments.open(
    { name: 'matrix', covers: [], askedBy: 'ada' },
    api.sensorLink(),
    START,
  );
  const { privateKey } = generateKeyPairSync('ed25519');
  const bundle = await new CompactSign(Buffer.from('{}'))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'lockkeeper-bundle+jwt' })
    .sign(privateKey);

  secrets.set('browser session', api.sessions.open({ person: 'vera', subject: 'sub-vera' }, START));
  secrets.set(
    'connect token',
    await api.tokens.sign({ person: 'vera', grant: GRANT, key: KEY_HASH }, START),
  );
  secrets.set('device code', device.deviceCode);
  secrets.set('short code', open?.code.userCode ?? '');
  secrets.set('enrolment token', enrolment?.token ?? '');
  secrets.set('signed bundle', bundle);
  secrets.set('grant id', GRANT);
  secrets.set('person id', 'vera');

  const signedIn = (cookie: string): Promise<boolean> =>
    knocks('/api/me', { headers: { cookie } }, 200);
  doors.set('browser session', (secret) => signedIn(`lockkeeper-session=${secret}`));
  doors.set('sign-in flow', async (secret) =>
    knocks(
      '/api/sign-in/callback?code=x&state=y',
      { headers: { cookie: `lockkeeper-flow=${secret}` } },
      303,
    ),
  );
  doors.set('connect token', async (secret) => {
    const headers = { authorization: `Bearer ${secret}` };
    const body = { grant: GRANT, publicKey: KEY };
    const init = json(body, headers);
    // Past the door: the grant is then refused for a reason of its own.
    return knocks('/api/connect/session', init, 409);
  });
  doors.set('device code', (secret) =>
    knocks('/api/connect/token', json({ deviceCode: secret }), 200),
  );
  doors.set('enrolment token', async (secret) => {
    const body = { token: secret, name: 'matrix', publicKey: spki() };
    return (await link.request('/sensor/v1/enrol', json(body))).status === 200;
  });
});
afterAll(() => site.close());

const KINDS = [
  'browser session',
  'connect token',
  'device code',
  'short code',
  'enrolment token',
  'signed bundle',
  'grant id',
  'person id',
] as const;
const DOORS = [
  'browser session',
  'sign-in flow',
  'connect token',
  'device code',
  'enrolment token',
] as const;

/** The wrong pairs first: some right ones use their secret up. */
const PAIRS = DOORS.flatMap((door) =>
  KINDS.map((kind) => ({ door, kind, opens: door === kind })),
).sort((a, b) => Number(a.opens) - Number(b.opens));

test.for(PAIRS)('$kind at the door for $door opens it: $opens', async ({ door, kind, opens }) => {
  const secret = secrets.get(kind) ?? '';
  expect(secret).not.toBe('');
  expect(await doors.get(door)?.(secret)).toBe(opens);
});

describe('a secret in the wrong place', () => {
  const live = (): string =>
    site.api.sessions.open({ person: 'vera', subject: 'sub-vera' }, site.now);

  test('a session is no bearer, and neither query nor body nor another header carries one', async () => {
    const session = live();
    const places: readonly [string, RequestInit][] = [
      ['/api/me', { headers: { authorization: `Bearer ${session}` } }],
      [`/api/me?session=${session}`, {}],
      [`/api/me?lockkeeper-session=${session}`, {}],
      ['/api/me', { headers: { 'x-session': session } }],
      ['/api/me', { headers: { cookie: `session=${session}` } }],
      // The name of the TLS listener does not count on the other one.
      ['/api/me', { headers: { cookie: `__Host-lockkeeper-session=${session}` } }],
    ];
    for (const [path, init] of places) expect(await knocks(path, init, 401)).toBe(true);
    expect(
      await knocks('/api/me', { headers: { cookie: `lockkeeper-session=${session}` } }, 200),
    ).toBe(true);
  });

  test('a session cookie beside a bad token does not help the token', async () => {
    const cookie = `lockkeeper-session=${live()}`;
    const body = { grant: GRANT, publicKey: spki() };
    const tries = [{}, { authorization: 'Bearer x.y.z' }, { authorization: `Basic ${live()}` }];
    for (const headers of tries) {
      const init = json(body, { cookie, origin: ORIGIN, ...headers });
      expect(await knocks('/api/connect/session', init, 401)).toBe(true);
    }
  });

  test('a token does not pass the routes for people, not even with its person signed out', async () => {
    const token = await site.api.tokens.sign(
      { person: 'vera', grant: GRANT, key: KEY_HASH },
      START,
    );
    for (const path of ['/api/me', '/api/requests', '/api/sessions', '/api/live']) {
      expect(await knocks(path, { headers: { authorization: `Bearer ${token}` } }, 401)).toBe(true);
    }
  });
});
