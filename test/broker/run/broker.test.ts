import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import type { EntryView, PageView, RequestView, SessionView } from '#broker/api/views.ts';
import { spkiPin } from '#broker/identity/authority.ts';
import type { DeviceAnswer, SessionAnswer, TokenAnswer } from '#broker/model/connect.ts';
import {
  type BrokerFolder,
  type BrokerProcess,
  brokerFolder,
  runBroker,
  startProcess,
} from './process.ts';

let place: BrokerFolder;
let running: BrokerProcess | undefined;
afterEach(async () => {
  await running?.stop('SIGKILL');
  running = undefined;
  place.remove();
});

async function call<T>(
  origin: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { 'content-type': 'application/json', origin, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

interface Asker {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
}

async function signIn(origin: string, person: string): Promise<Asker> {
  const response = await fetch(`${origin}/api/sign-in/demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ person }),
  });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return {
    get: (path) => call(origin, 'GET', path, undefined, { cookie }),
    post: (path, body = {}) => call(origin, 'POST', path, body, { cookie }),
  };
}

async function granted(origin: string): Promise<RequestView> {
  const vera = await signIn(origin, 'vera');
  const [entry] = (await vera.get<PageView<EntryView>>('/api/entries')).items;
  const asked = await vera.post<RequestView>('/api/requests', {
    entry: entry?.id,
    asset: entry?.targets[0]?.id,
    operations: entry?.mayRequest.map((_, allowance) => ({ allowance })),
    notBefore: new Date().toISOString(),
    notAfter: new Date(Date.now() + 3_600_000).toISOString(),
    readGrace: true,
    purpose: 'calibrate the press',
  });
  for (const name of ['otto', 'petra']) {
    const approver = await signIn(origin, name);
    const { id, version, hash } = await approver.get<RequestView>(`/api/requests/${asked.id}`);
    await approver.post(`/api/requests/${id}/approve`, { version, hash, comment: '' });
  }
  return vera.get<RequestView>(`/api/requests/${asked.id}`);
}

async function openSession(origin: string, grant: string): Promise<SessionAnswer> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const body = { grant, publicKey: pem };
  const device = await call<DeviceAnswer>(origin, 'POST', '/api/connect/device', body);
  const vera = await signIn(origin, 'vera');
  await vera.post(`/api/connect/${device.userCode}/confirm`);
  const { deviceCode } = device;
  const { token } = await call<TokenAnswer>(origin, 'POST', '/api/connect/token', { deviceCode });
  return call<SessionAnswer>(origin, 'POST', '/api/connect/session', body, {
    authorization: `Bearer ${token}`,
  });
}

/** The certificates that a TLS listener shows, its own first. */
function shownBy(port: number): Promise<readonly X509Certificate[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly X509Certificate[]>();
  const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
    const leaf = socket.getPeerCertificate(true);
    const chain = [leaf, leaf.issuerCertificate].map(({ raw }) => new X509Certificate(raw));
    socket.destroy();
    resolve(chain);
  });
  socket.once('error', reject);
  return promise;
}

describe('a broker as a process', () => {
  test('from the request to the session over HTTP, and all of it is there after a restart', async () => {
    place = brokerFolder();
    running = await startProcess(place);
    const request = await granted(running.origin);
    expect(request.state).toBe('approved');

    const line = request.grant?.connect ?? '';
    const [, pin] = /--pin sha256\/([\w-]{43})$/.exec(line) ?? [];
    for (const name of ['web', 'gate', 'sensors']) {
      const [leaf, authority] = await shownBy(running.ports.get(name) ?? 0);
      expect(authority && spkiPin(authority)).toBe(pin);
      expect(leaf?.verify((authority as X509Certificate).publicKey)).toBe(true);
      expect(leaf?.subjectAltName).toContain('IP Address:127.0.0.1');
    }
    expect(line).toContain(`--broker https://127.0.0.1:${running.ports.get('web')}`);

    const session = await openSession(running.origin, request.grant?.id ?? '');
    expect(session.gate.port).toBe(running.ports.get('gate'));
    expect(await running.stop()).toBe(0);
    // Neither a token nor a code nor a key is ever written.
    expect(running.output()).not.toMatch(/PRIVATE KEY|eyJ[\w-]{20}|lks1\.|lockkeeper-session/);

    // A policy file that is found bad at the start does not lock everybody out.
    writeFileSync(place.policy, 'nonsense: true\n');
    running = await startProcess(place);
    expect(running.output()).toContain('policy-refused');
    const otto = await signIn(running.origin, 'otto');
    const after = await otto.get<SessionView>(`/api/sessions/${session.session}`);
    expect(after).toMatchObject({ state: 'ended', endReason: 'broker-stopped' });
    expect((await otto.get<RequestView>(`/api/requests/${request.id}`)).state).toBe('approved');
    const audra = await signIn(running.origin, 'audra');
    const audit = await audra.get<PageView<{ action: string }>>('/api/audit?limit=200');
    expect(audit.items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['apply-policy', 'submit-request', 'approve-request', 'connect']),
    );
  }, 60_000);

  test('a policy that takes a role away bites while the broker runs, and a bad one changes nothing', async () => {
    place = brokerFolder();
    running = await startProcess(place);
    const sam = await signIn(running.origin, 'sam');
    await sam.get('/api/sessions');
    const good = readFileSync(place.policy, 'utf8');
    writeFileSync(place.policy, `${good}\nnonsense: true\n`);
    await expect.poll(running.output).toContain('policy-refused');
    await sam.get('/api/sessions');

    const without = good.replace(/(sam: .*roles: \[)[^\]]*/, '$1analyst');
    expect(without).not.toBe(good);
    writeFileSync(place.policy, without);
    await expect.poll(() => sam.get('/api/sessions').then(() => 'seen', String)).toContain('403');
    // The old policy is known by its text and stays refused nowhere: put back, it is in force again.
    writeFileSync(place.policy, good);
    await expect.poll(() => sam.get('/api/sessions').then(() => 'seen', String)).toBe('seen');
  }, 60_000);
});

describe('a start that fails says why and what to do', () => {
  test('a port that is taken, and a folder in which another broker runs', async () => {
    place = brokerFolder();
    running = await startProcess(place);
    const other = brokerFolder({
      listen: {
        web: { host: '127.0.0.1', port: running.ports.get('web') },
        gate: { host: '127.0.0.1', port: 0 },
        sensors: { host: '127.0.0.1', port: 0 },
      },
    });
    const [port, folder] = [other.config, place.config].map((path) =>
      runBroker(['--config', path]),
    );
    expect(await port?.ended).toBe(3);
    expect(port?.output()).toContain(`listen.web: \`127.0.0.1:${running.ports.get('web')}\``);
    expect(port?.output()).toContain('ss -ltnp');
    expect(await folder?.ended).toBe(3);
    expect(folder?.output()).toContain(join(place.folder, 'data/store'));
    other.remove();
  }, 60_000);

  test('a command line or configuration that cannot be used', async () => {
    place = brokerFolder({ polcy: 'x' });
    const tries = [
      [[], 'usage: lockkeeper broker'],
      [['--config', '/nowhere/broker.yaml'], 'ENOENT'],
      [['--confg', 'x'], 'usage: lockkeeper broker'],
      [['--config', place.config], 'polcy'],
    ] as const;
    for (const [args, expected] of tries) {
      const { ended, output } = runBroker(args);
      expect(await ended).toBe(2);
      expect(output()).toContain(expected);
    }
  }, 60_000);
});
