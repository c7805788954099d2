/** How far the policy in force explains what sensors heard; by kinds, for that is what is kept of each conversation. */
import type { AssetRecord } from '#broker/model/asset.ts';
import { createEvaluator } from '#policies/evaluate.ts';
import { kindsBetween } from '#policies/kinds.ts';
import type { Plant } from '#policies/plant.ts';
import { isRestricted, weightOf } from '#policies/segmentation/permissiveness.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { conversationsIn } from './heard-conversations.ts';
import { showPlace } from './show-asset.ts';
import type { CoverageView } from './views-policy.ts';

/** More are counted. */
const MAX_TOLD = 50;

export function showCoverage(plant: Plant, records: readonly AssetRecord[]): CoverageView {
  const evaluator = createEvaluator(plant);
  const around = { plant, evaluator };
  const places = records.map(({ address }) => evaluator.locate(address));
  const heard = conversationsIn(records).map((each) => {
    const passes = kindsBetween(plant, evaluator, each.client, each.server);
    const weights = evaluator
      .conduitsBetween(each.client, each.server)
      .map((conduit) => weightOf(plant, conduit));
    return {
      ...each,
      denied: each.kinds.filter((kind) => !passes.includes(kind)),
      weight: Math.min(1, ...weights),
    };
  });
  const covered = heard.filter(({ denied }) => denied.length === 0);
  const uncovered = heard.filter(({ denied }) => denied.length > 0);
  const heardAssets = new Set(places.flatMap((place) => place?.asset?.id ?? []));
  return {
    hosts: {
      heard: records.length,
      inZone: places.filter((place) => (place?.zones.length ?? 0) > 0).length,
    },
    conversations: {
      heard: heard.length,
      covered: covered.length,
      weight: covered.reduce((sum, { weight }) => sum + weight, 0),
    },
    conduits: {
      all: plant.conduits.length,
      restricted: plant.conduits.filter(isRestricted).length,
    },
    uncovered: uncovered.slice(0, MAX_TOLD).map(({ client, server, denied, lastSeen }) => ({
      client: showPlace(around, client),
      server: showPlace(around, server),
      denied,
      lastSeen: isoMicros(lastSeen),
    })),
    untold: Math.max(0, uncovered.length - MAX_TOLD),
    unheard: [...plant.assets.values()]
      .filter(({ id }) => !heardAssets.has(id))
      .map(({ id, name }) => ({ id, name })),
  };
}
