/** The clocks of the broker. Everything below takes them as parameters. */
import { createSessionClock } from '#broker/gate/session-clock.ts';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Store } from '#broker/store/store.ts';
import { type Clock, isoMicros, micros } from '#sensor/model/time.ts';

/** The system's clock. A person or NTP may set it; who must not be fooled by that asks `monotonic` as well. */
export const systemClock: Clock = () => micros(Date.now() * 1000);

/** µs since the start of the process; never goes back, whatever is done to the system's clock. */
export const monotonic = (): number => Math.round(performance.now() * 1000);

/**
 * µs that the newest leaf may be ahead of the system's clock: what NTP mends in one step. Beyond it one
 * of the two is wrong, and only a person can say which.
 */
const MAX_AHEAD = 5 * 60_000_000;

/**
 * Time that goes only forward, also over a restart: it begins no earlier than the newest leaf of the
 * audit log. A system clock that is set back opens nothing again.
 *
 * A leaf far ahead was written while the clock was wrong, or the clock is wrong now: throws `clock`. With
 * `accepted` the system's clock is believed, and a leaf says so.
 */
export async function clockAfter(
  store: Pick<Store, 'audit' | 'commit'>,
  clock: Clock,
  monotonicNow: () => number,
  accepted = false,
): Promise<Clock> {
  const size = await store.audit.size();
  const [newest] = size === 0 ? [] : await store.audit.leaves(size - 1, 1);
  const least = newest?.event.at ?? micros(0);
  const now = clock();
  if (least - now <= MAX_AHEAD) {
    return createSessionClock(() => micros(Math.max(clock(), least)), monotonicNow);
  }
  if (!accepted) {
    const message = `the newest entry of the audit log is of ${isoMicros(least)}, and the clock of this machine says ${isoMicros(now)}; set the clock, or, where it is the log that was written by a wrong one, start once with --accept-clock`;
    throw new BrokerError('clock', message);
  }
  const detail = { newest: isoMicros(least), accepted: isoMicros(now) };
  const leaf = { actor: 'broker', action: 'accept-clock', subject: 'clock' } as const;
  await store.commit({ writes: [], audit: [{ ...leaf, outcome: 'allowed', at: now, detail }] });
  return createSessionClock(clock, monotonicNow);
}
