/** What a step from one policy to another changes, as the people see it who must agree to it. */
import { structuredPatch } from 'diff';
import { entitlementOf } from '#broker/access/entitlement.ts';
import type { Grant, Session } from '#broker/model/access.ts';
import type { AssetRecord } from '#broker/model/asset.ts';
import {
  describeFirewall,
  describeGrant,
  describeSetting,
  describeTraffic,
} from '#policies/plan/words.ts';
import { comparePlants } from '#policies/plan.ts';
import type { Plant } from '#policies/plant.ts';
import { heardChange } from './heard-change.ts';
import type { PolicyPlanView } from './views-policy.ts';

/** One side of the step. */
export interface PolicyVersion {
  readonly plant: Plant;
  readonly text: string;
}

/** What the step meets. */
export interface Around {
  readonly open: readonly { readonly session: Session; readonly grant: Grant }[];
  readonly heard: readonly AssetRecord[];
}

/** Lines around a difference. */
const CONTEXT = 3;
/** A diff that is longer is read in an editor. */
const MAX_DIFF_LINES = 2_000;
/** Longer texts are told by what they change alone. */
const MAX_DIFF_MS = 1_000;

export function showPolicyPlan(
  from: PolicyVersion,
  to: PolicyVersion,
  { open, heard }: Around,
): PolicyPlanView {
  const plan = comparePlants(from.plant, to.plant);
  return {
    from: from.plant.version,
    to: to.plant.version,
    changes: [
      ...plan.traffic.map((change) => ({ ...change, text: describeTraffic(change) })),
      ...plan.grants.map((change) => ({ ...change, text: describeGrant(change) })),
    ].map(({ becomes, text, both, at }) => ({ becomes, text, both, line: at.line })),
    firewall: plan.firewall.map((change) => ({
      becomes: change.becomes,
      text: describeFirewall(change),
    })),
    settings: plan.settings.map(describeSetting),
    heard: heardChange(from.plant, to.plant, heard),
    sessions: open.flatMap(({ session, grant }) => {
      const entitlement = entitlementOf(to.plant, grant);
      if (entitlement.kind === 'entitled') return [];
      const { id, person, asset } = session;
      return [{ id, person, asset, because: entitlement.because }];
    }),
    diff: diffOf(from.text, to.text),
  };
}

function diffOf(from: string, to: string): PolicyPlanView['diff'] {
  const options = { context: CONTEXT, timeout: MAX_DIFF_MS };
  const patch = structuredPatch('', '', from, to, '', '', options);
  return (patch?.hunks ?? [])
    .flatMap(({ oldStart, newStart, lines }): PolicyPlanView['diff'] => [
      { sign: '@', text: `line ${oldStart}, now ${newStart}` },
      ...lines.flatMap((line) => {
        const sign = SIGNS.find((each) => line.startsWith(each));
        return sign === undefined ? [] : [{ sign, text: line.slice(1) }];
      }),
    ])
    .slice(0, MAX_DIFF_LINES);
}

const SIGNS = ['+', '-', ' '] as const;
