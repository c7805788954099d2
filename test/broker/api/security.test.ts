import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '#broker/api/routes.ts';
import { loopbackHosts, MAX_BODY_BYTES, type WebListener } from '#broker/api/security.ts';
import type { MeView, SignInView } from '#broker/api/views.ts';
import { IDLE_LIMIT } from '#broker/identity/browser-sessions.ts';
import { micros } from '#sensor/model/time.ts';
import { ORIGIN, openSite, type Site, START } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterEach(() => {
  site.now = START;
});
afterAll(() => site.close());

const TLS: WebListener = { tls: true, answersTo: loopbackHosts(8443) };
const SECURE_ORIGIN = 'https://localhost:8443';
const at = (remoteAddress: string | undefined) => ({ incoming: { socket: { remoteAddress } } });

const demoSignIn = (person: unknown, headers: Readonly<Record<string, string>>) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ person }),
});

describe('headers of every answer', () => {
  test.for(['/api/me', '/api/sign-in', '/nothing', '/console/', '/api/alerts/x', '/'])(
    '%s',
    async (path) => {
      const { headers } = await site.anonymous.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("style-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('strict-transport-security')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('server')).toBeNull();
    },
  );

  test('TLS adds HSTS', async () => {
    const response = await site.app(TLS).request(`${SECURE_ORIGIN}/api/sign-in`);
    expect(response.headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
  });
});

describe('host names', () => {
  test.for([
    ['localhost:8080', true],
    ['console.localhost:8080', true],
    ['127.0.0.1:8080', true],
    ['[::1]:8080', true],
    ['LOCALHOST:8080', true],
    ['evil.example', false],
    ['evil.example:8080', false],
    ['localhost.evil.example:8080', false],
    ['localhost:8081', false],
    ['localhost', false],
    ['x@localhost:8080', false],
  ] as const)('%s is answered: %s', async ([host, answered]) => {
    const response = await site.anonymous.request('GET', '/api/sign-in', undefined, { host });
    expect(response.status).toBe(answered ? 200 : 400);
  });
});

describe('where a change comes from', () => {
  test.for([
    ['the same origin', ORIGIN, 200],
    ['no origin at all', undefined, 403],
    ['another site', 'http://evil.example', 403],
    ['another port', 'http://localhost:8081', 403],
    ['another scheme', 'https://localhost:8080', 403],
    ['a subdomain of ours', 'http://x.localhost:8080', 403],
    ['a sandboxed frame', 'null', 403],
    ['an origin that begins like ours', `${ORIGIN}.evil.example`, 403],
  ] as const)('%s', async ([, origin, status]) => {
    const vera = await site.as('vera');
    const headers: Record<string, string> = origin === undefined ? {} : { origin };
    const response = await vera.request('POST', '/api/sign-out', {}, headers);
    expect(response.status).toBe(status === 200 ? 204 : status);
  });

  test('every route that changes something with a cookie refuses a foreign page', async () => {
    const changing = ROUTES.filter(
      ({ method, credential }) =>
        method === 'POST' && (credential === 'cookie' || credential === 'origin'),
    );
    expect(changing.length).toBeGreaterThan(10);
    for (const { path } of changing) {
      const asker = await site.as('otto');
      const response = await asker.request('POST', path, {}, { origin: 'http://evil.example' });
      expect([path, response.status]).toEqual([path, 403]);
      expect(await response.json()).toMatchObject({ error: { code: 'origin' } });
    }
  });

  test('only the routes of the connect command take a change without an origin, and they take no cookie', () => {
    const open = ROUTES.filter(
      ({ method, credential }) =>
        method === 'POST' && credential !== 'cookie' && credential !== 'origin',
    );
    expect(open.map(({ path }) => path)).toEqual([
      '/api/connect/device',
      '/api/connect/token',
      '/api/connect/session',
    ]);
  });
});

describe('cookies', () => {
  test('plain HTTP on loopback: HttpOnly, Strict, this host alone', async () => {
    const app = site.app();
    const response = await app.request(
      `${ORIGIN}/api/sign-in/demo`,
      demoSignIn('anna', { origin: ORIGIN }),
      at('127.0.0.1'),
    );
    expect(((await response.json()) as MeView).person.id).toBe('anna');
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^lockkeeper-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  test('TLS: __Host- and Secure besides', async () => {
    const response = await site
      .app(TLS)
      .request(
        `${SECURE_ORIGIN}/api/sign-in/demo`,
        demoSignIn('anna', { origin: SECURE_ORIGIN }),
        at('127.0.0.1'),
      );
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-lockkeeper-session=[\w-]{43}; /);
    for (const part of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict']) {
      expect(cookie).toContain(part);
    }
    expect(cookie).not.toContain('Domain');
  });

  test('a cookie that was planted before sign-in is not the session afterwards, and the old one is closed', async () => {
    const old = await site.as('vera');
    const app = site.app();
    const signIn = demoSignIn('anna', { origin: ORIGIN, cookie: old.cookie });
    const response = await app.request(`${ORIGIN}/api/sign-in/demo`, signIn, at('127.0.0.1'));
    expect(response.headers.get('set-cookie')).not.toContain(old.cookie);
    expect((await old.get('/api/me')).status).toBe(401);
  });

  test('signing out ends the session on the server, not only in the browser', async () => {
    const anna = await site.as('anna');
    const before = await site.context.store.audit.size();
    const out = await anna.post('/api/sign-out');
    const [leaf] = await site.context.store.audit.leaves(before, 1);
    expect(leaf?.event).toMatchObject({ actor: 'anna', action: 'sign-out', outcome: 'allowed' });
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await anna.get('/api/me')).status).toBe(401);
  });

  test.for([
    [-1, 200],
    [0, 401],
  ] as const)('a session idle for its limit %d µs answers %d', async ([shift, status]) => {
    const anna = await site.as('anna');
    site.now = micros(START + IDLE_LIMIT + shift);
    expect((await anna.get('/api/me')).status).toBe(status);
  });
});

test.for([
  [undefined, 'localhost:8080', '/console/'],
  [undefined, 'portal.localhost:8080', '/portal/'],
  ['vera', 'localhost:8080', '/portal/'],
  ['anna', 'portal.localhost:8080', '/console/'],
] as const)('%s at %s starts at %s', async ([person, host, page]) => {
  const asker = person === undefined ? site.anonymous : await site.as(person);
  const response = await asker.request('GET', '/', undefined, { host });
  expect([response.status, response.headers.get('location')]).toEqual([303, page]);
});

describe('one click of the demo', () => {
  const click = (peer: string | undefined, demo = site.api.demo) =>
    site
      .app(undefined, { demo })
      .request(`${ORIGIN}/api/sign-in/demo`, demoSignIn('anna', { origin: ORIGIN }), at(peer));

  test.for([
    ['from this machine', '127.0.0.1', true, true, 200],
    ['from this machine, IPv6', '::1', true, true, 200],
    ['mapped IPv4', '::ffff:127.0.0.1', true, true, 200],
    ['from another machine', '192.0.2.7', true, true, 404],
    ['from an address that only looks like ours', '127.0.0.1.evil.example', true, true, 404],
    ['from nowhere known', undefined, true, true, 404],
    ['not configured', '127.0.0.1', false, true, 404],
    ['a listener beyond loopback', '127.0.0.1', true, false, 404],
  ] as const)('%s', async ([, peer, configured, boundToLoopback, status]) => {
    expect((await click(peer, { configured, boundToLoopback })).status).toBe(status);
  });

  test('a header cannot claim to be this machine', async () => {
    const headers = { origin: ORIGIN, 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' };
    const response = await site
      .app()
      .request(`${ORIGIN}/api/sign-in/demo`, demoSignIn('anna', headers), at('192.0.2.7'));
    expect(response.status).toBe(404);
  });

  test('the example people are listed only where one click would work', async () => {
    const there = await site.app().request(`${ORIGIN}/api/sign-in`, {}, at('192.0.2.7'));
    expect(await there.json()).toEqual({ site: 'Test plant' });
    const here = await site.app().request(`${ORIGIN}/api/sign-in`, {}, at('127.0.0.1'));
    const { people } = (await here.json()) as SignInView;
    expect(people?.map(({ id }) => id)).toContain('anna');
  });

  test.for([['__proto__'], ['constructor'], ['mallory'], [''], [7], [{ id: 'anna' }], [['anna']]])(
    '%j is no example person',
    async ([person]) => {
      const response = await site
        .app()
        .request(`${ORIGIN}/api/sign-in/demo`, demoSignIn(person, { origin: ORIGIN }), at('::1'));
      expect([400, 404]).toContain(response.status);
      expect(response.headers.get('set-cookie')).toBeNull();
    },
  );

  test('tries are limited, by address', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 200; i += 1) statuses.push((await click('192.0.2.99')).status);
    expect(statuses.at(0)).toBe(404);
    expect(statuses.at(-1)).toBe(429);
    expect((await click('127.0.0.1')).status).toBe(200);
  });

  test('who signed in, and who was refused by the provider, stands in the audit log', async () => {
    const before = await site.context.store.audit.size();
    await click('127.0.0.1');
    const [leaf] = await site.context.store.audit.leaves(before, 1);
    expect(leaf?.event).toMatchObject({ actor: 'anna', action: 'sign-in', outcome: 'allowed' });
    expect(leaf?.bytes).not.toMatch(/[\w-]{43}/);
  });
});

describe('bodies and queries', () => {
  test('a body beyond the limit is refused before it is read', async () => {
    const vera = await site.as('vera');
    const response = await vera.post('/api/requests', { purpose: 'x'.repeat(MAX_BODY_BYTES) });
    expect(response.status).toBe(413);
  });

  test.for([
    ['text/plain', '{"version":1}', 415],
    ['application/x-www-form-urlencoded', 'version=1', 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['application/json', '{"version":', 400],
    ['application/json', '[]', 400],
    ['application/json', 'null', 400],
    ['application/json', '{"version":1,"extra":true}', 400],
    ['application/json', '{"version":"1"}', 400],
    ['application/json', '{"version":1,"__proto__":{"x":1}}', 400],
  ] as const)('%s %s: %d', async ([type, body, status]) => {
    const { cookie } = await site.as('ada');
    const response = await site.app().request(
      `${ORIGIN}/api/sensors/enrolments`,
      {
        method: 'POST',
        headers: { cookie, origin: ORIGIN, 'content-type': type },
        body,
      },
      at('127.0.0.1'),
    );
    expect(response.status).toBe(status);
  });

  test.for([
    'limit=0',
    'limit=201',
    'limit=1e9',
    'status=nope',
    'severity=-1',
    'unknown=1',
    `text=${'x'.repeat(201)}`,
    'from=yesterday',
  ])('GET /api/alerts?%s is refused', async (query) => {
    const anna = await site.as('anna');
    expect((await anna.get(`/api/alerts?${query}`)).status).toBe(400);
  });

  test.for([
    ['a right-to-left override', 'calibrate \u202e evil'],
    ['a bell', 'calibrate \u0007'],
    ['an escape sequence', 'calibrate \u001b[2J'],
  ] as const)('%s in a purpose is refused', async ([, purpose]) => {
    const vera = await site.as('vera');
    expect((await vera.post('/api/requests', { purpose })).status).toBe(400);
  });

  test.for([
    '..%2f..%2fetc%2fpasswd',
    '....%2f%2fx',
    '%2e%2e%2fstore%2fstate',
    'al_..%2f..%2fx',
    'al_aaaaaaaa%00',
    'al_aaaaaaaa.pcapng',
  ])('evidence of `%s` leaves no folder', async (id) => {
    const anna = await site.as('anna');
    expect((await anna.get(`/api/alerts/${id}/pcap`)).status).toBe(404);
  });

  test.for([
    '/console/..%2f..%2fpackage.json',
    '/console/%2e%2e/%2e%2e/package.json',
    '/console//etc/passwd.html',
    '/portal/..\\..\\package.json',
    '/console/assets/../../../main.js',
  ])('%s serves nothing', async (path) => {
    const response = await site.anonymous.get(path);
    expect(response.status).toBe(404);
  });
});

test('a fault of ours tells the asker nothing of our insides', async () => {
  const noted: string[] = [];
  const anna = await site.as('anna');
  const broken = site.app(undefined, {
    fault: (what) => noted.push(what),
    actions: {
      ...site.context,
      may: () => {
        throw new Error('secret detail at /srv/broker');
      },
    },
  });
  const response = await broken.request(`${ORIGIN}/api/alerts`, {
    headers: { cookie: anna.cookie },
  });
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
  expect(noted).toEqual(['request']);
});
