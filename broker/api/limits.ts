/** How often what may be tried. Each limit is by address or person, and one of them for all together. */
import type { Micros } from '#sensor/model/time.ts';
import { createLimiter, type Limiter } from './rate-limit.ts';

export interface Limits {
  /** Sign-ins begun or tried. By address. */
  readonly signIn: Limiter;
  /** Device codes asked for, polled, looked at. By address. */
  readonly device: Limiter;
  /** Requests for access. By person. */
  readonly submission: Limiter;
  /** Any other change. By person. */
  readonly change: Limiter;
}

const SECOND = 1_000_000;

const both = (one: Limiter, all: Limiter): Limiter => {
  return (key: string, now: Micros) => one(key, now) && all('', now);
};

export function createLimits(): Limits {
  return {
    signIn: both(
      createLimiter({ burst: 20, every: 3 * SECOND }),
      createLimiter({ burst: 200, every: SECOND / 5 }),
    ),
    // A command polls every 2 s while its person types the code.
    device: both(
      createLimiter({ burst: 30, every: SECOND }),
      createLimiter({ burst: 500, every: SECOND / 50 }),
    ),
    submission: createLimiter({ burst: 20, every: 30 * SECOND }),
    change: createLimiter({ burst: 60, every: SECOND }),
  };
}
