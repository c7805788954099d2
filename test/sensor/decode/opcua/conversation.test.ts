import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_MESSAGE_COST } from '#sensor/decode/opcua/assembly.ts';
import { REPORT_EVERY_MICROS } from '#sensor/decode/opcua/known-questions.ts';
import { ANSWER_WITHIN_MICROS, REQUEST_WITHIN_MICROS } from '#sensor/decode/opcua/pairing.ts';
import type { Connection } from '../../../support/conversation.ts';
import { cutAt } from '../../../support/modbus.ts';
import * as ua from '../../../support/opcua.ts';
import { listening, Session } from '../../../support/opcua-session.ts';
import '../../../support/property-runs.ts';

const TOKEN = Buffer.from('token');
const BAD_USER_ACCESS_DENIED = 0x801f_0000;

/** What both sides of a test say of their buffers. */
const HELLO = {
  version: 0,
  receiveBuffer: 65_536,
  sendBuffer: 65_536,
  maxMessage: 0,
  maxChunks: 0,
};

const last = ({ opcua }: Connection) => opcua.at(-1);

/** A NamespaceArray, after the namespace that each server has. */
const namespaces = (...uris: readonly string[]): Buffer =>
  ua.texts(['http://opcfoundation.org/UA/', ...uris]);

describe('an exchange', () => {
  test('of each message of the transport is one of its own', () => {
    const { connection } = new Session();
    expect(connection.opcua.map(({ opcua }) => opcua)).toEqual([
      { messageType: 'HEL', hello: HELLO, endpointUrl: 'opc.tcp://plc:4840' },
      { messageType: 'ACK', hello: HELLO },
      {
        messageType: 'OPN',
        channelId: 1,
        tokenId: 1,
        requestId: 1,
        requestHandle: 7,
        service: { id: 446, name: 'OpenSecureChannel' },
        security: { policy: 'None', mode: 'None', encrypted: false },
        channel: {
          policyUri: 'http://opcfoundation.org/UA/SecurityPolicy#None',
          request: 'issue',
          requestedLifetime: 3_600_000,
          revisedLifetime: 3_600_000,
          createdAt: '2026-10-20T06:54:21.355212Z',
          renewals: 0,
        },
        status: { code: '0x00000000', name: 'Good' },
      },
    ]);
    expect(connection.facts).toEqual([]);
  });

  test('joins a write with its status, and knows whose session it is', () => {
    const { connection } = new Session()
      .say(0, 2, ua.createSessionRequest({ name: 'panel', uri: 'urn:hmi' }))
      .say(1, 2, ua.createSessionResponse(TOKEN))
      .say(0, 3, ua.activateSessionRequest(TOKEN, ua.userName('joe', 'secret')))
      .say(1, 3, ua.activateSessionResponse())
      .say(0, 4, ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5)))
      .say(1, 4, ua.writeResponse(0));
    expect(last(connection)).toEqual({
      kind: 'exchange',
      at: 1_009_000,
      took: 1_000_000,
      client: { ip: '192.0.2.1', port: 40_000 },
      server: { ip: '192.0.2.2', port: 4840 },
      transport: 'tcp',
      protocol: 'opcua',
      opcua: {
        messageType: 'MSG',
        channelId: 1,
        tokenId: 1,
        requestId: 4,
        requestHandle: 7,
        service: { id: 673, name: 'Write' },
        security: { policy: 'None', mode: 'None', encrypted: false },
        status: { code: '0x00000000', name: 'Good' },
        nodes: [
          {
            nodeId: 'ns=2;s=SetPoint',
            attribute: 'Value',
            value: 80.5,
            type: 'Double',
            status: 'Good',
          },
        ],
        session: { name: 'panel', applicationUri: 'urn:hmi' },
        identity: { type: 'user-name', user: 'joe' },
      },
      outcome: 'success',
      frames: { request: [9], response: [10] },
      operations: [
        {
          kind: 'write',
          protocol: 'opcua',
          service: 'Write',
          object: {
            kind: 'opcua-node',
            node: { id: 'ns=2;s=SetPoint', unseen: true },
            attribute: 'Value',
          },
          value: '80.5',
        },
      ],
      facts: [],
    });
  });

  test('names nodes by URI once the server has told its namespaces', () => {
    const session = new Session();
    const names = (request: number): unknown => {
      session
        .say(0, request, ua.readRequest(TOKEN, ['ns=2;s=SetPoint', 'ns=3;s=Else', 'i=84']))
        .say(1, request, ua.readResponse([ua.double(1), ua.double(2), ua.double(3)]));
      return last(session.connection)?.operations.map(({ object }) => object);
    };
    const standard = { node: { id: 'i=84', uri: 'nsu=http://opcfoundation.org/UA/;i=84' } };
    expect(names(2)).toMatchObject([
      { node: { id: 'ns=2;s=SetPoint', unseen: true } },
      { node: { id: 'ns=3;s=Else', unseen: true } },
      standard,
    ]);
    session
      .say(0, 3, ua.readRequest(TOKEN, ['i=2255']))
      .say(1, 3, ua.readResponse([namespaces('urn:b', 'urn:acme')]));
    // An index that the server does not have is no secret of the past.
    session.connection.wait(REPORT_EVERY_MICROS);
    expect(names(4)).toEqual([
      expect.objectContaining({
        node: { id: 'ns=2;s=SetPoint', uri: 'nsu=urn:acme;s=SetPoint' },
      }),
      expect.objectContaining({ node: { id: 'ns=3;s=Else' } }),
      expect.objectContaining(standard),
    ]);
  });

  test('names nodes as the server said last, however often it is asked', () => {
    const session = new Session();
    const uris = [...'abc'].map((letter) => {
      const request = 2 * letter.charCodeAt(0);
      session
        .say(0, request, ua.readRequest(TOKEN, ['i=2255']))
        .say(1, request, ua.readResponse([namespaces(`urn:${letter}`)]))
        .say(0, request + 1, ua.writeRequest(TOKEN, 'ns=1;s=SetPoint', ua.double(1)))
        .say(1, request + 1, ua.writeResponse(0));
      const [write] = last(session.connection)?.operations ?? [];
      return write?.object.kind === 'opcua-node' ? write.object.node.uri : undefined;
    });
    expect(uris).toEqual(['nsu=urn:a;s=SetPoint', 'nsu=urn:b;s=SetPoint', 'nsu=urn:c;s=SetPoint']);
    expect(session.connection.routine).toEqual([]);
  });

  test('of the largest write keeps some of each value, and little in all', () => {
    const texts = ua.texts(Array.from({ length: 80 }, (_, i) => `${i} `.padEnd(500, '"')));
    const nodes = Array.from({ length: 100 }, (_, i) => [`ns=2;i=${i}`, texts] as const);
    const content = ua.writeNodesRequest(TOKEN, nodes);
    const { connection } = new Session()
      .sayAll(0, 2, content)
      .say(1, 2, ua.writeResponse(...nodes.map(() => 0)));
    const written = last(connection);
    expect(written).toMatchObject({ outcome: 'success', facts: [] });
    expect(written?.opcua.nodes).toHaveLength(100);
    const values = written?.operations.map((each) => each.protocol === 'opcua' && each.value);
    expect(values).toHaveLength(100);
    for (const value of values ?? []) expect(value).toMatch(/^\["0 /);
    expect(JSON.stringify(written).length).toBeLessThan(300_000);
  });

  test('of a call with many arguments keeps little of them', () => {
    const numbers = ua.doubles(Array.from({ length: 100 }, (_, i) => 1e-7 / (i + 7)));
    const values = Array.from({ length: 40 }, () => numbers);
    const call = { object: 'ns=2;i=1', method: 'ns=2;i=2', arguments: values };
    const content = ua.callRequest(TOKEN, ...Array.from({ length: 100 }, () => call));
    const { connection } = new Session().sayAll(0, 2, content);
    connection.end();
    const called = last(connection);
    expect(called?.operations).toHaveLength(100);
    expect(JSON.stringify(called?.opcua.methods).length).toBeLessThan(300_000);
  });

  test('is a failure where the service or every node was refused', () => {
    const { connection } = new Session()
      .say(0, 2, ua.writeRequest(TOKEN, 'i=84', ua.double(1)))
      .say(1, 2, ua.writeResponse(BAD_USER_ACCESS_DENIED))
      .say(0, 3, ua.writeRequest(TOKEN, 'i=84', ua.double(1)))
      .say(1, 3, ua.body(397, ua.responseHeader(BAD_USER_ACCESS_DENIED)));
    expect(
      connection.opcua.slice(3).map(({ outcome, opcua }) => [outcome, opcua.status?.name]),
    ).toEqual([
      ['failure', 'Good'],
      ['failure', 'BadUserAccessDenied'],
    ]);
  });

  test('waits for its other half no longer than it may', () => {
    const { connection } = new Session().say(0, 2, ua.readRequest(TOKEN, ['i=84']));
    connection.wait(ANSWER_WITHIN_MICROS);
    expect(connection.opcua).toHaveLength(3);
    connection.wait(1);
    expect(connection.opcua).toHaveLength(4);
    const early = new Session().say(1, 9, ua.readResponse([ua.double(1)])).connection;
    early.wait(REQUEST_WITHIN_MICROS);
    expect(early.opcua).toHaveLength(3);
    early.wait(1);
    expect(early.opcua).toHaveLength(4);
  });

  test('is whole where the answer was captured before the request', () => {
    const { connection } = new Session()
      .say(1, 2, ua.readResponse([ua.double(1)]))
      .say(0, 2, ua.readRequest(TOKEN, ['i=84']));
    expect(last(connection)).toMatchObject({ outcome: 'success', took: 0, facts: [] });
  });
});

describe('what is wrong is a fact', () => {
  test.each<[string, (session: Session) => unknown, string[]]>([
    [
      'an unknown service',
      (s) => s.say(0, 2, ua.body(9999, ua.requestHeader(TOKEN))).connection.end(),
      ['opcua.service'],
    ],
    [
      'a body that ends within a field',
      (s) => s.say(0, 2, ua.body(631, ua.requestHeader(TOKEN), ua.u32(0))).connection.end(),
      ['opcua.truncated'],
    ],
    [
      'bytes behind the last field',
      (s) =>
        s.say(0, 2, Buffer.concat([ua.readRequest(TOKEN, ['i=84']), ua.u8(1)])).connection.end(),
      ['opcua.surplus'],
    ],
    [
      'a call of 0x6fff methods that are not there',
      (s) => s.say(0, 2, ua.body(712, ua.requestHeader(TOKEN), ua.u32(0x6fff))).connection.end(),
      ['opcua.count'],
    ],
    [
      'a name that is no UTF-8',
      (s) =>
        s
          .say(
            0,
            2,
            Buffer.from(
              ua
                .createSessionRequest({ name: 'aaaa' })
                .map((byte) => (byte === 0x61 ? 0xff : byte)),
            ),
          )
          .connection.end(),
      ['opcua.text'],
    ],
    [
      'a message of another channel',
      (s) =>
        s.connection
          .send(
            0,
            ua.message({ channel: 2, sequence: 2, request: 2 }, ua.readRequest(TOKEN, ['i=84'])),
          )
          .end(),
      ['opcua.channel'],
    ],
    [
      'a sequence number that is not the next',
      (s) =>
        s.connection
          .send(0, ua.message({ sequence: 7, request: 2 }, ua.readRequest(TOKEN, ['i=84'])))
          .end(),
      ['opcua.sequence'],
    ],
    [
      'an answer to another service',
      (s) => s.say(0, 2, ua.readRequest(TOKEN, ['i=84'])).say(1, 2, ua.writeResponse(0)),
      ['opcua.response-mismatch'],
    ],
    [
      'fewer results than nodes',
      (s) =>
        s
          .say(0, 2, ua.readRequest(TOKEN, ['i=84', 'i=85']))
          .say(1, 2, ua.readResponse([ua.double(1)])),
      ['opcua.response-mismatch'],
    ],
    [
      'an answer to nothing',
      (s) =>
        s
          .say(0, 2, ua.readRequest(TOKEN, ['i=84']))
          .say(1, 2, ua.readResponse([ua.double(1)]))
          .say(1, 3, ua.readResponse([]))
          .connection.end(),
      ['opcua.response-without-request'],
    ],
    [
      'a request id in use',
      (s) =>
        s.say(0, 2, ua.readRequest(TOKEN, ['i=84'])).say(0, 2, ua.readRequest(TOKEN, ['i=85'])),
      ['opcua.request-reused'],
    ],
    [
      'an aborted message',
      (s) => s.say(0, 2, Buffer.alloc(9), 'C').say(0, 2, Buffer.alloc(8), 'A'),
      ['opcua.chunk-aborted'],
    ],
    [
      'a header that is none',
      (s) => s.connection.send(0, Buffer.from('GET / HTTP/1.1')),
      ['opcua.message-type'],
    ],
    [
      'a size that cannot be',
      (s) => s.connection.send(0, Buffer.from('MSGF\xff\xff\xff\x7f', 'latin1')),
      ['opcua.size'],
    ],
    [
      'buffers below the least',
      (s) =>
        s.connection.send(
          0,
          ua.chunk(
            'HELF',
            ua.u32(0),
            ua.u32(10),
            ua.u32(65_536),
            ua.u32(0),
            ua.u32(0),
            ua.text('u'),
          ),
        ),
      ['opcua.hello'],
    ],
    ['lost bytes', (s) => s.connection.gap(0), ['stream.gap']],
  ])('%s', (_name, act, names) => {
    const session = new Session();
    act(session);
    expect(session.connection.facts).toEqual(names);
  });

  test('chunks without end are counted, and their beginning still says what they were for', () => {
    const session = new Session();
    const begin = ua.writeRequest(TOKEN, 'i=84', ua.double(1));
    session.say(0, 2, begin, 'C');
    const [large, most] = [60_000, Math.floor(MAX_MESSAGE_COST / 60_280)];
    for (let i = 0; i < most - 1; i++) session.say(0, 2, Buffer.alloc(large), 'C');
    expect(session.connection.facts).toEqual([]);
    for (let i = 0; i < 10; i++) session.say(0, 2, Buffer.alloc(large), 'C');
    expect(session.connection.facts).toEqual(['opcua.chunk-limit']);
    session.say(0, 2, Buffer.alloc(1));
    session.connection.end();
    const write = last(session.connection);
    expect(write?.opcua.service?.name).toBe('Write');
    expect(write?.facts.map(({ name }) => name)).toContain('opcua.chunk-limit');
  });
});

describe('a channel', () => {
  /** Ciphertext of any content: bytes that mean nothing. */
  const cipher = (length: number, seed: number): Buffer =>
    Buffer.from(Array.from({ length }, (_, i) => (i * 131 + seed * 57 + (i >> 3)) & 0xff));
  const opened = (policy: string): Connection =>
    listening({ everything: true })
      .send(0, ua.openRequest({ policy, certificate: Buffer.from('no certificate') }))
      .send(1, ua.openResponse({ policy, certificate: Buffer.from('another') }));
  const signed = (request: number, content: Buffer, length = 32): Buffer =>
    ua.message({ sequence: 50 + request, request }, Buffer.concat([content, cipher(length, 3)]));

  test('that is signed is read, and its signature left alone', () => {
    const connection = opened('Basic256Sha256')
      .send(0, signed(2, ua.readRequest(TOKEN, ['i=84'])))
      .send(1, signed(2, ua.readResponse([ua.double(2)])));
    expect(last(connection)?.opcua).toMatchObject({
      security: { policy: 'Basic256Sha256', mode: 'Sign', inferred: true, encrypted: false },
      nodes: [{ nodeId: 'i=84', value: 2 }],
    });
  });

  test('that is encrypted says so, and nothing is told of what it carries', () => {
    const connection = opened('Basic256Sha256');
    for (let i = 0; i < 50; i++) {
      const content = ua.message({ sequence: 1, request: 1 }, cipher(160, i));
      connection.send(i % 2 === 0 ? 0 : 1, content);
    }
    expect(connection.opcua.slice(1)).toHaveLength(50);
    for (const { opcua, operations, outcome } of connection.opcua.slice(1)) {
      expect(opcua).toEqual({
        messageType: 'MSG',
        channelId: 1,
        tokenId: 1,
        security: {
          policy: 'Basic256Sha256',
          mode: 'SignAndEncrypt',
          inferred: true,
          encrypted: true,
        },
        chunkCount: 1,
        messageSize: 184,
      });
      expect([operations, outcome]).toEqual([[], 'unknown']);
    }
  });

  test('that begins with a message nobody can read may still turn out to be signed', () => {
    const connection = opened('Aes128_Sha256_RsaOaep')
      .send(0, signed(2, Buffer.from('this is no message at all, and not ciphertext')))
      .send(0, signed(3, ua.readRequest(TOKEN, ['i=84'])))
      .end();
    expect(last(connection)?.opcua.security?.mode).toBe('Sign');
  });

  test('that is encrypted tells how many chunks and bytes of it there were', () => {
    const connection = opened('Basic256Sha256')
      .send(0, ua.message({ sequence: 1, request: 1, chunk: 'C' }, cipher(160, 1)))
      .send(0, ua.message({ sequence: 1, request: 1, chunk: 'C' }, cipher(160, 2)))
      .send(0, ua.message({ sequence: 1, request: 1 }, cipher(64, 3)));
    expect(last(connection)).toMatchObject({
      opcua: { channelId: 1, tokenId: 1, chunkCount: 3, messageSize: 3 * 24 + 160 + 160 + 64 },
      frames: { request: [3, 4, 5], response: [] },
      facts: [],
    });
  });

  test('whose opening was not seen is read as soon as a message reads to its last byte', () => {
    const connection = listening({ fromStart: false })
      .send(0, ua.message({ sequence: 9, request: 2 }, ua.readRequest(TOKEN, ['i=84'])))
      .send(1, ua.message({ sequence: 9, request: 2 }, ua.readResponse([ua.double(2)])));
    expect(last(connection)?.opcua).toMatchObject({
      security: { policy: 'None', mode: 'None', encrypted: false },
      nodes: [{ value: 2 }],
    });
  });

  test('whose opening was not seen is not said to be encrypted either', () => {
    const connection = listening({ fromStart: false }).send(
      0,
      ua.message({ sequence: 9, request: 2 }, cipher(100, 1)),
    );
    expect(last(connection)?.opcua.security).toEqual({});
  });
});

describe('known traffic', () => {
  const poll = (session: Session, request: number): Session =>
    session
      .say(0, request, ua.readRequest(TOKEN, ['ns=2;s=A', 'ns=2;s=B'], request))
      .say(1, request, ua.readResponse([ua.double(request), ua.double(2)], request));

  test('is counted, and told once a minute', () => {
    const session = new Session();
    for (let i = 2; i < 12; i++) poll(session, i);
    expect(session.connection.opcua).toHaveLength(4);
    session.connection.flush();
    expect(session.connection.routine).toMatchObject([{ serviceId: 631, count: 9 }]);
    session.connection.now += REPORT_EVERY_MICROS;
    poll(session, 12);
    expect(session.connection.opcua).toHaveLength(5);
  });

  test('of other nodes is new', () => {
    const session = poll(poll(new Session(), 2), 3);
    session
      .say(0, 4, ua.readRequest(TOKEN, ['ns=2;s=A', 'ns=2;s=C']))
      .say(1, 4, ua.readResponse([]));
    expect(last(session.connection)?.opcua.nodes?.at(-1)?.nodeId).toBe('ns=2;s=C');
  });

  test('that fails is told with its nodes', () => {
    const session = poll(poll(new Session(), 2), 3);
    session
      .say(0, 4, ua.readRequest(TOKEN, ['ns=2;s=A', 'ns=2;s=B'], 4))
      .say(1, 4, ua.body(397, ua.responseHeader(BAD_USER_ACCESS_DENIED, 4)));
    expect(last(session.connection)).toMatchObject({
      outcome: 'failure',
      facts: [],
      opcua: { nodes: [{ nodeId: 'ns=2;s=A' }, { nodeId: 'ns=2;s=B' }] },
    });
  });

  test('is built where everything is wanted', () => {
    const session = new Session({ everything: true });
    for (let i = 2; i < 12; i++) poll(session, i);
    expect(session.connection.opcua).toHaveLength(13);
  });
});

/** A dialogue with messages of several chunks, as what each side sends. */
function dialogue(): readonly [Buffer, Buffer] {
  const [client, server] = [
    [ua.hello(), ua.openRequest()],
    [ua.acknowledge(), ua.openResponse()],
  ];
  const read = ua.readRequest(TOKEN, ['ns=2;s=A', 'i=84', 'ns=2;s=B']);
  const values = ua.readResponse([ua.double(1), ua.double(2), ua.double(3)]);
  client.push(
    ua.message({ sequence: 2, request: 2, chunk: 'C' }, read.subarray(0, 40)),
    ua.message({ sequence: 3, request: 2 }, read.subarray(40)),
    ua.message({ sequence: 4, request: 3 }, ua.writeRequest(TOKEN, 'ns=2;s=A', ua.double(5))),
  );
  server.push(
    ua.message({ sequence: 2, request: 2, chunk: 'C' }, values.subarray(0, 10)),
    ua.message({ sequence: 3, request: 2, chunk: 'C' }, values.subarray(10, 31)),
    ua.message({ sequence: 4, request: 2 }, values.subarray(31)),
    ua.message({ sequence: 5, request: 3 }, ua.writeResponse(0)),
  );
  return [Buffer.concat(client), Buffer.concat(server)];
}

describe('laws', () => {
  const said = ({ events }: Connection) =>
    events.map((event) =>
      event.kind === 'exchange' && event.protocol === 'opcua'
        ? { opcua: event.opcua, outcome: event.outcome, facts: event.facts }
        : event,
    );
  const [client, server] = dialogue();

  test('any cutting of the streams gives the same exchanges', () => {
    const whole = said(listening().send(0, client).send(1, server).end());
    expect(whole).toHaveLength(5);
    const cuts = (length: number) => fc.uniqueArray(fc.integer({ min: 1, max: length - 1 }));
    fc.assert(
      fc.property(cuts(client.length), cuts(server.length), (asked, answered) => {
        const connection = listening();
        for (const piece of cutAt(client, asked)) connection.send(0, piece);
        for (const piece of cutAt(server, answered)) connection.send(1, piece);
        expect(said(connection.end())).toEqual(whole);
      }),
    );
  });

  test('any bytes, and any change of a byte, are told and never throw', () => {
    const any = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    const changed = (bytes: Buffer) =>
      fc
        .array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
        .map((changes) => {
          const copy = Buffer.from(bytes);
          for (const [at, value] of changes) copy.writeUInt8(value, at);
          return copy;
        });
    fc.assert(
      fc.property(
        fc.oneof(any, changed(client)),
        fc.oneof(any, changed(server)),
        fc.boolean(),
        (asked, answered, everything) => {
          const connection = listening({ everything });
          connection.send(0, asked).send(1, answered).send(0, client).wait(1e9).end();
          for (const event of connection.events) JSON.stringify(event);
        },
      ),
    );
  });

  test('after a gap the next whole message is found again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (rest) => {
        const session = new Session();
        session.connection.gap(0);
        // The tail of a message whose beginning was lost, free of anything like a header.
        const tail = Buffer.from(rest.map((byte) => byte | 0x80));
        const next = session.bytes(0, 5, ua.writeRequest(TOKEN, 'ns=2;s=A', ua.double(5)));
        session.connection.send(0, Buffer.concat([tail, next])).end();
        expect(last(session.connection)?.opcua.service?.name).toBe('Write');
      }),
    );
  });
});
