import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OpcuaConversation } from '#sensor/decode/opcua/conversation.ts';
import { Directory } from '#sensor/decode/opcua/directory.ts';
import { KnownQuestions } from '#sensor/decode/opcua/known-questions.ts';
import { NO_SHIELD } from '#sensor/decode/protocol.ts';
import { MAX_WAITING_COST, Waiting } from '#sensor/decode/waiting.ts';
import { micros } from '#sensor/model/time.ts';
import type { Side } from '#sensor/stream/consumer.ts';
import * as ua from '../../../support/opcua.ts';
import '../../../support/property-runs.ts';

const TOKEN = Buffer.from('token');
const side = fc.constantFrom<Side>(0, 1);
const chunk = fc.constantFrom<'F' | 'C' | 'A'>('F', 'C', 'A');

/** A message, or a part of one, in segments; a gap; time that goes on. */
const step = fc.oneof(
  fc.record({
    side,
    chunk,
    request: fc.integer({ min: 1, max: 4 }),
    kind: fc.constantFrom('read', 'write', 'value', 'junk'),
    size: fc.integer({ min: 1, max: 300 }),
    left: fc.integer({ min: 0, max: 40 }),
  }),
  fc.record({ side, gap: fc.integer({ min: 0, max: 200 }) }),
  fc.record({ seconds: fc.integer({ min: 1, max: 100 }) }),
);

const contentOf = (kind: string): Buffer => {
  switch (kind) {
    case 'read':
      return ua.readRequest(TOKEN, ['i=84']);
    case 'write':
      return ua.writeRequest(TOKEN, 'i=84', ua.byteString(Buffer.alloc(500)));
    case 'value':
      return ua.readResponse([ua.double(1)]);
    default:
      return Buffer.alloc(100, 0xc3);
  }
};

test('what waits is counted while it waits, and nothing is once the connection has ended', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, isMidstream) => {
      const waiting = new Waiting();
      const sink = { event: () => undefined, routine: () => undefined };
      let ended = 0;
      const conversation = new OpcuaConversation({
        client: { ip: '192.0.2.1', port: 40_000 },
        server: { ip: '192.0.2.2', port: 4840 },
        clientSide: 0,
        fromStart: !isMidstream,
        sink,
        shield: NO_SHIELD,
        counters: { requests: 0, responses: 0, exchanges: 0, exceptions: 0 },
        known: new KnownQuestions(sink),
        directory: new Directory(),
        waiting,
        everything: false,
        closed: () => {
          ended++;
        },
      });
      let [frame, now, sequence] = [0, 1e6, 1];
      const send = (from: Side, bytes: Buffer, size: number): void => {
        for (let offset = 0; offset < bytes.length; offset += size) {
          const length = Math.min(size, bytes.length - offset);
          frame++;
          conversation.bytes({
            side: from,
            bytes,
            offset,
            place: 0,
            length,
            frame,
            at: micros(now),
          });
        }
      };
      if (!isMidstream) {
        send(0, ua.openRequest(), 1000);
        send(1, ua.openResponse(), 1000);
      }
      for (const each of steps) {
        if ('seconds' in each) {
          now += each.seconds * 1e6;
          conversation.tick({ at: micros(now) });
        } else if ('gap' in each) {
          conversation.gap(each.side, each.gap, frame, micros(now));
        } else {
          const { request, chunk: kind } = each;
          const bytes = ua.message(
            { sequence: ++sequence, request, chunk: kind },
            contentOf(each.kind),
          );
          send(each.side, bytes.subarray(0, bytes.length - Math.min(each.left, 20)), each.size);
        }
        expect(waiting.cost).toBeGreaterThanOrEqual(0);
        expect(waiting.cost).toBeLessThan(MAX_WAITING_COST);
      }
      for (const each of [0, 1] as const) conversation.end(each, 'finished', frame, micros(now));
      expect([waiting.cost, ended]).toEqual([0, 1]);
    }),
  );
});
