import { expect, test } from 'vitest';
import { createDoorBook, KNOCKS } from '#broker/gate/door-book.ts';
import type { SessionId } from '#broker/model/ids.ts';
import { micros } from '#sensor/model/time.ts';
import { NOW } from '../../support/broker-site.ts';

const A = 'ses_aaaaaaaaaaaaaaaaaaaaaaaa' as SessionId;
const B = 'ses_bbbbbbbbbbbbbbbbbbbbbbbb' as SessionId;

test('each session and reason is told once within ten minutes, to the microsecond', () => {
  let now = NOW;
  const told: string[] = [];
  const turnAway = createDoorBook(
    () => now,
    async (session, because) => void told.push(`${session === A ? 'A' : 'B'} ${because}`),
    () => undefined,
  );
  for (let knock = 0; knock < 3; knock += 1) turnAway(A, 'ended');
  turnAway(A, 'stolen');
  turnAway(B, 'ended');
  now = micros(NOW + KNOCKS - 1);
  turnAway(A, 'ended');
  expect(told.splice(0)).toEqual(['A ended', 'A stolen', 'B ended']);
  now = micros(NOW + KNOCKS);
  turnAway(A, 'ended');
  expect(told).toEqual(['A ended']);
});

test('what could not be told is told with the next knock', async () => {
  const faults: string[] = [];
  let tries = 0;
  const turnAway = createDoorBook(
    () => NOW,
    async () => {
      tries += 1;
      if (tries === 1) throw new Error('disk full');
    },
    (what, error) => faults.push(`${what}: ${String(error)}`),
  );
  turnAway(A, 'ended');
  await new Promise(setImmediate);
  turnAway(A, 'ended');
  turnAway(A, 'ended');
  expect(tries).toBe(2);
  expect(faults).toEqual(['telling whom the gate turned away: Error: disk full']);
});
