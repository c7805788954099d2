import { afterEach, beforeEach, expect, test } from 'vitest';
import { approveRequest } from '#broker/actions/decide-request.ts';
import { endSession } from '#broker/actions/end-session.ts';
import { openSession } from '#broker/actions/open-session.ts';
import { submitRequest } from '#broker/actions/submit-request.ts';
import type { ApiContext } from '#broker/api/api-context.ts';
import { createReadings, LOOK } from '#broker/api/readings.ts';
import type { OperationPageView, RecordedOperationView } from '#broker/api/views.ts';
import type { Session } from '#broker/model/access.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { done } from '../../support/broker-context.ts';
import { openSite, type Site, START } from './site.ts';

const HOUR = 3_600_000_000;

let site: Site;
let session: Session;
beforeEach(async () => {
  site = await openSite();
  const submission = {
    entry: 'acme-press',
    asset: 'plc-12',
    operations: [{ allowance: 0 }],
    notBefore: START,
    notAfter: micros(START + HOUR),
    readGrace: false,
    purpose: 'calibrate',
  };
  const asked = await submitRequest(site.context, { actor: 'vera', submission });
  let { request } = done(asked);
  let grant = '';
  for (const actor of ['otto', 'petra']) {
    const { id, version, hash } = request;
    const approval = { actor, id, version, hash, comment: '' };
    const approved = done(await approveRequest(site.context, approval));
    request = approved.request;
    grant = approved.grant?.id ?? '';
  }
  const certify = async () => ({ thumbprint: 'a'.repeat(64) });
  const opened = await openSession(site.context, { actor: 'vera', grant, certify });
  session = done(opened).session;
});
afterEach(() => site.close());

const read = async (
  person: string,
  query = '',
  more: Partial<ApiContext> = {},
): Promise<OperationPageView> => {
  const asker = await site.as(person);
  const path = `/api/sessions/${session.id}/operations${query}`;
  const answer = await asker.requestOf(site.app(undefined, more), 'GET', path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as OperationPageView;
};

test('a recording that does not fit its seal is shown with the reason', async () => {
  await endSession(site.context, { actor: 'gate', id: session.id, reason: 'idle' });
  const why = 'lacks `manifest.json`';
  const recordingFault = async ({ id }: Session) => (id === session.id ? why : undefined);
  const operation: RecordedOperationView = {
    session: session.id,
    sequence: 0,
    at: isoMicros(START),
    decision: 'allowed',
    text: 'read holding register 0 (40001) of unit 1',
    kind: 'read',
    functionCode: 3,
    rule: 'acme-press',
    outcome: 'success',
  };
  const recorded = {
    newestOperations: async () => ({ operations: [operation] }),
    recordedOperations: async () => [operation],
  };
  // It proves nothing then, and is shown all the same.
  for (const query of ['', '?after=-1']) {
    const page = await read('petra', query, { ...recorded, recordingFault });
    expect(page).toMatchObject({ items: [operation], fault: why });
    const fitting = await read('petra', query, recorded);
    expect(fitting.items).toEqual([operation]);
    expect(fitting).not.toHaveProperty('fault');
  }
});

const looks = async () =>
  (await site.context.store.audit.leaves(0, 1000))
    .map(({ event }) => event)
    .filter(({ action }) => action === 'read-recording')
    .map(({ at, actor, subject }) => [at - START, actor, subject]);

test.each(['', '?after=0&limit=500', '?after=400'])(
  'reading a recording (%s) leaves a leaf, while the session runs and afterwards',
  async (query) => {
    await read('petra', query);
    expect(await looks()).toEqual([[0, 'petra', session.id]]);
    await endSession(site.context, { actor: 'gate', id: session.id, reason: 'idle' });
    await read('audra', query);
    expect(await looks()).toHaveLength(2);
  },
);

test('a look of many pages is one leaf, and one that lasts is told again', async () => {
  for (const query of ['', '?after=0', '?after=100']) await read('petra', query);
  site.now = micros(START + LOOK - 1);
  await read('petra', '?after=100');
  await read('audra');
  expect(await looks()).toEqual([
    [0, 'petra', session.id],
    [LOOK - 1, 'audra', session.id],
  ]);
  site.now = micros(START + LOOK);
  await read('petra', '?after=100');
  expect(await looks()).toHaveLength(3);
});

test('nothing is shown where the leaf cannot be stored, and the next try writes it', async () => {
  let full = true;
  const noteReading = createReadings((leaf) =>
    full
      ? Promise.reject(new Error('full'))
      : site.context.store.commit({ writes: [], audit: [leaf] }),
  );
  const ask = async () => {
    const asker = await site.as('petra');
    const app = site.app(undefined, { noteReading, fault: () => undefined });
    return asker.requestOf(app, 'GET', `/api/sessions/${session.id}/operations`);
  };
  expect((await ask()).status).toBe(500);
  full = false;
  expect((await ask()).status).toBe(200);
  expect(await looks()).toHaveLength(1);
});
