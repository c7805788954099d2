import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clockAfter } from '#broker/run/clock.ts';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';
import type { Store } from '#broker/store/store.ts';
import { type Micros, micros } from '#sensor/model/time.ts';

const NOON = micros(1_795_000_000_000_000);
const HOUR = 3_600_000_000;

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lk-clock-'));
  store = await openSqliteStore({ folder });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function leafAt(at: Micros): Promise<void> {
  const leaf = { actor: 'test', action: 'test', subject: 'test', outcome: 'allowed' } as const;
  await store.commit({ writes: [], audit: [{ ...leaf, at, detail: {} }] });
}

test('a system clock that was set back before the start does not turn time back', async () => {
  await leafAt(micros(NOON - HOUR));
  await leafAt(NOON);
  let passed = 0;
  const clock = await clockAfter(
    store,
    () => micros(NOON - 60_000_000),
    () => passed,
  );
  expect(clock()).toBe(NOON);
  passed = 5_000_000;
  expect(clock()).toBe(NOON + 5_000_000);
});

test.each([
  [-1, 'goes on from there'],
  [0, 'goes on from there'],
  [1, 'must be accepted by a person'],
])('a log that is 5 min and %d µs ahead %s', async (more) => {
  await leafAt(micros(NOON + 5 * 60_000_000 + more));
  const begun = clockAfter(
    store,
    () => NOON,
    () => 0,
  );
  if (more <= 0) expect((await begun)()).toBe(NOON + 5 * 60_000_000 + more);
  else await expect(begun).rejects.toMatchObject({ code: 'clock' });
});

test('a clock that is accepted is believed from then on, and a leaf says so', async () => {
  await leafAt(micros(NOON + 24 * HOUR));
  const accepted = await clockAfter(
    store,
    () => NOON,
    () => 0,
    true,
  );
  expect(accepted()).toBe(NOON);
  expect((await store.audit.leaves(1, 1))[0]?.event).toMatchObject({
    at: NOON,
    action: 'accept-clock',
  });
  const again = await clockAfter(
    store,
    () => micros(NOON + HOUR),
    () => 0,
  );
  expect(again()).toBe(NOON + HOUR);
});

test('a system clock that is right is followed', async () => {
  await leafAt(NOON);
  let system = micros(NOON + HOUR);
  const clock = await clockAfter(
    store,
    () => system,
    () => 0,
  );
  expect(clock()).toBe(NOON + HOUR);
  system = micros(NOON + 2 * HOUR);
  expect(clock()).toBe(NOON + 2 * HOUR);
});

test('a broker that never ran begins with the system clock', async () => {
  const clock = await clockAfter(
    store,
    () => NOON,
    () => 0,
  );
  expect(clock()).toBe(NOON);
});
