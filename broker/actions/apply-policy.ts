/**
 * A plant policy comes into force, if it is sound and passes the tests that it carries; else it is
 * refused and the one before stays. Its text is kept, so that every decision can be read against it.
 */
import type { FieldFault } from '#broker/access/request.ts';
import type { PolicyRevision } from '#broker/model/policy.ts';
import type { Write } from '#broker/store/store.ts';
import { lint } from '#policies/lint.ts';
import { loadPlant } from '#policies/load.ts';
import type { Plant, SourceRef } from '#policies/plant.ts';
import { runTests } from '#policies/tests.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, refused } from './outcome.ts';
import { all } from './pages.ts';
import { type Attempt, transact } from './transact.ts';

export interface Applied {
  readonly plant: Plant;
  readonly revision: PolicyRevision;
}

/** Faults told at once; the rest is told when these are mended. */
const MAX_FAULTS = 50;

/** `file` is its name in faults and reasons. The caller puts `plant` into force when this is done. */
export async function applyPolicy(
  context: ActionContext,
  { text, file }: { readonly text: string; readonly file: string },
): Promise<Outcome<Applied>> {
  const checked = check(text, file);
  const subject = checked.kind === 'sound' ? checked.plant.version : 'policy';
  const deed = { actor: 'broker', action: 'apply-policy', subject };
  return transact(context, deed, async (now): Promise<Attempt<Applied>> => {
    if (checked.kind === 'faults') {
      return refused('invalid', 'the policy stays as it was', checked.faults.slice(0, MAX_FAULTS));
    }
    const { plant } = checked;
    const revisions = await all(context.store.policies, {});
    const before = revisions.find(({ active }) => active);
    if (before?.id === plant.version) {
      return { kind: 'stands', result: { plant, revision: before } };
    }
    // A policy that comes back is the same revision again.
    const known = revisions.find(({ id }) => id === plant.version);
    const expected = known?.version ?? 0;
    const revision: PolicyRevision = {
      id: plant.version,
      version: expected + 1,
      text,
      appliedAt: now,
      appliedBy: 'broker',
      active: true,
    };
    const writes: Write[] = [];
    // Only one is in force, so the one before steps back first.
    if (before !== undefined) {
      const put = { ...before, version: before.version + 1, active: false };
      writes.push({ noun: 'policy', expected: before.version, put });
    }
    writes.push({ noun: 'policy', expected, put: revision });
    return {
      kind: 'done',
      result: { plant, revision },
      writes,
      detail: { file, ...(before && { before: before.id }) },
    };
  });
}

type Checked =
  | { readonly kind: 'sound'; readonly plant: Plant }
  | { readonly kind: 'faults'; readonly faults: readonly FieldFault[] };

/** As `lockkeeper policy lint` and `test` would say it; warnings do not stand in the way. */
function check(text: string, file: string): Checked {
  const loaded = loadPlant(text, file);
  if (loaded.kind === 'faults') {
    const faults = loaded.faults.map(({ line, column, message }) => ({
      field: `${file}:${line}:${column}`,
      message,
    }));
    return { kind: 'faults', faults };
  }
  const { plant } = loaded;
  const wrong = lint(plant).filter(({ severity }) => severity === 'error');
  const { failures } = runTests(plant);
  const faults = [
    ...wrong.map(({ at, message }) => ({ field: placeOf(file, at), message })),
    ...failures.map(({ at, text: message }) => ({ field: placeOf(file, at), message })),
  ];
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'sound', plant };
}

const placeOf = (file: string, at: SourceRef | undefined): string =>
  at === undefined ? file : `${at.file}:${at.line}`;
