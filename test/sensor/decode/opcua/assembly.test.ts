import { describe, expect, test } from 'vitest';
import {
  MAX_MESSAGE_COST,
  MessageAssembly,
  NEXT_CHUNK_WITHIN_MICROS,
} from '#sensor/decode/opcua/assembly.ts';
import { SYMMETRIC_HEADER_LENGTH } from '#sensor/decode/opcua/frame.ts';
import { Message } from '#sensor/decode/opcua/message.ts';
import { ANSWER_WITHIN_MICROS, REQUEST_WITHIN_MICROS } from '#sensor/decode/opcua/pairing.ts';
import { MAX_WAITING_COST, Waiting } from '#sensor/decode/waiting.ts';
import { MAX_FRAMES } from '#sensor/model/bounds.ts';
import { micros } from '#sensor/model/time.ts';
import * as ua from '../../../support/opcua.ts';
import { listening, Session } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');
const WRITE = ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5));
const HALF = 60;
const SERVER = { kind: 'write', object: { kind: 'opcua-server' } };
const SET_POINT = { kind: 'write', object: { node: { id: 'ns=2;s=SetPoint' } } };

const BYTES = Buffer.alloc(100_000, 7);
const SIGNATURE = Buffer.alloc(32, 0xc3);
/** Bytes that a message is cut down to. */
const KEPT = 1024;

/** Adds a chunk with so many bytes of a body. */
function add(assembly: MessageAssembly, length: number): boolean {
  const total = SYMMETRIC_HEADER_LENGTH + length;
  return assembly.add(1, micros(1), BYTES, 0, total, SYMMETRIC_HEADER_LENGTH, [], 0);
}

describe('a message of which only a part came', () => {
  const session = (): Session => new Session().say(0, 2, WRITE.subarray(0, HALF), 'C');

  test('waits for the rest as long as it may', () => {
    const { connection } = session();
    connection.wait(NEXT_CHUNK_WITHIN_MICROS);
    expect(connection.facts).toEqual([]);
    connection.wait(1);
    expect(connection.facts).toEqual(['opcua.chunk-limit']);
    connection.wait(NEXT_CHUNK_WITHIN_MICROS);
    expect(connection.facts).toEqual(['opcua.chunk-limit']);
  });

  test('is whole as long as it waits', () => {
    const late = session();
    late.connection.wait(NEXT_CHUNK_WITHIN_MICROS);
    late.say(0, 2, WRITE.subarray(HALF)).say(1, 2, ua.writeResponse(0));
    expect(late.connection.opcua.at(-1)?.operations).toMatchObject([SET_POINT]);
  });

  test('keeps its beginning after that, so that a write is told all the same', () => {
    const late = session();
    late.connection.wait(NEXT_CHUNK_WITHIN_MICROS + 1);
    late.say(0, 2, WRITE.subarray(HALF)).say(1, 2, ua.writeResponse(0));
    late.connection.wait(REQUEST_WITHIN_MICROS + 1);
    expect(late.connection.opcua.at(-1)).toMatchObject({
      opcua: { service: { name: 'Write' } },
      operations: [SERVER],
    });
  });

  test('is told with the frames of all its chunks, the one that completed it last', () => {
    const late = session();
    late.connection.wait(NEXT_CHUNK_WITHIN_MICROS + 1);
    const first = late.connection.frame;
    late.say(0, 2, WRITE.subarray(HALF, HALF + 5), 'C').say(0, 2, WRITE.subarray(HALF + 5));
    late.connection.wait(ANSWER_WITHIN_MICROS + 1);
    expect(late.connection.opcua.at(-1)?.frames.request).toEqual([first, first + 1, first + 2]);
  });

  test('and was given up is told with the number of all its chunks', () => {
    const late = session();
    late.say(0, 2, WRITE.subarray(HALF, HALF + 5), 'C');
    late.connection.wait(NEXT_CHUNK_WITHIN_MICROS + 1);
    late.say(0, 2, WRITE.subarray(HALF + 5), 'C').say(0, 2, Buffer.alloc(8), 'A');
    const texts = late.connection.events.flatMap(({ facts }) => facts.map(({ text }) => text));
    expect(texts.at(-1)).toBe('the client gave up a message after 3 chunks of it');
  });

  test('keeps its beginning without the signatures between its chunks', () => {
    const connection = listening()
      .send(0, ua.openRequest({ policy: 'Basic256Sha256', certificate: Buffer.from('none') }))
      .send(1, ua.openResponse({ policy: 'Basic256Sha256', certificate: Buffer.from('none') }));
    let sequence = 50;
    const say = (side: 0 | 1, content: Buffer, chunk: 'C' | 'F'): void => {
      const signed = Buffer.concat([content, SIGNATURE]);
      connection.send(side, ua.message({ sequence: ++sequence, request: 2, chunk }, signed));
    };
    say(0, ua.readRequest(TOKEN, ['i=84']), 'F');
    // Tokens stand in the header, of which each of the chunks has a piece.
    for (let at = 0; at < HALF; at += 10) say(0, WRITE.subarray(at, at + 10), 'C');
    connection.wait(NEXT_CHUNK_WITHIN_MICROS + 1);
    say(0, WRITE.subarray(HALF), 'F');
    connection.wait(ANSWER_WITHIN_MICROS + 1);
    expect(connection.opcua.at(-1)).toMatchObject({
      opcua: { service: { name: 'Write' }, requestHandle: 7, security: { mode: 'Sign' } },
      operations: [SERVER],
    });
  });
});

describe('a message that was let go', () => {
  /** Chunks of so many bytes, each in a frame of its own; the whole of them was let go. */
  function letGo(lengths: readonly number[]): Message {
    const message = new Message(micros(1));
    for (const [i, length] of lengths.entries()) {
      const total = SYMMETRIC_HEADER_LENGTH + length;
      const segments = [{ frame: i + 1, place: 0, length: total }];
      message.add(BYTES, 0, total, SYMMETRIC_HEADER_LENGTH, segments);
    }
    message.trim(KEPT);
    return message;
  }

  test.each<[string, number[], number]>([
    ['less than it may', [KEPT - 1], KEPT - 1],
    ['as much as it may', [KEPT], KEPT],
    ['more than it may', [KEPT + 1], KEPT],
    ['more than it may, in two chunks', [KEPT - 1, 2], KEPT],
  ])('keeps no more than its beginning, where it has %s', (_, lengths, kept) => {
    expect(letGo(lengths).body(0)).toHaveLength(kept);
  });

  test('keeps of each chunk what stands before its signature', () => {
    expect(letGo([20, 20]).body(16)).toEqual(Buffer.from(BYTES.subarray(0, 8)));
    // Of the third chunk, 8 bytes are kept; nobody knows how many of them are signature.
    expect(letGo([KEPT - 28, 20, 20]).body(16)).toHaveLength(KEPT - 28 - 16 + 20 - 16);
  });

  test('costs what is left of it, however many chunks and frames it came in', () => {
    const message = letGo(Array.from({ length: 5000 }, () => 100));
    expect(message.cost).toBeLessThan(2 * KEPT);
    expect(message.chunks).toBe(5000);
    for (let frame = 5001; frame <= 6000; frame++)
      message.skip(24, 24, [{ frame, place: 0, length: 9 }]);
    expect(message.chunks).toBe(6000);
    expect(message.frames).toHaveLength(MAX_FRAMES);
    expect(message.frames.slice(0, 2)).toEqual([1, 2]);
    expect(message.frames.at(-1)).toBe(6000);
  });
});

test('a frame that carried pieces of a message before and behind those of another completed it', () => {
  const message = new Message(micros(1));
  message.add(BYTES, 0, 100, SYMMETRIC_HEADER_LENGTH, [
    { frame: 5, place: 0, length: 40 },
    { frame: 3, place: 0, length: 40 },
    { frame: 5, place: 80, length: 20 },
  ]);
  expect(message.frames).toEqual([3, 5]);
});

describe('all that waits together', () => {
  const PIECES = 64;
  /** An assembly of a connection of its own. */
  function alone(waiting: Waiting): MessageAssembly {
    const assembly: MessageAssembly = new MessageAssembly(waiting.share(() => assembly.letGo()));
    return assembly;
  }
  const full = (waiting: Waiting): MessageAssembly => {
    const assembly = alone(waiting);
    for (let i = 0; i < PIECES; i++) add(assembly, MAX_MESSAGE_COST / PIECES - 300);
    return assembly;
  };

  test('is bounded by those that hold most, never by who comes last', () => {
    const waiting = new Waiting();
    const large = Array.from({ length: 20 }, () => full(waiting));
    const small = alone(waiting);
    expect(add(small, 100)).toBe(false);
    expect(small.take()).toMatchObject({ isCut: false });
    expect(waiting.cost).toBeLessThanOrEqual(MAX_WAITING_COST);
    const taken = large.map((each) => each.take());
    const kept = taken.reduce((sum, message) => sum + (message?.body(0).length ?? 0), 0);
    expect(kept).toBeLessThan(70_000_000);
    expect(kept).toBeGreaterThan(50_000_000);
    for (const message of taken) expect(message?.body(0).length).toBeGreaterThanOrEqual(1024);
    expect(waiting.cost).toBe(0);
  });

  test('counts nothing of what has ended', () => {
    const waiting = new Waiting();
    for (let i = 0; i < 20; i++) expect(full(waiting).take()).toMatchObject({ isCut: false });
    expect(waiting.cost).toBe(0);
  });

  test('is cut to nothing where their beginnings alone are too much', () => {
    const waiting = new Waiting();
    const assemblies = Array.from({ length: 60_000 }, () => alone(waiting));
    for (const assembly of assemblies) add(assembly, 1200);
    expect(waiting.cost).toBeLessThanOrEqual(MAX_WAITING_COST);
    const bodies = assemblies.map((each) => each.take()?.body(0).length);
    expect(bodies.at(-1)).toBe(1200);
    expect(bodies).toContain(0);
  });
});
