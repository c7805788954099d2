import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  ABSOLUTE_LIMIT,
  createBrowserSessions,
  IDLE_LIMIT,
  MAX_PER_PERSON,
  MAX_SESSIONS,
} from '#broker/identity/browser-sessions.ts';
import { micros } from '#sensor/model/time.ts';

const ANNA = { person: 'anna', subject: 'sub-anna' };
const START = micros(1_000_000_000_000);
const after = (span: number) => micros(START + span);

test('signing in gives a token that names the person, and no two tokens are alike', () => {
  const sessions = createBrowserSessions(randomBytes);
  const first = sessions.open(ANNA, START);
  const second = sessions.open(ANNA, START);
  expect(first).not.toBe(second);
  expect(sessions.find(first, START)).toMatchObject(ANNA);
});

test.for([
  [-1, true],
  [0, false],
  [1, false],
] as const)('an idle session at its limit %d µs stands: %s', ([shift, stands]) => {
  const sessions = createBrowserSessions(randomBytes);
  const token = sessions.open(ANNA, START);
  expect(sessions.find(token, after(IDLE_LIMIT + shift)) !== undefined).toBe(stands);
});

test.for([
  [-1, true],
  [0, false],
  [1, false],
] as const)('a session in steady use at its absolute limit %d µs stands: %s', ([shift, stands]) => {
  const sessions = createBrowserSessions(randomBytes);
  const token = sessions.open(ANNA, START);
  for (let at = 0; at < ABSOLUTE_LIMIT - 1; at += IDLE_LIMIT - 1) sessions.find(token, after(at));
  expect(sessions.find(token, after(ABSOLUTE_LIMIT + shift)) !== undefined).toBe(stands);
});

test('looking whether a session stands does not keep it alive', () => {
  const sessions = createBrowserSessions(randomBytes);
  const token = sessions.open(ANNA, START);
  expect(sessions.stands(token, after(IDLE_LIMIT - 1))).toBe(true);
  expect(sessions.stands(token, after(IDLE_LIMIT))).toBe(false);
});

test('a closed session is gone, and others stand', () => {
  const sessions = createBrowserSessions(randomBytes);
  const [first, second] = [sessions.open(ANNA, START), sessions.open(ANNA, START)];
  sessions.close(first);
  expect(sessions.find(first, START)).toBeUndefined();
  expect(sessions.find(second, START)).toBeDefined();
});

test('one browser too many closes the oldest of the same person only', () => {
  const sessions = createBrowserSessions(randomBytes);
  const otto = sessions.open({ person: 'otto', subject: 'sub-otto' }, START);
  const tokens = Array.from({ length: MAX_PER_PERSON + 1 }, () => sessions.open(ANNA, START));
  expect(sessions.find(tokens[0] ?? '', START)).toBeUndefined();
  expect(tokens.slice(1).every((token) => sessions.stands(token, START))).toBe(true);
  expect(sessions.stands(otto, START)).toBe(true);
});

test('the table never grows beyond its bound', () => {
  let next = 0;
  const counting = (bytes: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeUInt32BE(next++);
    return buffer;
  };
  const sessions = createBrowserSessions(counting);
  const tokens: string[] = [];
  for (let i = 0; i < MAX_SESSIONS + 3; i += 1) {
    // Opening scans for the person's own; distinct people are the case that fills the table.
    tokens.push(sessions.open({ person: `p${i}`, subject: `s${i}` }, START));
  }
  expect(tokens.filter((token) => sessions.stands(token, START))).toHaveLength(MAX_SESSIONS);
  expect(sessions.stands(tokens[0] ?? '', START)).toBe(false);
});

test.for(['', 'x', 'a'.repeat(44), '../../etc', '\u0000'.repeat(43)])(
  'a token that was never given out finds nobody: %j',
  (token) => {
    const sessions = createBrowserSessions(randomBytes);
    sessions.open(ANNA, START);
    expect(sessions.find(token, START)).toBeUndefined();
  },
);
