import { describe, expect, test } from 'vitest';
import { opcuaDecoder } from '#sensor/decode/opcua/decoder.ts';
import { type Conversation, NO_SHIELD } from '#sensor/decode/protocol.ts';
import { MAX_WAITING_COST } from '#sensor/decode/waiting.ts';
import { micros } from '#sensor/model/time.ts';
import type { Side } from '#sensor/stream/consumer.ts';
import * as ua from '../../../support/opcua.ts';

/**
 * What thousands of connections leave unfinished takes no more memory than is meant for all of them, and
 * none once they have ended.
 */
const TOKEN = Buffer.from('token');

/** What the heap and its buffers may grow by: the bound, what is not counted in it, and garbage. */
const MOST = 2 * MAX_WAITING_COST;

const used = (): number => {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run with --expose-gc');
  // What buffers hold is freed once the objects are that held them.
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** Connections of one sensor, and the names of the faults that they led to. */
class Connections {
  readonly facts = new Map<string, number>();
  readonly #all: Conversation[] = [];
  readonly #decoder = opcuaDecoder({
    sink: {
      event: ({ facts }) => {
        for (const { name } of facts) this.facts.set(name, (this.facts.get(name) ?? 0) + 1);
      },
      routine: () => undefined,
    },
    shield: NO_SHIELD,
    counters: { requests: 0, responses: 0, exchanges: 0, exceptions: 0 },
    everything: true,
  });
  #frame = 0;

  constructor(count: number) {
    for (let i = 0; i < count; i++) {
      const port = (side: Side): number => (side === 0 ? 1024 + i : 4840);
      const peers = {
        client: 0 as const,
        fromStart: true,
        transport: 'tcp' as const,
        port,
        endpoint: (side: Side) => ({ ip: `192.0.2.${side}`, port: port(side) }),
        setClient: () => undefined,
        handTo: () => undefined,
        ignore: () => undefined,
      };
      this.#all.push(this.#decoder.open(peers, 0));
    }
  }

  /** Each of them sends `bytes`, in segments of `size` bytes. */
  send(bytes: Buffer, size = bytes.length, side: Side = 0): this {
    for (const connection of this.#all) {
      for (let offset = 0; offset < bytes.length; offset += size) {
        const length = Math.min(size, bytes.length - offset);
        const frame = ++this.#frame;
        connection.bytes({ side, bytes, offset, place: 54, length, frame, at: micros(1e6) });
      }
    }
    return this;
  }

  end(): void {
    for (const connection of this.#all) {
      for (const side of [0, 1] as const) connection.end(side, 'finished', 1, micros(2e6));
    }
  }
}

/** The opening of a channel, after which messages can be read. */
const open = (count: number): Connections =>
  new Connections(count).send(ua.openRequest()).send(ua.openResponse(), undefined, 1);

/** The beginning of a chunk of a mebibyte. */
function beginning(length: number): Buffer {
  const chunk = ua.message({ sequence: 2, request: 2 }, Buffer.alloc(1_048_000));
  return Buffer.from(chunk.subarray(0, length));
}

describe('the memory of what never ends is bounded', () => {
  test.each<[string, number, (connections: Connections) => unknown]>([
    ['chunks of which the last byte never comes', 2000, (c) => c.send(beginning(1_048_000))],
    ['chunks in segments of one byte', 500, (c) => c.send(beginning(4000), 1)],
    ['a chunk in segments of one byte', 2, (c) => c.send(beginning(200_000), 1)],
    [
      'messages without their last chunk',
      500,
      (c) => c.send(ua.message({ sequence: 2, request: 2, chunk: 'C' }, Buffer.alloc(800_000))),
    ],
    [
      'chunks of one byte, in segments of one byte',
      200,
      (c) => {
        for (let i = 0; i < 100; i++) {
          c.send(ua.message({ sequence: 2 + i, request: 2, chunk: 'C' }, Buffer.alloc(1)), 1);
        }
      },
    ],
    [
      'requests that nobody answers',
      100,
      (c) => {
        for (let i = 0; i < 40; i++) {
          const value = ua.byteString(Buffer.alloc(60_000));
          const write = ua.writeRequest(TOKEN, 'i=84', value);
          c.send(ua.message({ sequence: 2 + i, request: 2 + i }, write));
        }
      },
    ],
    [
      'answers to nothing',
      500,
      (c) => {
        for (let i = 0; i < 60; i++) {
          const values = Array.from({ length: 20 }, () => ua.string('a'.repeat(500)));
          const answer = ua.readResponse(values);
          c.send(ua.message({ sequence: 2 + i, request: 2 + i }, answer), undefined, 1);
        }
      },
    ],
  ])('%s', (_, count, act) => {
    const connections = open(count);
    const before = used();
    act(connections);
    expect(used() - before).toBeLessThan(MOST);
    connections.end();
    expect(used() - before).toBeLessThan(MAX_WAITING_COST / 4);
  });

  test('and what is let go is a fault of its connection', () => {
    const connections = open(200).send(beginning(1_000_000));
    expect(connections.facts.get('opcua.memory-limit')).toBeGreaterThan(100);
    // Behind the chunk that was let go, the connection is read as before.
    const rest = ua.message({ sequence: 2, request: 2 }, Buffer.alloc(1_048_000));
    connections
      .send(rest.subarray(1_000_000))
      .send(ua.message({ sequence: 3, request: 3 }, ua.writeRequest(TOKEN, 'i=84', ua.double(1))))
      .send(ua.message({ sequence: 2, request: 3 }, ua.writeResponse(0)), undefined, 1);
    expect(connections.facts.has('opcua.message-type')).toBe(false);
    expect(connections.facts.has('opcua.response-without-request')).toBe(false);
  });
});
