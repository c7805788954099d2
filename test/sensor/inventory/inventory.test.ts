import { describe, expect, test, vi } from 'vitest';
import {
  arpFrame,
  between,
  CLIENT,
  Ear,
  SERVER,
  tcpTalk,
  udpTalk,
} from '../../support/inventory.ts';
import { ethernetHeader, ipFrame, tcpFrame, udpFrame } from '../../support/packets.ts';

const [PLC_MAC, HMI_MAC, ROUTER_MAC] = [
  '00-00-5E-00-53-01',
  '00-00-5E-00-53-02',
  '00-00-5E-00-53-FE',
] as const;

const syn = { from: CLIENT, to: SERVER, sourcePort: 50_000, destinationPort: 9999 } as const;

describe('conversations', () => {
  test('count packets and bytes of frames each way, for both ends', () => {
    const frames = tcpTalk({ port: 9999, asks: Buffer.alloc(10), answers: Buffer.alloc(100) });
    const ear = new Ear().hear(...frames);
    const sent = { packets: 3, bytes: 54 + 54 + 64 };
    const received = { packets: 2, bytes: 54 + 154 };
    const common = { transport: 'tcp', port: 9999 };
    expect(ear.host(CLIENT).traffic).toMatchObject([
      { ...common, peer: SERVER, role: 'client', sent, received },
    ]);
    expect(ear.host(SERVER).traffic).toMatchObject([
      {
        ...common,
        peer: CLIENT,
        role: 'server',
        sent: received,
        received: sent,
        first_seen: '2023-11-14T22:13:20.001000Z',
        last_seen: '2023-11-14T22:13:20.005000Z',
      },
    ]);
  });

  test('are one for all connections of a client to a port', () => {
    const again = tcpTalk({ port: 9999 }).map((frame) => {
      const copy = Buffer.from(frame);
      // The client's port stands first in what it sends, second in what it gets.
      copy.writeUInt16BE(50_124, copy.readUInt16BE(34) === 9999 ? 36 : 34);
      return copy;
    });
    const ear = new Ear().hear(...tcpTalk({ port: 9999 }), ...again);
    expect(ear.host(CLIENT).traffic).toMatchObject([{ sent: { packets: 4 } }]);
  });

  test('a port that does not answer, or refuses, is served by nobody', () => {
    const refused = tcpFrame({
      from: SERVER,
      to: CLIENT,
      sourcePort: 9999,
      destinationPort: 50_000,
      flags: 20,
    });
    const ear = new Ear().hear(tcpFrame({ ...syn, flags: 2 }), refused);
    expect(ear.host(CLIENT).traffic).toEqual([]);
    expect(ear.host(SERVER).traffic).toEqual([]);
    expect(
      new Ear()
        .hear(tcpFrame({ ...syn, flags: 2 }))
        .hosts()
        .has(SERVER),
    ).toBe(false);
  });

  test('seen from their middle, who served before is the server, else who has the lower port', () => {
    const data = tcpFrame({
      from: SERVER,
      to: CLIENT,
      sourcePort: 50_005,
      destinationPort: 40_000,
      payload: Buffer.alloc(4),
    });
    const guess = new Ear().hear(data);
    expect(
      guess.inventory.conversations.port([...guess.inventory.conversations.entries()][0] ?? -1),
    ).toBe(40_000);
    const served = tcpTalk({ port: 50_005, answers: Buffer.alloc(1) });
    const known = new Ear().hear(...served, data);
    expect(known.host(SERVER).traffic).toMatchObject([{ port: 50_005, role: 'server' }]);
  });

  test('over UDP the registered port is the service, else the lower one; of equal ones who was asked', () => {
    const both = { port: 20_000, asks: Buffer.alloc(5), answers: Buffer.alloc(5) };
    expect(new Ear().hear(...udpTalk(both)).host(SERVER).traffic).toMatchObject([
      { transport: 'udp', port: 20_000, role: 'server' },
    ]);
    const equal = (from: string, to: string) =>
      udpFrame({ from, to, sourcePort: 9600, destinationPort: 9600, payload: Buffer.alloc(3) });
    const ear = new Ear().hear(equal(SERVER, CLIENT), equal(CLIENT, SERVER), equal(SERVER, CLIENT));
    expect(ear.host(CLIENT).traffic).toMatchObject([
      { role: 'server', port: 9600, sent: { packets: 1 }, received: { packets: 2 } },
    ]);
  });

  test('that were never answered make room first, and what is forgotten is counted', () => {
    const ear = new Ear({ maxConversations: 16 });
    ear.hear(...tcpTalk({ port: 9999, asks: Buffer.alloc(1), answers: Buffer.alloc(1) }));
    for (let port = 1; port <= 500; port++) {
      ear.hear(tcpFrame({ ...syn, sourcePort: 20_000 + port, destinationPort: port, flags: 2 }));
    }
    expect(ear.host(SERVER).traffic).toMatchObject([{ port: 9999 }]);
    expect(ear.inventory.conversations.forgotten).toBe(0);
    for (let port = 10_000; port < 10_040; port++) {
      ear.hear(...udpTalk({ port, asks: Buffer.alloc(1), answers: Buffer.alloc(1) }));
    }
    expect(ear.inventory.conversations.forgotten).toBeGreaterThan(0);
    // A flow whose conversation was forgotten begins it anew.
    ear.hear(...tcpTalk({ port: 9999, asks: Buffer.alloc(1), answers: Buffer.alloc(1) }));
    expect(ear.host(SERVER).traffic.some(({ port }) => port === 9999)).toBe(true);
  });
});

describe('hosts', () => {
  test('are those that sent something, and are of the plant: private, or on the link', () => {
    const outside = '8.8.4.4';
    const talk = [
      udpFrame({ from: CLIENT, to: outside, payload: Buffer.alloc(1) }),
      udpFrame({ from: outside, to: CLIENT, sourcePort: 502, destinationPort: 49_152 }),
    ];
    const ear = new Ear().hear(...talk, udpFrame({ from: CLIENT, to: '10.0.0.99' }));
    expect([...ear.hosts().keys()]).toEqual([CLIENT]);
    expect(ear.host(CLIENT).traffic).toMatchObject([{ peer: outside }, { peer: '10.0.0.99' }]);
    expect([...ear.hosts(new Set([outside])).keys()]).toEqual([CLIENT, outside]);
    ear.hear(arpFrame(2, PLC_MAC, outside, CLIENT));
    expect(ear.host(outside)).toMatchObject({ mac: PLC_MAC });
  });

  test('are neither groups, nor broadcast, nor loopback, nor nobody', () => {
    const ear = new Ear().hear(
      udpFrame({ from: CLIENT, to: '239.1.2.3' }),
      between(HMI_MAC, 'FF-FF-FF-FF-FF-FF', udpFrame({ from: CLIENT, to: '10.0.0.255' })),
      udpFrame({ from: '0.0.0.0', to: '255.255.255.255' }),
      udpFrame({ from: '127.0.0.1', to: '127.0.0.1' }),
      udpFrame({ from: 'fe80::1', to: 'ff02::fb' }),
    );
    expect([...ear.hosts().keys()]).toEqual([CLIENT, 'fe80::1']);
    expect(ear.host(CLIENT).traffic).toEqual([]);
  });

  test('have the hardware address that ARP says, or that nobody else uses', () => {
    const ear = new Ear().hear(
      between(HMI_MAC, PLC_MAC, udpFrame({ from: CLIENT, to: SERVER })),
      between(ROUTER_MAC, PLC_MAC, udpFrame({ from: '10.9.0.1', to: SERVER })),
    );
    expect(ear.host(CLIENT).mac).toBe(HMI_MAC);
    expect(ear.host('10.9.0.1').mac).toBe(ROUTER_MAC);
    ear.hear(between(ROUTER_MAC, PLC_MAC, udpFrame({ from: '10.9.0.2', to: SERVER })));
    expect(ear.host('10.9.0.1').mac).toBeUndefined();
    ear.hear(arpFrame(1, ROUTER_MAC, '10.0.0.1', SERVER));
    expect(ear.host('10.0.0.1')).toMatchObject({ mac: ROUTER_MAC, behind: 2 });
    expect(ear.host('10.9.0.2').mac).toBeUndefined();
  });

  test('an address that moves to another network card has that one', () => {
    const ear = new Ear().hear(arpFrame(2, PLC_MAC, SERVER, CLIENT));
    expect(ear.host(SERVER).mac).toBe(PLC_MAC);
    expect(ear.hear(arpFrame(2, HMI_MAC, SERVER, CLIENT)).host(SERVER).mac).toBe(HMI_MAC);
  });

  test.for([
    [135, '00000000', 'fe80::1', '0101'],
    [136, '60000000', 'fe80::2', '0201'],
    [134, '4000 0708 00000000 00000000', 'fe80::1', '0101'],
  ] as const)('neighbour discovery %i tells a hardware address', ([type, head, ip, option]) => {
    const target = type === 134 ? '' : `fe80${'0'.repeat(27)}2`;
    const body = `${type.toString(16)}00 0000 ${head} ${target} ${option}${PLC_MAC}`;
    const message = Buffer.from(body.replaceAll(/[ -]/g, ''), 'hex');
    const ear = new Ear().hear(
      between(ROUTER_MAC, HMI_MAC, ipFrame('fe80::1', 'fe80::9', 58, message)),
    );
    const host = ear.host(ip);
    expect(host.mac).toBe(PLC_MAC);
    expect(host.claims.map(({ role }) => role)).toEqual(type === 134 ? ['gateway'] : []);
  });

  test('a full table of addresses gives up those that never answered, and counts who found no room', () => {
    const ear = new Ear({ maxAddresses: 8, maxConversations: 4 });
    for (let i = 0; i < 50; i++) ear.hear(udpFrame({ from: CLIENT, to: `10.1.0.${i}` }));
    expect(ear.inventory.addresses.leftOut).toBe(0);
    for (let i = 0; i < 50; i++) ear.hear(udpFrame({ from: `10.1.0.${i}`, to: CLIENT }));
    expect(ear.inventory.addresses.leftOut).toBeGreaterThan(0);
    expect(ear.hosts().size).toBe(8);
  });

  test('a full table of addresses is not searched for room by each packet of a stranger', () => {
    const addresses = 64;
    const strangers = 640;
    const ear = new Ear({ maxAddresses: addresses, maxConversations: 1024 });
    const searched = vi.spyOn(ear.inventory.conversations, 'makeRoom');
    for (let i = 0; i < addresses; i++) ear.hear(udpFrame({ from: `10.1.0.${i}`, to: CLIENT }));
    for (let i = 0; i < strangers; i++) {
      ear.hear(udpFrame({ from: `10.2.${i >> 8}.${i & 255}`, to: CLIENT }));
    }
    expect(ear.inventory.addresses.leftOut).toBe(strangers + 1);
    expect(searched.mock.calls.length).toBeGreaterThan(0);
    expect(searched.mock.calls.length).toBeLessThanOrEqual((8 * strangers) / addresses + 1);
  });

  test('what speaks right above Ethernet is known by its type', () => {
    const cyclic = Buffer.concat([ethernetHeader(0x8892), Buffer.from('800100000000', 'hex')]);
    const ear = new Ear().hear(
      arpFrame(2, PLC_MAC, SERVER, CLIENT),
      between(PLC_MAC, HMI_MAC, cyclic),
    );
    expect(ear.host(SERVER).protocols).toEqual(['profinet']);
  });
});
