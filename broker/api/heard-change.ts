/** What a step of the policy takes from the conversations that sensors heard, and gives them: by kinds, for that is what is kept of each. */
import type { AssetRecord } from '#broker/model/asset.ts';
import { createEvaluator } from '#policies/evaluate.ts';
import { kindsBetween } from '#policies/kinds.ts';
import type { Plant } from '#policies/plant.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { conversationsIn } from './heard-conversations.ts';
import { showPlace } from './show-asset.ts';
import type { PolicyPlanView } from './views-policy.ts';

/** More are counted. */
const MAX_TOLD = 100;

/** `from`: the policy in force, whose names are shown. */
export function heardChange(
  from: Plant,
  to: Plant,
  records: readonly AssetRecord[],
): PolicyPlanView['heard'] {
  const [before, after] = [createEvaluator(from), createEvaluator(to)];
  const heard = conversationsIn(records);
  const changed = heard.flatMap(({ client, server, kinds, lastSeen }) => {
    const passed = kindsBetween(from, before, client, server);
    const passes = kindsBetween(to, after, client, server);
    const lost = kinds.filter((kind) => passed.includes(kind) && !passes.includes(kind));
    const gained = kinds.filter((kind) => !passed.includes(kind) && passes.includes(kind));
    if (lost.length + gained.length === 0) return [];
    const around = { plant: from, evaluator: before };
    const pair = { client: showPlace(around, client), server: showPlace(around, server) };
    return [{ ...pair, lost, gained, lastSeen: isoMicros(lastSeen) }];
  });
  return {
    conversations: heard.length,
    changed: changed.slice(0, MAX_TOLD),
    untold: Math.max(0, changed.length - MAX_TOLD),
  };
}
