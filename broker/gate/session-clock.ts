/**
 * Time that only goes forward: the system's clock, and at least what a monotonic timer says has
 * passed. A clock that is set back neither lengthens a session nor opens one again.
 */
import { type Clock, micros } from '#sensor/model/time.ts';

/** `monotonic` gives µs since some instant. */
export function createSessionClock(clock: Clock, monotonic: () => number): Clock {
  let latest = clock();
  let at = monotonic();
  return () => {
    const passed = Math.max(0, Math.floor(monotonic() - at));
    at += passed;
    latest = micros(Math.max(clock(), latest + passed));
    return latest;
  };
}
