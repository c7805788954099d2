/** The plant policy as screens show it, in words and with its lines. */
import { basename } from 'node:path';
import { POLICY_QUORUM, type PolicyRevision, type StagedPolicy } from '#broker/model/policy.ts';
import type { StagedAside } from '#broker/model/staged-aside.ts';
import type { AuditLeaf } from '#broker/store/store.ts';
import { kindsBy } from '#policies/kinds.ts';
import { type MatrixCell, matrixOf } from '#policies/matrix.ts';
import type { AccessEntry, Conduit, Plant, PolicyTest, Zone } from '#policies/plant.ts';
import type { TestReport } from '#policies/tests.ts';
import { describeWindows } from '#policies/window-words.ts';
import { describeAllowance } from '#policies/words.ts';
import { isoMicros } from '#sensor/model/time.ts';
import type { RefusedPolicy } from './policy-standing.ts';
import { showRole } from './show-access.ts';
import type { PolicyDeed, PolicyEventView, PolicyTestView, PolicyView } from './views-policy.ts';

export function showPolicy(
  plant: Plant,
  report: TestReport,
  seen: { readonly revision?: PolicyRevision; readonly refused?: RefusedPolicy },
): PolicyView {
  const { revision, refused } = seen;
  return {
    site: plant.site.name,
    version: plant.version,
    ...(revision?.appliedAt !== undefined && { appliedAt: isoMicros(revision.appliedAt) }),
    ...(revision?.before !== undefined && { before: revision.before }),
    ...(revision?.git !== undefined && { git: revision.git }),
    zones: [...plant.zones.values()]
      // As plants are drawn: the process at the bottom.
      .toSorted((a, b) => b.purdue - a.purdue)
      .map((zone) => showZone(plant, zone)),
    matrix: matrixOf(plant).map(showCell),
    conduits: plant.conduits.map(showConduit),
    access: [...plant.access.values()].map((entry) => showAccess(plant, entry)),
    tests: plant.tests.map((test) => showTest(test, report)),
    ...(refused && {
      refused: {
        at: isoMicros(refused.at),
        message: refused.message,
        faults: refused.faults.map(({ field, message }) => ({ place: basename(field), message })),
      },
    }),
  };
}

/** With the agreements that still count, and what it would have said until now. */
export function showStaged(
  plant: Plant,
  { id, git }: PolicyRevision,
  { at: since, approvals }: StagedPolicy,
  aside: StagedAside | undefined,
): NonNullable<PolicyView['staged']> {
  return {
    version: id,
    at: isoMicros(since),
    approvals: approvals.map(({ person, at }) => ({
      person,
      name: plant.people.get(person)?.name ?? person,
      at: isoMicros(at),
    })),
    quorum: POLICY_QUORUM,
    ...(git !== undefined && { git }),
    ...(aside !== undefined && {
      beside: {
        ...aside,
        differences: aside.differences.map((each) => ({
          ...each,
          lastAt: isoMicros(each.lastAt),
        })),
      },
    }),
  };
}

function showZone(plant: Plant, zone: Zone): PolicyView['zones'][number] {
  const { id, name, purdue, securityLevel, safety, criticality, cidrs, owner, parent } = zone;
  return {
    ...{ id, name, purdue, securityLevel, safety, criticality, cidrs },
    ...(owner !== undefined && { owner }),
    ...(parent !== undefined && { parent }),
    allow: zone.allow.map(describeAllowance),
    assets: [...plant.assets.values()].filter((asset) => asset.zone === id).length,
    line: zone.at.line,
  };
}

function showCell({ from, to, whole, single, safety }: MatrixCell): PolicyView['matrix'][number] {
  const kinds = kindsBy(whole, safety);
  return {
    from,
    to,
    kinds,
    kindsOfSome: kindsBy(single, safety).filter((kind) => !kinds.includes(kind)),
    conduits: [...whole, ...single].map(({ id }) => id),
    safety: safety.map(({ id }) => id),
  };
}

const showConduit = ({
  allow,
  at,
  id,
  from,
  to,
  via,
  onRecordingFailure,
  why,
}: Conduit): PolicyView['conduits'][number] => ({
  ...{ id, from, to, via, onRecordingFailure, why },
  allow: allow.map(describeAllowance),
  line: at.line,
});

function showAccess(plant: Plant, entry: AccessEntry): PolicyView['access'][number] {
  const { id, vendor, targets, mayRequest, approve, limits, windows, why, at } = entry;
  return {
    id,
    vendor: plant.vendors.get(vendor)?.name ?? vendor,
    targets: targets.map((target) => ({
      id: target,
      name: plant.assets.get(target)?.name ?? target,
    })),
    mayRequest: mayRequest.map(describeAllowance),
    quorum: approve.quorum,
    approvers: approve.from.map(showRole),
    limits,
    windows: describeWindows(windows),
    why,
    line: at.line,
  };
}

function showTest(test: PolicyTest, { failures }: TestReport): PolicyTestView {
  const { as, on, grant, at } = test;
  const sentences = (['allow', 'deny'] as const).flatMap((expected) =>
    test[expected].map((text) => {
      const failure = failures.find(
        (each) => each.at.line === at.line && each.expected === expected && each.statement === text,
      );
      return { expected, text, ...(failure && { failure: failure.text }) };
    }),
  );
  return { as, on, ...(grant !== undefined && { grant }), line: at.line, sentences };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** What the audit log calls each deed. */
export const POLICY_DEEDS: ReadonlyMap<string, PolicyDeed> = new Map([
  ['apply-policy', 'applied'],
  ['stage-policy', 'staged'],
  ['approve-policy', 'agreed'],
  ['withdraw-policy', 'withdrawn'],
  ['roll-back-policy', 'taken back'],
]);

/** A leaf of one of them. */
export function showPolicyEvent({ index, event }: AuditLeaf): PolicyEventView {
  const { at, actor, action, subject, outcome, detail } = event;
  // The word that made it complete names the policy that it was given against.
  const before = textOf(
    detail['before'] ?? (Array.isArray(detail['people']) ? detail['base'] : undefined),
  );
  const fields = Array.isArray(detail['fields']) ? detail['fields'] : [];
  const isDone = outcome === 'allowed';
  // The word that made it complete put it into force.
  const deed = Array.isArray(detail['people']) ? 'applied' : POLICY_DEEDS.get(action);
  return {
    leaf: index,
    at: isoMicros(at),
    by: actor,
    outcome: isDone && deed !== undefined ? deed : 'refused',
    ...(isDone && { version: subject }),
    ...(before !== undefined && { before }),
    faults: fields.flatMap((field) => (typeof field === 'string' ? [basename(field)] : [])),
  };
}
