/**
 * An approver approves, approves less, or denies. Each word is bound to the hash of exactly what was
 * shown; with the last one that the quorum needs the grant comes into being in the same transaction.
 */
import { decidingFacts, hasApproved, mayDecide, tally } from '#broker/access/approval.ts';
import { misfits } from '#broker/access/fit.ts';
import { stateAt as grantStateAt } from '#broker/access/grant.ts';
import { type Narrowing, narrow } from '#broker/access/narrow.ts';
import { stateAt } from '#broker/access/request.ts';
import { hashRequest } from '#broker/access/request-hash.ts';
import { textFault } from '#broker/access/text.ts';
import type { AccessRequest, Approval, Grant } from '#broker/model/access.ts';
import { type GrantId, newId, requestId } from '#broker/model/ids.ts';
import type { Write } from '#broker/store/store.ts';
import type { Plant } from '#policies/plant.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { ActionContext } from './context.ts';
import { type Conflict, type Outcome, type Refused, refused } from './outcome.ts';
import { type Actor, actorOf, forbidden, requestResource, unknown } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

/** What the approver saw; another version is a conflict, another hash another question. */
export interface Seen {
  readonly actor: string;
  /** Request id, as it came from outside. */
  readonly id: string;
  readonly version: number;
}

export interface Decided {
  readonly request: AccessRequest;
  /** Valid iff this word completed the quorum. */
  readonly grant?: Grant;
}

/** Words on one request; each narrowing starts the count anew, so a request could be talked about forever. */
const MAX_APPROVALS = 50;

type DecideAction = 'approve-request' | 'narrow-request' | 'deny-request';

interface Opened {
  readonly kind: 'opened';
  readonly who: Actor;
  readonly request: AccessRequest;
}

export async function approveRequest(
  context: ActionContext,
  seen: Seen & { readonly hash: string; readonly comment: string },
): Promise<Outcome<Decided>> {
  const deed = { actor: seen.actor, action: 'approve-request', subject: seen.id };
  return transact(context, deed, async (now): Promise<Attempt<Decided>> => {
    const opened = await open(context, seen, 'approve-request', now);
    if (opened.kind !== 'opened') return opened;
    const { who, request } = opened;
    const refusal = standsInTheWay(who.plant, seen, request);
    if (refusal !== undefined) return refusal;
    if (hasApproved(who.plant, request, who.person.id)) {
      return refused('already-decided', 'you have approved this already');
    }
    return approved(context, who.plant, request, request.version, wordOf(seen, request, now));
  });
}

export async function narrowRequest(
  context: ActionContext,
  seen: Seen & {
    readonly hash: string;
    readonly comment: string;
    readonly narrowing: Narrowing;
  },
): Promise<Outcome<Decided>> {
  const deed = { actor: seen.actor, action: 'narrow-request', subject: seen.id };
  return transact(context, deed, async (now): Promise<Attempt<Decided>> => {
    const opened = await open(context, seen, 'narrow-request', now);
    if (opened.kind !== 'opened') return opened;
    const { who, request } = opened;
    const refusal = standsInTheWay(who.plant, seen, request);
    if (refusal !== undefined) return refusal;
    const less = narrow(who.plant, request, seen.narrowing, now);
    switch (less.kind) {
      case 'faults':
        return refused('invalid', 'the request cannot be narrowed like this', less.faults);
      case 'same':
        return refused('invalid', 'this is all that was asked: approve it instead');
      case 'narrowed': {
        const word = wordOf(seen, less.request, now);
        return approved(context, who.plant, less.request, request.version, word);
      }
      default:
        return less satisfies never;
    }
  });
}

/** To deny is safe, so neither the hash nor the policy version is asked for. */
export async function denyRequest(
  context: ActionContext,
  seen: Seen & { readonly reason: string },
): Promise<Outcome<Decided>> {
  const deed = { actor: seen.actor, action: 'deny-request', subject: seen.id };
  return transact(context, deed, async (now): Promise<Attempt<Decided>> => {
    const opened = await open(context, seen, 'deny-request', now);
    if (opened.kind !== 'opened') return opened;
    const fault = textFault(seen.reason, { required: true });
    if (fault !== undefined) {
      return refused('invalid', 'say why', [{ field: 'reason', message: fault }]);
    }
    const { request } = opened;
    const word = wordOf({ ...seen, comment: seen.reason }, request, now, 'deny');
    const put: AccessRequest = {
      ...request,
      version: request.version + 1,
      state: 'denied',
      approvals: [...request.approvals, word],
    };
    return {
      kind: 'done',
      result: { request: put },
      writes: [{ noun: 'request', expected: request.version, put }],
      detail: { hash: request.hash, reason: seen.reason },
    };
  });
}

/** The request, if this person may decide it and it can still be decided at `now`. */
async function open(
  context: ActionContext,
  seen: Seen,
  action: DecideAction,
  now: Micros,
): Promise<Opened | Refused | Conflict> {
  const who = actorOf(context, seen.actor);
  if (who.kind === 'refused') return who;
  const id = requestId(seen.id);
  const request = id && (await context.store.requests.get(id));
  if (request === undefined) return unknown('request');
  const resource = requestResource(who.plant, request);
  const facts = decidingFacts(who.plant, request, who.person.id);
  const no = forbidden(context, who, action, resource, 'request', facts);
  if (no !== undefined) return no;
  const say = mayDecide(who.plant, request, who.person.id);
  if (!say.allowed) return refused('forbidden', say.because);
  if (request.version !== seen.version) return { kind: 'conflict' };
  const state = stateAt(request, now);
  if (state === 'expired') return refused('expired', 'nobody decided this in time');
  if (state !== 'pending') return refused('wrong-state', `this request is ${state}`);
  // To deny is the way out, and stays open.
  if (action !== 'deny-request' && request.approvals.length >= MAX_APPROVALS) {
    return refused('too-many', 'too much was said about this request: deny it and ask anew');
  }
  return { kind: 'opened', who, request };
}

/** What makes an approval worthless before it is given: another policy, another question, a bad comment. */
function standsInTheWay(
  plant: Plant,
  seen: { readonly hash: string; readonly comment: string },
  request: AccessRequest,
): Exclude<Attempt<Decided>, Conflict> | undefined {
  const fault = textFault(seen.comment, { required: false });
  if (fault !== undefined) {
    return refused('invalid', 'write another comment', [{ field: 'comment', message: fault }]);
  }
  const wrong = misfits(plant, request);
  if (wrong.length > 0) {
    return refused('policy-changed', 'the plant policy no longer lets this be asked', wrong);
  }
  if (request.policyVersion !== plant.version) return askAnew(plant, request);
  if (request.hash !== seen.hash) {
    return refused('request-changed', 'the request is not the one that you saw: look at it again');
  }
  return undefined;
}

/** The same question under the policy of this moment: a new hash, and no approval counts any more. */
function askAnew(
  plant: Plant,
  request: AccessRequest,
): Attempt<Decided> & { kind: 'refused-with' } {
  const anew = { ...request, version: request.version + 1, policyVersion: plant.version };
  const hash = hashRequest(anew);
  return {
    kind: 'refused-with',
    refusal: refused(
      'policy-changed',
      'the plant policy changed since this was asked; it still fits, but earlier approvals no longer count: look at it again',
    ),
    writes: [{ noun: 'request', expected: request.version, put: { ...anew, hash } }],
    changed: { action: 'ask-anew', detail: { hash, was: request.hash, policy: plant.version } },
  };
}

function wordOf(
  seen: { readonly actor: string; readonly comment: string },
  { hash, policyVersion }: AccessRequest,
  at: Micros,
  verdict: Approval['verdict'] = 'approve',
): Approval {
  return { person: seen.actor, at, verdict, comment: seen.comment, hash, policyVersion };
}

/** `request` with one more approval, and its grant where that completes the quorum. */
function approved(
  context: ActionContext,
  plant: Plant,
  request: AccessRequest,
  expected: number,
  word: Approval,
): Attempt<Decided> {
  const approvals = [...request.approvals, word];
  const { quorum, have } = tally(plant, { ...request, approvals });
  const complete = have >= quorum;
  const put: AccessRequest = {
    ...request,
    version: expected + 1,
    state: complete ? 'approved' : 'pending',
    approvals,
  };
  const grant = complete ? grantOf(context, put, word.at) : undefined;
  const writes: Write[] = [{ noun: 'request', expected, put }];
  if (grant !== undefined) writes.push({ noun: 'grant', expected: 0, put: grant });
  return {
    kind: 'done',
    result: { request: put, ...(grant === undefined ? {} : { grant }) },
    writes,
    detail: {
      hash: put.hash,
      policy: plant.version,
      have,
      quorum,
      comment: word.comment,
      ...(grant === undefined ? {} : { grant: grant.id }),
      ...(put.narrowedFrom === undefined ? {} : { narrowedFrom: put.narrowedFrom }),
    },
  };
}

function grantOf(context: ActionContext, request: AccessRequest, now: Micros): Grant {
  const grant: Grant = {
    id: newId<GrantId>('gr', context.random),
    version: 1,
    state: 'scheduled',
    request: request.id,
    requestHash: request.hash,
    person: request.requester,
    vendor: request.vendor,
    entry: request.entry,
    asset: request.asset,
    operations: request.operations,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    graceUntil: request.graceUntil,
    idleTimeout: request.idleTimeout,
    policyVersion: request.policyVersion,
    sessions: 0,
  };
  return { ...grant, state: grantStateAt(grant, now) };
}
