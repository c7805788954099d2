/**
 * Two different people put a waiting policy into force: each of them agrees to the step from the policy that is in
 * force to this one, so that an agreement is void where another came into force meanwhile. IEC 62443-3-3 SR 2.1 RE 4.
 */
import { humansOf } from '#broker/access/approval.ts';
import { POLICY_QUORUM, type PolicyRevision, type StagedPolicy } from '#broker/model/policy.ts';
import type { Plant } from '#policies/plant.ts';
import { changeOver } from './apply-policy.ts';
import { checkPolicy, policyRefused } from './check-policy.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden } from './permission.ts';
import { unstaged } from './stage-policy.ts';
import { type Attempt, transact } from './transact.ts';

export interface Agreed {
  readonly revision: PolicyRevision;
  /** Valid iff it came into force by this: the caller puts it there. */
  readonly plant?: Plant;
}

/** `base`: the version in force that the person was shown. `file`: its name in reasons. */
export async function approvePolicy(
  context: ActionContext,
  asked: {
    readonly actor: string;
    readonly id: string;
    readonly base: string;
    readonly file: string;
  },
): Promise<Outcome<Agreed>> {
  const { actor, id, base, file } = asked;
  const deed = { actor, action: 'approve-policy', subject: id };
  return transact(context, deed, async (now): Promise<Attempt<Agreed>> => {
    const who = actorOf(context, actor);
    if (who.kind === 'refused') return who;
    const no = forbidden(context, who, 'approve-policy', { kind: 'plant' }, 'policy');
    if (no !== undefined) return no;
    const revisions = await all(context.store.policies, {});
    const revision = revisions.find((each) => each.id === id);
    if (revision?.staged === undefined) return refused('wrong-state', 'this policy does not wait');
    if (base !== who.plant.version) {
      return refused('policy-changed', 'another policy is in force than the one you compared with');
    }
    const human = humansOf(who.plant);
    const agreed = standing(revision.staged, who.plant);
    if (agreed.some(({ person }) => human(person) === human(actor))) {
      return refused('already-decided', 'you agreed already: somebody else has to, too');
    }
    const approvals = [...agreed, { person: actor, at: now }];
    if (approvals.length < POLICY_QUORUM) {
      const put: PolicyRevision = {
        ...revision,
        version: revision.version + 1,
        staged: { ...revision.staged, base, approvals },
      };
      return {
        kind: 'done',
        result: { revision: put },
        writes: [{ noun: 'policy', expected: revision.version, put }],
        detail: { base, approvals: approvals.length },
      };
    }
    // Another version of the product may find faults that the one that staged it did not.
    const checked = checkPolicy(revision.text, file);
    if (checked.kind === 'faults') return policyRefused(checked.faults);
    const before = revisions.find(({ active }) => active);
    const others = revisions.filter((each) => each.id !== id);
    const applied = changeOver(before, revision, { at: now, by: actor });
    return {
      kind: 'done',
      result: { revision: applied.revision, plant: checked.plant },
      writes: [...unstaged(others), ...applied.writes],
      detail: { base, people: approvals.map(({ person }) => person) },
    };
  });
}

/** Agreements that still count: to the step from what is in force, by people who are still there. */
export const standing = (
  { base, approvals }: StagedPolicy,
  plant: Plant,
): StagedPolicy['approvals'] =>
  base === plant.version ? approvals.filter(({ person }) => plant.people.has(person)) : [];
