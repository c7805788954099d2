import { describe, expect, test } from 'vitest';
import { MAX_BUILDS } from '#sensor/model/bounds.ts';
import type { OpcuaBuildInfo, OpcuaDetail } from '#sensor/model/opcua.ts';
import { micros } from '#sensor/model/time.ts';
import { compareAddresses } from '#sensor/output/address-order.ts';
import { AssetBook, MAX_ASSETS } from '#sensor/output/assets.ts';
import { Connection } from '../../support/conversation.ts';
import { opcuaExchange } from '../../support/opcua-exchange.ts';

/** The inventory after a connection; each step is side and ADU. */
function inventory(...steps: readonly (readonly [0 | 1, string])[]): AssetBook {
  const connection = new Connection({});
  for (const [side, adu] of steps) connection.send(side, adu);
  connection.end('capture-end');
  const book = new AssetBook();
  for (const event of connection.events) book.event(event);
  return book;
}

const READ = '0001 0000 0006 07 03 0064 0001';
const VALUE = '0001 0000 0005 07 03 02 0001';
const WHO = '0002 0000 0005 07 2b 0e 01 00';
const ME = '0002 0000 0015 07 2b 0e 01 01 00 00 03 00 02 4f54 01 02 5031 02 03 76 31 2e';

describe('AssetBook', () => {
  test('knows client and server, units and what they say they are', () => {
    const book = inventory([0, READ], [1, VALUE], [0, WHO], [1, ME]);
    expect([...book.documents()]).toEqual([
      {
        ip: '192.0.2.1',
        roles: ['client'],
        protocols: ['modbus'],
        peers: ['192.0.2.2'],
        conversations: [
          {
            peer: '192.0.2.2',
            role: 'client',
            protocols: ['modbus'],
            kinds: ['identify', 'read'],
            last_seen: '1970-01-01T00:00:01.003000Z',
          },
        ],
        first_seen: '1970-01-01T00:00:01.001000Z',
        last_seen: '1970-01-01T00:00:01.003000Z',
      },
      {
        ip: '192.0.2.2',
        roles: ['server'],
        protocols: ['modbus'],
        ports: [502],
        units: [{ id: 7, identity: { vendor: 'OT', product: 'P1', revision: 'v1.' } }],
        peers: ['192.0.2.1'],
        conversations: [
          {
            peer: '192.0.2.1',
            role: 'server',
            protocols: ['modbus'],
            kinds: ['identify', 'read'],
            last_seen: '1970-01-01T00:00:01.003000Z',
          },
        ],
        first_seen: '1970-01-01T00:00:01.001000Z',
        last_seen: '1970-01-01T00:00:01.003000Z',
      },
    ]);
  });

  test('adds the text of a server id to what a unit says it is', () => {
    const ask = '0003 0000 0002 07 11';
    const answer = '0003 0000 0009 07 11 06 50 58 2d 32 30 ff';
    const book = inventory([0, WHO], [1, ME], [0, ask], [1, answer], [0, READ], [1, VALUE]);
    expect([...book.documents()][1]?.units).toEqual([
      {
        id: 7,
        identity: { vendor: 'OT', product: 'P1', revision: 'v1.' },
        server_id: 'PX-20',
      },
    ]);
  });

  test('joins what a server of OPC UA says of its software, for each port', () => {
    const book = new AssetBook();
    const says = (port: number, buildInfo: OpcuaBuildInfo, opcua: Partial<OpcuaDetail> = {}) => {
      const read = opcuaExchange({ to: '192.0.2.2', opcua: { ...opcua, buildInfo } });
      book.event({ ...read, server: { ip: '192.0.2.2', port } });
    };
    says(4841, { productName: 'Tank' });
    says(4840, { manufacturerName: 'Acme', productName: 'Boiler' });
    says(4840, { softwareVersion: '2.1', productName: 'Boiler UA' });
    says(50_000, { buildNumber: '7' }, { reverseConnect: true });
    says(50_001, { productUri: 'urn:acme' }, { reverseConnect: true });
    const server = [...book.documents()].find(({ ip }) => ip === '192.0.2.2');
    expect(server?.builds).toEqual([
      { product_uri: 'urn:acme', build_number: '7' },
      { port: 4840, manufacturer_name: 'Acme', product_name: 'Boiler UA', software_version: '2.1' },
      { port: 4841, product_name: 'Tank' },
    ]);
    for (let i = 0; i < MAX_BUILDS; i++) says(6000 + i, { productName: 'more' });
    expect([...book.documents()].map(({ builds }) => builds?.length)).toContain(MAX_BUILDS);
  });

  test('an address that never answered is no server', () => {
    expect([...inventory([0, READ]).documents()][1]).toMatchObject({ roles: [], protocols: [] });
  });

  test('a unit that only a gateway answered for is none', () => {
    const book = inventory([0, READ], [1, '0001 0000 0003 07 83 0b']);
    expect([...book.documents()][1]).not.toHaveProperty('units');
  });

  test('routine reads move the time it was last seen', () => {
    const book = inventory([0, READ], [1, VALUE]);
    book.routine({
      from: micros(5),
      to: micros(9_000_000),
      clientIp: '192.0.2.1',
      server: { ip: '192.0.2.2', port: 502 },
      protocol: 'modbus',
      unitId: 7,
      functionCode: 3,
      address: 100,
      quantity: 1,
      count: 3,
    });
    for (const document of book.documents()) {
      expect(document).toMatchObject({
        first_seen: '1970-01-01T00:00:00.000005Z',
        last_seen: '1970-01-01T00:00:09.000000Z',
        conversations: [{ kinds: ['read'], last_seen: '1970-01-01T00:00:09.000000Z' }],
      });
    }
  });

  test('who asks and is asked by the same peer has two conversations with it', () => {
    const book = new AssetBook();
    const [exchange] = new Connection({}).send(0, READ).send(1, VALUE).exchanges;
    if (exchange === undefined) throw new Error('no exchange');
    book.event(exchange);
    book.event({ ...exchange, client: exchange.server, server: { ip: '192.0.2.1', port: 502 } });
    expect([...book.documents()][0]).toMatchObject({
      peers: ['192.0.2.2'],
      conversations: [{ role: 'client' }, { role: 'server' }],
    });
  });

  test('is bounded, and counts who found no room', () => {
    const book = new AssetBook();
    const [exchange] = new Connection({}).send(0, READ).send(1, VALUE).exchanges;
    if (exchange === undefined) throw new Error('no exchange');
    for (let i = 0; i < MAX_ASSETS; i++) {
      const client = { ip: `2001:db8::${i.toString(16)}`, port: 1 };
      book.event({ ...exchange, client });
    }
    expect([book.size, book.leftOut]).toEqual([MAX_ASSETS, 1]);
  });
});

test.for([
  ['10.0.0.9', '10.0.0.10'],
  ['9.0.0.1', '10.0.0.1'],
  ['10.0.0.1:502', '10.0.0.1:1502'],
])('%s comes before %s', ([a, b]) => {
  expect(compareAddresses(a ?? '', b ?? '')).toBeLessThan(0);
});
