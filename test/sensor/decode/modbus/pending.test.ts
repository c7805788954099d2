import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  exchangeKey,
  MAX_PENDING,
  PendingRequests,
  PIPELINED_WITHIN_MICROS,
} from '#sensor/decode/modbus/pending.ts';

type Step =
  | { readonly kind: 'ask'; readonly key: number }
  | { readonly kind: 'answer'; readonly key: number }
  | { readonly kind: 'drop' };

const key = fc.nat(5).map((id) => exchangeKey(3, 1, id));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('answer' as const), key }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'drop' } as const) },
);

test('does what a plain list of open requests does, however it grows', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const pending = new PendingRequests();
      /** The same, as simple as it can be: key and frame, oldest first. */
      let open: { readonly key: number; readonly frame: number }[] = [];
      let frame = 0;
      for (const each of steps) {
        frame++;
        if (each.kind === 'ask') {
          const index = pending.add(each.key, frame * 2, frame, undefined, undefined);
          pending.times[pending.slot(index)] = frame * 3;
          open.push({ key: each.key, frame });
        } else if (each.kind === 'answer') {
          const wanted = open.find((request) => request.key === each.key);
          const index = pending.find(each.key);
          expect(index < 0 ? undefined : pending.frame(index)).toBe(wanted?.frame);
          if (index < 0) continue;
          expect(pending.block(index)).toBe((wanted?.frame ?? 0) * 2);
          expect(pending.times[pending.slot(index)]).toBe((wanted?.frame ?? 0) * 3);
          pending.answer(index, frame);
          open = open.filter((request) => request !== wanted);
          expect(pending.answerHash(pending.findAnswered(each.key))).toBe(frame);
        } else if (open.length > 0) {
          expect(pending.frame(pending.head)).toBe(open[0]?.frame);
          pending.dropHead();
          open.shift();
        }
        expect(pending.head < pending.tail).toBe(open.length > 0);
      }
    }),
  );
});

test('is full at its limit', () => {
  const pending = new PendingRequests();
  for (let i = 0; i < MAX_PENDING; i++) {
    expect(pending.full).toBe(false);
    pending.add(exchangeKey(3, 1, i), 0, i, undefined, undefined);
  }
  expect(pending.full).toBe(true);
  pending.answer(pending.find(exchangeKey(3, 1, 1)), 0);
  expect(pending.full).toBe(true);
  pending.dropHead();
  expect(pending.full).toBe(false);
});

test('a key holds function, unit and transaction apart, up to their ends', () => {
  const keys = [
    exchangeKey(0x7f, 0xff, 0xffff),
    exchangeKey(0xff, 0xff, 0xffff),
    exchangeKey(0x7f, 0xff, 0xfffe),
    exchangeKey(0x7f, 0xfe, 0xffff),
  ];
  expect(new Set(keys).size).toBe(4);
  expect(keys.map((each) => each >>> 24)).toEqual([0x7f, 0xff, 0x7f, 0x7f]);
});

test.for([
  [PIPELINED_WITHIN_MICROS - 1, 0],
  [PIPELINED_WITHIN_MICROS, 0],
  [PIPELINED_WITHIN_MICROS + 1, 1],
] as const)('by order: of two requests %i µs apart it is number %i', ([apart, wanted]) => {
  const pending = new PendingRequests();
  const at = (time: number, asked: number): number => {
    const index = pending.add(asked, 0, 1, undefined, undefined);
    pending.times[pending.slot(index)] = time;
    return index;
  };
  const indexes = [at(1000, exchangeKey(3, 1, 1)), at(1000 + apart, exchangeKey(3, 1, 2))] as const;
  at(1_000_000, exchangeKey(3, 2, 3));
  const question = exchangeKey(3, 1, 0) >>> 16;
  expect(pending.findByOrder(question, pending.head)).toBe(indexes[wanted]);
  expect(pending.findByOrder(question, indexes[1] + 1)).toBe(-1);
  expect(pending.isOpen(indexes[1])).toBe(true);
  pending.answer(indexes[1], 0);
  expect(pending.isOpen(indexes[1])).toBe(false);
});
