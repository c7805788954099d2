import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placeLock } from '#broker/actions/place-lock.ts';
import { receiveAlerts } from '#broker/actions/receive-alerts.ts';
import { ROUTES } from '#broker/api/routes.ts';
import type { RequestView } from '#broker/api/views.ts';
import type { Grant, Session } from '#broker/model/access.ts';
import type { GrantId, SensorId, SessionId } from '#broker/model/ids.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { aRelease } from '../store/samples.ts';
import { alertDocument } from './alert.ts';
import { PEOPLE } from './plant.ts';
import { openSite, type Site, START } from './site.ts';

/** The walk over all routes and all roles. What is expected stands in matrix.txt, one line for each route. */

interface Row {
  readonly method: string;
  readonly path: string;
  readonly action: string;
  readonly who: readonly string[];
}

const ROWS: readonly Row[] = readFileSync(new URL('./matrix.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [method = '', path = '', action = '', ...who] = line.split(/\s+/);
    return { method, path, action, who };
  });

const GRANT = 'gr_matrix000001' as GrantId;
const SESSION = 'ses_matrix00001' as SessionId;

let site: Site;
let ids: Readonly<Record<string, string>>;

/** One of each noun, whose it is as matrix.txt says. */
beforeAll(async () => {
  site = await openSite();
  const { store } = site.context;
  const document = alertDocument('al_matrix00001');
  await receiveAlerts(site.context, 'sen_matrix00001' as SensorId, [document]);
  await site.api.evidence.put(
    'al_matrix00001',
    new Uint8Array(),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  const asked = await (await site.as('vera')).post('/api/requests', {
    entry: 'acme-press',
    asset: 'plc-12',
    operations: [{ allowance: 0 }],
    notBefore: isoMicros(START),
    notAfter: isoMicros(micros(START + 3_600_000_000)),
    readGrace: false,
    purpose: 'calibrate',
  });
  const request = (await asked.json()) as RequestView;
  const stored = (await store.requests.list({}, { limit: 1 })).items[0];
  if (stored === undefined) throw new Error('no request');
  const whose = { person: 'vera', vendor: 'acme', asset: 'plc-12' };
  const grant: Grant = {
    ...whose,
    id: GRANT,
    version: 1,
    state: 'scheduled',
    request: stored.id,
    requestHash: stored.hash,
    entry: stored.entry,
    operations: stored.operations,
    notBefore: stored.notBefore,
    notAfter: stored.notAfter,
    graceUntil: stored.graceUntil,
    idleTimeout: stored.idleTimeout,
    policyVersion: stored.policyVersion,
    sessions: 0,
  };
  const session: Session = {
    ...whose,
    id: SESSION,
    version: 1,
    state: 'active',
    grant: GRANT,
    startedAt: START,
    certificate: 'c'.repeat(64),
    certificateUntil: stored.graceUntil,
    counts: { allowed: 0, refused: 0, writes: 0 },
  };
  const event = { at: START, actor: 'test', action: 'test', subject: 'test' } as const;
  const release = aRelease();
  await store.commit({
    writes: [
      { noun: 'release', expected: 0, put: release },
      { noun: 'grant', expected: 0, put: grant },
      { noun: 'session', expected: 0, put: session },
    ],
    audit: [{ ...event, outcome: 'allowed', detail: {} }],
  });
  const target = { kind: 'grant', grant: GRANT } as const;
  const placed = await placeLock(site.context, { actor: 'otto', target, reason: 'test' });
  if (placed.kind !== 'done') throw new Error(placed.kind);
  const device = site.api.devices.begin({ grant: GRANT, key: 'ab', from: '192.0.2.1' }, START);
  ids = {
    '/api/alerts/:id': document.lockkeeper.alert.id,
    '/api/requests/:id': request.id,
    '/api/sessions/:id': SESSION,
    '/api/locks/:id': placed.lock.id,
    '/api/assets/:address': '127.20.1.12',
    '/api/releases/:id': release.id,
    '/api/connect/:code': device?.code.userCode ?? '',
  };
});
afterAll(() => site.close());

function pathOf(path: string): string {
  for (const [pattern, id] of Object.entries(ids)) {
    if (path.startsWith(pattern)) return path.replace(/:\w+/, id);
  }
  return path;
}

const passed = (status: number): boolean => ![401, 403, 404].includes(status);

test('matrix.txt names every route of the table with its action, and no other', () => {
  const line = ({ method, path, action }: Omit<Row, 'who'>): string =>
    `${method} ${path} ${action}`;
  expect(ROWS.map(line).sort()).toEqual(ROUTES.map(line).sort());
});

describe.for(ROWS)('$method $path', ({ method, path, action, who }) => {
  const ask = async (person: string | undefined): Promise<number> => {
    const asker = person === undefined ? site.anonymous : await site.as(person);
    const body = method === 'POST' ? {} : undefined;
    const response = await asker.request(method, pathOf(path), body);
    await response.body?.cancel();
    return response.status;
  };

  if (action === 'anybody') {
    test('answers everybody alike, whoever is signed in', async () => {
      const statuses = await Promise.all([undefined, 'anna', 'vera', 'ada'].map(ask));
      expect(new Set(statuses).size).toBe(1);
    });
    return;
  }

  test('nobody gets in without signing in', async () => {
    expect(await ask(undefined)).toBe(401);
  });

  test(`passes ${who.join(' ')}`, async () => {
    const through: string[] = [];
    for (const { id } of PEOPLE) if (passed(await ask(id))) through.push(id);
    expect(through.sort()).toEqual(who.filter((name) => name !== 'token').sort());
  });

  test('says 404 to a vendor and a reason to anybody else', async () => {
    for (const { id, roles } of PEOPLE) {
      const status = await ask(id);
      if (passed(status) || status === 401) continue;
      // A short code and another's grant are nobody else's business at all.
      const hidden =
        path.startsWith('/api/connect/') || roles.some(({ role }) => role === 'vendor');
      expect([id, status]).toEqual([id, hidden ? 404 : 403]);
    }
  });
});

test.for([
  ['GET', '/api/nothing'],
  ['GET', '/api/'],
  ['DELETE', '/api/me'],
  ['PUT', '/api/alerts'],
  ['PATCH', '/api/locks'],
  ['POST', '/api/me'],
  ['GET', '/api/sensors/enrolments'],
  ['GET', '/api//me'],
  ['GET', '/API/me'],
  ['GET', '/api/me/'],
  ['GET', '/console/../api/audit'],
] as const)('%s %s is not in the table, so it does not exist', async ([method, path]) => {
  const ada = await site.as('ada');
  expect((await ada.request(method, path)).status).toBe(path.includes('..') ? 403 : 404);
});

test('a denied change is a leaf of the audit log; a denied read of a page is not', async () => {
  const before = await site.context.store.audit.size();
  const anna = await site.as('anna');
  await anna.get('/api/sessions');
  expect(await site.context.store.audit.size()).toBe(before);
  await anna.post('/api/locks', {});
  const [leaf] = await site.context.store.audit.leaves(before, 10);
  expect(leaf?.event).toMatchObject({ actor: 'anna', action: 'place-lock', outcome: 'denied' });
});
