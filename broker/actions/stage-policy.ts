/**
 * A plant policy waits for two people: it was found good, and it changes nothing yet. One waits at a time; a newer one
 * takes its place.
 */
import { humansOf } from '#broker/access/approval.ts';
import { POLICY_QUORUM, type PolicyRevision } from '#broker/model/policy.ts';
import type { Write } from '#broker/store/store.ts';
import type { Plant } from '#policies/plant.ts';
import type { PolicyText } from './apply-policy.ts';
import { checkPolicy, policyRefused } from './check-policy.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, type Refused, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

export interface Staged {
  readonly revision: PolicyRevision;
}

/** From its file. What is in force already does not wait. */
export async function stagePolicy(
  context: ActionContext,
  { text, file, git }: PolicyText,
): Promise<Outcome<Staged>> {
  const checked = checkPolicy(text, file);
  const subject = checked.kind === 'sound' ? checked.plant.version : 'policy';
  const deed = { actor: 'broker', action: 'stage-policy', subject };
  return transact(context, deed, async (now): Promise<Attempt<Staged>> => {
    if (checked.kind === 'faults') return policyRefused(checked.faults);
    const id = checked.plant.version;
    const revisions = await all(context.store.policies, {});
    const inForce = revisions.find(({ active }) => active);
    const known = revisions.find((each) => each.id === id);
    if (known?.staged !== undefined) return { kind: 'stands', result: { revision: known } };
    if (known?.active === true) {
      // The edit was put back.
      const writes = unstaged(revisions);
      if (writes.length === 0) return { kind: 'stands', result: { revision: known } };
      return { kind: 'done', result: { revision: known }, writes, detail: { file, inForce: true } };
    }
    const plant = context.plant();
    if (inForce === undefined || plant === undefined) {
      return refused('no-policy', 'no policy is in force to step from');
    }
    const stuck = tooFew(context, plant, checked.plant);
    if (stuck !== undefined) return stuck;
    const source = git ?? known?.git;
    const revision: PolicyRevision = {
      ...(known ?? { id, text, active: false }),
      version: (known?.version ?? 0) + 1,
      staged: { at: now, base: inForce.id, approvals: [] },
      ...(source !== undefined && { git: source }),
    };
    return {
      kind: 'done',
      result: { revision },
      writes: [
        ...unstaged(revisions),
        { noun: 'policy', expected: known?.version ?? 0, put: revision },
      ],
      detail: { file, base: inForce.id, ...(source !== undefined && { git: source }) },
    };
  });
}

/** A policy that could never come into force does not wait, nor one after which no other could. */
function tooFew(context: ActionContext, now: Plant, next: Plant): Refused | undefined {
  const mayAgree = (plant: Plant): number => {
    const human = humansOf(plant);
    const people = [...plant.people.values()].filter(
      (one) => context.may(one, 'approve-policy', { kind: 'plant' }).allowed,
    );
    return new Set(people.map(({ id }) => human(id))).size;
  };
  const few = `fewer than ${POLICY_QUORUM} people may agree to`;
  if (mayAgree(now) < POLICY_QUORUM) {
    return refused(
      'invalid',
      `${few} a policy: \`policy_change: file\` lets the file alone decide`,
    );
  }
  return mayAgree(next) < POLICY_QUORUM
    ? refused('invalid', `by this one ${few} the next: give more people the role \`security\``)
    : undefined;
}

/** What waits does so no more. */
export const unstaged = (revisions: readonly PolicyRevision[]): readonly Write[] =>
  revisions.flatMap((revision): readonly Write[] => {
    const { staged, ...rest } = revision;
    if (staged === undefined) return [];
    const put = { ...rest, version: revision.version + 1 };
    return [{ noun: 'policy', expected: revision.version, put }];
  });

/** One person is enough to say no. */
export async function withdrawPolicy(
  context: ActionContext,
  { actor, id }: { readonly actor: string; readonly id: string },
): Promise<Outcome<Staged>> {
  const deed = { actor, action: 'withdraw-policy', subject: id };
  return transact(context, deed, async (): Promise<Attempt<Staged>> => {
    const who = actorOf(context, actor);
    if (who.kind === 'refused') return who;
    const no = forbidden(context, who, 'withdraw-policy', { kind: 'plant' }, 'policy');
    if (no !== undefined) return no;
    const revision = await context.store.policies.get(id);
    if (revision?.staged === undefined) return refused('wrong-state', 'this policy does not wait');
    return { kind: 'done', result: { revision }, writes: unstaged([revision]), detail: {} };
  });
}
