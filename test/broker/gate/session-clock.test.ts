import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSessionClock } from '#broker/gate/session-clock.ts';
import { micros } from '#sensor/model/time.ts';
import '../../support/property-runs.ts';

const START = 1_700_000_000_000_000;

function clocks() {
  const system = { now: START };
  const timer = { now: 500 };
  const clock = createSessionClock(
    () => micros(system.now),
    () => timer.now,
  );
  return { system, timer, clock };
}

test('follows the system clock forward', () => {
  const { system, timer, clock } = clocks();
  system.now += 10;
  timer.now += 10;
  expect(clock()).toBe(START + 10);
  system.now += 3_600_000_000;
  expect(clock()).toBe(START + 10 + 3_600_000_000);
});

test('goes on at the pace of the timer where the system clock is set back', () => {
  const { system, timer, clock } = clocks();
  system.now -= 3_600_000_000;
  timer.now += 7;
  expect(clock()).toBe(START + 7);
});

test('never goes back, and never falls behind either clock', () => {
  const step = fc.record({ system: fc.integer({ min: -1e6, max: 1e6 }), timer: fc.nat(1e6) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const { system, timer, clock } = clocks();
      let before = clock();
      for (const { system: by, timer: passed } of steps) {
        system.now += by;
        timer.now += passed;
        const now = clock();
        expect(now).toBeGreaterThanOrEqual(before + passed);
        expect(now).toBeGreaterThanOrEqual(system.now);
        before = now;
      }
    }),
  );
});
