/**
 * One action, one transaction: load, decide, commit with the audit leaf. Where somebody else was
 * first, everything is loaded and decided anew; a refusal is a leaf of its own.
 */
import type { AuditEvent } from '#broker/model/audit.ts';
import type { Change, Write } from '#broker/store/store.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { ActionContext } from './context.ts';
import { type Conflict, type Outcome, type Refused, refused } from './outcome.ts';

/** Who does what to what; the same for every leaf of one action. */
export interface Deed {
  /** Person id, `sensor:<id>`, `gate` or `broker`. */
  readonly actor: string;
  /** As the route table names it. */
  readonly action: string;
  /** An id, perhaps one that an outsider made up. */
  readonly subject: string;
}

export type Attempt<T> =
  | {
      readonly kind: 'done';
      readonly result: T;
      readonly writes: readonly Write[];
      readonly detail: AuditEvent['detail'];
      /** Where what is told of went wrong, though telling it did not. */
      readonly outcome?: 'failed';
      /** Where the subject came into being only now. */
      readonly subject?: string;
      /**
       * What stops something waits for no disk: called before the commit is begun, and it stands where the
       * commit fails. Gives what takes it back where the commit met a conflict. Neither may throw.
       */
      readonly atOnce?: () => () => void;
    }
  /** It stands as wanted already: nothing to write, nothing to tell. */
  | { readonly kind: 'stands'; readonly result: T }
  /** Refused, and yet something changes: the request is checked under the new policy. */
  | {
      readonly kind: 'refused-with';
      readonly refusal: Refused;
      readonly writes: readonly Write[];
      /** What the broker changes by itself: a leaf of its own behind that of the refusal. */
      readonly changed: { readonly action: string; readonly detail: AuditEvent['detail'] };
    }
  | Refused
  | Conflict;

/**
 * Each round lets at least one of those who race win, so only a storm on one thing reaches this; then
 * the answer is a conflict. It exceeds any limit of sessions that a policy may set (16).
 */
const MAX_ATTEMPTS = 64;

/**
 * `decide` sees the world once, at `now`, and is called again after a conflict. Rejects where the store
 * fails.
 */
export async function transact<T>(
  context: ActionContext,
  deed: Deed,
  decide: (now: Micros) => Promise<Attempt<T>>,
): Promise<Outcome<T>> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const now = context.clock();
    const decided = await decide(now);
    if (decided.kind === 'conflict') return decided;
    if (decided.kind === 'stands') return { ...decided.result, kind: 'done' };
    const writes = 'writes' in decided ? decided.writes : [];
    const change: Change = { writes, audit: leavesOf(deed, decided, now) };
    const takeBack = decided.kind === 'done' ? decided.atOnce?.() : undefined;
    const committed = await context.store.commit(change);
    if (committed.kind === 'conflict') {
      takeBack?.();
      continue;
    }
    for (const write of writes) {
      context.locks.follow(write);
      context.publish(write);
    }
    switch (decided.kind) {
      case 'done':
        return { ...decided.result, kind: 'done' };
      case 'refused-with':
        return decided.refusal;
      case 'refused':
        return decided;
      default:
        return decided satisfies never;
    }
  }
  return { kind: 'conflict' };
}

/** Ids are short; what an outsider sends instead of one is cut before it is kept forever. */
const MAX_SUBJECT = 80;

type Told<T> = Exclude<Attempt<T>, Conflict | { kind: 'stands' }>;

function leavesOf<T>(deed: Deed, decided: Told<T>, now: Micros): readonly AuditEvent[] {
  const leaf = leafOf(deed, decided, now);
  if (decided.kind !== 'refused-with') return [leaf];
  return [leaf, { ...leaf, ...decided.changed, actor: 'broker', outcome: 'allowed' }];
}

function leafOf<T>(deed: Deed, decided: Told<T>, now: Micros): AuditEvent {
  const by = { at: now, actor: deed.actor.slice(0, MAX_SUBJECT), action: deed.action };
  if (decided.kind === 'done') {
    const subject = (decided.subject ?? deed.subject).slice(0, MAX_SUBJECT);
    return { ...by, subject, outcome: decided.outcome ?? 'allowed', detail: decided.detail };
  }
  const refusal = decided.kind === 'refused' ? decided : decided.refusal;
  const fields = refusal.fields?.map(({ field }) => field);
  return {
    ...by,
    subject: deed.subject.slice(0, MAX_SUBJECT),
    outcome: 'denied',
    detail: {
      code: refusal.code,
      message: refusal.message,
      ...(fields === undefined ? {} : { fields }),
    },
  };
}

export const noPolicy = (): Refused =>
  refused('no-policy', 'there is no plant policy, so nothing may be done');
