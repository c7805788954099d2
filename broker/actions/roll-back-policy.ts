/**
 * One step back: the policy that was in force before comes back. One person is enough, because two agreed to it when it
 * came into force, and because whoever sees a plant stand still cannot wait for a second.
 */

import type { Applied } from './apply-policy.ts';
import { changeOver } from './apply-policy.ts';
import { checkPolicy, policyRefused } from './check-policy.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

/** `from`: the version in force that the person was shown. `file`: the policy's name in reasons. */
export async function rollBackPolicy(
  context: ActionContext,
  asked: { readonly actor: string; readonly from: string; readonly file: string },
): Promise<Outcome<Applied>> {
  const { actor, from, file } = asked;
  const deed = { actor, action: 'roll-back-policy', subject: from };
  return transact(context, deed, async (now): Promise<Attempt<Applied>> => {
    const who = actorOf(context, actor);
    if (who.kind === 'refused') return who;
    const no = forbidden(context, who, 'roll-back-policy', { kind: 'plant' }, 'policy');
    if (no !== undefined) return no;
    const revisions = await all(context.store.policies, {});
    const inForce = revisions.find(({ active }) => active);
    if (inForce === undefined || inForce.id !== from) {
      return refused('policy-changed', 'another policy is in force than the one you saw');
    }
    const before = revisions.find(({ id }) => id === inForce.before);
    if (before === undefined) return refused('wrong-state', 'no policy was in force before');
    const checked = checkPolicy(before.text, file);
    if (checked.kind === 'faults') return policyRefused(checked.faults);
    const { revision, writes } = changeOver(inForce, before, { at: now, by: actor });
    return {
      kind: 'done',
      subject: revision.id,
      result: { plant: checked.plant, revision },
      writes,
      detail: { before: from },
    };
  });
}
