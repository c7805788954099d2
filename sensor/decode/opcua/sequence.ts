/**
 * Sequence numbers of chunks: each is one more than the one before, per direction. OPC 10000-6, 6.7.2.4.
 *
 * They start over before they end. With the older policies that is somewhere in the last 1024 numbers, and
 * goes on below 1024; with the newer ones, whose keys depend on it, it is at the very last, and goes on with 0.
 */

import { fault, type OpcuaFact } from './fault.ts';

/** Nothing is known to compare the next one with. */
export const NO_SEQUENCE = -1;

const LAST = 0xffff_ffff;
const WRAPPED_BELOW = 1024;
const WRAPS_FROM = LAST - WRAPPED_BELOW;

/** True iff `next` is what comes behind `last`, or nothing is known of that. */
export function follows(last: number, next: number, isStrict: boolean): boolean {
  if (last === NO_SEQUENCE) return true;
  if (isStrict) return next === (last === LAST ? 0 : last + 1);
  return next === last + 1 || (next < WRAPPED_BELOW && last >= WRAPS_FROM);
}

export const outOfSequence = (who: string): OpcuaFact =>
  fault('opcua.sequence', `the sequence number of the ${who} is not the next one`);
