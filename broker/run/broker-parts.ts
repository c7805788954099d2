/** What a broker is started with. */
import type { BrokerConfig } from '#broker/config.ts';
import type { Clock } from '#sensor/model/time.ts';
import type { Log } from './log.ts';

export interface BrokerParts {
  readonly config: BrokerConfig;
  /** Valid iff the configuration has `sign_in.oidc`. */
  readonly clientSecret?: string;
  readonly clock: Clock;
  /** A person says that the clock is right although the audit log is far ahead of it. */
  readonly acceptClock?: boolean;
  /** µs since some instant; never goes back. */
  readonly monotonic: () => number;
  /** Bytes that nobody can guess. */
  readonly random: (bytes: number) => Buffer;
  readonly log: Log;
}
