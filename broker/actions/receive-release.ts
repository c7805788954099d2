/**
 * A firmware package came in: with a verdict it becomes a release, and without one (it broke off, the
 * verifier failed) there is a leaf that says so and nothing else, because nothing is known about it.
 */
import type { ReleaseId } from '#broker/model/ids.ts';
import {
  codesOf,
  type Judgement,
  type Received,
  type ReleaseRecord,
} from '#broker/model/release.ts';
import type { Release } from '#sbom/admission.ts';
import { follow } from '#sbom/lineage.ts';
import type { ActionContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

/** A package of a thousand wrong files has as many reasons; nobody reads more than these. */
export const MAX_REASONS = 100;

export interface Brought {
  readonly actor: string;
  readonly id: ReleaseId;
  readonly received: Received;
}

/**
 * The right is asked again: a large upload takes an hour, and a role may be lost meanwhile. One at a time, since
 * each is compared with those that were let in before it.
 */
export async function receiveRelease(
  context: ActionContext,
  { actor, id, received }: Brought,
  judgement: Judgement,
): Promise<Outcome<{ readonly release: ReleaseRecord }>> {
  const deed = { actor, action: 'receive-release', subject: id };
  return transact(context, deed, async (now): Promise<Attempt<{ release: ReleaseRecord }>> => {
    const who = actorOf(context, actor);
    if (who.kind === 'refused') return who;
    const no = forbidden(context, who, 'receive-release', { kind: 'release' }, 'release');
    if (no !== undefined) return no;
    const judged = follow(judgement, await letIn(context, judgement));
    const release: ReleaseRecord = {
      ...bounded(judged),
      ...received,
      id,
      version: 1,
      receivedAt: now,
      uploadedBy: actor,
    };
    return {
      kind: 'done',
      result: { release },
      writes: [{ noun: 'release', expected: 0, put: release }],
      detail: { ...received, ...found(judged) },
    };
  });
}

/** All of the vendor; the store seeks its name among other words too. */
async function letIn({ store }: ActionContext, judgement: Judgement): Promise<readonly Release[]> {
  if (judgement.verdict === 'deny') return [];
  const { vendor } = judgement.release.manifest;
  const records = await all(store.releases, { verdict: 'allow', words: [vendor] });
  return records.flatMap((record) => (record.verdict === 'allow' ? [record.release] : []));
}

/** `because`: a sentence for people, without what an outsider sent. */
export async function missRelease(
  context: ActionContext,
  { actor, id, received }: Brought,
  because: string,
): Promise<void> {
  const deed = { actor, action: 'receive-release', subject: id };
  await transact(context, deed, async () => ({
    kind: 'done',
    result: {},
    writes: [],
    outcome: 'failed',
    detail: { ...received, because },
  }));
}

function bounded(judgement: Judgement): Judgement & Pick<ReleaseRecord, 'reasonsLeftOut'> {
  if (judgement.verdict === 'allow') return { ...judgement, reasonsLeftOut: 0 };
  // The first of each code is kept, however many come before it.
  const first = judgement.reasons.filter(
    ({ code }, index, all) => all.findIndex((other) => other.code === code) === index,
  );
  const rest = judgement.reasons.filter((reason) => !first.includes(reason));
  const reasons = [...first, ...rest].slice(0, MAX_REASONS);
  return { ...judgement, reasons, reasonsLeftOut: judgement.reasons.length - reasons.length };
}

/** What an auditor has to know without the release: what it was, by whom, and why that verdict. */
function found(judgement: Judgement): Readonly<Record<string, unknown>> {
  const { verdict } = judgement;
  const reasons = codesOf(judgement);
  if (verdict === 'deny') {
    const { claimed } = judgement;
    if (claimed === undefined) return { verdict, reasons };
    const { vendor, product, version } = claimed;
    return { verdict, reasons, claimed: { vendor, product, version } };
  }
  const { manifest, manifestSha256, signer } = judgement.release;
  const { vendor, product, version } = manifest;
  return { verdict, reasons, vendor, product, version, manifestSha256, signer };
}
