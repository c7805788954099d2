/** Ids derived from content: the same thing stored or sent twice is one thing. */
import { createHash } from 'node:crypto';
import type { Micros } from '#sensor/model/time.ts';

/** Hex digits: 96 bits. */
const DIGITS = 24;

/** Of these the first are the time where an id has one: µs until the year 2112. */
const TIME_DIGITS = 13;

export function contentId(prefix: 'fa' | 'he' | 'as' | 'ag', content: string): string {
  return `${prefix}_${createHash('sha256').update(content).digest('hex').slice(0, DIGITS)}`;
}

/**
 * As `contentId`, for what comes by the thousand: the ids of what happened one after the other stand one after
 * the other, so that the database puts them in the same place and not each on a page of its own.
 */
export function timedId(prefix: 'op', at: Micros, content: string): string {
  const time = at.toString(16).padStart(TIME_DIGITS, '0').slice(-TIME_DIGITS);
  const hash = createHash('sha256').update(content).digest('hex');
  return `${prefix}_${time}${hash.slice(0, DIGITS - TIME_DIGITS)}`;
}
