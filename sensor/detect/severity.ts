/** How urgent an alert is, 0..100, as a sum whose parts are shown (docs/contracts.md, "Alert"). */
import type { RuleLevel } from '#sensor/model/alert.ts';
import type { AssetView } from './plant-view.ts';

export interface Severity {
  /** 0..100 */
  readonly points: number;
  /** They add up to `points`. */
  readonly parts: readonly { readonly part: string; readonly points: number }[];
}

/** The parts add up to 100 at most: nothing is capped, so that the sum can be followed. */
const LEVEL: Readonly<Record<RuleLevel, number>> = {
  informational: 5,
  low: 20,
  medium: 40,
  high: 60,
  critical: 75,
};
const CRITICALITY = { low: 0, medium: 5, high: 10 } as const;
const SAFETY_ZONE = 15;
/** Purdue 0-2: the process itself. 3: site operations. Above: the office side. */
const zonePoints = (purdue: number): number => (purdue <= 2 ? 8 : purdue <= 3 ? 4 : 0);

/** `asset` is what was acted upon, where the policy knows it. */
export function severityOf(level: RuleLevel, asset: AssetView | undefined): Severity {
  const parts = [{ part: `rule level ${level}`, points: LEVEL[level] }];
  if (asset !== undefined) {
    parts.push({
      part: `criticality ${asset.criticality} of ${asset.id}`,
      points: CRITICALITY[asset.criticality],
    });
    parts.push(
      asset.safety
        ? { part: `safety zone ${asset.zone}`, points: SAFETY_ZONE }
        : {
            part: `zone ${asset.zone}, Purdue level ${asset.purdue}`,
            points: zonePoints(asset.purdue),
          },
    );
  }
  return { points: parts.reduce((sum, { points }) => sum + points, 0), parts };
}
