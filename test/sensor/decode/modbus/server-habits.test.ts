import { expect, test } from 'vitest';
import { BROKEN_IDS, MAX_SERVERS, ServerHabits } from '#sensor/decode/modbus/server-habits.ts';

const server = (n: number) => ({ ip: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 502 });

test('a habit is that of a server, whichever connection it shows on', () => {
  const habits = new ServerHabits();
  for (let i = 1; i < BROKEN_IDS; i++) expect(habits.of(server(1)).broke(0)).toBe(false);
  expect(habits.of(server(1)).ignoresIds).toBe(false);
  expect(habits.of(server(1)).broke(0)).toBe(true);
  expect(habits.of(server(1)).ignoresIds).toBe(true);
  expect(habits.of(server(2)).ignoresIds).toBe(false);
  expect(habits.of({ ...server(1), port: 503 }).ignoresIds).toBe(false);
  habits.of(server(1)).kept(0);
  expect(habits.of(server(1)).ignoresIds).toBe(true);
  habits.of(server(1)).kept(7);
  expect(habits.of(server(1)).ignoresIds).toBe(false);
});

test('of too many servers the oldest is forgotten', () => {
  const habits = new ServerHabits();
  for (let i = 0; i < BROKEN_IDS; i++) habits.of(server(0)).broke(0);
  for (let n = 1; n < MAX_SERVERS; n++) habits.of(server(n));
  expect(habits.of(server(0)).ignoresIds).toBe(true);
  habits.of(server(MAX_SERVERS));
  expect(habits.of(server(0)).ignoresIds).toBe(false);
});
