import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { listening } from '../../../support/opcua-session.ts';

/** What both ends agree on when a connection begins, and what does not fit it. */
const TOKEN = Buffer.from('token');
const WRITE = ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5));
const WRITTEN = ua.writeResponse(0);

const open = (hello: ua.Buffers, acknowledge: ua.Buffers): Connection =>
  listening()
    .send(0, ua.hello(undefined, hello))
    .send(1, ua.acknowledge(acknowledge))
    .send(0, ua.openRequest())
    .send(1, ua.openResponse());

const texts = ({ events }: Connection): string[] =>
  events.flatMap(({ facts }) => facts.map(({ text }) => text));

/** A write of so many bytes in chunks of `size` bytes, headers included. */
function write(connection: Connection, content: Buffer, size: number, sequence = 2): Connection {
  const most = size - 24;
  for (let at = 0, next = sequence; at < content.length; at += most, next++) {
    const chunk = at + most < content.length ? 'C' : 'F';
    const place = { sequence: next, request: 2, chunk } as const;
    connection.send(0, ua.message(place, content.subarray(at, at + most)));
  }
  return connection;
}

const large = ua.writeRequest(TOKEN, 'i=84', ua.byteString(Buffer.alloc(20_000)));

describe('HEL and ACK', () => {
  test.each<[string, ua.Buffers, ua.Buffers, string[]]>([
    ['that fit', { receive: 8192, send: 9000 }, { receive: 9000, send: 8192 }, []],
    [
      'of a server that receives more than the client sends',
      { send: 8192 },
      { receive: 8193 },
      ['opcua.hello'],
    ],
    [
      'of a server that sends more than the client receives',
      { receive: 8192 },
      { send: 8193 },
      ['opcua.hello'],
    ],
    ['with a buffer of the least size', { receive: 8192 }, { send: 8192 }, []],
    ['with a smaller one', { receive: 8191 }, { send: 8191 }, ['opcua.hello', 'opcua.hello']],
  ])('%s', (_, hello, acknowledge, facts) => {
    expect(open(hello, acknowledge).facts).toEqual(facts);
  });

  test.each([
    ['a HEL of the server', 1, ua.hello()],
    ['an ACK of the client', 0, ua.acknowledge()],
    ['an RHE of the client', 0, ua.reverseHello('urn:plc', 'opc.tcp://plc:4840')],
  ] as const)('%s is a fact', (_, side, bytes) => {
    expect(open({}, {}).send(side, bytes).facts).toEqual(['opcua.role']);
  });
});

describe('a chunk', () => {
  test.each([
    [9000, []],
    [9001, ['opcua.chunk-size']],
  ])('of %i bytes, where 9000 were agreed', (length, facts) => {
    const content = ua.writeRequest(TOKEN, 'i=84', ua.byteString(Buffer.alloc(length)));
    const exact = content.length - length + 24;
    const fitting = ua.writeRequest(TOKEN, 'i=84', ua.byteString(Buffer.alloc(length - exact)));
    const connection = open({}, { receive: 9000 })
      .send(0, ua.message({ sequence: 2, request: 2 }, fitting))
      .send(1, ua.message({ sequence: 2, request: 2 }, WRITTEN));
    expect(connection.facts).toEqual(facts);
    expect(connection.opcua.at(-1)?.operations).toMatchObject([{ kind: 'write' }]);
  });

  test('of the server is compared with what the client takes', () => {
    const values = ua.readResponse([ua.byteString(Buffer.alloc(9000))]);
    const connection = open({ receive: 8192 }, { send: 8192 })
      .send(0, ua.message({ sequence: 2, request: 2 }, ua.readRequest(TOKEN, ['i=84'])))
      .send(1, ua.message({ sequence: 2, request: 2 }, values));
    expect(texts(connection)).toEqual([
      'a chunk of the server has 9066 bytes, and 8192 were agreed',
    ]);
  });

  test('that is ciphertext is compared, too', () => {
    const connection = listening()
      .send(0, ua.hello())
      .send(1, ua.acknowledge({ receive: 8192 }))
      .send(0, ua.openRequest({ policy: 'Basic256Sha256' }))
      .send(1, ua.openResponse({ policy: 'Basic256Sha256' }))
      .send(0, ua.message({ sequence: 2, request: 2 }, Buffer.alloc(9000, 0xc3)));
    expect(connection.facts).toEqual(['opcua.chunk-size']);
  });
});

describe('a message', () => {
  test.each([
    ['as large as was agreed', large.length, []],
    ['larger than was agreed', large.length - 1, ['opcua.message-size']],
  ])('%s', (_, message, facts) => {
    const connection = write(open({}, { message }), large, 8192);
    connection.send(1, ua.message({ sequence: 2, request: 2 }, WRITTEN));
    expect(connection.facts).toEqual(facts);
    expect(connection.opcua.at(-1)?.operations).toMatchObject([{ kind: 'write' }]);
  });

  test.each([
    ['of as many chunks as were agreed', 3, []],
    ['of more chunks than were agreed', 2, ['opcua.chunk-count']],
  ])('%s', (_, chunks, facts) => {
    const connection = write(open({}, { chunks }), large, 8192);
    connection.send(1, ua.message({ sequence: 2, request: 2 }, WRITTEN));
    expect(connection.facts).toEqual(facts);
    expect(connection.opcua.at(-1)?.operations).toMatchObject([{ kind: 'write' }]);
  });

  test('of chunks without end is told at the first one too many', () => {
    const connection = open({}, { chunks: 4 });
    for (let i = 0; i < 10; i++) {
      const place = { sequence: 2 + i, request: 2, chunk: 'C' } as const;
      connection.send(0, ua.message(place, WRITE.subarray(i, i + 1)));
    }
    expect(texts(connection)).toEqual([
      'a message of the client has more chunks than the 4 agreed on',
    ]);
  });

  test('of the server is compared with what the client said in its HEL', () => {
    const values = ua.readResponse([ua.byteString(Buffer.alloc(900))]);
    const connection = open({ message: 900 }, { message: 10 ** 6 })
      .send(0, ua.message({ sequence: 2, request: 2 }, ua.readRequest(TOKEN, ['i=84'])))
      .send(1, ua.message({ sequence: 2, request: 2 }, values));
    expect(connection.facts).toEqual(['opcua.message-size']);
  });
});

describe('a sequence number', () => {
  /** Goes on from `sequence` with `next`. */
  const after = (sequence: number, next: number): string[] =>
    listening()
      .send(0, ua.hello())
      .send(1, ua.acknowledge())
      .send(0, ua.openRequest({ sequence }))
      .send(1, ua.openResponse())
      .send(0, ua.message({ sequence: next, request: 2 }, WRITE))
      .send(1, ua.message({ sequence: 2, request: 2 }, WRITTEN)).facts;

  test.each([
    [5, 6, []],
    [5, 5, ['opcua.sequence']],
    [5, 7, ['opcua.sequence']],
    [5, 0, ['opcua.sequence']],
    [0xffff_ffff, 0, []],
    [4_294_966_271, 1, []],
    [4_294_966_271, 1023, []],
    [4_294_966_271, 1024, ['opcua.sequence']],
    [4_294_966_270, 1, ['opcua.sequence']],
  ])('%i is followed by %i', (sequence, next, facts) => {
    expect(after(sequence, next)).toEqual(facts);
  });

  test('that is wrong in a chunk that does not end its message is told with it', () => {
    const connection = open({}, {})
      .send(0, ua.message({ sequence: 9, request: 2, chunk: 'C' }, WRITE.subarray(0, 50)))
      .send(0, ua.message({ sequence: 10, request: 2 }, WRITE.subarray(50)))
      .send(1, ua.message({ sequence: 2, request: 2 }, WRITTEN));
    expect(connection.opcua.at(-1)?.facts.map(({ name }) => name)).toEqual(['opcua.sequence']);
  });

  test('of a renewal goes on as well', () => {
    const renewed = open({}, {})
      .send(0, ua.openRequest({ channel: 1, sequence: 4, request: 2 }))
      .send(1, ua.openResponse({ sequence: 2, request: 2, token: 2 }));
    expect(renewed.facts).toEqual(['opcua.sequence']);
  });
});
