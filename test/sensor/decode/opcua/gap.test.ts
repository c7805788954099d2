import { describe, expect, test } from 'vitest';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Connection } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { listening, Session } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');
const WRITE = ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5));
const WRITTEN = ua.writeResponse(0);
const READ = ua.readRequest(TOKEN, ['ns=2;s=A', 'ns=2;s=B']);
const VALUES = ua.readResponse([ua.double(1), ua.double(2)]);

/** Bytes `from` to `to` of what a side sends are never captured, and so many are said to be missing. */
function lose(connection: Connection, side: 0 | 1, bytes: Buffer, from: number, to: number): void {
  if (from > 0) connection.send(side, bytes.subarray(0, from));
  connection.gap(side, to - from);
  if (to < bytes.length) connection.send(side, bytes.subarray(to));
}

const brief = ({ opcua, outcome }: OpcuaExchange) => [
  opcua.requestId,
  opcua.service?.name,
  outcome,
];

/** Behind HEL, ACK and OPN. */
const told = ({ opcua }: Connection) => opcua.slice(3).map(brief);

describe('a gap in what the client sends', () => {
  const asked = Buffer.concat([new Session().bytes(0, 2, READ)]);
  test.each([
    ['in the type', 0, 2],
    ['in the size', 5, 7],
    ['behind the size', 9, 12],
    ['in the request id', 20, 23],
    ['in the body', 40, 50],
    ['at its end', asked.length - 1, asked.length],
    ['of all of it', 0, asked.length],
  ])('%s of a request costs this one alone', (_, from, to) => {
    const session = new Session();
    lose(session.connection, 0, session.bytes(0, 2, READ), from, to);
    session.say(1, 2, VALUES).say(0, 3, WRITE).say(1, 3, WRITTEN);
    session.connection.end();
    expect(told(session.connection).sort()).toEqual([
      [2, 'Read', 'success'],
      [3, 'Write', 'success'],
    ]);
    expect(session.connection.opcua.at(-1)?.frames.request ?? []).toEqual([]);
    expect(session.connection.facts).toEqual(['stream.gap']);
  });

  test.each([
    ['between its chunks', 0],
    ['in the header of its second chunk', 4],
    ['in the body of its second chunk', 30],
  ])('%s costs a message of several chunks, whose rest is none', (_, at) => {
    const session = new Session();
    const { connection } = session;
    session.say(0, 2, READ.subarray(0, 30), 'C');
    lose(connection, 0, session.bytes(0, 2, READ.subarray(30, 50), 'C'), at, at + 2);
    session.say(0, 2, READ.subarray(50, 60), 'C').say(0, 2, READ.subarray(60));
    session.say(0, 3, WRITE).say(1, 3, WRITTEN);
    connection.end();
    expect(told(connection)).toEqual([[3, 'Write', 'success']]);
    expect(connection.facts).toEqual(['stream.gap', 'opcua.beginning-lost']);
  });

  test('in the first chunk of a write does not hide that it was carried out', () => {
    const session = new Session();
    lose(session.connection, 0, session.bytes(0, 2, WRITE.subarray(0, 60), 'C'), 30, 40);
    session.say(0, 2, WRITE.subarray(60)).say(1, 2, WRITTEN);
    session.connection.end();
    expect(session.connection.opcua.at(-1)?.operations).toMatchObject([
      { kind: 'write', object: { kind: 'opcua-server' } },
    ]);
  });

  test('is passed over by the size of its chunk, whatever stands in the rest of it', () => {
    const session = new Session();
    const fake = ua.message({ sequence: 9, request: 9 }, ua.callRequest(TOKEN));
    const write = ua.writeRequest(TOKEN, 'i=84', ua.byteString(Buffer.concat([fake, fake])));
    lose(session.connection, 0, session.bytes(0, 2, write), 40, 45);
    session.say(0, 3, READ).say(1, 3, VALUES);
    session.connection.end();
    expect(told(session.connection)).toEqual([[3, 'Read', 'success']]);
  });

  test('of unknown length: the next header of this channel is found', () => {
    const session = new Session();
    const strange = ua.message({ channel: 9, sequence: 9, request: 9 }, ua.callRequest(TOKEN));
    session.connection.gap(0, 0);
    session.connection.send(0, Buffer.concat([Buffer.from('MSM'), strange]));
    session.connection.send(0, Buffer.from('M'));
    for (const byte of session.bytes(0, 3, WRITE)) session.connection.send(0, ua.u8(byte));
    session.say(1, 3, WRITTEN);
    session.connection.end();
    expect(told(session.connection)).toEqual([[3, 'Write', 'success']]);
  });
});

describe('a gap in what the server sends', () => {
  test.each([
    ['in the type', 0, 2],
    ['in the size', 5, 7],
    ['in the body', 40, 50],
    ['of all of it', 0, new Session().bytes(1, 2, VALUES).length],
  ])('%s of an answer leaves its request without one', (_, from, to) => {
    const session = new Session();
    session.say(0, 2, READ);
    lose(session.connection, 1, session.bytes(1, 2, VALUES), from, to);
    session.say(0, 3, WRITE).say(1, 3, WRITTEN);
    session.connection.end();
    expect(told(session.connection)).toEqual([
      [3, 'Write', 'success'],
      [2, 'Read', 'unknown'],
    ]);
    expect(session.connection.facts).toEqual(['stream.gap']);
  });

  test('between the chunks of an answer leaves its request without one', () => {
    const session = new Session();
    session.say(0, 2, READ).say(1, 2, VALUES.subarray(0, 20), 'C');
    lose(session.connection, 1, session.bytes(1, 2, VALUES.subarray(20, 30), 'C'), 0, 34);
    session.say(1, 2, VALUES.subarray(30)).say(0, 3, WRITE).say(1, 3, WRITTEN);
    session.connection.end();
    expect(told(session.connection)).toEqual([
      [3, 'Write', 'success'],
      [2, 'Read', 'unknown'],
    ]);
    expect(session.connection.facts).toEqual(['stream.gap', 'opcua.beginning-lost']);
  });
});

describe('a gap in the opening of a channel', () => {
  test.each<[string, 0 | 1, number, number]>([
    ['in the header of the request', 0, 2, 6],
    ['in the body of the request', 0, 90, 95],
    ['in the header of the answer', 1, 2, 6],
    ['in the body of the answer', 1, 90, 95],
  ])('%s: what follows is read all the same', (_, lossy, from, to) => {
    const connection = listening().send(0, ua.hello()).send(1, ua.acknowledge());
    for (const [side, bytes] of [
      [0, ua.openRequest()],
      [1, ua.openResponse()],
    ] as const) {
      if (side === lossy) lose(connection, side, bytes, from, to);
      else connection.send(side, bytes);
    }
    connection
      .send(0, ua.message({ sequence: 2, request: 2 }, WRITE))
      .send(1, ua.message({ sequence: 2, request: 2 }, WRITTEN))
      .end();
    const writes = connection.opcua.filter(({ opcua }) => opcua.messageType === 'MSG');
    expect(writes).toMatchObject([{ outcome: 'success', opcua: { service: { name: 'Write' } } }]);
    expect(connection.facts).toEqual(['stream.gap']);
  });

  test('an answer that was captured before its request is joined with it', () => {
    const connection = listening().send(0, ua.hello()).send(1, ua.acknowledge());
    connection.send(1, ua.openResponse()).send(0, ua.openRequest()).end();
    expect(connection.opcua.slice(2)).toMatchObject([
      { outcome: 'success', frames: { request: [4], response: [3] } },
    ]);
  });
});

test('an answer to a request from before the capture is no answer to nothing', () => {
  const connection = listening({ fromStart: false })
    .send(1, ua.message({ sequence: 9, request: 2 }, VALUES))
    .send(0, ua.message({ sequence: 9, request: 3 }, READ))
    .send(1, ua.message({ sequence: 10, request: 3 }, VALUES))
    .send(1, ua.message({ sequence: 11, request: 9 }, VALUES))
    .end();
  expect(connection.opcua.map(brief)).toEqual([
    [3, 'Read', 'success'],
    [2, 'Read', 'success'],
    [9, 'Read', 'success'],
  ]);
  expect(connection.facts).toEqual(['opcua.response-without-request']);
});

test('a message with junk behind it is one all the same, where a server is known to stand', () => {
  const bytes = Buffer.concat([ua.hello(), Buffer.from('junk')]);
  const connection = listening().send(0, bytes);
  expect(connection.opcua.map(({ opcua }) => opcua.messageType)).toEqual(['HEL']);
  expect(connection.facts).toEqual(['opcua.message-type']);
  const elsewhere = listening({ ports: [40_000, 12_345] }).send(0, bytes);
  expect(elsewhere.events).toEqual([]);
});
