import { describe, expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import { TRIES } from '#sensor/decode/recognise.ts';
import { DECIDE_WITHIN_MICROS } from '#sensor/decode/recognition.ts';
import { Connection, type ConversationOptions, hex } from '../../support/conversation.ts';

const READ = '0001 0000 0006 01 03 0064 0002';
const VALUES = '0001 0000 0007 01 03 04 000a 000b';
const NEXT = '0002 0000 0006 01 03 0064 0002';
const WRITE = '0005 0000 0006 01 06 0001 0002';

const elsewhere: ConversationOptions = { ports: [40_000, 10_502] };

/** The policy names the server of `elsewhere`. */
function known(): KnownServers {
  const servers = new KnownServers();
  servers.declare([{ protocol: 'modbus', transport: 'tcp', ip: '192.0.2.2', port: 10_502 }]);
  return servers;
}

describe('Modbus is recognised', () => {
  test('on port 502 by one message', () => {
    expect(new Connection({}).send(0, READ).end().exchanges).toHaveLength(1);
  });

  test('on any port by a request and its response', () => {
    const connection = new Connection(elsewhere).send(0, READ);
    expect(connection.counters.requests).toBe(0);
    connection.send(1, VALUES);
    expect(connection.exchanges).toMatchObject([
      { client: { port: 40_000 }, frames: { request: [1], response: [2] } },
    ]);
  });

  test('on any port by two requests where one direction is heard', () => {
    const connection = new Connection(elsewhere).send(0, READ).send(0, NEXT).end();
    expect(connection.counters.requests).toBe(2);
    expect(connection.client).toBe(0);
    expect(connection.facts).toEqual([]);
  });

  test('on any port by two responses where one direction is heard', () => {
    const connection = new Connection({ ...elsewhere, fromStart: false });
    connection.send(0, VALUES).send(0, '0002 0000 0007 01 03 04 000a 000b').end();
    expect(connection.counters.responses).toBe(2);
    expect(connection.client).toBe(1);
    expect(connection.facts).toEqual([]);
  });

  test('in segments of one byte', () => {
    const connection = new Connection(elsewhere);
    for (const byte of hex(READ)) connection.send(0, Buffer.of(byte));
    for (const byte of hex(VALUES)) connection.send(1, Buffer.of(byte));
    expect(connection.exchanges).toHaveLength(1);
  });

  test('in mid-stream, after the rest of a message', () => {
    const connection = new Connection({ ...elsewhere, fromStart: false });
    connection.send(1, '0a0b').send(0, READ).send(1, VALUES);
    expect(connection.exchanges).toHaveLength(1);
    expect(connection.facts).toEqual([]);
  });

  test('by many messages in one long segment', () => {
    const connection = new Connection({ ...elsewhere, everything: true });
    connection.send(0, Buffer.concat(Array.from({ length: 700 }, () => hex(READ))));
    connection.end();
    expect(connection.counters.requests).toBe(700);
  });
});

/** What an attacker sends first, so that the sensor takes the connection for something else, and the answer. */
const ODD: readonly (readonly [string, string, string])[] = [
  [
    'function 8, which has no shape',
    '0001 0000 0006 01 08 0000 1234',
    '0001 0000 0006 01 08 0000 1234',
  ],
  ['function 7, refused', '0001 0000 0002 01 07', '0001 0000 0003 01 87 01'],
  ['function 22', '0001 0000 0008 01 16 0064 0000 05dc', '0001 0000 0008 01 16 0064 0000 05dc'],
  ['function 90', '0001 0000 0004 00 5a 0002', '0001 0000 0005 00 5a 00fe00'],
  ['a code of function 90 of no list', '0001 0000 0004 00 5a 00ee', '0001 0000 0004 00 5a 00ee'],
  ['a function of nobody', '0001 0000 0003 01 63 00', '0001 0000 0003 01 63 00'],
  ['a read of nothing', '0001 0000 0006 01 03 0000 0000', '0001 0000 0003 01 83 03'],
  [
    'a coil that is neither on nor off',
    '0001 0000 0006 01 05 0000 0001',
    '0001 0000 0003 01 85 03',
  ],
  ['a surplus byte', '0001 0000 0007 01 06 0064 05dc 00', '0001 0000 0006 01 06 0064 05dc'],
  ['an exception of no list', '0001 0000 0006 01 03 0000 0001', '0001 0000 0003 01 83 0c'],
  ['another protocol id', '0001 0001 0006 01 03 0000 0001', ''],
  ['HTTP', Buffer.from('GET / HTTP/1.0\r\n\r\n').toString('hex'), ''],
];

describe('a write behind an odd first message', () => {
  const places: readonly (readonly [string, ConversationOptions])[] = [
    ['on port 502', {}],
    ['on another port', elsewhere],
    ['on another port, of which the middle is seen', { ...elsewhere, fromStart: false }],
    ['on the port of a known server', { ...elsewhere, servers: known() }],
  ];
  test.for(ODD.flatMap((odd) => places.map((place) => [...odd, ...place] as const)))(
    '%s is seen %4$s',
    ([, asked, answered, , options]) => {
      const connection = new Connection(options).send(0, asked).send(1, answered);
      for (let i = 0; i < 4; i++) connection.send(0, WRITE).send(1, WRITE);
      const writes = connection.end().exchanges.filter(({ modbus }) => modbus.functionCode === 6);
      expect(writes.filter(({ modbus }) => modbus.values?.[0] === 2)).toHaveLength(4);
    },
  );

  test('is seen behind many, of a known server', () => {
    for (const options of [{}, { ...elsewhere, servers: known() }]) {
      const connection = new Connection(options);
      for (let i = 0; i < 5 * TRIES; i++) connection.send(0, '0001 0001 0006 01 03 0000 0001');
      connection.send(0, WRITE).send(1, WRITE);
      expect(connection.exchanges).toHaveLength(1);
      expect(connection.facts).toEqual(['modbus.other-protocol']);
    }
  });

  test('is seen behind a row of odd ones, although no answer is', () => {
    const connection = new Connection(elsewhere);
    for (let i = 0; i < 20; i++) connection.send(0, `00${10 + i} 0000 0006 01 08 0000 1234`);
    connection.send(0, WRITE).end();
    expect(connection.counters.requests).toBe(21);
  });
});

describe('a write alone, whose answer is not on the wire', () => {
  test('is told when its connection ends', () => {
    expect(new Connection(elsewhere).send(0, WRITE).end().exchanges).toMatchObject([
      { client: { port: 40_000 }, outcome: 'unknown', modbus: { values: [2] } },
    ]);
  });

  test.for([
    [DECIDE_WITHIN_MICROS, 0],
    [DECIDE_WITHIN_MICROS + 1, 1],
  ] as const)('is decoded after %i µs without another packet', ([after, requests]) => {
    const connection = new Connection(elsewhere).send(0, WRITE).wait(after);
    expect(connection.counters.requests).toBe(requests);
  });

  test('unless bytes follow that are none of it', () => {
    expect(new Connection(elsewhere).send(0, `${WRITE} 0005`).end().events).toEqual([]);
  });
});

describe('a known server', () => {
  test('is one that answered before', () => {
    const servers = new KnownServers();
    new Connection({ ...elsewhere, servers }).send(0, READ).send(1, VALUES).end();
    expect(new Connection({ ...elsewhere, servers }).send(0, READ).counters.requests).toBe(1);
  });

  test('is not made by a client that talks Modbus to a web server', () => {
    const servers = new KnownServers();
    new Connection({ ...elsewhere, servers }).send(0, READ).send(0, NEXT).send(1, '48545450').end();
    const connection = new Connection({ ...elsewhere, servers }).send(0, '16030100fa010000');
    expect(connection.facts).toEqual([]);
  });

  test('is one no more when the policy names it no more', () => {
    const servers = known();
    servers.declare([]);
    expect(new Connection({ ...elsewhere, servers }).send(0, READ).counters.requests).toBe(0);
  });
});

test('a client that ended before its server answered has ended', () => {
  const connection = new Connection(elsewhere)
    .send(0, READ + WRITE)
    .endOf(0)
    .send(1, WRITE);
  expect(connection.endOf(1).facts).toEqual(['modbus.unanswered']);
});

describe('who is client', () => {
  test('the SYN decides, even against the port', () => {
    const connection = new Connection({ client: 1 }).send(1, READ).send(0, VALUES);
    expect(connection.exchanges[0]?.client.port).toBe(502);
  });

  test('else the port', () => {
    const connection = new Connection({ ports: [502, 40_000], fromStart: false });
    connection.send(0, WRITE).send(1, WRITE).end();
    expect(connection.client).toBe(1);
  });

  test('else the content: a request comes before its response', () => {
    const connection = new Connection({ ...elsewhere, fromStart: false });
    connection.send(1, WRITE).send(0, WRITE);
    expect(connection.client).toBe(1);
  });
});

describe('Modbus is not seen', () => {
  test.for([
    ['TLS', '16030100fa010000f60303', '160303007a0200'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), Buffer.from('HTTP/1.1 200 OK')],
    ['OPC UA', Buffer.from('HELF\x38\0\0\0\0\0\0\0'), Buffer.from('ACKF\x1c\0\0\0')],
    ['S7comm', '0300001611e00000000100c1020100', '0300001611d0'],
    ['DNP3', '056405c00100000004e9', '056405c0'],
    ['zeros', '00'.repeat(60), '00'.repeat(60)],
    ['one request and then something else', READ, '1603030000'],
  ] as const)('in %s on another port', ([, client, server]) => {
    const connection = new Connection(elsewhere);
    for (let i = 0; i < TRIES; i++) connection.send(0, client).send(1, server);
    expect(connection.end().events).toEqual([]);
    expect(connection.ignored).toBe(true);
  });

  test('in HTTP on port 502, which is said once', () => {
    const connection = new Connection({});
    for (let i = 0; i < 20; i++) connection.send(0, Buffer.from('GET / HTTP/1.1\r\n'));
    expect(connection.facts).toEqual(['modbus.other-protocol']);
  });

  test('in a connection that never says anything clear, which is let go', () => {
    const connection = new Connection({ ...elsewhere, fromStart: false });
    for (let i = 0; i < 20; i++) connection.send(0, 'ffffffffffffffff');
    expect(connection.ignored).toBe(true);
    expect(connection.facts).toEqual([]);
  });
});
