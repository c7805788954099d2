import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyPolicy } from '#broker/actions/apply-policy.ts';
import { stagePolicy } from '#broker/actions/stage-policy.ts';
import { createPolicyStanding } from '#broker/api/policy-standing.ts';
import type { LiveEvent, PageView } from '#broker/api/views.ts';
import type { PolicyEventView, PolicyPlanView, PolicyView } from '#broker/api/views-policy.ts';
import { micros } from '#sensor/model/time.ts';
import { plantOf } from '../../support/plant.ts';
import { openSite, type Site, START } from './site.ts';

const TEXT = readFileSync(new URL('../../../policies/example-plant.yaml', import.meta.url), 'utf8');
const PLANT = plantOf(TEXT, '/etc/lockkeeper/plant.yaml');

/** Line of the example policy on which `text` stands. */
const lineOf = (text: string): number => TEXT.slice(0, TEXT.indexOf(text)).split('\n').length;

let site: Site;
beforeAll(async () => {
  site = await openSite();
  site.plant = PLANT;
});
afterAll(() => site.close());

async function read<T>(path: string): Promise<T> {
  const answer = await (await site.as('sam')).get(path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

test('shows who may speak to whom, with the kinds that safety leaves', async () => {
  const { zones, matrix, conduits } = await read<PolicyView>('/api/policy');
  expect(zones.map(({ id, purdue }) => [id, purdue])).toEqual([
    ['vendors', 5],
    ['dmz', 3.5],
    ['control-room', 2],
    ['cell-1', 1],
    ['safety', 1],
    ['boiler-house', 1],
  ]);
  expect(zones.find(({ id }) => id === 'safety')).toMatchObject({
    safety: true,
    securityLevel: 3,
    assets: 1,
    line: lineOf('  safety:\n'),
    allow: [
      'read coils 0-99 (00001-00100) of any unit, function 1',
      'read discrete inputs 0-99 (10001-10100) of any unit, function 2',
      'read holding registers 0-99 (40001-40100) of any unit, function 3',
      'read input registers 0-99 (30001-30100) of any unit, function 4',
    ],
  });
  // The historian sees the boiler too; it is the panel alone that sets it.
  expect(matrix.find(({ to }) => to === 'boiler-house')).toMatchObject({
    from: 'control-room',
    kinds: ['identify', 'browse', 'read', 'subscribe'],
    kindsOfSome: ['write', 'control'],
  });
  expect(matrix.filter(({ to }) => to !== 'boiler-house')).toEqual([
    {
      from: 'control-room',
      to: 'cell-1',
      kinds: ['read', 'write'],
      kindsOfSome: [],
      conduits: ['control-room-cell-1'],
      safety: [],
    },
    {
      from: 'control-room',
      to: 'safety',
      kinds: ['read'],
      kindsOfSome: [],
      conduits: ['control-room-safety'],
      safety: ['safety'],
    },
    {
      from: 'dmz',
      to: 'cell-1',
      kinds: ['read', 'write', 'identify'],
      kindsOfSome: [],
      conduits: ['dmz-cell-1'],
      safety: [],
    },
  ]);
  expect(conduits.find(({ id }) => id === 'dmz-cell-1')).toMatchObject({
    via: 'gate',
    onRecordingFailure: 'stop-writes',
    line: lineOf('  - id: dmz-cell-1'),
  });
});

test('a conduit that asks a safety zone for writes shows none', async () => {
  const text = TEXT.replace(
    'allow:\n      - { fc: [1, 2, 3, 4], range: 0-99 }\n\n  - id: control-room-boiler-house',
    'allow:\n      - { ops: [read, write] }\n\n  - id: control-room-boiler-house',
  );
  expect(text).not.toBe(TEXT);
  site.plant = plantOf(text);
  const { matrix } = await read<PolicyView>('/api/policy');
  site.plant = PLANT;
  expect(matrix.find(({ to }) => to === 'safety')?.kinds).toEqual(['read']);
});

test('shows what vendors may ask for, in words', async () => {
  const { access } = await read<PolicyView>('/api/policy');
  expect(access).toMatchObject([
    {
      id: 'acme-press-maintenance',
      vendor: 'Acme Drives',
      targets: [{ id: 'plc-12', name: 'Press PLC 12' }],
      quorum: 2,
      approvers: ['approver@cell-1'],
      // The example names every hour of every day, which is no limit.
      windows: [],
      line: lineOf('  - id: acme-press-maintenance'),
    },
  ]);
  expect(access[0]?.mayRequest[2]).toBe(
    'write holding registers 100-109 (40101-40110) of unit 1, values 0 to 1500, functions 6, 16',
  );
});

test('shows its own tests with how each sentence comes out', async () => {
  const { tests } = await read<PolicyView>('/api/policy');
  expect(tests).toHaveLength(PLANT.tests.length);
  expect(tests[0]).toMatchObject({
    as: 'asset:hmi-1',
    on: 'asset:plc-12',
    line: lineOf('  - { as: asset:hmi-1'),
  });
  const failures = () => tests.flatMap(({ sentences }) => sentences).filter((s) => s.failure);
  expect(failures()).toEqual([]);

  site.plant = plantOf(TEXT.replace('as: zone:control-room, on: plc-12, deny: [', '$&read, '));
  const broken = (await read<PolicyView>('/api/policy')).tests.flatMap(({ sentences }) =>
    sentences.filter(({ failure }) => failure),
  );
  site.plant = PLANT;
  expect(broken).toMatchObject([{ expected: 'deny', text: 'read' }]);
  expect(broken[0]?.failure).toContain('may read');
});

test('who applied which version when is told from the audit log, with what was refused', async () => {
  const apply = (text: string) =>
    applyPolicy(site.context, { text, file: '/etc/lockkeeper/plant.yaml' });
  await apply(TEXT);
  site.now = micros(START + 1_000_000);
  await apply('zones: [');
  site.now = micros(START + 2_000_000);
  await apply(`${TEXT}\n# another\n`);
  const { items } = await read<PageView<PolicyEventView>>('/api/policy/history');
  expect(items).toMatchObject([
    { outcome: 'applied', by: 'broker', before: PLANT.version, faults: [] },
    {
      outcome: 'refused',
      faults: [expect.stringMatching(/^plant\.yaml:\d+:\d+$/)],
    },
    { outcome: 'applied', version: PLANT.version },
  ]);
  expect(items[1]).not.toHaveProperty('version');
  const { appliedAt } = await read<PolicyView>('/api/policy');
  expect(appliedAt).toBeDefined();
  const older = await read<PageView<PolicyEventView>>('/api/policy/history?limit=2');
  expect(older.items).toHaveLength(2);
  expect(older.next).toBeDefined();
});

test('an edit that was refused is shown with its places until the file is good again', async () => {
  const faults = [{ field: '/etc/lockkeeper/plant.yaml:12:3', message: 'unknown zone `x`' }];
  site.api.policy.refuse({ at: START, message: 'the policy stays as it was', faults });
  expect((await read<PolicyView>('/api/policy')).refused).toMatchObject({
    message: 'the policy stays as it was',
    faults: [{ place: 'plant.yaml:12:3', message: 'unknown zone `x`' }],
  });
  site.api.policy.accept(PLANT.version);
  expect(await read<PolicyView>('/api/policy')).not.toHaveProperty('refused');
});

test('how the file stands is told to open pages', () => {
  const told: LiveEvent[] = [];
  const policy = createPolicyStanding({ publish: (event) => told.push(event) });
  policy.refuse({ at: START, message: 'no', faults: [] });
  policy.accept('abc');
  expect(told).toEqual([
    { event: 'policy', data: {} },
    { event: 'policy', data: { version: 'abc' } },
  ]);
});

describe('a policy that waits', () => {
  const EDIT = TEXT.replace(
    '{ fc: [6, 16], range: 100-109, units: [1], value: { min: 0, max: 1500 } }',
    '{ fc: [6, 16], range: 100-109, units: [1], value: { min: 0, max: 1200 } }',
  ).replace(/fc16 100\+10 value 1500/g, 'fc16 100+10 value 1200');
  const NEXT = plantOf(EDIT, 'plant.yaml');
  const file = 'plant.yaml';

  beforeEach(async () => {
    site.plant = PLANT;
    await applyPolicy(site.context, { text: TEXT, file });
    await stagePolicy(site.context, {
      text: EDIT,
      file,
      git: { commit: 'a'.repeat(40), dirty: false },
    });
  });

  const agree = async (person: string, base = PLANT.version) =>
    (await site.as(person)).post(`/api/policy/staged/${NEXT.version}/approve`, { base });

  test('is shown with its commit and who agreed, and is in force once two did', async () => {
    expect(await read<PolicyView>('/api/policy')).toMatchObject({
      version: PLANT.version,
      staged: {
        version: NEXT.version,
        quorum: 2,
        approvals: [],
        git: { commit: 'a'.repeat(40), dirty: false },
      },
    });
    expect(await (await agree('sam')).json()).toEqual({ inForce: false });
    expect((await read<PolicyView>('/api/policy')).staged?.approvals).toMatchObject([
      { person: 'sam', name: 'Sam Security' },
    ]);
    expect((await agree('sam')).status).toBe(409);
    expect(await (await agree('sina')).json()).toEqual({ inForce: true });
    expect(site.plant?.version).toBe(NEXT.version);
    const now = await read<PolicyView>('/api/policy');
    expect(now).toMatchObject({ version: NEXT.version, before: PLANT.version });
    expect(now).not.toHaveProperty('staged');
    const { items } = await read<PageView<PolicyEventView>>('/api/policy/history?limit=4');
    expect(items.map(({ outcome, by }) => [outcome, by])).toEqual([
      ['applied', 'sina'],
      ['refused', 'sam'],
      ['agreed', 'sam'],
      ['staged', 'broker'],
    ]);

    const sam = await site.as('sam');
    const back = await sam.post('/api/policy/roll-back', { base: NEXT.version });
    expect(await back.json()).toEqual({ version: PLANT.version });
    expect(site.plant?.version).toBe(PLANT.version);
  });

  test('is told in words, line by line, and by the sessions it would end', async () => {
    const plan = await read<PolicyPlanView>(`/api/policy/plan?to=${NEXT.version}`);
    expect(plan.from).toBe(PLANT.version);
    expect(plan.changes).toMatchObject([
      {
        becomes: 'denied',
        text: expect.stringContaining('values 0 to 1500') as string,
        both: [expect.stringContaining('values 0 to 1200')],
        line: lineOf('- { fc: [6, 16], range: 100-109, units: [1], value'),
      },
    ]);
    expect(plan.diff.filter(({ sign }) => sign === '+' || sign === '-')[0]).toEqual({
      sign: '-',
      text: '      - { fc: [6, 16], range: 100-109, units: [1], value: { min: 0, max: 1500 } }',
    });
    expect(plan.sessions).toEqual([]);
    const sam = await site.as('sam');
    expect((await sam.get(`/api/policy/plan?to=${'0'.repeat(64)}`)).status).toBe(404);
    expect((await sam.get('/api/policy/plan?to=../../etc')).status).toBe(400);
  });

  test('is withdrawn by one word', async () => {
    const sam = await site.as('sam');
    const answer = await sam.post(`/api/policy/staged/${NEXT.version}/withdraw`);
    expect(answer.status).toBe(204);
    expect(await read<PolicyView>('/api/policy')).not.toHaveProperty('staged');
    expect((await agree('sina')).status).toBe(409);
  });
});
