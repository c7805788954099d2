import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EXPLAINED_WITHIN, joinOperations } from '#broker/actions/join-operations.ts';
import { createSensorLink } from '#broker/api/sensor-link.ts';
import type { AssetPageView } from '#broker/api/views-assets.ts';
import { issueServerCertificate, newAuthority, newKeyPair } from '#broker/identity/authority.ts';
import { type Listener, listen } from '#broker/run/listen.ts';
import { certificateOf } from '#broker/run/sensor-listener.ts';
import type { Rule } from '#sensor/detect/sigma/rule.ts';
import { startUplink, type UplinkNews } from '#sensor/link/uplink.ts';
import {
  MAX_ALERT_MESSAGE,
  MAX_FACTS,
  MAX_FRAMES,
  MAX_LISTED,
  MAX_NODE_NAME,
  MAX_OPERATIONS,
  MAX_SEEN,
  MAX_VALUE_TEXT,
} from '#sensor/model/bounds.ts';
import type { EnrolAnswer } from '#sensor/model/link.ts';
import { micros } from '#sensor/model/time.ts';
import { keptOf } from '#sensor/store/kept-exchange.ts';
import { SensorStore } from '#sensor/store/sensor-store.ts';
import { batch } from '../../support/batch.ts';
import { largestAlert, largestAsset, largestCall, largestWrite } from '../../support/largest.ts';
import { shippedRules } from '../../support/shipped-rules.ts';
import { openSite, type Site, START } from './site.ts';

/** However busy the machine is. */
const PATIENCE = { timeout: 30_000, interval: 50 };

/** When what is heard needs an explanation at once. */
const DUE = START - EXPLAINED_WITHIN - 1_000_000;

let site: Site;
let folder: string;
let listener: Listener;
let store: SensorStore;
let news: UplinkNews[];
/** Ends the uplink after it has sent all that waits. */
let sent: () => Promise<void>;

/** The real uplink of a real database to the real listener of a broker, where it has enrolled. */
beforeEach(async () => {
  site = await openSite();
  folder = mkdtempSync(join(tmpdir(), 'lk-largest-'));
  store = new SensorStore(join(folder, 'sensor.db'));
  news = [];
  const now = micros(Date.now() * 1000);
  const server = newAuthority('server', 'test', now, randomBytes);
  const sensors = newAuthority('sensor', 'test', START, randomBytes);
  const { publicKey: bundleKey } = newKeyPair();
  const link = createSensorLink({
    actions: site.context,
    clock: () => site.now,
    enrolments: site.api.enrolments,
    evidence: site.api.evidence,
    authority: sensors,
    serverAuthority: server.certificate,
    bundleKey: { ...bundleKey.export({ format: 'jwk' }) },
    bundle: () => Promise.resolve(undefined),
    certificateOf,
    fault: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
  const certificate = issueServerCertificate(server, ['127.0.0.1'], now);
  const tls = { certificate, askFor: sensors.certificate };
  listener = await listen('sensors', { host: '127.0.0.1', port: 0 }, () => link, { tls });
  const ada = await site.as('ada');
  const name = 'cell-1';
  const invited = await ada.post('/api/sensors/enrolments', { name, covers: ['127.20.0.0/16'] });
  const { token } = (await invited.json()) as { token: string };
  const keys = newKeyPair();
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const answer = await link.request(
    '/sensor/v1/enrol',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, name, publicKey }),
    },
    { incoming: { socket: { remoteAddress: '127.0.0.1' } } },
  );
  const enrolled = (await answer.json()) as EnrolAnswer;
  const uplink = startUplink({
    identity: {
      ...enrolled,
      url: `https://127.0.0.1:${listener.address.port}`,
      privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    folder,
    store,
    bundle: undefined,
    take: () => undefined,
    news: (each) => news.push(each),
    wait: (ms, signal) => sleep(Math.max(1, ms / 100), undefined, { signal }),
    random: () => 0.5,
  });
  sent = async () => {
    await vi.waitFor(() => expect(store.backlog.waiting).toBe(0), PATIENCE);
    await uplink.stop(0);
  };
});
afterEach(async () => {
  store.close();
  await listener.close();
  await site.close();
  rmSync(folder, { recursive: true });
});

function ruleOf(action: string): Rule {
  const rule = shippedRules().get(action);
  if (rule === undefined) throw new Error(`no rule ${action}`);
  return rule;
}

const leaves = async () => {
  const all = await site.context.store.audit.leaves(0, 100);
  return all.filter(({ event }) => event.action === 'receive-items');
};

describe('the largest that a sensor can make arrives', () => {
  test.for([
    ['a write', largestWrite],
    ['a call', largestCall],
  ] as const)('%s, and is an alert where nothing explains it', async ([, make]) => {
    const exchange = make(DUE);
    expect(exchange.frames.request.length).toBeGreaterThan(MAX_FRAMES);
    store.commit(batch({ exchanges: [keptOf(exchange)] }), START);
    await sent();
    expect(news.map(({ kind }) => kind)).toEqual(['broker-reached']);
    expect(await leaves()).toEqual([]);
    const [arrived, ...more] = await site.context.store.history.unexplained(10);
    expect(more).toEqual([]);
    const { operations, frames, facts } = arrived?.exchange ?? exchange;
    expect(operations).toEqual(exchange.operations);
    expect(operations).toHaveLength(MAX_OPERATIONS);
    expect(frames.request).toHaveLength(MAX_FRAMES);
    expect(frames.request.at(-1)).toBe(exchange.frames.request.at(-1));
    expect(facts).toHaveLength(MAX_FACTS);
    const [operation] = operations;
    const lengths = JSON.stringify(operation, (_, value: unknown) =>
      typeof value === 'string' ? value.length : value,
    );
    expect(lengths).toContain(String(MAX_NODE_NAME));
    expect(await joinOperations(site.context)).toMatchObject({ unexplained: 1 });
  });

  test('an alert', async () => {
    const document = largestAlert(ruleOf('operation-not-allowed'), largestWrite(START));
    expect(document.message).toHaveLength(MAX_ALERT_MESSAGE);
    store.commit(batch({ alerts: [document] }), START);
    await sent();
    expect(await leaves()).toEqual([]);
    const { id, seen } = document.lockkeeper.alert;
    expect(seen).toHaveLength(MAX_SEEN);
    const record = await site.context.store.alerts.get(id);
    expect(record?.document).toEqual(document);
  });

  test('an asset', async () => {
    const report = largestAsset(START);
    const lists = [report.ports, report.units, report.applications, report.conversations];
    expect(lists.map((list) => list?.length)).toEqual(lists.map(() => MAX_LISTED));
    store.commit(batch({ assets: [report] }), START);
    await sent();
    expect(await leaves()).toEqual([]);
    const anna = await site.as('anna');
    const page = (await (await anna.get('/api/assets')).json()) as AssetPageView;
    expect(page.items).toMatchObject([{ address: report.ip }]);
  });
});

test('an operation that cannot be read is still one that nothing explains', async () => {
  const exchange = largestWrite(DUE);
  const [operation] = exchange.operations;
  if (operation === undefined) throw new Error('nothing was written');
  const value = 'x'.repeat(MAX_VALUE_TEXT + 1);
  const impossible = { ...exchange, operations: [{ ...operation, value }] };
  store.commit(batch({ exchanges: [keptOf(impossible)] }), START);
  await sent();
  expect(await joinOperations(site.context)).toMatchObject({ unexplained: 1 });
  const { items } = await site.context.store.alerts.list({}, { limit: 10 });
  expect(items.map(({ document }) => document.message)).toEqual([
    expect.stringMatching(/sent Write on .* without a grant: what it does is not understood$/),
  ]);
});
