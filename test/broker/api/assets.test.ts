import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { receiveAlerts } from '#broker/actions/receive-alerts.ts';
import { receiveAssets } from '#broker/actions/receive-assets.ts';
import { liveEventOf, seesEvent } from '#broker/api/live-events.ts';
import type { AssetPageView, AssetView } from '#broker/api/views-assets.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { Asset } from '#policies/plant.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { alertDocument } from './alert.ts';
import { GATE_ADDRESS, PEOPLE, PLANT } from './plant.ts';
import { openSite, type Site, START } from './site.ts';

const SENSOR = 'sen_assets000001' as SensorId;
const ROGUE = '10.66.66.66';
const GATE = '127.20.10.1';

const at = { file: 'plant.yaml', line: 30 };
const silent = (n: number): Asset => ({
  id: `spare-${n}`,
  name: `Spare ${n}`,
  zone: 'safety',
  address: `127.20.9.${n}`,
  opcua: { port: 4840, applicationUri: 'urn:spare' },
  tags: ['reserve'],
  criticality: 'low',
  registers: [],
  at,
});

let site: Site;
beforeAll(async () => {
  site = await openSite();
  const spares = [silent(1), silent(2), silent(3)].map((asset) => [asset.id, asset] as const);
  site.plant = { ...PLANT, assets: new Map([...PLANT.assets, ...spares]) };
  const talk = (peer: string, role: 'client' | 'server', kinds: readonly 'read'[] = ['read']) => ({
    peer,
    role,
    protocols: ['modbus'],
    kinds,
    last_seen: isoMicros(START),
  });
  const report = (ip: string, more: Partial<AssetReport>): AssetReport => ({
    ip,
    roles: ['client'],
    protocols: ['modbus'],
    peers: [],
    first_seen: isoMicros(START),
    last_seen: isoMicros(START),
    ...more,
  });
  await receiveAssets(site.context, SENSOR, [
    report('127.20.1.12', {
      mac: '00-00-5E-00-53-23',
      roles: ['server'],
      ports: [5020],
      units: [
        { id: 1, identity: { vendor: 'OT', product: 'P1', revision: 'v1' }, server_id: 'PX-200' },
      ],
      builds: [{ port: 4840, product_name: 'Boiler', build_date: '2026-01-02T03:04:05Z' }],
      conversations: [talk(GATE, 'server'), talk(ROGUE, 'server')],
    }),
    report(ROGUE, {
      vendor: 'Raspberry Pi Trading Ltd',
      names: [
        { name: 'raspberrypi.local', source: 'mdns', last_seen: isoMicros(START) },
        { name: 'lab-pi', source: 'dhcp', last_seen: '2020-01-01T00:00:00.000000Z' },
      ],
      behaviour: [{ role: 'server', because: 'it serves SMB to 3 clients' }],
      services: [{ transport: 'tcp', port: 445, protocol: 'smb', by: 'content', detail: 'SMB 1' }],
      conversations: [
        {
          ...talk('127.20.1.12', 'client'),
          traffic: [
            {
              transport: 'tcp',
              port: 5020,
              protocol: 'modbus',
              by: 'content',
              sent: { packets: 2, bytes: 140 },
              received: { packets: 1, bytes: 70 },
              first_seen: isoMicros(START),
              last_seen: isoMicros(START),
            },
          ],
        },
      ],
    }),
    report(GATE, {}),
  ]);
  const alert = alertDocument('al_assets000001');
  const { asset: _, ...unplaced } = alert.lockkeeper;
  await receiveAlerts(site.context, SENSOR, [
    { ...alert, source: { ip: ROGUE }, destination: { ip: '127.20.1.12' } },
    {
      ...alert,
      source: { ip: ROGUE },
      destination: { ip: '10.1.1.1' },
      lockkeeper: {
        ...unplaced,
        alert: { ...unplaced.alert, id: 'al_assets000002', dedup_key: 'other' },
      },
    },
  ]);
});
afterAll(() => site.close());

async function list(query = '', person = 'anna'): Promise<AssetPageView> {
  const answer = await (await site.as(person)).get(`/api/assets${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as AssetPageView;
}
const addresses = async (query: string): Promise<readonly string[]> =>
  (await list(query)).items.map(({ address }) => address);

async function page(address: string, person = 'anna'): Promise<AssetView> {
  const answer = await (await site.as(person)).get(`/api/assets/${address}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as AssetView;
}

test('what all traffic tells of an asset is in its row and on its page', async () => {
  const [row] = (await list('?text=raspberry')).items;
  expect(row).toMatchObject({
    address: ROGUE,
    heardName: 'raspberrypi.local',
    vendor: 'Raspberry Pi Trading Ltd',
    behaviour: ['server'],
  });
  expect(await page(ROGUE)).toMatchObject({
    vendors: ['Raspberry Pi Trading Ltd'],
    names: [
      { name: 'raspberrypi.local', source: 'mdns' },
      { name: 'lab-pi', source: 'dhcp' },
    ],
    reasons: [{ role: 'server', because: 'it serves SMB to 3 clients' }],
    services: [{ transport: 'tcp', port: 445, protocol: 'smb', detail: 'SMB 1' }],
    peers: [
      {
        address: '127.20.1.12',
        traffic: [
          { port: 5020, protocol: 'modbus', sent: { bytes: 140 }, received: { bytes: 70 } },
        ],
      },
    ],
  });
});

const SPARES = ['127.20.9.1', '127.20.9.2', '127.20.9.3'];

describe('the list', () => {
  test('joins what was heard with what the policy says, and ends with whom nobody heard', async () => {
    const { items, zones, protocols } = await list();
    expect(items).toMatchObject([
      { address: GATE, zone: { id: 'dmz' }, openAlerts: 0 },
      { address: ROGUE, roles: ['client'], openAlerts: 2 },
      {
        address: '127.20.1.12',
        asset: { id: 'plc-12', name: 'Press PLC' },
        zone: { id: 'cell-1', purdue: 1 },
        criticality: 'high',
        identity: 'OT P1 v1',
        lastSeen: isoMicros(START),
        openAlerts: 1,
      },
      { address: '127.20.9.1', asset: { id: 'spare-1' }, roles: [], protocols: [] },
      {},
      {},
    ]);
    expect(items[1]).not.toHaveProperty('asset');
    expect(items[1]).not.toHaveProperty('zone');
    expect(items[3]).not.toHaveProperty('lastSeen');
    expect(zones.map(({ id }) => id)).toEqual(['cell-1', 'safety', 'dmz']);
    expect(protocols).toEqual(['modbus', 'opcua']);
  });

  test.for([
    ['?text=plc-12', ['127.20.1.12']],
    ['?text=PRESS', ['127.20.1.12']],
    ['?text=press%20ot%2053-23', ['127.20.1.12']],
    ['?text=press%20v9', []],
    ['?text=reserve', SPARES],
    ['?text=spare%209.2', ['127.20.9.2']],
    ['?zone=cell-1', ['127.20.1.12']],
    ['?zone=', [ROGUE]],
    ['?zone=safety', SPARES],
    ['?zone=nowhere', []],
    ['?protocol=modbus', [GATE, ROGUE, '127.20.1.12']],
    ['?protocol=opcua', SPARES],
    ['?standing=named', [GATE, '127.20.1.12', ...SPARES]],
    ['?standing=unknown', [ROGUE]],
    ['?standing=unheard', SPARES],
    ['?standing=unheard&text=nobody', []],
  ] as const)('%s finds %j', async ([query, found]) => {
    expect(await addresses(query)).toEqual(found);
  });

  test('a walk by pages meets each once, also over the end of what was heard', async () => {
    const all = await addresses('');
    for (const limit of [1, 2, 4, 5]) {
      const walked: string[] = [];
      let cursor: string | undefined;
      do {
        const at: string = cursor === undefined ? '' : `&cursor=${cursor}`;
        const { items, next } = await list(`?limit=${limit}${at}`);
        expect(items.length).toBeLessThanOrEqual(limit);
        walked.push(...items.map(({ address }) => address));
        cursor = next;
      } while (cursor !== undefined);
      expect(walked).toEqual(all);
    }
  });

  test.for(['x', 'unheard-x', 'unheard--5', 'unheard-1e9'])(
    'a cursor that no page gave (%s) does no harm',
    async (cursor) => {
      expect((await list(`?standing=unheard&cursor=${cursor}`)).items.length).toBeLessThanOrEqual(
        3,
      );
    },
  );

  test('counts the alerts that the asker may read, and none for who reads none', async () => {
    const openAt = async (person: string) =>
      (await list('', person)).items.map(({ openAlerts }) => openAlerts).slice(1, 3);
    expect(await openAt('sam')).toEqual([2, 1]);
    // An approver reads the alerts of their zone alone.
    expect(await openAt('petra')).toEqual([1, 1]);
    expect(await openAt('paul')).toEqual([0, 0]);
    expect(await openAt('olga')).toEqual([undefined, undefined]);
  });
});

describe('the page of an asset', () => {
  test('says what it is, where it stands, and whom it speaks with by which conduits', async () => {
    expect(await page('127.20.1.12')).toMatchObject({
      asset: { id: 'plc-12' },
      named: { line: 1, endpoints: ['Modbus at port 5020, unit 1'] },
      place: { safety: false, securityLevel: 2, within: [], line: 1 },
      macs: ['00-00-5E-00-53-23'],
      ports: [5020],
      units: [{ id: 1, vendor: 'OT', product: 'P1', revision: 'v1', serverId: 'PX-200' }],
      builds: [{ port: 4840, productName: 'Boiler', buildDate: '2026-01-02T03:04:05Z' }],
      isGate: false,
      covered: false,
      sightings: [{ sensor: SENSOR }],
      peers: [
        { address: ROGUE, role: 'client', conduits: [] },
        {
          address: GATE,
          role: 'client',
          kinds: ['read'],
          conduits: [{ id: 'gate-cell-1', via: 'gate', line: 1 }],
        },
      ],
      openAlerts: 1,
      alerts: [{ id: 'al_assets000001' }],
    });
  });

  test('of one that the policy does not name is found by its address', async () => {
    const rogue = await page(ROGUE);
    expect(rogue).toMatchObject({ openAlerts: 2, peers: [{ role: 'server', conduits: [] }] });
    expect(rogue).not.toHaveProperty('named');
    expect(rogue).not.toHaveProperty('place');
    expect((await page(GATE)).isGate).toBe(true);
  });

  test('of one that nobody heard says what the policy says', async () => {
    const spare = await page('127.20.9.1');
    expect(spare).toMatchObject({
      named: { tags: ['reserve'], endpoints: ['OPC UA at port 4840, application urn:spare'] },
      place: { safety: true },
      sightings: [],
      peers: [],
    });
    expect(spare).not.toHaveProperty('lastSeen');
  });

  test('shows the alerts that the asker may read', async () => {
    const seen = async (person: string) => {
      const { openAlerts, alerts } = await page(ROGUE, person);
      return [openAlerts, alerts.map(({ id }) => id)];
    };
    expect(await seen('petra')).toEqual([1, ['al_assets000001']]);
    expect(await seen('olga')).toEqual([undefined, []]);
  });

  test.for(['10.9.9.9', 'plc-12', '127.20.9.9', '..%2f..%2fx'])(
    'of %s, which nobody heard and nobody names, does not exist',
    async (address) => {
      const anna = await site.as('anna');
      expect((await anna.get(`/api/assets/${address}`)).status).toBe(404);
    },
  );
});

test('an asset that is heard is told to those who may read assets', async () => {
  const write = site.published.find((each) => each.noun === 'asset');
  if (write === undefined || site.plant === undefined) throw new Error('none was told');
  const told = await liveEventOf(
    { plant: site.plant, gateAddress: GATE_ADDRESS },
    write,
    async () => undefined,
  );
  expect(told).toMatchObject({
    event: {
      event: 'asset',
      data: { isNew: true, row: { address: '127.20.1.12', asset: { id: 'plc-12' } } },
    },
    about: { zone: 'cell-1' },
  });
  const seeing = PEOPLE.filter(
    (person) => told && seesEvent(site.context.may, person, told.event, told.about),
  );
  expect(seeing.map(({ id }) => id)).toEqual([
    'anna',
    'olga',
    'otto',
    'petra',
    'paul',
    'sam',
    'audra',
  ]);
});
