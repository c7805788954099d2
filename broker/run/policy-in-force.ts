/**
 * Which plant policy is in force: the file's, as soon as it is found good and, where the configuration asks for it, two
 * people agreed; else the one before.
 *
 * A policy that is refused changes nothing. A broker that starts and finds the file bad takes up the
 * policy that it ran with last, because that one was found good when it was applied.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { FieldFault } from '#broker/access/request.ts';
import { applyPolicy, type PolicyText } from '#broker/actions/apply-policy.ts';
import type { ActionContext } from '#broker/actions/context.ts';
import { all } from '#broker/actions/pages.ts';
import { stagePolicy } from '#broker/actions/stage-policy.ts';
import type { PolicyStanding } from '#broker/api/policy-standing.ts';
import { StagedWatch } from '#broker/gate/staged-watch.ts';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Store } from '#broker/store/store.ts';
import { loadPlant } from '#policies/load.ts';
import type { Plant } from '#policies/plant.ts';
import { gitRevisionOf } from './git-revision.ts';
import type { Log } from './log.ts';
import { createPolicyFile } from './policy-file.ts';

export interface InForce {
  readonly plant: Plant;
  /** Its YAML, for the sensors. */
  readonly text: string;
}

/** The policy that was applied last and is still active; undefined where there never was one. */
export async function lastApplied(store: Store, file: string): Promise<InForce | undefined> {
  const { items } = await store.policies.list({}, { limit: 200 });
  const text = items.find(({ active }) => active)?.text;
  const loaded = text === undefined ? undefined : loadPlant(text, file);
  return text !== undefined && loaded?.kind === 'plant' ? { plant: loaded.plant, text } : undefined;
}

/** Looks at the policy that waits, if one does. */
export async function watchStaged(store: Store, file: string): Promise<StagedWatch> {
  const watch = new StagedWatch(file);
  for (const revision of await all(store.policies, {})) watch.hear(revision);
  return watch;
}

/** What a change of the policy file leads to. */
export interface PolicyFollower {
  /** Puts into force what was found good. */
  readonly take: (now: InForce) => Promise<void>;
  /** Is told how the file stands, after that. */
  readonly policy: Pick<PolicyStanding, 'accept' | 'refuse'>;
}

export interface FollowedFile {
  readonly file: string;
  /** What an edit does while a policy is in force. */
  readonly change: 'two-people' | 'file';
}

/** A check of the policy file. */
export function followPolicyFile(
  { file, change }: FollowedFile,
  context: ActionContext,
  { take, policy }: PolicyFollower,
  log: Log,
): () => Promise<void> {
  let isStart = true;
  const refuse = (message: string, faults: readonly FieldFault[]): void => {
    const lines = faults.map((fault) => `${fault.field}: ${fault.message}`);
    log.info({ event: 'policy-refused', faults: [message, ...lines] });
    policy.refuse({ at: context.clock(), message, faults });
  };
  const apply = async (asked: PolicyText): Promise<void> => {
    const outcome = await applyPolicy(context, asked);
    if (outcome.kind === 'conflict') throw unsettled();
    if (outcome.kind === 'refused') {
      refuse(outcome.message, outcome.fields ?? []);
      return;
    }
    await take({ plant: outcome.plant, text: asked.text });
    policy.accept(outcome.plant.version);
    log.info({ event: 'policy-applied', version: outcome.plant.version });
  };
  const stage = async (asked: PolicyText): Promise<void> => {
    const outcome = await stagePolicy(context, asked);
    if (outcome.kind === 'conflict') throw unsettled();
    if (outcome.kind === 'refused') {
      refuse(outcome.message, outcome.fields ?? []);
      return;
    }
    const { id, staged } = outcome.revision;
    policy.accept(id);
    if (staged !== undefined) log.info({ event: 'policy-staged', version: id });
  };
  const policyFile = createPolicyFile(file, async (text, unreadable) => {
    const wasStart = isStart;
    isStart = false;
    if (text === undefined) {
      refuse(`\`${basename(file)}\` ${unreadable}`, []);
      return;
    }
    const git = await gitRevisionOf(file);
    const asked = { text, file, ...(git !== undefined && { git }) };
    if (change === 'file' || context.plant() === undefined) {
      await apply(asked);
      return;
    }
    // At a start nobody edited it: what was taken back, or withdrawn, while it ran does not come again by itself.
    if (wasStart && (await isKnown(context.store, text))) return;
    await stage(asked);
  });
  return () => policyFile.check();
}

const unsettled = (): BrokerError =>
  new BrokerError('store', 'the policy could not be taken: the store did not settle');

const isKnown = async ({ policies }: Store, text: string): Promise<boolean> =>
  (await policies.get(createHash('sha256').update(text).digest('hex'))) !== undefined;
