import { describe, expect, test } from 'vitest';
import { AssetBook } from '#sensor/output/assets.ts';
import { exchange } from '../../support/exchange.ts';
import {
  arpFrame,
  between,
  CLIENT,
  Ear,
  SERVER,
  tcpTalk,
  udpTalk,
} from '../../support/inventory.ts';
import { udpFrame } from '../../support/packets.ts';

const MAC = '00-1C-06-00-00-01';

/** What all traffic of `ear` tells, and nothing decoded but what is given. */
function documents(ear: Ear, ...decoded: readonly ReturnType<typeof exchange>[]) {
  const book = new AssetBook({
    hosts: (also) => ear.hosts(also).values(),
    vendorOf: (mac) => (mac === MAC ? 'Siemens' : undefined),
    leftOut: () => ear.inventory.addresses.leftOut,
    forgotten: () => 0,
  });
  for (const each of decoded) book.event(each);
  return new Map([...book.documents()].map((each) => [each.ip, each]));
}

const write = (from: string, to: string) => exchange({ from, to, kind: 'write' });

describe('an asset', () => {
  test('is told with its network card, names, services and traffic', () => {
    const ssh = Buffer.from('SSH-2.0-dropbear\r\n');
    const ear = new Ear().hear(
      arpFrame(2, MAC, SERVER, CLIENT),
      ...tcpTalk({ port: 2222, answers: ssh }),
      ...udpTalk({ port: 40_000, asks: Buffer.of(1), answers: Buffer.of(2) }),
    );
    expect(documents(ear).get(SERVER)).toMatchObject({
      mac: MAC,
      vendor: 'Siemens',
      roles: ['server'],
      protocols: ['ssh'],
      ports: [2222],
      services: [
        {
          transport: 'tcp',
          port: 2222,
          protocol: 'ssh',
          by: 'content',
          detail: 'SSH-2.0-dropbear',
        },
      ],
      peers: [CLIENT],
      conversations: [
        {
          peer: CLIENT,
          role: 'server',
          protocols: ['ssh'],
          kinds: [],
          traffic: [
            { transport: 'tcp', port: 2222, protocol: 'ssh', sent: { packets: 2 } },
            { transport: 'udp', port: 40_000, sent: { packets: 1 } },
          ],
        },
      ],
    });
  });

  test('what was decoded is known by its content, and joined with its traffic', () => {
    const ear = new Ear().hear(
      ...tcpTalk({ port: 502, asks: Buffer.of(1), answers: Buffer.of(2) }),
    );
    const server = documents(ear, write(CLIENT, SERVER)).get(SERVER);
    expect(server).toMatchObject({
      protocols: ['modbus'],
      services: [{ transport: 'tcp', port: 502, protocol: 'modbus', by: 'content' }],
      conversations: [
        {
          peer: CLIENT,
          role: 'server',
          kinds: ['write'],
          traffic: [{ protocol: 'modbus', port: 502 }],
        },
      ],
    });
  });

  test('has no hardware address where that of its frames is a router’s', () => {
    const far = (ip: string) => between(MAC, MAC, udpFrame({ from: ip, to: SERVER }));
    const ear = new Ear().hear(far('10.9.0.1'), far('10.9.0.2'));
    const decoded = write('10.9.0.1', SERVER);
    const withMac = { ...decoded, client: { ...decoded.client, mac: MAC } };
    expect(documents(ear, withMac).get('10.9.0.1')).not.toHaveProperty('mac');
  });
});

describe('what an asset is by what it does', () => {
  const behaviour = (ear: Ear, ip: string, ...decoded: readonly ReturnType<typeof exchange>[]) =>
    documents(ear, ...decoded).get(ip)?.behaviour ?? [];
  const quiet = new Ear();

  test('a controller is written to, an HMI reads and writes', () => {
    const decoded = [exchange({ from: CLIENT, to: SERVER }), write(CLIENT, SERVER)];
    expect(behaviour(quiet, SERVER, ...decoded)).toEqual([
      { role: 'controller', because: `it serves Modbus, and ${CLIENT} changed something on it` },
    ]);
    expect(behaviour(quiet, CLIENT, ...decoded)).toEqual([
      { role: 'hmi', because: `it reads and changes values by Modbus on ${SERVER}` },
    ]);
  });

  test('who only reads is a historian from three servers on, and nothing before', () => {
    const reads = [1, 2, 3].map((n) => exchange({ from: CLIENT, to: `10.0.1.${n}` }));
    expect(behaviour(quiet, CLIENT, ...reads.slice(1))).toEqual([]);
    expect(behaviour(quiet, CLIENT, ...reads)).toEqual([
      { role: 'historian', because: 'it reads from 3 servers, and changes nothing on any' },
    ]);
    expect(
      behaviour(quiet, CLIENT, ...reads, write(CLIENT, '10.0.1.1')).map(({ role }) => role),
    ).toEqual(['hmi']);
  });

  test('who configures or programs is an engineering station', () => {
    expect(
      behaviour(quiet, CLIENT, exchange({ from: CLIENT, to: SERVER, kind: 'configure' })),
    ).toEqual([{ role: 'engineering-station', because: `it configures ${SERVER} by Modbus` }]);
  });

  test('many units behind one address, or many addresses behind one network card, are a gateway', () => {
    const units = [1, 2, 3].map((unitId) => {
      const asked = exchange({ from: CLIENT, to: SERVER });
      return { ...asked, modbus: { ...asked.modbus, unitId } };
    });
    expect(behaviour(quiet, SERVER, ...units.slice(1))).toEqual([]);
    expect(behaviour(quiet, SERVER, ...units)).toEqual([
      { role: 'gateway', because: 'it answers for 3 Modbus units' },
    ]);
    const ear = new Ear().hear(arpFrame(2, MAC, '10.0.0.1', CLIENT));
    for (const n of [1, 2, 3]) {
      ear.hear(between(MAC, MAC, udpFrame({ from: `10.9.0.${n}`, to: CLIENT })));
    }
    expect(behaviour(ear, '10.0.0.1')).toEqual([
      { role: 'gateway', because: 'packets of 3 other addresses come from its network card' },
    ]);
  });

  test('what answers a protocol of controllers is one, if its content says so', () => {
    const dnp3 = Buffer.from('056405c001000004e921', 'hex');
    const ear = new Ear().hear(...tcpTalk({ port: 20_000, answers: dnp3 }));
    expect(behaviour(ear, SERVER)).toEqual([
      { role: 'controller', because: `it answers DNP3 of ${CLIENT}` },
    ]);
    expect(
      behaviour(new Ear().hear(...tcpTalk({ port: 20_000, answers: Buffer.of(1) })), SERVER),
    ).toEqual([]);
  });
});
