import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Feed, feed, fromServer } from '../../support/streams.ts';

interface Piece {
  readonly at: number;
  readonly length: number;
}

/** Cuts a stream of `total` bytes at the given places. */
function pieces(total: number, cuts: readonly number[]): Piece[] {
  const at = [0, ...new Set(cuts.filter((cut) => cut > 0 && cut < total))].sort((a, b) => a - b);
  return at.map((start, i) => ({ at: start, length: (at[i + 1] ?? total) - start }));
}

const stream = fc
  .uint8Array({ minLength: 1, maxLength: 600, size: 'max' })
  .map((bytes) => Buffer.from(bytes));
const cuts = fc.array(fc.nat(600), { maxLength: 40, size: 'max' });
/** Any start, also one from which the numbers wrap within the stream. */
const initial = fc.oneof(fc.nat(0xffff_ffff), fc.integer({ min: 0xffff_fe00, max: 0xffff_ffff }));

function handshake(to: Feed, client: number, server: number): void {
  to.send({ flags: 2, sequence: client });
  to.send(fromServer({ flags: 18, sequence: server, acknowledgment: (client + 1) >>> 0 }));
  to.send({ flags: 16, sequence: (client + 1) >>> 0, acknowledgment: (server + 1) >>> 0 });
}

describe('TCP reassembly', () => {
  test('gives the same bytes however the stream is cut, swapped and doubled', () => {
    fc.assert(
      fc.property(
        stream,
        cuts,
        initial,
        fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 30, size: 'max' }),
        fc.array(fc.tuple(fc.nat(600), fc.integer({ min: 1, max: 100 })), {
          maxLength: 10,
          size: 'max',
        }),
        (bytes, at, isn, swaps, copies) => {
          const order = pieces(bytes.length, at);
          for (const [i, j] of swaps) {
            const [a, b] = [i % order.length, j % order.length];
            const [first, second] = [order[a] as Piece, order[b] as Piece];
            order[a] = second;
            order[b] = first;
          }
          for (const [start, length] of copies) {
            if (start >= bytes.length) continue;
            const piece = { at: start, length: Math.min(length, bytes.length - start) };
            order.splice(start % (order.length + 1), 0, piece);
          }
          const to = feed();
          handshake(to, isn, 7);
          for (const { at: start, length } of order) {
            const sequence = (isn + 1 + start) >>> 0;
            to.send({ sequence, payload: bytes.subarray(start, start + length) });
          }
          to.send({ flags: 17, sequence: (isn + 1 + bytes.length) >>> 0 });
          expect(to.connections).toHaveLength(1);
          expect(to.connections[0]?.text[0]).toBe(bytes.toString('latin1'));
          expect(to.connections[0]?.conflicts).toBe(0);
          expect(to.connections[0]?.ends[0]).toBe('finished');
        },
      ),
    );
  });

  test('tells of exactly the bytes that were never sent', () => {
    fc.assert(
      fc.property(stream, cuts, initial, fc.array(fc.boolean()), (bytes, at, isn, lost) => {
        const all = pieces(bytes.length, at);
        const to = feed();
        handshake(to, isn, 7);
        let expected = '';
        let missing = 0;
        all.forEach(({ at: start, length }, i) => {
          if (lost[i] === true) {
            missing += length;
            return;
          }
          if (missing > 0) expected += `[${missing}]`;
          missing = 0;
          const payload = bytes.subarray(start, start + length);
          expected += payload.toString('latin1');
          to.send({ sequence: (isn + 1 + start) >>> 0, payload });
        });
        to.finish();
        expect(to.connections[0]?.text[0] ?? '').toBe(expected);
      }),
    );
  });

  test('never throws and never invents bytes, whatever the segments', () => {
    const segment = fc.record({
      server: fc.boolean(),
      flags: fc.nat(63),
      sequence: fc.oneof(fc.nat(300), fc.nat(0xffff_ffff)),
      acknowledgment: fc.oneof(fc.nat(300), fc.nat(0xffff_ffff)),
      payload: fc.uint8Array({ maxLength: 40 }),
      step: fc.integer({ min: -5_000_000, max: 5_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 80, size: 'max' }), (segments) => {
        const to = feed({ maxFlows: 4 });
        let sent = 0;
        for (const { server, step, ...options } of segments) {
          sent += options.payload.length;
          to.send({ ...(server ? fromServer(options) : options), at: to.now() + step });
        }
        to.finish();
        const heard = to.connections
          .flatMap(({ text }) => text)
          .join('')
          .replace(/\[\d+\]/g, '');
        expect(heard.length).toBeLessThanOrEqual(sent);
        expect(to.reassembler.size).toBe(0);
        for (const { ends } of to.connections) expect(ends).not.toContain(undefined);
      }),
    );
  });
});
