import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactVerify, importJWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBundles } from '#broker/api/bundle.ts';
import { createEvidence } from '#broker/api/evidence.ts';
import { createSensorLink, type SensorLinkContext } from '#broker/api/sensor-link.ts';
import type { AlertView, SensorView } from '#broker/api/views.ts';
import type { AssetPageView } from '#broker/api/views-assets.ts';
import {
  type Authority,
  issueServerCertificate,
  newAuthority,
  newKeyPair,
} from '#broker/identity/authority.ts';
import { issueSensorCertificate } from '#broker/identity/sensor-certificate.ts';
import { issueSessionCertificate } from '#broker/identity/session-certificate.ts';
import { newId, type SensorId, type SessionId } from '#broker/model/ids.ts';
import { listen } from '#broker/run/listen.ts';
import { certificateOf } from '#broker/run/sensor-listener.ts';
import type { EnrolAnswer, ItemsAnswer } from '#sensor/model/link.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { alertDocument } from './alert.ts';
import { openSite, type Site, START } from './site.ts';

let site: Site;
let folder: string;
let link: ReturnType<typeof createSensorLink>;
/** Another door of the same broker, with parts of its own. */
let linkWith: (more: Partial<SensorLinkContext>) => typeof link;
/** What the other end shows in its handshake. */
let shown: X509Certificate | undefined;
let authority: Authority;

const bundleKey = generateKeyPairSync('ed25519');

beforeAll(async () => {
  site = await openSite();
  folder = mkdtempSync(join(tmpdir(), 'lk-link-'));
  authority = newAuthority('sensor', 'test', START, randomBytes);
  const bundles = createBundles(bundleKey.privateKey, join(folder, 'bundle.json'));
  linkWith = (more) =>
    createSensorLink({
      actions: site.context,
      clock: () => site.now,
      enrolments: site.api.enrolments,
      evidence: site.api.evidence,
      authority,
      serverAuthority: 'PEM of the server authority',
      bundleKey: { ...bundleKey.publicKey.export({ format: 'jwk' }) },
      bundle: async () =>
        site.plant === undefined
          ? undefined
          : bundles.publish({ site: 'x', plant: site.plant.version, rules: [] }),
      certificateOf: () => shown,
      fault: (what, error) => {
        throw new Error(what, { cause: error });
      },
      ...more,
    });
  link = linkWith({});
});
beforeEach(() => {
  shown = undefined;
});
afterAll(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

const spki = (): string =>
  newKeyPair().publicKey.export({ type: 'spki', format: 'pem' }).toString();

async function tokenFor(name: string): Promise<string> {
  const ada = await site.as('ada');
  const answer = await ada.post('/api/sensors/enrolments', { name, covers: ['127.20.0.0/16'] });
  return ((await answer.json()) as { token: string }).token;
}

const PEER_OF_NOBODY = { incoming: { socket: { remoteAddress: '192.0.2.9' } } };

let peers = 0;

/** Each from an address of its own, unless one is named: tries are counted by address. */
const post = (
  path: string,
  body: unknown,
  remoteAddress = `10.0.${Math.floor(peers / 250)}.${++peers % 250}`,
): Promise<Response> =>
  Promise.resolve(
    link.request(
      path,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
      { incoming: { socket: { remoteAddress } } },
    ),
  );

async function enrol(name: string): Promise<EnrolAnswer> {
  const answer = await post('/sensor/v1/enrol', {
    token: await tokenFor(name),
    name,
    publicKey: spki(),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as EnrolAnswer;
}

const send = async (items: readonly unknown[]): Promise<readonly string[]> => {
  const answer = await post('/sensor/v1/items', { items });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as ItemsAnswer).accepted;
};

describe('enrolment', () => {
  test('a token is good once, and only for the name that it was made for', async () => {
    const token = await tokenFor('once');
    const wrong = await post('/sensor/v1/enrol', { token, name: 'other', publicKey: spki() });
    expect(wrong.status).toBe(403);
    const late = await post('/sensor/v1/enrol', { token, name: 'once', publicKey: spki() });
    expect(late.status).toBe(403);
  });

  test('two at once with one token: one gets in', async () => {
    const token = await tokenFor('race');
    const body = { token, name: 'race', publicKey: spki() };
    const answers = await Promise.all([1, 2, 3].map(() => post('/sensor/v1/enrol', body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
  });

  test('the certificate is of the sensor authority, for a client, and names the sensor', async () => {
    const { sensor, certificate } = await enrol('named');
    const leaf = new X509Certificate(certificate);
    expect(authority.faultOf(leaf, site.now)).toBeUndefined();
    expect(leaf.subjectAltName).toBe(`URI:urn:lockkeeper:sensor:${sensor}`);
  });

  test('tries are limited, by address', async () => {
    const body = { token: 'lks1.guess', name: 'x', publicKey: spki() };
    const statuses: number[] = [];
    for (let i = 0; i < 15; i += 1) {
      statuses.push((await post('/sensor/v1/enrol', body, '192.0.2.7')).status);
    }
    expect([statuses.at(0), statuses.at(-1)]).toEqual([403, 429]);
  });

  test('an admin who lost the role in between invites nobody', async () => {
    const token = await tokenFor('late');
    const plant = site.plant;
    if (plant === undefined) throw new Error('no plant');
    const people = new Map(plant.people);
    people.delete('ada');
    site.plant = { ...plant, people };
    const answer = await post('/sensor/v1/enrol', { token, name: 'late', publicKey: spki() });
    site.plant = plant;
    expect(answer.status).toBe(403);
  });
});

describe('who speaks', () => {
  test('no certificate, or one that is not the enrolled one, is nobody', async () => {
    const { sensor, certificate } = await enrol('speaks');
    const key = newKeyPair().publicKey;
    const other = newAuthority('sensor', 'other', START, randomBytes);
    const session = newAuthority('session', 'session', START, randomBytes);
    const id = sensor as SensorId;
    const inAnHour = micros(START + 3_600_000_000);
    const ofSession = issueSessionCertificate(
      session,
      newId<SessionId>('ses', randomBytes),
      key,
      START,
      inAnHour,
    );
    const certificates: readonly (string | undefined)[] = [
      undefined,
      // Well signed for the same sensor, and yet not the one that enrolled.
      issueSensorCertificate(authority, id, key, START).pem,
      issueSensorCertificate(other, id, key, START).pem,
      issueSensorCertificate(authority, newId('sen', randomBytes), key, START).pem,
      ofSession?.pem,
      authority.certificate,
    ];
    for (const pem of certificates) {
      shown = pem === undefined ? undefined : new X509Certificate(pem);
      for (const path of [
        '/sensor/v1/items',
        '/sensor/v1/bundle',
        '/sensor/v1/evidence/al_12345678',
      ]) {
        const method = path.endsWith('items') ? 'POST' : path.endsWith('bundle') ? 'GET' : 'PUT';
        expect((await link.request(path, { method })).status).toBe(401);
      }
    }
    shown = new X509Certificate(certificate);
    expect((await link.request('/sensor/v1/bundle')).status).toBe(200);
    site.now = micros(START + 6 * 365 * 86_400_000_000);
    expect((await link.request('/sensor/v1/bundle')).status).toBe(401);
    site.now = START;
  });

  test('nothing that a stranger sends is read, and a body says its length', async () => {
    let read = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          read += 1;
          controller.enqueue(new Uint8Array(1_024));
          if (read === 16) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const upload = { method: 'PUT', body, duplex: 'half' } as const;
    const put = (headers: Readonly<Record<string, string>>) =>
      Promise.resolve(
        link.request('/sensor/v1/evidence/al_12345678', { ...upload, headers }, PEER_OF_NOBODY),
      );
    expect((await put({})).status).toBe(401);
    expect((await put({ 'transfer-encoding': 'chunked' })).status).toBe(411);
    expect(read).toBe(0);
    const long = { token: 'x'.repeat(5_000), name: 'x', publicKey: spki() };
    expect((await post('/sensor/v1/enrol', long)).status).toBe(413);
  });

  test('over real TLS the certificate counts only with its key', async () => {
    const token = await tokenFor('wire');
    const keys = newKeyPair();
    const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const enrolled = await post('/sensor/v1/enrol', { token, name: 'wire', publicKey });
    const { certificate } = (await enrolled.json()) as EnrolAnswer;
    const server = newAuthority('server', 'test', micros(Date.now() * 1000), randomBytes);
    const seen: (X509Certificate | undefined)[] = [];
    const app = createSensorLink({
      actions: site.context,
      clock: () => site.now,
      enrolments: site.api.enrolments,
      evidence: site.api.evidence,
      authority,
      serverAuthority: server.certificate,
      bundleKey: {},
      bundle: () => Promise.resolve(undefined),
      certificateOf: (c) => {
        seen.push(certificateOf(c));
        return seen.at(-1);
      },
      fault: () => undefined,
    });
    const now = micros(Date.now() * 1000);
    const tls = {
      certificate: issueServerCertificate(server, ['127.0.0.1'], now),
      askFor: authority.certificate,
    };
    const listener = await listen('sensors', { host: '127.0.0.1', port: 0 }, () => app, {
      tls,
    });
    const ask = (
      client: { cert?: string; key?: string },
      coding?: string,
    ): Promise<number | string> => {
      const { promise, resolve } = Promise.withResolvers<number | string>();
      const request = httpsRequest(
        {
          host: '127.0.0.1',
          port: listener.address.port,
          path: '/sensor/v1/bundle',
          ca: server.certificate,
          agent: false,
          ...(coding !== undefined && { headers: { 'transfer-encoding': coding } }),
          ...client,
        },
        (response) => resolve(response.resume().statusCode ?? 0),
      );
      request.on('error', (error) => resolve(error.message));
      request.end();
      return promise;
    };
    const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const stranger = newKeyPair().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    // 503 = known, and there is no policy here to give out.
    expect(await ask({ cert: certificate, key })).toBe(503);
    expect(seen.at(-1)?.toString()).toBe(new X509Certificate(certificate).toString());
    expect(await ask({})).toBe(401);
    expect(await ask({}, 'chunked')).toBe(411);
    expect(() => ask({ cert: certificate, key: stranger })).toThrow(/key values mismatch/);
    await listener.close();
  });
});

describe('what it says', () => {
  beforeEach(async () => {
    const { certificate } = await enrol(`says-${randomBytes(4).toString('hex')}`);
    shown = new X509Certificate(certificate);
  });

  test('alerts and health arrive, twice is once, and people see them', async () => {
    const document = alertDocument(`al_${randomBytes(6).toString('hex')}`);
    const items = [
      { id: 'i1', kind: 'alert', document },
      {
        id: 'i2',
        kind: 'health',
        document: {
          at: isoMicros(START),
          interface: 'lo',
          received: 10,
          dropped: 1,
          facts: [],
          waiting: 0,
          givenUp: 0,
        },
      },
      {
        id: 'i3',
        kind: 'asset',
        document: {
          ip: '127.20.1.12',
          roles: ['server'],
          protocols: ['modbus'],
          peers: [],
          first_seen: isoMicros(START),
          last_seen: isoMicros(START),
          more: 'what a newer sensor says',
        },
      },
      { id: 'i4', kind: 'aggregate', document: {} },
    ];
    expect([...(await send(items))].sort()).toEqual(['i1', 'i2', 'i3', 'i4']);
    expect(await send(items)).toHaveLength(4);
    const anna = await site.as('anna');
    const { id } = document.lockkeeper.alert;
    const alert = (await (await anna.get(`/api/alerts/${id}`)).json()) as AlertView;
    expect(alert).toMatchObject({
      id,
      count: 1,
      status: 'new',
      zone: 'cell-1',
      hasEvidence: false,
    });
    const assets = (await (await anna.get('/api/assets')).json()) as AssetPageView;
    expect(assets.items).toMatchObject([{ address: '127.20.1.12', asset: { id: 'plc-12' } }]);
    const sensors = (await (await anna.get('/api/sensors')).json()) as { items: SensorView[] };
    expect(sensors.items[0]).toMatchObject({ received: 10, dropped: 1, silent: false });
  });

  test('what cannot be what it says is taken off the wire, told of, and not kept', async () => {
    const good = alertDocument(`al_${randomBytes(6).toString('hex')}`);
    const before = await site.context.store.audit.size();
    const accepted = await send([
      { id: 'b1', kind: 'alert', document: { ...good, event: { ...good.event, severity: 1e9 } } },
      { id: 'b2', kind: 'alert', document: {} },
      { id: 'b3', kind: 'operation', document: { kind: 'exchange' } },
      { id: 'b4', kind: 'health', document: { received: -1 } },
      { id: 'b5', kind: 'firmware', document: {} },
      { id: 'b7', kind: 'asset', document: { ip: 'plc-12' } },
      { id: 'b6', kind: 'alert', document: { ...good, '@timestamp': 'yesterday' } },
    ]);
    expect(accepted).toEqual(['b1', 'b2', 'b3', 'b4', 'b5', 'b7', 'b6']);
    expect(await site.context.store.alerts.get(good.lockkeeper.alert.id)).toBeUndefined();
    const [leaf] = await site.context.store.audit.leaves(before, 10);
    expect(leaf?.event).toMatchObject({ action: 'receive-items', outcome: 'failed' });
    expect(leaf?.event.detail).toMatchObject({ unusable: 7, first: 'b1' });
  });

  test.for([
    ['no list', { items: 'x' }],
    [
      'too many',
      {
        items: Array.from({ length: 501 }, (_, i) => ({ id: `${i}`, kind: 'asset', document: {} })),
      },
    ],
    ['an id that is a path', { items: [{ id: '../x', kind: 'asset', document: {} }] }],
    ['another key', { items: [], more: 1 }],
    ['nothing', null],
  ] as const)('%s: refused whole', async ([, body]) => {
    expect((await post('/sensor/v1/items', body)).status).toBe(400);
  });

  test('evidence is taken for an own alert, with the right hash, and given out as it came', async () => {
    const document = alertDocument(`al_${randomBytes(6).toString('hex')}`);
    const { id } = document.lockkeeper.alert;
    await send([{ id: 'e1', kind: 'alert', document }]);
    const bytes = randomBytes(1_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const put = (alert: string, hash: string): Promise<Response> =>
      Promise.resolve(
        link.request(`/sensor/v1/evidence/${alert}`, {
          method: 'PUT',
          headers: { 'x-sha256': hash },
          body: new Uint8Array(bytes),
        }),
      );
    expect(
      (
        await put(
          id,
          sha256.replace(/^./, (c) => (c === '0' ? '1' : '0')),
        )
      ).status,
    ).toBe(400);
    expect((await put(id, '')).status).toBe(400);
    expect((await put('al_unknown00000', sha256)).status).toBe(404);
    expect((await put('..%2f..%2fx', sha256)).status).toBe(404);
    expect((await put(id, sha256)).status).toBe(204);
    expect((await put(id, sha256)).status).toBe(204);

    const anna = await site.as('anna');
    const pcap = await anna.get(`/api/alerts/${id}/pcap`);
    expect(pcap.headers.get('content-disposition')).toBe(`attachment; filename="${id}.pcapng"`);
    expect(Buffer.from(await pcap.arrayBuffer()).equals(bytes)).toBe(true);

    // Another sensor, however well enrolled, replaces nobody's proof.
    const { certificate } = await enrol(`thief-${randomBytes(4).toString('hex')}`);
    shown = new X509Certificate(certificate);
    expect((await put(id, sha256)).status).toBe(404);
  });

  const slice = (alert: string, bytes: Uint8Array, at = link): Promise<Response> =>
    Promise.resolve(
      at.request(`/sensor/v1/evidence/${alert}`, {
        method: 'PUT',
        headers: { 'x-sha256': createHash('sha256').update(bytes).digest('hex') },
        body: new Uint8Array(bytes),
      }),
    );

  const leavesSince = async (before: number) => {
    const leaves = await site.context.store.audit.leaves(before, 100);
    return leaves
      .filter(({ event }) => event.action === 'receive-evidence')
      .map(({ event }) => [event.subject, event.outcome, event.detail] as const);
  };

  test('evidence cannot be swapped: the first stands, its hash is a leaf, and a try is told once', async () => {
    const document = alertDocument(`al_${randomBytes(6).toString('hex')}`);
    const { id } = document.lockkeeper.alert;
    await send([{ id: 's1', kind: 'alert', document }]);
    const before = await site.context.store.audit.size();
    const [first, second] = [randomBytes(500), randomBytes(500)];
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect((await slice(id, first)).status).toBe(204);
    expect((await slice(id, first)).status).toBe(204);
    const swapped = await slice(id, second);
    expect([swapped.status, await swapped.json()]).toMatchObject([
      409,
      { error: { code: 'evidence-stands' } },
    ]);
    expect((await slice(id, second)).status).toBe(409);
    expect(await leavesSince(before)).toEqual([
      [id, 'allowed', { sha256: hash(first), bytes: 500 }],
      [id, 'denied', { offered: hash(second) }],
    ]);
    expect(await site.api.evidence.get(id)).toEqual(new Uint8Array(first));
  });

  test('of two that come at once, one stands', async () => {
    const document = alertDocument(`al_${randomBytes(6).toString('hex')}`);
    const { id } = document.lockkeeper.alert;
    await send([{ id: 'r1', kind: 'alert', document }]);
    const answers = await Promise.all([slice(id, randomBytes(500)), slice(id, randomBytes(500))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  test('an alert that was closed and fired again shows the evidence of its stream', async () => {
    const document = alertDocument(`al_${randomBytes(6).toString('hex')}`);
    const { alert } = document.lockkeeper;
    await send([{ id: 'f1', kind: 'alert', document }]);
    const bytes = randomBytes(500);
    expect((await slice(alert.id, bytes)).status).toBe(204);
    const anna = await site.as('anna');
    const record = await site.context.store.alerts.get(alert.id);
    const body = { version: record?.version, reason: 'true-positive', comment: 'seen' };
    expect((await anna.post(`/api/alerts/${alert.id}/close`, body)).status).toBe(200);
    const later = isoMicros(micros(START + 60_000_000));
    const again = {
      ...document,
      lockkeeper: {
        ...document.lockkeeper,
        alert: { ...alert, count: 2, last_seen: later, seen: [...alert.seen, later] },
      },
    };
    await send([{ id: 'f2', kind: 'alert', document: again }]);
    const latest = await site.context.store.alerts.latestOf(
      record?.sensor ?? 'broker',
      alert.dedup_key,
    );
    expect(latest).toMatchObject({ follows: alert.id, hasEvidence: true });
    const pcap = await anna.get(`/api/alerts/${latest?.id}/pcap`);
    expect(Buffer.from(await pcap.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test.for([
    ['the quota', { total: 1_000, reserve: 0 }, [204, 204, 507, 507]],
    ['the disk', { total: 1e9, reserve: Number.MAX_SAFE_INTEGER }, [507, 507, 507, 507]],
  ] as const)('beyond %s evidence is refused, and that is told once', async ([, bounds, want]) => {
    const evidence = createEvidence(
      join(folder, randomBytes(4).toString('hex')),
      randomBytes,
      () => 0,
      bounds,
    );
    const at = linkWith({ evidence });
    const ids = want.map(() => `al_${randomBytes(6).toString('hex')}`);
    await send(ids.map((id, i) => ({ id: `q${i}`, kind: 'alert', document: alertDocument(id) })));
    const before = await site.context.store.audit.size();
    const statuses: number[] = [];
    for (const id of ids) statuses.push((await slice(id, randomBytes(500), at)).status);
    expect(statuses).toEqual(want);
    const failed = (await leavesSince(before)).filter(([, outcome]) => outcome === 'failed');
    expect(failed).toHaveLength(1);
  });

  test('what stands from before a restart counts, and drafts of a crash are gone', async () => {
    const place = join(folder, 'restart-evidence');
    const bounds = { total: 1_000, reserve: 0 };
    const put = (name: string, bytes: Uint8Array) =>
      createEvidence(place, randomBytes, () => 0, bounds).put(
        name,
        bytes,
        createHash('sha256').update(bytes).digest('hex'),
      );
    expect(await put('al_00000001', randomBytes(600))).toBe('kept');
    writeFileSync(join(place, '.00.part'), randomBytes(900));
    expect(await put('al_00000002', randomBytes(600))).toBe('full');
    expect(await put('al_00000003', randomBytes(400))).toBe('kept');
    expect(readdirSync(place).sort()).toEqual(['al_00000001.pcapng', 'al_00000003.pcapng']);
  });

  test('an upload beyond its bound is cut off', async () => {
    const body = new Uint8Array(8 * 1024 * 1024 + 1);
    const answer = await link.request('/sensor/v1/evidence/al_12345678', { method: 'PUT', body });
    expect(answer.status).toBe(413);
  });
});

describe('the bundle', () => {
  test('is signed for its own purpose, and its serial number only grows', async () => {
    const { certificate } = await enrol('bundle');
    shown = new X509Certificate(certificate);
    const fetchBundle = async (have = '') => {
      const answer = await link.request(`/sensor/v1/bundle?have=${have}`);
      if (answer.status === 304) return undefined;
      const { bundle } = (await answer.json()) as { bundle: string };
      const jwk = createPublicKey(bundleKey.privateKey).export({ format: 'jwk' });
      const key = await importJWK({ ...jwk, alg: 'EdDSA' });
      const { payload, protectedHeader } = await compactVerify(bundle, key);
      expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'lockkeeper-bundle+jwt' });
      return JSON.parse(Buffer.from(payload).toString()) as { version: string; serial: number };
    };
    const first = await fetchBundle();
    expect(await fetchBundle(first?.version)).toBeUndefined();
    const plant = site.plant;
    if (plant === undefined) throw new Error('no plant');
    site.plant = { ...plant, version: 'b'.repeat(64) };
    const second = await fetchBundle(first?.version);
    site.plant = plant;
    const third = await fetchBundle(second?.version);
    expect([second?.serial, third?.serial]).toEqual([
      (first?.serial ?? 0) + 1,
      (first?.serial ?? 0) + 2,
    ]);
    expect(third?.version).toBe(first?.version);
  });

  test('a restart goes on with the serial number', async () => {
    const file = join(folder, 'restart.json');
    const content = { site: 'x', plant: 'p', rules: [] };
    const serialOf = async (plant: string): Promise<number> => {
      const { jws } = await createBundles(bundleKey.privateKey, file).publish({
        ...content,
        plant,
      });
      return (
        JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as {
          serial: number;
        }
      ).serial;
    };
    expect([await serialOf('a'), await serialOf('a'), await serialOf('b')]).toEqual([1, 1, 2]);
  });
});
