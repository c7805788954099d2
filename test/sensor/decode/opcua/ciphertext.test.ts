import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Connection } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { listening } from '../../../support/opcua-session.ts';
import { runs, SEED } from '../../../support/runs.ts';

/** Nothing is told of what a message carries that nobody can read, whatever its bytes look like. */
const TOKEN = Buffer.from('token');
const MESSAGES = runs(100_000);
/** Exchanges of a connection are counted and let go after so many. */
const ROUND = 1000;
const BLOCK = 16;

/** Random bytes that are the same for each run: those of a stream cipher. */
function stream(seed: number): (length: number) => Buffer {
  const key = Buffer.alloc(32, `${seed}`);
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(BLOCK));
  return (length) => cipher.update(Buffer.alloc(length));
}

const opened = (policy: string, everything = true): Connection =>
  listening({ everything })
    .send(0, ua.openRequest({ policy, certificate: Buffer.from('no certificate') }))
    .send(1, ua.openResponse({ policy, certificate: Buffer.from('another') }));

/** Messages and what they would have to have in order to say anything. */
const telling = ({ opcua, operations }: OpcuaExchange): boolean =>
  opcua.messageType !== 'OPN' &&
  (opcua.service !== undefined ||
    opcua.requestId !== undefined ||
    opcua.nodes !== undefined ||
    operations.length > 0);

/** Sends `count` messages and gives how many exchanges there were, and those that say what they may not. */
function play(begin: () => Connection, count: number, content: (i: number) => Buffer) {
  let exchanges = 0;
  const invented: OpcuaExchange[] = [];
  for (let sent = 0; sent < count; ) {
    const connection = begin();
    const before = connection.opcua.length;
    for (let i = 0; i < ROUND && sent < count; i++, sent++) {
      const bytes = content(sent);
      connection.send(i % 2 === 0 ? 0 : 1, bytes);
    }
    connection.end();
    exchanges += connection.opcua.length - before;
    invented.push(...connection.opcua.filter(telling));
  }
  return { exchanges, invented };
}

describe('of random ciphertext nothing is told', () => {
  test.each<[string, () => Connection]>([
    ['on a channel whose opening was seen', () => opened('Basic256Sha256')],
    [
      'on a channel whose opening was not seen',
      () => listening({ fromStart: false, everything: true }),
    ],
    ['on a channel of a policy that nobody knows', () => opened('Next_Year')],
  ])('%s', (_, begin) => {
    const random = stream(SEED);
    const message = (i: number): Buffer =>
      // The whole of what follows the token is ciphertext, sequence number and request id as well.
      ua.chunk('MSGF', ua.u32(1), ua.u32(1), random(BLOCK * (2 + (i % 12))));
    expect(play(begin, MESSAGES, message)).toEqual({ exchanges: MESSAGES, invented: [] });
  });

  test('where it begins as a message does', () => {
    const random = stream(SEED + 1);
    const ids = [631, 634, 673, 676, 473, 476, 826, 829, 397, 712];
    const begin = (i: number): Buffer =>
      Buffer.concat([ua.u8(1, 0), ua.u16(ids[i % ids.length] ?? 0)]);
    const message = (i: number): Buffer =>
      ua.message(
        { sequence: 1, request: 1 },
        Buffer.concat([begin(i), random(BLOCK * (2 + (i % 12)))]),
      );
    const { invented } = play(() => opened('Basic256Sha256'), MESSAGES / 10, message);
    expect(invented).toEqual([]);
  });

  test('in messages of several chunks', () => {
    const random = stream(SEED + 2);
    const message = (i: number): Buffer =>
      Buffer.concat(
        (['C', 'C', 'F'] as const).map((chunk) =>
          ua.message({ sequence: 1, request: 1, chunk }, random(BLOCK * (1 + (i % 5)))),
        ),
      );
    const { exchanges, invented } = play(() => opened('Basic256Sha256'), MESSAGES / 10, message);
    expect({ exchanges, invented }).toEqual({ exchanges: MESSAGES / 10, invented: [] });
  });
});

describe('after a handshake that could be read', () => {
  /** Messages encrypted and signed as Basic256Sha256 does it. */
  function encrypt(content: Buffer): Buffer {
    const [key, iv, sign] = [randomBytes(32), randomBytes(BLOCK), randomBytes(32)];
    const head = Buffer.concat([ua.u32(2), ua.u32(2)]);
    const lacks = BLOCK - ((head.length + content.length + 1 + 32) % BLOCK);
    const padding = Buffer.alloc(1 + (lacks % BLOCK), lacks % BLOCK);
    const plain = Buffer.concat([head, content, padding]);
    const signature = createHmac('sha256', sign).update(plain).digest();
    const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
    return ua.chunk('MSGF', ua.u32(1), ua.u32(1), cipher.update(Buffer.concat([plain, signature])));
  }

  test('messages that are encrypted say nothing', () => {
    const write = ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5));
    const { exchanges, invented } = play(
      () => opened('Basic256Sha256'),
      1000,
      () => encrypt(write),
    );
    expect({ exchanges, invented }).toEqual({ exchanges: 1000, invented: [] });
  });

  test('messages that were signed are told, and ciphertext behind them is not', () => {
    const random = stream(SEED + 3);
    const connection = opened('Basic256Sha256');
    const signed = (content: Buffer): Buffer => Buffer.concat([content, random(32)]);
    const read = ua.readRequest(TOKEN, ['i=84']);
    connection
      .send(0, ua.message({ sequence: 2, request: 2 }, signed(read)))
      .send(1, ua.message({ sequence: 2, request: 2 }, signed(ua.readResponse([ua.double(1)]))));
    const before = connection.opcua.length;
    for (let i = 0; i < 2000; i++) connection.send(i % 2 === 0 ? 0 : 1, encrypt(read));
    connection.end();
    const after = connection.opcua.slice(before);
    expect(after).toHaveLength(2000);
    expect(after.filter(telling)).toEqual([]);
    expect(after.flatMap(({ facts }) => facts)).toEqual([]);
  });
});

test('a message that is not whole proves nothing where the opening was not seen', () => {
  const whole = ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: whole.length - 1 }),
      fc.uint8Array({ minLength: 1, maxLength: 80 }),
      (length, rest) => {
        const bytes = Buffer.concat([whole.subarray(0, length), Buffer.from(rest)]);
        fc.pre(!bytes.subarray(0, whole.length).equals(whole));
        const connection = listening({ fromStart: false, everything: true })
          .send(0, ua.message({ sequence: 2, request: 2 }, bytes))
          .end();
        // What differs may be a value that is whole again: then it reads to its end, and may be told.
        for (const { opcua } of connection.opcua) {
          expect(opcua.service === undefined || opcua.nodes !== undefined).toBe(true);
        }
      },
    ),
  );
});
