/** What is wrong or doubtful in a policy that can be loaded. One function for each check. */
import {
  boundsOverPair,
  emptyEntry,
  entryWiderThanConduit,
  idleLongerThanGrant,
  mixedRoles,
  quorumNeverMet,
  untestedEntry,
  vendorWithoutPeople,
} from './lint/access-checks.ts';
import {
  conduitIntoSafety,
  conduitPastDmz,
  deadAllowance,
  emptyConduit,
  functionPastGate,
  gateConduitWithoutGate,
  overlappingAllowances,
} from './lint/conduit-checks.ts';
import type { Check, Finding } from './lint/finding.ts';
import {
  addressOfNoHost,
  assetWithoutConduit,
  gateOutsideZones,
  safetyInside,
  zoneWithoutAddresses,
  zoneWithoutOwner,
} from './lint/zone-checks.ts';
import type { Section } from './load.ts';
import type { Plant } from './plant.ts';

/** An empty file is a policy that lets nothing pass; nobody means to apply one. */
const nothingPasses: Check = ({ conduits }) =>
  conduits.length > 0
    ? []
    : [
        {
          severity: 'error',
          check: 'nothing-passes',
          message: 'the policy has no conduits, so nothing passes anywhere: write the first one',
        },
      ];

/** A sensor alone needs no people; a broker without them is shut. */
const nobodySignsIn: Check = ({ people }) =>
  people.size > 0
    ? []
    : [
        {
          severity: 'warning',
          check: 'nobody-signs-in',
          message: 'the policy names no people, so nobody can sign in to a broker',
        },
      ];

/** Each check, with the sections of which it must know every entry to be right about any. */
const CHECKS: readonly (readonly [Check, ...Section[]])[] = [
  [nothingPasses, 'conduits'],
  [nobodySignsIn, 'people'],
  [gateOutsideZones, 'zones'],
  [zoneWithoutOwner],
  [zoneWithoutAddresses],
  [safetyInside],
  [addressOfNoHost],
  [assetWithoutConduit, 'conduits', 'zones'],
  [gateConduitWithoutGate, 'gates', 'zones', 'assets'],
  [conduitIntoSafety],
  [conduitPastDmz],
  [emptyConduit],
  [deadAllowance],
  [functionPastGate],
  [overlappingAllowances],
  [entryWiderThanConduit, 'conduits', 'gates', 'zones', 'assets'],
  [boundsOverPair],
  [emptyEntry],
  [quorumNeverMet, 'people', 'zones'],
  [vendorWithoutPeople, 'people'],
  [idleLongerThanGrant],
  [mixedRoles],
  [untestedEntry, 'tests'],
];

/**
 * In the order of the file; what concerns the policy as a whole comes first. What cannot be known while
 * sections are broken is left out.
 */
export function lint(plant: Plant, broken: ReadonlySet<Section> = WHOLE): readonly Finding[] {
  return CHECKS.filter(([, ...needed]) => !needed.some((section) => broken.has(section)))
    .flatMap(([check]) => check(plant))
    .sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0));
}

const WHOLE: ReadonlySet<Section> = new Set();
