/** Entries, requests, grants, sessions and locks as screens show them. */
import { weigh } from '#broker/access/approval.ts';
import { describeTarget } from '#broker/access/lock.ts';
import type { AccessRequest, Approval, Grant, Lock, Session } from '#broker/model/access.ts';
import { passing } from '#policies/passing.ts';
import type { AccessEntry, Plant, RoleAssignment } from '#policies/plant.ts';
import { describeWindows } from '#policies/window-words.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { showAllowance } from './show-allowance.ts';
import type { EntryView, GrantView, LockView, RequestView, SessionView } from './views.ts';

/** `approver@cell-1` */
export const showRole = ({ role, zone }: RoleAssignment): string =>
  zone === undefined ? role : `${role}@${zone}`;

/** A person who left the policy is still named by id in what they did. */
function showPerson(plant: Plant, id: string, company: string) {
  const person = plant.people.get(id);
  const companyId = person?.company ?? company;
  return {
    id,
    name: person?.name ?? id,
    company: plant.vendors.get(companyId)?.name ?? companyId,
  };
}

function showTarget(plant: Plant, id: string) {
  const asset = plant.assets.get(id);
  const zone = asset === undefined ? undefined : plant.zones.get(asset.zone);
  return {
    id,
    name: asset?.name ?? id,
    zone: zone?.name ?? asset?.zone ?? '',
    criticality: asset?.criticality ?? 'low',
  };
}

const showAsset = (plant: Plant, id: string) => {
  const { name, zone } = showTarget(plant, id);
  return { id, name, zone };
};

export function showEntry(plant: Plant, entry: AccessEntry): EntryView {
  return {
    id: entry.id,
    why: entry.why,
    targets: entry.targets.map((id) => showAsset(plant, id)),
    mayRequest: entry.mayRequest.map(showAllowance),
    limits: {
      max: entry.limits.max,
      idle: entry.limits.idle,
      readGrace: entry.limits.readGrace,
    },
    quorum: entry.approve.quorum,
    approvers: entry.approve.from.map(showRole),
    windows: describeWindows(entry.windows),
  };
}

export function showGrant(
  grant: Grant,
  seen: Pick<GrantView, 'connect' | 'hindrance' | 'session'>,
): GrantView {
  return {
    id: grant.id,
    state: grant.state,
    notBefore: isoMicros(grant.notBefore),
    notAfter: isoMicros(grant.notAfter),
    graceUntil: isoMicros(grant.graceUntil),
    ...seen,
  };
}

function showApproval(plant: Plant, request: AccessRequest, approval: Approval) {
  const { person, at, verdict, comment } = approval;
  const said = {
    person: plant.people.get(person)?.name ?? person,
    at: isoMicros(at),
    verdict,
    comment,
  };
  if (verdict === 'deny') return { ...said, counts: false };
  const weight = weigh(plant, request, approval);
  return weight.allowed
    ? { ...said, counts: true }
    : { ...said, counts: false, voided: weight.because };
}

export function showRequest(
  plant: Plant,
  request: AccessRequest,
  seen: {
    readonly mayDecide: RequestView['mayDecide'];
    readonly grant?: GrantView;
  },
): RequestView {
  const entry = plant.access.get(request.entry);
  return {
    id: request.id,
    version: request.version,
    state: request.state,
    requester: showPerson(plant, request.requester, request.vendor),
    entry: request.entry,
    asset: showTarget(plant, request.asset),
    operations: request.operations.map(showAllowance),
    notBefore: isoMicros(request.notBefore),
    notAfter: isoMicros(request.notAfter),
    graceUntil: isoMicros(request.graceUntil),
    requestExpiresAt: isoMicros(request.requestExpiresAt),
    purpose: request.purpose,
    ...(request.ticket !== undefined && { ticket: request.ticket }),
    submittedAt: isoMicros(request.submittedAt),
    hash: request.hash,
    policyVersion: request.policyVersion,
    narrowed: request.narrowedFrom !== undefined,
    ...(request.asked !== undefined && {
      asked: {
        operations: request.asked.operations.map(showAllowance),
        notAfter: isoMicros(request.asked.notAfter),
      },
    }),
    quorum: entry?.approve.quorum ?? 0,
    approvals: request.approvals.map((approval) => showApproval(plant, request, approval)),
    mayDecide: seen.mayDecide,
    ...(seen.grant !== undefined && { grant: seen.grant }),
  };
}

/** The plant as this gate reaches it. */
export interface Reach {
  readonly plant: Plant;
  /** Only conduits from there let anything pass. */
  readonly gateAddress: string;
}

/** `live`: the counts of now, where the session is open; the stored ones are those of its end. */
export function showSession(
  { plant, gateAddress }: Reach,
  session: Session,
  grant: Grant,
  live?: Session['counts'],
  request?: AccessRequest,
): SessionView {
  return {
    id: session.id,
    version: session.version,
    state: session.state,
    grant: session.grant,
    person: showPerson(plant, session.person, session.vendor),
    asset: showAsset(plant, session.asset),
    // Of one that runs, what the policy of this moment leaves of the grant.
    allowed: (session.state === 'ended'
      ? grant.operations
      : passing(plant, grant, [gateAddress])
    ).map(showAllowance),
    startedAt: isoMicros(session.startedAt),
    ...(session.endedAt !== undefined && { endedAt: isoMicros(session.endedAt) }),
    ...(session.endReason !== undefined && { endReason: session.endReason }),
    ...(session.endedBy !== undefined && {
      endedBy: plant.people.get(session.endedBy)?.name ?? session.endedBy,
    }),
    ...(session.endText !== undefined && { endText: session.endText }),
    notAfter: isoMicros(grant.notAfter),
    graceUntil: isoMicros(grant.graceUntil),
    counts: live ?? session.counts,
    incomplete: session.incomplete !== undefined,
    ...(request !== undefined && {
      request: {
        id: request.id,
        purpose: request.purpose,
        ...(request.ticket !== undefined && { ticket: request.ticket }),
        approvers: request.approvals
          .map((approval) => showApproval(plant, request, approval))
          .filter(({ counts }) => counts)
          .map(({ person }) => person),
      },
    }),
  };
}

export function showLock(plant: Plant, lock: Lock, grant?: Grant): LockView {
  const nameOf = (id: string): string => plant.people.get(id)?.name ?? id;
  return {
    id: lock.id,
    version: lock.version,
    target: describeTarget(lock.target),
    ...(grant !== undefined && {
      grant: {
        person: nameOf(grant.person),
        asset: showAsset(plant, grant.asset).name,
        request: grant.request,
      },
    }),
    reason: lock.reason,
    placedBy: nameOf(lock.placedBy),
    placedAt: isoMicros(lock.placedAt),
    ...(lock.lifted !== undefined && {
      lifted: { by: nameOf(lock.lifted.by), at: isoMicros(lock.lifted.at) },
    }),
  };
}
