import { describe, expect, test } from 'vitest';
import { REQUEST_WITHIN_MICROS } from '#sensor/decode/opcua/pairing.ts';
import * as ua from '../../../support/opcua.ts';
import { Session } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');
const WRITE = ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5));
const DENIED = 0x801f_0000;

/** The write with its type id, the first four bytes, encoded in another way. */
const typed = (...id: readonly Buffer[]): Buffer => Buffer.concat([...id, WRITE.subarray(4)]);

const NODE = ua.u8(3, 2, 0);
const nodeAt = WRITE.indexOf(NODE);

const SERVER = { kind: 'write', service: 'Write', object: { kind: 'opcua-server' } };
const SET_POINT = {
  kind: 'write',
  service: 'Write',
  object: { kind: 'opcua-node', node: { id: 'ns=2;s=SetPoint' } },
};

/** What is told of it once nothing more can come. */
function told(session: Session): unknown[] {
  session.connection.wait(REQUEST_WITHIN_MICROS + 1).end();
  return session.connection.opcua.flatMap(({ operations }) => operations);
}

describe('a write that the server carried out is told', () => {
  test.each<[string, (s: Session) => unknown, unknown[]]>([
    [
      'whose type id has the flag of another server',
      (s) => s.say(0, 2, typed(ua.u8(0x41, 0, 0xa1, 2), ua.u32(0))),
      [SET_POINT],
    ],
    [
      'whose type id has the URI of its namespace',
      (s) => s.say(0, 2, typed(ua.u8(0x81, 0, 0xa1, 2), ua.text('http://opcfoundation.org/UA/'))),
      [SET_POINT],
    ],
    [
      'whose type id is of seven bytes',
      (s) => s.say(0, 2, typed(ua.u8(2, 0, 0), ua.u32(673))),
      [SET_POINT],
    ],
    ['whose type id means nothing', (s) => s.say(0, 2, typed(ua.u8(1, 0, 1, 2))), [SERVER]],
    [
      'behind chunks without a byte',
      (s) => {
        for (let i = 0; i < 500; i++) s.say(0, 2, Buffer.alloc(0), 'C');
        s.say(0, 2, WRITE);
      },
      [SET_POINT],
    ],
    [
      'in chunks of one byte',
      (s) => {
        for (const byte of WRITE.subarray(0, -1)) s.say(0, 2, ua.u8(byte), 'C');
        s.say(0, 2, WRITE.subarray(-1));
      },
      [SET_POINT],
    ],
    [
      'whose chunks name two request ids',
      (s) => s.say(0, 9, WRITE.subarray(0, 60), 'C').say(0, 2, WRITE.subarray(60)),
      [SET_POINT],
    ],
    [
      'in a chunk that is larger than any should be',
      (s) => s.say(0, 2, Buffer.concat([WRITE, Buffer.alloc(1_100_000)])),
      [SERVER],
    ],
    [
      'of a node in an encoding that is not assigned',
      (s) => {
        const bytes = Buffer.from(WRITE);
        bytes.writeUInt8(0x43, nodeAt);
        s.say(0, 2, bytes);
      },
      [SERVER],
    ],
    [
      'of a negative number of nodes',
      (s) => {
        const bytes = Buffer.from(WRITE);
        bytes.writeInt32LE(-2, nodeAt - 4);
        s.say(0, 2, bytes);
      },
      [SERVER],
    ],
    ['whose request was not seen', () => undefined, [SERVER]],
    [
      'as the answer to what was read as another request',
      (s) => s.say(0, 2, ua.readRequest(TOKEN, ['i=84'])),
      [{ kind: 'read' }, SERVER],
    ],
  ])('%s', (_name, ask, operations) => {
    const session = new Session();
    ask(session);
    session.say(1, 2, ua.writeResponse(0));
    expect(told(session)).toMatchObject(operations);
  });

  test('with the node that could be read and the server for the others', () => {
    const one = WRITE.subarray(nodeAt);
    const broken = Buffer.concat([ua.u8(0x43), one.subarray(1)]);
    const head = WRITE.subarray(0, nodeAt - 4);
    const session = new Session()
      .say(0, 2, Buffer.concat([head, ua.array(one, broken, one)]))
      .say(1, 2, ua.writeResponse(0, 0, 0));
    expect(told(session)).toMatchObject([SET_POINT, SERVER]);
  });
});

describe('no write is told', () => {
  test('of one that the server refused and nobody understood', () => {
    const session = new Session()
      .say(0, 2, typed(ua.u8(1, 0, 1, 2)))
      .say(1, 2, ua.writeResponse(DENIED))
      .say(1, 3, ua.body(397, ua.responseHeader(DENIED)));
    expect(told(session)).toEqual([]);
  });

  test('twice of one that was understood', () => {
    const session = new Session().say(0, 2, WRITE).say(1, 2, ua.writeResponse(0));
    expect(told(session)).toMatchObject([SET_POINT]);
  });
});

test('chunks of one message that name two request ids are a fact', () => {
  const session = new Session().say(0, 9, WRITE.subarray(0, 60), 'C').say(0, 2, WRITE.subarray(60));
  session.say(1, 2, ua.writeResponse(0));
  expect(session.connection.facts).toEqual(['opcua.request-mixed']);
});
