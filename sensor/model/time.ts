import type { Brand } from './brand.ts';

/** Microseconds since 1970-01-01 UTC. Below 2^53 until the year 2255, so SQLite can return it. */
export type Micros = Brand<number, 'Micros'>;

/** Reads the current time. Passed in; only `main.ts` files read the system clock. */
export type Clock = () => Micros;

/** Throws RangeError unless `value` is a whole, safe, non-negative number. */
export function micros(value: number): Micros {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a time in µs: ${value}`);
  return value as Micros;
}

/** ISO 8601 in UTC with all six digits: `2026-11-22T10:15:30.123456Z`. */
export function isoMicros(at: Micros): string {
  const second = Math.floor(at / 1_000_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, -'000Z'.length);
  }
  return `${lastText}${String(at - second * 1_000_000).padStart(6, '0')}Z`;
}

/** Nearly every time that is written is of the second of the one before. */
let lastSecond = 0;
let lastText = '1970-01-01T00:00:00.';

/** Reads what `isoMicros` wrote, and any ISO 8601 instant with up to six fraction digits; undefined if it is none. */
export function parseIso(text: string): Micros | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, seconds, fraction = '', zone] = match;
  const ms = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(ms) || ms < 0
    ? undefined
    : micros(ms * 1000 + Number(fraction.padEnd(6, '0')));
}
