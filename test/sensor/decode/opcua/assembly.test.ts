import { describe, expect, test } from 'vitest';
import {
  MAX_MESSAGE_COST,
  MessageAssembly,
  NEXT_CHUNK_WITHIN_MICROS,
} from '#sensor/decode/opcua/assembly.ts';
import { SYMMETRIC_HEADER_LENGTH } from '#sensor/decode/opcua/frame.ts';
import { REQUEST_WITHIN_MICROS } from '#sensor/decode/opcua/pairing.ts';
import { WaitingMessages } from '#sensor/decode/opcua/waiting.ts';
import { micros } from '#sensor/model/time.ts';
import * as ua from '../../../support/opcua.ts';
import { Session } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');
const WRITE = ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5));
const HALF = 60;
const SERVER = { kind: 'write', object: { kind: 'opcua-server' } };
const SET_POINT = { kind: 'write', object: { node: { id: 'ns=2;s=SetPoint' } } };

const BYTES = Buffer.alloc(100_000, 7);

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
});

describe('all that waits together', () => {
  const PIECES = 64;
  const full = (waiting: WaitingMessages): MessageAssembly => {
    const assembly = new MessageAssembly(waiting);
    for (let i = 0; i < PIECES; i++) add(assembly, MAX_MESSAGE_COST / PIECES - 300);
    return assembly;
  };

  test('is bounded by those that hold most, never by who comes last', () => {
    const waiting = new WaitingMessages();
    const large = Array.from({ length: 20 }, () => full(waiting));
    const small = new MessageAssembly(waiting);
    expect(add(small, 100)).toBe(false);
    expect(small.take()).toMatchObject({ isCut: false });
    const taken = large.map((each) => each.take());
    const kept = taken.reduce((sum, message) => sum + (message?.body(0).length ?? 0), 0);
    expect(kept).toBeLessThan(70_000_000);
    expect(kept).toBeGreaterThan(50_000_000);
    for (const message of taken) expect(message?.body(0).length).toBeGreaterThanOrEqual(1024);
  });

  test('counts nothing of what has ended', () => {
    const waiting = new WaitingMessages();
    for (let i = 0; i < 20; i++) expect(full(waiting).take()).toMatchObject({ isCut: false });
  });
});
