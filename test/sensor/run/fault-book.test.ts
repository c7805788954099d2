import { expect, test } from 'vitest';
import type { ConversationFault } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { FaultBook, MAX_ACCOUNTS } from '#sensor/run/fault-book.ts';

const MINUTE = 60_000_000;

const gap = (at: number, port = 40_000): ConversationFault => ({
  kind: 'fault',
  at: micros(1_700_000_040_000_000 + at),
  client: { ip: '10.0.2.10', port },
  server: { ip: '10.0.1.12', port: 502 },
  transport: 'tcp',
  frame: 7,
  facts: [{ name: 'stream.gap', text: '10 bytes of the client were never captured' }],
});

test('the same fact of a connection within a minute is one account that grows', () => {
  const book = new FaultBook();
  for (const at of [0, 1, MINUTE - 1]) book.note(gap(at));
  expect(book.takeAccounts()).toMatchObject([{ count: 3, fact: { name: 'stream.gap' } }]);
  expect(book.takeAccounts()).toEqual([]);
  book.note(gap(2));
  const [again] = book.takeAccounts();
  book.note(gap(MINUTE));
  const [next] = book.takeAccounts();
  expect([again?.count, next?.count]).toEqual([4, 1]);
  expect(next?.key).not.toBe(again?.key);
});

test('connections that do not keep step count on in their minutes', () => {
  const book = new FaultBook();
  for (const at of [0, MINUTE, 1, MINUTE + 1]) book.note(gap(at));
  expect(book.takeAccounts().map(({ count }) => count)).toEqual([2, 2]);
});

test('each fact is told with its number, once', () => {
  const book = new FaultBook();
  book.note(gap(0));
  book.note(gap(1, 40_001));
  expect(book.takeFacts()).toEqual([
    {
      name: 'stream.gap',
      text: '2 times; the last: 10.0.2.10 with 10.0.1.12:502: 10 bytes of the client were never captured',
    },
  ]);
  expect(book.takeFacts()).toEqual([]);
});

test('a flood from ever new connections fills no memory, and is counted', () => {
  const book = new FaultBook();
  for (let i = 0; i <= MAX_ACCOUNTS; i++) book.note(gap(i, i));
  expect(book.takeAccounts()).toHaveLength(MAX_ACCOUNTS);
  expect(book.takeFacts()[0]?.text).toContain(`${MAX_ACCOUNTS + 1} times`);
});
