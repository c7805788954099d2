/**
 * A plant policy comes into force, if it is sound and passes the tests that it carries; else it is
 * refused and the one before stays. Its text is kept, so that every decision can be read against it.
 */
import type { GitRevision, PolicyRevision } from '#broker/model/policy.ts';
import type { Write } from '#broker/store/store.ts';
import type { Plant } from '#policies/plant.ts';
import type { Micros } from '#sensor/model/time.ts';
import { checkPolicy, policyRefused } from './check-policy.ts';
import type { ActionContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import { all } from './pages.ts';
import { type Attempt, transact } from './transact.ts';

export interface Applied {
  readonly plant: Plant;
  readonly revision: PolicyRevision;
}

/** What lies in a file: `file` is its name in faults and reasons. */
export interface PolicyText {
  readonly text: string;
  readonly file: string;
  readonly git?: GitRevision;
}

/** From its file, by nobody's word. The caller puts `plant` into force when this is done. */
export async function applyPolicy(
  context: ActionContext,
  { text, file, git }: PolicyText,
): Promise<Outcome<Applied>> {
  const checked = checkPolicy(text, file);
  const subject = checked.kind === 'sound' ? checked.plant.version : 'policy';
  const deed = { actor: 'broker', action: 'apply-policy', subject };
  return transact(context, deed, async (now): Promise<Attempt<Applied>> => {
    if (checked.kind === 'faults') return policyRefused(checked.faults);
    const { plant } = checked;
    const revisions = await all(context.store.policies, {});
    const before = revisions.find(({ active }) => active);
    if (before?.id === plant.version) {
      return { kind: 'stands', result: { plant, revision: before } };
    }
    // A policy that comes back is the same revision again.
    const known = revisions.find(({ id }) => id === plant.version);
    const source = git ?? known?.git;
    const comes = {
      id: plant.version,
      version: known?.version ?? 0,
      text,
      ...(source !== undefined && { git: source }),
    };
    const { revision, writes } = changeOver(before, comes, { at: now, by: 'broker' });
    return {
      kind: 'done',
      result: { plant, revision },
      writes,
      detail: { file, ...(before && { before: before.id }), ...(source && { git: source }) },
    };
  });
}

/** The writes by which one policy takes the place of another. `comes.version`: 0 where it is not stored yet. */
export function changeOver(
  before: PolicyRevision | undefined,
  comes: Pick<PolicyRevision, 'id' | 'version' | 'text' | 'git'>,
  { at, by }: { readonly at: Micros; readonly by: string },
): { readonly revision: PolicyRevision; readonly writes: readonly Write[] } {
  const revision: PolicyRevision = {
    id: comes.id,
    version: comes.version + 1,
    text: comes.text,
    appliedAt: at,
    appliedBy: by,
    active: true,
    ...(before !== undefined && { before: before.id }),
    ...(comes.git !== undefined && { git: comes.git }),
  };
  const put: Write = { noun: 'policy', expected: comes.version, put: revision };
  if (before === undefined) return { revision, writes: [put] };
  const stepsBack = { ...before, version: before.version + 1, active: false };
  // Only one is in force, so the one before steps back first.
  return { revision, writes: [{ noun: 'policy', expected: before.version, put: stepsBack }, put] };
}
