import { describe, expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { Connection, hex } from '../../../support/conversation.ts';
import { capturedPacket, udpFrame } from '../../../support/packets.ts';

const READ = '0001 0000 0006 01 03 0064 0002';
const VALUES = '0001 0000 0007 01 03 04 000a 000b';
const WRITE = '0002 0000 0006 01 06 0064 07d0';

const udp = { transport: 'udp' } as const;
const elsewhere = { ...udp, ports: [40_000, 10_502] } as const;

describe('Modbus over UDP', () => {
  test('is joined as over TCP, and says its transport', () => {
    const [exchange] = new Connection(udp).send(0, READ).send(1, VALUES).exchanges;
    expect(exchange).toMatchObject({
      transport: 'udp',
      outcome: 'success',
      modbus: { transactionId: 1, address: 100, quantity: 2, values: [10, 11] },
    });
  });

  test('is known on any port by a request and its answer', () => {
    const connection = new Connection(elsewhere).send(0, WRITE);
    expect(connection.counters.requests).toBe(0);
    connection.send(1, WRITE);
    expect(connection.exchanges).toMatchObject([{ client: { port: 40_000 }, transport: 'udp' }]);
  });

  test('a server that was heard over UDP is not thereby one over TCP', () => {
    const servers = new KnownServers();
    new Connection({ ...elsewhere, servers }).send(0, READ).send(1, VALUES);
    const over = (transport: 'tcp' | 'udp') =>
      new Connection({ ...elsewhere, transport, servers }).send(0, WRITE).counters.requests;
    expect([over('udp'), over('tcp')]).toEqual([1, 0]);
  });

  test('takes several messages out of one datagram', () => {
    const connection = new Connection(udp).send(0, READ + WRITE).end();
    expect(connection.exchanges.map(({ modbus }) => modbus.functionCode)).toEqual([3, 6]);
  });

  test('a message does not go on in the next datagram', () => {
    const connection = new Connection(udp).send(0, READ);
    connection.send(0, READ.slice(0, -5)).send(0, WRITE).send(1, VALUES);
    expect(connection.facts).toEqual(['modbus.truncated']);
    expect(connection.counters.requests).toBe(2);
  });

  test.each([
    ['another protocol', '0001 0700 0006 01 03 0064 0002', 'modbus.protocol-id'],
    ['an impossible length', '0001 0000 0001 01 03 0064 0002', 'modbus.length'],
  ])('what has %s is told once, until Modbus is said again', (_, datagram, name) => {
    const connection = new Connection(udp).send(0, READ);
    connection.send(0, datagram).send(0, datagram).send(0, WRITE).send(0, datagram);
    expect(connection.facts).toEqual([name, name]);
  });

  test('another protocol on port 502 is told', () => {
    const connection = new Connection(udp);
    for (let i = 0; i < 8; i++) connection.send(0, 'ffff ffff ffff ffff');
    expect(connection.events).toMatchObject([
      { kind: 'fault', transport: 'udp', facts: [{ name: 'modbus.other-protocol' }] },
    ]);
  });
});

test('a datagram goes through the pipeline, among questions for names', () => {
  const events: SensorEvent[] = [];
  const pipeline = createPipeline({
    detect: (event) => event,
    event: (event) => events.push(event),
    routine: () => undefined,
    servers: new KnownServers(),
    everything: true,
    seed: 1,
  });
  const name = hex('1234 0100 0001 0000 0000 0000 03777777 00 0001 0001');
  const back = { from: '192.0.2.10', to: '192.0.2.7', sourcePort: 502, destinationPort: 49_152 };
  const frames = [
    udpFrame({ destinationPort: 53, payload: name }),
    udpFrame({ payload: hex(READ) }),
    udpFrame({ ...back, payload: hex(VALUES) }),
  ];
  for (const [i, frame] of frames.entries()) pipeline.packet(capturedPacket(frame, i + 1));
  pipeline.finish(micros(1_700_000_000_000_000));
  expect(events).toMatchObject([
    { kind: 'exchange', transport: 'udp', frames: { request: [2], response: [3] } },
  ]);
  expect(pipeline.counters.udp).toEqual({ flows: 1, datagrams: 2, cut: 0, evicted: 0 });
});
