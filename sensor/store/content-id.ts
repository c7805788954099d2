/** Ids derived from content: the same thing stored or sent twice is one thing. */
import { createHash } from 'node:crypto';

/** Hex digits: 96 bits. */
const DIGITS = 24;

export function contentId(prefix: 'op' | 'fa' | 'he' | 'as' | 'ag', content: string): string {
  return `${prefix}_${createHash('sha256').update(content).digest('hex').slice(0, DIGITS)}`;
}
