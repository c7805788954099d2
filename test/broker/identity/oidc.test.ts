import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOidc, FLOW_LIMIT, type Oidc, personOfSubject } from '#broker/identity/oidc.ts';
import type { Person, Plant } from '#policies/plant.ts';
import { micros } from '#sensor/model/time.ts';

/** A real OpenID provider in this process, and a browser that walks through its pages. */

const NOW = micros(Date.now() * 1000);
const REDIRECT = 'http://127.0.0.1:9/api/sign-in/callback';
const SECRET = 's'.repeat(32);

let server: Server;
let issuer: string;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'k1' };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'broker',
        client_secret: SECRET,
        redirect_uris: [REDIRECT],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['k'.repeat(32)] },
    pkce: { required: () => true },
    ttl: {
      AccessToken: 60,
      AuthorizationCode: 60,
      Grant: 60,
      IdToken: 60,
      Interaction: 60,
      Session: 60,
    },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: 'anna@plant.example', name: 'Anna' }),
    }),
  });
  server.on('request', provider.callback());
});
afterAll(() => server.close());

/** Signs in at the provider as `login` and gives the URL that the browser is sent back to. */
async function walk(start: string, login: string): Promise<URL> {
  const jar = new Map<string, string>();
  const go = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  };
  let at = start;
  for (let hop = 0; hop < 14 && !at.startsWith(REDIRECT); hop += 1) {
    let response = await go(at);
    if (response.status === 200) {
      const html = await response.text();
      const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
      const prompt = /name="prompt" value="([^"]+)"/.exec(html)?.[1] ?? '';
      const body = prompt === 'login' ? `prompt=login&login=${login}&password=x` : 'prompt=consent';
      response = await go(new URL(action, at).href, { method: 'POST', body });
    }
    at = new URL(response.headers.get('location') ?? '', at).href;
  }
  return new URL(at);
}

const oidc = (more: Partial<Parameters<typeof createOidc>[0]> = {}): Oidc =>
  createOidc(
    { issuer, clientId: 'broker', clientSecret: SECRET, redirectUri: REDIRECT, ...more },
    randomBytes,
  );

describe('sign-in with OpenID Connect', () => {
  test('the provider proves a subject, once', async () => {
    const flow = oidc();
    const { handle, url } = await flow.begin(NOW);
    const back = await walk(url, 'sub-anna');
    expect(await flow.complete(handle, back, NOW)).toEqual({
      kind: 'subject',
      subject: 'sub-anna',
    });
    expect(await flow.complete(handle, back, NOW)).toMatchObject({ code: 'unknown-flow' });
  });

  test('the browser is sent with PKCE, a state and a nonce, and asks for no e-mail', async () => {
    const { url } = await oidc().begin(NOW);
    const query = new URL(url).searchParams;
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('state')?.length).toBeGreaterThanOrEqual(32);
    expect(query.get('nonce')?.length).toBeGreaterThanOrEqual(32);
    expect(query.get('scope')).toBe('openid');
  });

  test("another browser's sign-in cannot be finished here: its state is not ours", async () => {
    const flow = oidc();
    const mine = await flow.begin(NOW);
    const theirs = await flow.begin(NOW);
    const back = await walk(theirs.url, 'sub-mallory');
    expect(await flow.complete(mine.handle, back, NOW)).toMatchObject({ code: 'provider' });
  });

  test('a code with our state but of another sign-in is refused: nonce and verifier are not its own', async () => {
    const flow = oidc();
    const mine = await flow.begin(NOW);
    const theirs = await flow.begin(NOW);
    const back = await walk(theirs.url, 'sub-mallory');
    back.searchParams.set('state', new URL(mine.url).searchParams.get('state') ?? '');
    expect(await flow.complete(mine.handle, back, NOW)).toMatchObject({ code: 'provider' });
  });

  test('an answer to another nonce is refused', async () => {
    const flow = oidc();
    const { handle, url } = await flow.begin(NOW);
    const changed = new URL(url);
    changed.searchParams.set('nonce', 'n'.repeat(43));
    const back = await walk(changed.href, 'sub-anna');
    expect(await flow.complete(handle, back, NOW)).toMatchObject({ code: 'provider' });
  });

  test.for([
    ['another issuer', 'iss', 'https://elsewhere.example'],
    ['no issuer', 'iss', ''],
    ['no state', 'state', ''],
    ['no code', 'code', ''],
    ['a code that was never given', 'code', 'made-up'],
  ] as const)('%s in the answer: refused', async ([, name, value]) => {
    const flow = oidc();
    const { handle, url } = await flow.begin(NOW);
    const back = await walk(url, 'sub-anna');
    if (value === '') back.searchParams.delete(name);
    else back.searchParams.set(name, value);
    expect(await flow.complete(handle, back, NOW)).toMatchObject({ kind: 'refused' });
  });

  test('a provider that says no is told without its words', async () => {
    const flow = oidc();
    const { handle, url } = await flow.begin(NOW);
    const state = new URL(url).searchParams.get('state') ?? '';
    const back = new URL(
      `${REDIRECT}?error=access_denied&error_description=<b>x</b>&iss=${issuer}`,
    );
    back.searchParams.set('state', state);
    const outcome = await flow.complete(handle, back, NOW);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'provider' });
    expect(JSON.stringify(outcome)).not.toContain('<b>');
  });

  test.for([
    [-1, 'subject'],
    [0, 'refused'],
    [1, 'refused'],
  ] as const)('a sign-in that took its limit %d µs: %s', async ([shift, kind]) => {
    const flow = oidc();
    const { handle, url } = await flow.begin(NOW);
    const back = await walk(url, 'sub-anna');
    const outcome = await flow.complete(handle, back, micros(NOW + FLOW_LIMIT + shift));
    expect(outcome.kind).toBe(kind);
  });

  test('a wrong client secret signs nobody in', async () => {
    const flow = oidc({ clientSecret: 'w'.repeat(32) });
    const { handle, url } = await flow.begin(NOW);
    const back = await walk(url, 'sub-anna');
    expect(await flow.complete(handle, back, NOW)).toMatchObject({ code: 'provider' });
  });

  test('a provider that does not answer is asked again the next time', async () => {
    const flow = oidc({ issuer: 'http://127.0.0.1:9' });
    await expect(flow.begin(NOW)).rejects.toMatchObject({ code: 'sign-in' });
    await expect(flow.begin(NOW)).rejects.toMatchObject({ code: 'sign-in' });
  });

  test('plain HTTP to another machine is refused', async () => {
    await expect(oidc({ issuer: 'http://idp.example' }).begin(NOW)).rejects.toMatchObject({
      code: 'sign-in',
    });
  });
});

describe('who a subject is', () => {
  const person = (id: string, subject: string): Person => ({
    id,
    name: id,
    company: 'site',
    roles: [],
    subject,
    at: { file: 'plant.yaml', line: 1 },
  });
  const plantOf = (...people: Person[]): Plant =>
    ({ people: new Map(people.map((one) => [one.id, one])) }) as unknown as Plant;

  test('only the subject of the policy names a person: neither an id nor an e-mail does', () => {
    const plant = plantOf(person('anna', 'sub-anna'), person('otto', 'sub-otto'));
    expect(personOfSubject(plant, 'sub-anna')?.id).toBe('anna');
    for (const other of ['anna', 'anna@plant.example', 'SUB-ANNA', '']) {
      expect(personOfSubject(plant, other)).toBeUndefined();
    }
  });

  test('two people with one subject are nobody', () => {
    const plant = plantOf(person('anna', 'same'), person('otto', 'same'));
    expect(personOfSubject(plant, 'same')).toBeUndefined();
  });
});
