/** What a step of the policy takes from the conversations that sensors heard, and gives them: by kinds, for that is what is kept of each. */
import { type AssetRecord, assetIdOf, type SeenConversation } from '#broker/model/asset.ts';
import { createEvaluator } from '#policies/evaluate.ts';
import { kindsBetween } from '#policies/kinds.ts';
import type { Plant } from '#policies/plant.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { showPlace } from './show-asset.ts';
import type { PolicyPlanView } from './views-policy.ts';

/** More are counted. */
const MAX_TOLD = 100;

interface Heard extends Pick<SeenConversation, 'kinds' | 'lastSeen'> {
  readonly client: string;
  readonly server: string;
}

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

/** Each pair once, whichever end and sensor told of it; the newest first. Those without a decoded operation say nothing. */
function conversationsIn(records: readonly AssetRecord[]): readonly Heard[] {
  const byPair = new Map<string, Heard>();
  for (const { address, sightings } of records) {
    for (const { peer, role, kinds, lastSeen } of sightings.flatMap((s) => s.conversations)) {
      if (kinds.length === 0) continue;
      const [client, server] = role === 'client' ? [address, peer] : [peer, address];
      const key = `${assetIdOf(client)} ${assetIdOf(server)}`;
      const known = byPair.get(key);
      byPair.set(key, {
        client,
        server,
        kinds: [...new Set([...(known?.kinds ?? []), ...kinds])],
        lastSeen: micros(Math.max(known?.lastSeen ?? 0, lastSeen)),
      });
    }
  }
  return [...byPair.values()].sort((a, b) => b.lastSeen - a.lastSeen);
}
