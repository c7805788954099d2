/** A vendor asks for access. Nothing is stored unless everything asked fits the policy. */
import { hashRequest } from '#broker/access/request-hash.ts';
import { draftRequest, type Submission } from '#broker/access/submission.ts';
import type { AccessRequest } from '#broker/model/access.ts';
import { newId, type RequestId } from '#broker/model/ids.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden, requestResource } from './permission.ts';
import { transact } from './transact.ts';

/** Requests of one vendor that wait at the same time: more would hide those that matter from the approvers. */
export const MAX_PENDING = 50;

export async function submitRequest(
  context: ActionContext,
  { actor, submission }: { readonly actor: string; readonly submission: Submission },
): Promise<Outcome<{ readonly request: AccessRequest }>> {
  const id = newId<RequestId>('req', context.random);
  const deed = { actor, action: 'submit-request', subject: submission.entry ?? 'request' };
  return transact(context, deed, async (now) => {
    const who = actorOf(context, actor);
    if (who.kind === 'refused') return who;
    const { plant, person } = who;
    const asked = { asset: submission.asset ?? '', vendor: person.company, requester: person.id };
    const no = forbidden(context, who, 'submit-request', requestResource(plant, asked), 'entry');
    if (no !== undefined) return no;

    const as = { person: person.id, vendor: person.company };
    const drafted = draftRequest(plant, as, submission, now);
    if (drafted.kind === 'faults') {
      return refused('invalid', 'the request cannot be taken as it is', drafted.faults);
    }
    const pending = await all(context.store.requests, { state: 'pending', vendor: as.vendor });
    if (pending.length >= MAX_PENDING) {
      return refused('too-many', `${MAX_PENDING} requests wait already: withdraw one first`);
    }
    const question = { ...drafted.draft, id, submittedAt: now, policyVersion: plant.version };
    const hash = hashRequest(question);
    const request: AccessRequest = {
      ...question,
      version: 1,
      state: 'pending',
      hash,
      approvals: [],
    };
    return {
      kind: 'done',
      subject: id,
      result: { request },
      writes: [{ noun: 'request', expected: 0, put: request }],
      detail: {
        entry: request.entry,
        asset: request.asset,
        purpose: request.purpose,
        notBefore: request.notBefore,
        notAfter: request.notAfter,
        graceUntil: request.graceUntil,
        hash,
        policy: plant.version,
        ...(request.ticket === undefined ? {} : { ticket: request.ticket }),
      },
    };
  });
}
