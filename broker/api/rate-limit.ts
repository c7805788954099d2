/** Token buckets by key, in bounded memory. */
import type { Micros } from '#sensor/model/time.ts';

export interface RateLimit {
  /** Tokens that a fresh or long idle key has. */
  readonly burst: number;
  /** µs in which one token comes back. */
  readonly every: number;
}

/** Takes a token of `key`; false where none is left. */
export type Limiter = (key: string, now: Micros) => boolean;

/** Keys remembered by one limiter. */
export const MAX_KEYS = 10_000;

interface Bucket {
  readonly tokens: number;
  readonly at: Micros;
}

/**
 * When the memory is full, buckets that are full again are forgotten first. If every one is still
 * draining, new keys are refused: a flood from many addresses must not reset anybody's limit.
 */
export function createLimiter(limit: RateLimit): Limiter {
  const buckets = new Map<string, Bucket>();

  const tokensAt = (bucket: Bucket, now: Micros): number =>
    Math.min(limit.burst, bucket.tokens + Math.max(0, now - bucket.at) / limit.every);

  const makeRoom = (now: Micros): boolean => {
    if (buckets.size < MAX_KEYS) return true;
    for (const [key, bucket] of buckets) {
      if (tokensAt(bucket, now) >= limit.burst) buckets.delete(key);
    }
    return buckets.size < MAX_KEYS;
  };

  return (key, now) => {
    const bucket = buckets.get(key);
    if (bucket === undefined && !makeRoom(now)) return false;
    const tokens = bucket === undefined ? limit.burst : tokensAt(bucket, now);
    const granted = tokens >= 1;
    buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at: now });
    return granted;
  };
}
