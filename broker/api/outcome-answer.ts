/** How what an action answers becomes HTTP. */
import type { Outcome, RefusalCode, Refused } from '#broker/actions/outcome.ts';
import type { RefusalStatus } from './refusal.ts';
import { notFound, refusal } from './refusal.ts';
import type { Answer } from './route.ts';

/** 409 = it is no longer as it was, or somebody was first: load it again. */
const STATUS: Readonly<Record<RefusalCode, RefusalStatus>> = {
  'no-policy': 503,
  unknown: 404,
  forbidden: 403,
  invalid: 400,
  'too-many': 429,
  'wrong-state': 409,
  expired: 409,
  'not-yet': 409,
  'policy-changed': 409,
  'request-changed': 409,
  'already-decided': 409,
  'not-entitled': 403,
  locked: 409,
  'session-limit': 409,
  'wrong-certificate': 403,
};

export function answerRefused(refused: Refused): Response {
  if (refused.code === 'unknown') return notFound();
  return refusal(STATUS[refused.code], refused.code, refused.message, refused.fields);
}

export const answerConflict = (): Response =>
  refusal(409, 'conflict', 'somebody changed this at the same moment; look again');

/** `show` turns what was done into JSON. */
export async function answerOutcome<T>(
  outcome: Outcome<T>,
  show: (done: T) => Answer | Promise<Answer>,
): Promise<Answer> {
  switch (outcome.kind) {
    case 'done':
      return show(outcome);
    case 'refused':
      return answerRefused(outcome);
    case 'conflict':
      return answerConflict();
    default:
      return outcome satisfies never;
  }
}
