/**
 * Four eyes: whose word counts for a request, and how many still have to give it.
 *
 * An approval counts iff its person holds, now, one of the roles that the access entry names, for the
 * zone of the asset; is not the requester, nor of a company the requester works for; and saw exactly
 * this request under exactly this policy (the hash covers both). Accounts of one human are one person.
 */
import type { AccessRequest, Approval } from '#broker/model/access.ts';
import type { AccessEntry, Person, Plant, Role, RoleAssignment } from '#policies/plant.ts';
import { liesIn } from '#policies/zones.ts';
import { entitlementOf } from './entitlement.ts';

export type Say =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly because: string };

/** Roles whose holders never decide, even where an entry names them. docs/contracts.md, "Roles". */
const NEVER: ReadonlySet<Role> = new Set(['vendor', 'auditor', 'admin']);

/**
 * Whether `person` may approve, narrow or deny `request` at all. Neither its state and clocks nor the
 * policy version are looked at: a request of an older policy is checked again before it is decided.
 */
export function mayDecide(plant: Plant, request: AccessRequest, person: string): Say {
  const no = (because: string): Say => ({ allowed: false, because });
  const entitlement = entitlementOf(plant, { ...request, person: request.requester });
  if (entitlement.kind === 'lost') return no(entitlement.because);
  const facts = decidingFacts(plant, request, person);
  if (facts === undefined) return no(`\`${person}\` is no person of this plant`);
  if (facts.sameHuman) return no('nobody decides their own request');
  if (facts.sameCompany) return no("a person of the requester's company may not decide");
  if (!facts.named) {
    const { entry, asset } = entitlement;
    return no(`needs ${describeRoles(entry)} for zone \`${asset.zone}\``);
  }
  return { allowed: true };
}

export interface DecidingFacts {
  /** Accounts of one human, or the same account. */
  readonly sameHuman: boolean;
  readonly sameCompany: boolean;
  /** The access entry names a role that the person holds, for the zone of the asset. */
  readonly named: boolean;
}

/** Undefined where `person` is none of this plant. */
export function decidingFacts(
  plant: Plant,
  request: Pick<AccessRequest, 'requester' | 'vendor' | 'entry' | 'asset'>,
  person: string,
): DecidingFacts | undefined {
  const decider = plant.people.get(person);
  if (decider === undefined) return undefined;
  const human = humansOf(plant);
  const entry = plant.access.get(request.entry);
  const zone = plant.assets.get(request.asset)?.zone;
  return {
    sameHuman: human(person) === human(request.requester),
    sameCompany: sharesCompany(plant, human, decider, request),
    named: entry !== undefined && zone !== undefined && holdsNamedRole(plant, entry, zone, decider),
  };
}

/** Whether one approval counts towards the quorum of `request` as it stands. */
export function counts(plant: Plant, request: AccessRequest, approval: Approval): boolean {
  return (
    approval.verdict === 'approve' &&
    approval.hash === request.hash &&
    request.policyVersion === plant.version &&
    mayDecide(plant, request, approval.person).allowed
  );
}

/**
 * Whether an approval counts, for people to read, and if not, why. Once the request is decided, what
 * counted then: later changes of the policy and of roles do not rewrite who agreed.
 */
export function weigh(plant: Plant, request: AccessRequest, approval: Approval): Say {
  if (approval.hash !== request.hash) {
    return approval.policyVersion === request.policyVersion
      ? { allowed: false, because: 'the request was narrowed after it' }
      : { allowed: false, because: 'the plant policy changed after it' };
  }
  if (request.state !== 'pending') return { allowed: true };
  if (request.policyVersion !== plant.version) {
    return { allowed: false, because: 'the plant policy changed after it' };
  }
  return mayDecide(plant, request, approval.person);
}

export interface Tally {
  /** Distinct humans that must agree; at least 1. */
  readonly quorum: number;
  /** Distinct humans whose approval counts. */
  readonly have: number;
}

/** INVARIANT: what does not count today does not count because of anything said yesterday. */
export function tally(plant: Plant, request: AccessRequest): Tally {
  const entry = plant.access.get(request.entry);
  // Without its entry nobody may decide, so nothing counts and any quorum above 0 refuses.
  const quorum = Math.max(1, entry?.approve.quorum ?? 1);
  const human = humansOf(plant);
  const counting = request.approvals.filter((approval) => counts(plant, request, approval));
  return { quorum, have: new Set(counting.map(({ person }) => human(person))).size };
}

/** Whether `person`, or the same human under another account, has approved `request` as it stands. */
export function hasApproved(plant: Plant, request: AccessRequest, person: string): boolean {
  const human = humansOf(plant);
  return request.approvals.some(
    (approval) => counts(plant, request, approval) && human(approval.person) === human(person),
  );
}

/** `approver@cell-1 or security` */
function describeRoles({ approve }: AccessEntry): string {
  return approve.from
    .map(({ role, zone }) => (zone === undefined ? role : `${role}@${zone}`))
    .join(' or ');
}

/**
 * Gives each account the name of its human: `sameAs` joins accounts in both directions and along
 * chains. An account that is named only by others still joins them.
 */
export function humansOf(plant: Plant): (person: string) => string {
  const parent = new Map<string, string>();
  const root = (person: string): string => {
    let at = person;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  for (const { id, sameAs } of plant.people.values()) {
    if (sameAs !== undefined && root(id) !== root(sameAs)) parent.set(root(id), root(sameAs));
  }
  return root;
}

/** The requester's vendor, and the company of any account of the same human, on either side. */
function sharesCompany(
  plant: Plant,
  human: (person: string) => string,
  decider: Person,
  request: Pick<AccessRequest, 'requester' | 'vendor'>,
): boolean {
  const companies = (person: string): ReadonlySet<string> =>
    new Set(
      [...plant.people.values()]
        .filter(({ id }) => human(id) === human(person))
        .map(({ company }) => company),
    );
  const theirs = new Set([request.vendor, ...companies(request.requester)]);
  return [...companies(decider.id)].some((company) => theirs.has(company));
}

/**
 * A named role counts where its zone holds the asset, and is held by whoever holds it for that zone or
 * one around it: `approver@plant` may act where `approver@cell-1` is named, never the other way round.
 */
function holdsNamedRole(
  plant: Plant,
  { approve }: AccessEntry,
  assetZone: string,
  person: Person,
): boolean {
  return approve.from.some((named) => {
    if (NEVER.has(named.role)) return false;
    const zone = named.zone ?? assetZone;
    return (
      liesIn(plant, assetZone, zone) &&
      person.roles.some((held) => held.role === named.role && isHeldFor(plant, held, zone))
    );
  });
}

function isHeldFor(plant: Plant, held: RoleAssignment, zone: string): boolean {
  if (held.zone !== undefined) return liesIn(plant, zone, held.zone);
  // An approver is one for a zone; without one the role says nothing.
  return held.role !== 'approver';
}
