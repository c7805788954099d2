/**
 * Which plant policy is in force: the file's, as soon as it is found good; else the one before.
 *
 * A policy that is refused changes nothing. A broker that starts and finds the file bad takes up the
 * policy that it ran with last, because that one was found good when it was applied.
 */
import { basename } from 'node:path';
import { applyPolicy } from '#broker/actions/apply-policy.ts';
import type { ActionContext } from '#broker/actions/context.ts';
import type { PolicyStanding } from '#broker/api/policy-standing.ts';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Store } from '#broker/store/store.ts';
import { loadPlant } from '#policies/load.ts';
import type { Plant } from '#policies/plant.ts';
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

/** What a change of the policy file leads to. */
export interface PolicyFollower {
  /** Puts into force what was found good. */
  readonly take: (now: InForce) => Promise<void>;
  /** Is told how the file stands, after that. */
  readonly policy: Pick<PolicyStanding, 'accept' | 'refuse'>;
}

/** A check of the policy file. */
export function followPolicyFile(
  file: string,
  context: ActionContext,
  { take, policy }: PolicyFollower,
  log: Log,
): () => Promise<void> {
  const policyFile = createPolicyFile(file, async (text, unreadable) => {
    if (text === undefined) {
      const message = `\`${basename(file)}\` ${unreadable}`;
      log.info({ event: 'policy-refused', faults: [message] });
      policy.refuse({ at: context.clock(), message, faults: [] });
      return;
    }
    const outcome = await applyPolicy(context, { text, file });
    switch (outcome.kind) {
      case 'done':
        await take({ plant: outcome.plant, text });
        policy.accept(outcome.plant.version);
        log.info({ event: 'policy-applied', version: outcome.plant.version });
        return;
      case 'refused': {
        const fields = outcome.fields ?? [];
        const faults = fields.map(({ field, message }) => `${field}: ${message}`);
        log.info({ event: 'policy-refused', faults: [outcome.message, ...faults] });
        policy.refuse({ at: context.clock(), message: outcome.message, faults: fields });
        return;
      }
      case 'conflict':
        throw new BrokerError('store', 'the policy could not be applied: the store did not settle');
      default:
        return outcome satisfies never;
    }
  });
  return () => policyFile.check();
}
