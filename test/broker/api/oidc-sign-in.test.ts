import { afterAll, beforeAll, expect, test } from 'vitest';
import { loopbackHosts } from '#broker/api/security.ts';
import type { Oidc, SignInOutcome } from '#broker/identity/oidc.ts';
import { openSite, type Site } from './site.ts';

/**
 * What the routes make of the provider's answer: cookies, the person, the audit log. The protocol with
 * a real provider is tested in identity/oidc.test.ts; here its outcome is given.
 */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const TLS = { tls: true, answersTo: loopbackHosts(8443) };
const ORIGIN = 'https://localhost:8443';

function appWith(outcome: SignInOutcome, given: { handle?: string } = {}) {
  const flow: Oidc = {
    begin: () => Promise.resolve({ handle: 'h'.repeat(43), url: 'https://idp.example/auth?x=1' }),
    complete: (handle) => {
      given.handle = handle;
      return Promise.resolve(outcome);
    },
  };
  return site.app(TLS, { oidc: { name: 'Directory', flow } });
}

const back = (cookie = `__Host-lockkeeper-flow=${'h'.repeat(43)}`) => ({ headers: { cookie } });
const CALLBACK = `${ORIGIN}/api/sign-in/callback?code=c&state=s`;

test('the browser goes to the provider with a cookie that names its sign-in', async () => {
  const app = appWith({ kind: 'subject', subject: 'sub-vera' });
  expect(await (await app.request(`${ORIGIN}/api/sign-in`)).json()).toMatchObject({
    oidc: { name: 'Directory' },
  });
  const response = await app.request(`${ORIGIN}/api/sign-in/oidc`);
  expect(response.headers.get('location')).toBe('https://idp.example/auth?x=1');
  const cookie = response.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^__Host-lockkeeper-flow=h{43}; /);
  for (const part of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Max-Age=600']) {
    expect(cookie).toContain(part);
  }
});

test('a known subject is let in with a fresh session and sent to their page', async () => {
  const given: { handle?: string } = {};
  const app = appWith({ kind: 'subject', subject: 'sub-vera' }, given);
  const response = await app.request(CALLBACK, back());
  expect(given.handle).toBe('h'.repeat(43));
  expect([response.status, response.headers.get('location')]).toEqual([303, '/portal/']);
  const cookies = response.headers.getSetCookie();
  const session = cookies.find((line) => line.startsWith('__Host-lockkeeper-session='));
  expect(session).toContain('SameSite=Strict');
  expect(cookies.find((line) => line.startsWith('__Host-lockkeeper-flow='))).toContain('Max-Age=0');
  const me = await app.request(`${ORIGIN}/api/me`, {
    headers: { cookie: session?.split(';')[0] ?? '' },
  });
  expect(await me.json()).toMatchObject({ person: { id: 'vera' }, roles: ['vendor'] });
});

test.for<readonly [string, SignInOutcome]>([
  ['an account that the policy does not name', { kind: 'subject', subject: 'sub-mallory' }],
  ['a person by id instead of subject', { kind: 'subject', subject: 'vera' }],
  ['a person by e-mail', { kind: 'subject', subject: 'vera@acme.example' }],
  [
    'an answer that the provider check refused',
    { kind: 'refused', code: 'provider', message: 'x' },
  ],
])('%s is let in nowhere, and the audit log says so', async ([, outcome]) => {
  const before = await site.context.store.audit.size();
  const response = await appWith(outcome).request(CALLBACK, back());
  expect(response.status).toBe(403);
  expect(response.headers.getSetCookie().join()).not.toContain('session');
  const [leaf] = await site.context.store.audit.leaves(before, 1);
  expect(leaf?.event).toMatchObject({ action: 'sign-in', outcome: 'denied' });
});

test('a sign-in that nobody began here is refused, and fills no log', async () => {
  const before = await site.context.store.audit.size();
  const outcome = { kind: 'refused', code: 'unknown-flow', message: 'x' } as const;
  expect((await appWith(outcome).request(CALLBACK, back())).status).toBe(403);
  expect(await site.context.store.audit.size()).toBe(before);
});

test('a callback in a browser that began no sign-in is refused without asking the provider', async () => {
  const given: { handle?: string } = {};
  const app = appWith({ kind: 'subject', subject: 'sub-vera' }, given);
  expect((await app.request(CALLBACK, back(''))).status).toBe(401);
  expect(given.handle).toBeUndefined();
});

test('a provider that does not answer is a fault that is told of, not a broken page', async () => {
  const noted: string[] = [];
  const flow: Oidc = {
    begin: () => Promise.reject(new Error('no answer')),
    complete: () => Promise.reject(new Error('no answer')),
  };
  const app = site.app(TLS, { oidc: { name: 'x', flow }, fault: (what) => noted.push(what) });
  expect((await app.request(`${ORIGIN}/api/sign-in/oidc`)).status).toBe(503);
  expect(noted).toEqual(['sign-in']);
});

test('the plain listener offers no such sign-in: the provider would send the browser elsewhere', async () => {
  const flow: Oidc = {
    begin: () => Promise.reject(new Error('asked')),
    complete: () => Promise.reject(new Error('asked')),
  };
  const app = site.app(undefined, { oidc: { name: 'x', flow } });
  expect((await app.request('http://localhost:8080/api/sign-in/oidc')).status).toBe(404);
  expect(await (await app.request('http://localhost:8080/api/sign-in')).json()).not.toHaveProperty(
    'oidc',
  );
});
