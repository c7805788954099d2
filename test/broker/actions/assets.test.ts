import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_ADDRESSES, receiveAssets } from '#broker/actions/receive-assets.ts';
import { type AssetRecord, assetIdOf } from '#broker/model/asset.ts';
import type { SensorId } from '#broker/model/ids.ts';
import { MAX_LISTED } from '#sensor/model/bounds.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { openSite, type Site } from '../../support/broker-context.ts';
import { later, NOW } from '../../support/broker-site.ts';

const HALL_1 = 'sen_hall00000001' as SensorId;
const HALL_2 = 'sen_hall00000002' as SensorId;
const MINUTE = 60_000_000;

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const report = (more: Partial<AssetReport> = {}): AssetReport => ({
  ip: '127.20.1.12',
  roles: ['server'],
  protocols: ['modbus'],
  ports: [5020],
  units: [{ id: 1, identity: { vendor: 'OT', product: 'P1', revision: 'v1' } }],
  peers: ['127.20.2.10'],
  conversations: [talk('127.20.2.10')],
  first_seen: isoMicros(NOW),
  last_seen: isoMicros(NOW),
  ...more,
});

const talk = (peer: string, at = NOW): NonNullable<AssetReport['conversations']>[number] => ({
  peer,
  role: 'server',
  protocols: ['modbus'],
  kinds: ['read'],
  last_seen: isoMicros(at),
});

const receive = (sensor: SensorId, ...reports: AssetReport[]): Promise<boolean> =>
  receiveAssets(site.context, sensor, reports);

async function recordOf(address: string): Promise<AssetRecord> {
  const id = assetIdOf(address);
  const record = id && (await site.context.store.assets.get(id));
  if (record === undefined) throw new Error(`no record of ${address}`);
  return record;
}

test('an address that a sensor heard is kept, told to open pages, and leaves no leaf', async () => {
  expect(await receive(HALL_1, report())).toBe(true);
  const record = await recordOf('127.20.1.12');
  expect(record).toMatchObject({ version: 1, address: '127.20.1.12' });
  expect(record.sightings).toMatchObject([
    { sensor: HALL_1, firstSeen: NOW, units: [{ identity: { product: 'P1' } }] },
  ]);
  expect(site.published).toEqual([{ noun: 'asset', expected: 0, put: record }]);
  expect(await site.leaves()).toEqual([]);
});

test('the same again changes nothing, also when another sensor spoke in between', async () => {
  await receive(HALL_1, report());
  await receive(HALL_2, report({ mac: '00-00-5E-00-53-23' }));
  const before = await recordOf('127.20.1.12');
  await receive(HALL_1, report(), report());
  await receive(HALL_2, report({ mac: '00-00-5E-00-53-23' }));
  expect(await recordOf('127.20.1.12')).toEqual(before);
  expect(before.sightings.map(({ sensor, mac }) => [sensor, mac])).toEqual([
    [HALL_1, undefined],
    [HALL_2, '00-00-5E-00-53-23'],
  ]);
});

test('a sensor that starts anew takes nothing away of what it told', async () => {
  await receive(HALL_1, report());
  site.now = later(MINUTE);
  const { units: _, ports: __, ...bare } = report();
  await receive(HALL_1, {
    ...bare,
    roles: ['client'],
    units: [{ id: 1 }, { id: 2 }],
    conversations: [talk('127.20.2.11', site.now)],
    first_seen: isoMicros(site.now),
    last_seen: isoMicros(site.now),
  });
  expect((await recordOf('127.20.1.12')).sightings).toMatchObject([
    {
      roles: ['server', 'client'],
      ports: [5020],
      units: [{ id: 1, identity: { vendor: 'OT' } }, { id: 2 }],
      firstSeen: NOW,
      lastSeen: site.now,
      conversations: [{ peer: '127.20.2.11' }, { peer: '127.20.2.10' }],
    },
  ]);
});

test('what a device says of itself is replaced by what it says later', async () => {
  await receive(HALL_1, report());
  await receive(HALL_1, report({ units: [{ id: 1, identity: { revision: 'v2' } }] }));
  const [sighting] = (await recordOf('127.20.1.12')).sightings;
  expect(sighting?.units).toEqual([
    { id: 1, identity: { vendor: 'OT', product: 'P1', revision: 'v2' } },
  ]);
});

test('a server id and the build of a server are kept, and joined part by part', async () => {
  const asked = { id: 1, server_id: 'PX-200' };
  await receive(
    HALL_1,
    report({ units: [asked], builds: [{ port: 4840, product_name: 'Boiler' }] }),
  );
  await receive(HALL_1, report());
  const more = [{ port: 4840, software_version: '2.1' }, { manufacturer_name: 'Acme' }];
  await receive(HALL_1, report({ builds: more }));
  const [sighting] = (await recordOf('127.20.1.12')).sightings;
  expect(sighting?.units).toEqual([
    { id: 1, serverId: 'PX-200', identity: { vendor: 'OT', product: 'P1', revision: 'v1' } },
  ]);
  expect(sighting?.builds).toEqual([
    { manufacturerName: 'Acme' },
    { port: 4840, productName: 'Boiler', softwareVersion: '2.1' },
  ]);
  const { version } = await recordOf('127.20.1.12');
  await receive(HALL_1, report({ builds: more }));
  expect((await recordOf('127.20.1.12')).version).toBe(version);
});

test('of more peers than are listed those that were heard last stay', async () => {
  const many = Array.from({ length: MAX_LISTED }, (_, i) => talk(`10.0.${i >> 8}.${i & 255}`, NOW));
  await receive(HALL_1, report({ conversations: many }));
  site.now = later(MINUTE);
  await receive(HALL_1, report({ conversations: [talk('127.20.2.10', site.now)] }));
  const [sighting] = (await recordOf('127.20.1.12')).sightings;
  expect(sighting?.conversations).toHaveLength(MAX_LISTED);
  expect(sighting?.conversations[0]?.peer).toBe('127.20.2.10');
});

test('a clock that is ahead has heard nothing later than now', async () => {
  await receive(HALL_1, report({ last_seen: isoMicros(later(60 * MINUTE)) }));
  expect((await recordOf('127.20.1.12')).sightings[0]?.lastSeen).toBe(NOW);
});

test('an IPv6 address is one asset however it is written', async () => {
  await receive(HALL_1, report({ ip: '2001:db8::1' }));
  await receive(HALL_2, report({ ip: '2001:0DB8:0:0::1' }));
  expect((await recordOf('2001:db8:0::1')).sightings).toHaveLength(2);
});

describe('where as many addresses are known as there is room for', () => {
  const full = (): Site['context'] => ({
    ...site.context,
    store: {
      ...site.context.store,
      assets: { ...site.context.store.assets, count: async () => MAX_ADDRESSES },
    },
  });

  test('a new one is taken off the wire and told in a leaf, a known one still comes up to date', async () => {
    await receive(HALL_1, report());
    site.now = later(MINUTE);
    const told = [
      report({ last_seen: isoMicros(site.now) }),
      report({ ip: '10.9.9.9' }),
      report({ ip: '10.9.9.8' }),
    ];
    expect(await receiveAssets(full(), HALL_1, told)).toBe(true);
    expect((await recordOf('127.20.1.12')).sightings[0]?.lastSeen).toBe(site.now);
    await expect(recordOf('10.9.9.9')).rejects.toThrow('no record');
    expect(await site.leaves()).toMatchObject([
      { action: 'receive-items', outcome: 'failed', detail: { leftOut: 2, first: '10.9.9.9' } },
    ]);
  });
});

test('two sensors that hear the same address at once are both heard', async () => {
  await Promise.all([receive(HALL_1, report()), receive(HALL_2, report())]);
  expect((await recordOf('127.20.1.12')).sightings).toHaveLength(2);
});

describe('what all traffic tells', () => {
  const heard = (more: Partial<AssetReport> = {}): AssetReport =>
    report({
      vendor: 'Siemens AG',
      names: [{ name: 'plc-a', source: 'dhcp', last_seen: isoMicros(NOW) }],
      details: [{ about: 'vendor class', text: 'Acme', source: 'dhcp' }],
      behaviour: [{ role: 'controller', because: 'it serves Modbus' }],
      services: [
        { transport: 'tcp', port: 22, protocol: 'ssh', by: 'content', detail: 'SSH-2.0-x' },
      ],
      conversations: [
        {
          ...talk('127.20.2.10'),
          traffic: [
            {
              transport: 'tcp',
              port: 22,
              protocol: 'ssh',
              by: 'content',
              sent: { packets: 10, bytes: 1000 },
              received: { packets: 5, bytes: 300 },
              first_seen: isoMicros(NOW),
              last_seen: isoMicros(NOW),
            },
          ],
        },
      ],
      ...more,
    });

  const own = async () => (await recordOf('127.20.1.12')).sightings[0];

  test('is kept, and a report without it takes nothing away', async () => {
    await receive(HALL_1, heard());
    await receive(HALL_1, report({ last_seen: isoMicros(later(MINUTE)) }));
    expect(await own()).toMatchObject({
      vendor: 'Siemens AG',
      names: [{ name: 'plc-a', source: 'dhcp', lastSeen: NOW }],
      behaviour: [{ role: 'controller' }],
      services: [{ port: 22, detail: 'SSH-2.0-x' }],
      conversations: [{ traffic: [{ port: 22, sent: { bytes: 1000 }, firstSeen: NOW }] }],
    });
  });

  test('names that contradict each other stay, the newest first; what else is said anew takes the place of the old', async () => {
    site.now = later(MINUTE);
    await receive(HALL_1, heard());
    await receive(
      HALL_1,
      heard({
        names: [{ name: 'plc-b', source: 'dhcp', last_seen: isoMicros(later(MINUTE)) }],
        details: [{ about: 'vendor class', text: 'Other', source: 'dhcp' }],
        behaviour: [{ role: 'controller', because: 'another reason' }],
        services: [{ transport: 'tcp', port: 22 }],
      }),
    );
    expect(await own()).toMatchObject({
      names: [{ name: 'plc-b' }, { name: 'plc-a' }],
      details: [{ text: 'Other' }],
      behaviour: [{ because: 'another reason' }],
    });
    expect((await own())?.services).toEqual([{ transport: 'tcp', port: 22 }]);
  });

  test('who was taken for a historian is none once it changes something', async () => {
    const [reads, changes] = ['it reads from 3 servers', 'it changes values'];
    await receive(HALL_1, heard({ behaviour: [{ role: 'historian', because: reads }] }));
    await receive(HALL_1, heard({ behaviour: [{ role: 'hmi', because: changes }] }));
    expect((await own())?.behaviour).toEqual([{ role: 'hmi', because: changes }]);
  });

  test('is bounded', async () => {
    const names = Array.from({ length: 20 }, (_, i) => i);
    for (const part of ['a', 'b', 'c']) {
      await receive(
        HALL_1,
        heard({
          names: names.map((i) => ({
            name: `${part}${i}`,
            source: 'mdns' as const,
            last_seen: isoMicros(NOW),
          })),
        }),
      );
    }
    expect((await own())?.names).toHaveLength(32);
  });

  test('the same again changes nothing', async () => {
    await receive(HALL_1, heard());
    await receive(HALL_1, heard());
    expect((await recordOf('127.20.1.12')).version).toBe(1);
  });

  test('is found by name and by maker', async () => {
    await receive(HALL_1, heard());
    for (const word of ['PLC-A', 'siemens']) {
      const { items } = await site.context.store.assets.list(
        { words: [{ word, or: [] }] },
        { limit: 5 },
      );
      expect(items.map(({ address }) => address)).toEqual(['127.20.1.12']);
    }
  });
});
