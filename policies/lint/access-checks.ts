/** Checks of access entries, people and tests. */
import { gateConduitsTo, safetyLayer } from '../layers.ts';
import { GATE_FUNCTIONS } from '../modbus-functions.ts';
import { type Pair, pairsOf } from '../pairs.ts';
import type { AccessEntry, Allowance, Asset, Person, Plant, Role } from '../plant.ts';
import { describeAllowance } from '../words.ts';
import { liesIn, safetyAmong, zonesAround } from '../zones.ts';
import { uncovered } from './cover.ts';
import { error, type Finding, warning } from './finding.ts';

/** Roles whose holders never decide. docs/contracts.md, "Roles". */
const NEVER_DECIDE: readonly Role[] = ['vendor', 'auditor', 'admin'];

const perTarget = (
  plant: Plant,
  check: (entry: AccessEntry, asset: Asset) => readonly Finding[],
): readonly Finding[] =>
  [...plant.access.values()].flatMap((entry) =>
    entry.targets.flatMap((id) => {
      const asset = plant.assets.get(id);
      return asset === undefined ? [] : check(entry, asset);
    }),
  );

/** A request inside such an entry would be approved by people and then refused by the gate. */
export const entryWiderThanConduit = (plant: Plant): readonly Finding[] =>
  perTarget(plant, (entry, asset) => {
    const name = `access entry \`${entry.id}\``;
    const { modbus } = asset;
    if (modbus === undefined) {
      const message = `${name} names asset \`${asset.id}\`, which has no Modbus endpoint: add \`modbus\``;
      return [error('entry-without-way', entry.at, message)];
    }
    const conduits = gateConduitsTo(plant, asset);
    if (conduits.length === 0) {
      const message = `no conduit leads through the gate to asset \`${asset.id}\`, which ${name} names`;
      return [error('entry-without-way', entry.at, message)];
    }
    const layers = [
      {
        name: conduits.map(({ id }) => `conduit \`${id}\``).join(', '),
        allowances: conduits.flatMap(({ allow }) => allow),
      },
      ...safetyAmong(plant, zonesAround(plant, asset.zone)).map((zone) => ({
        name: `safety zone \`${zone.id}\``,
        allowances: safetyLayer(zone).allowances,
      })),
    ];
    return entry.mayRequest.flatMap((allowance) =>
      layers
        .filter(
          ({ allowances }) =>
            uncovered(allowance, allowances, modbus.units, GATE_FUNCTIONS).length > 0,
        )
        .map((layer) => {
          const message = `"${describeAllowance(allowance)}" is wider than ${layer.name} lets pass to \`${asset.id}\`: narrow it`;
          return error('entry-wider-than-conduit', allowance.at, message);
        }),
    );
  });

/**
 * Bounds are those of single words: over a value of two they decide nothing, so the gate refuses what the
 * line seems to allow.
 */
export const boundsOverPair = (plant: Plant): readonly Finding[] =>
  perTarget(plant, (entry, asset) => {
    const lines = [
      ...entry.mayRequest,
      ...gateConduitsTo(plant, asset).flatMap(({ allow }) => allow),
    ];
    return lines.flatMap((allowance) =>
      pairsOf(asset)
        .filter((pair) => isBoundedOver(allowance, pair))
        .map(({ name, first, last }) => {
          const message = `"${describeAllowance(allowance)}" bounds single words, and registers ${first}-${last} of \`${asset.id}\` hold one value (${name}): give them a line without \`value\``;
          return error('bounds-over-pair', allowance.at, message);
        }),
    );
  });

function isBoundedOver(allowance: Allowance, pair: Pair): boolean {
  if (allowance.protocol !== 'modbus' || allowance.value === undefined) return false;
  const { table = 'holding-registers', addresses } = allowance;
  const meets = addresses?.some(({ first, last }) => first <= pair.last && pair.first <= last);
  return table === 'holding-registers' && meets !== false;
}

export const emptyEntry = ({ access }: Plant): readonly Finding[] =>
  [...access.values()]
    .filter(({ mayRequest, targets }) => mayRequest.length === 0 || targets.length === 0)
    .map(({ id, at }) => error('empty-list', at, `access entry \`${id}\` lets ask for nothing`));

/** People who could approve: distinct humans with a named role, none of them of the vendor. */
export const quorumNeverMet = (plant: Plant): readonly Finding[] =>
  perTarget(plant, (entry, asset) => {
    const able = [...plant.people.values()].filter(
      (person) =>
        person.company !== entry.vendor &&
        !person.roles.some(({ role }) => NEVER_DECIDE.includes(role)) &&
        isNamed(plant, entry, { asset, person }),
    );
    const humans = new Set(able.map(({ id }) => humanOf(plant, id)));
    const { quorum } = entry.approve;
    if (humans.size >= quorum) return [];
    const who = able.length === 0 ? 'nobody' : able.map(({ id }) => id).join(', ');
    const message = `access entry \`${entry.id}\` needs ${quorum} approvals for \`${asset.id}\`, and can get ${humans.size} (${who}): give more people the role, or lower the quorum`;
    return [error('quorum-never-met', entry.at, message)];
  });

/** A role counts where its zone holds the asset; who holds it for a zone around that one holds it too. */
const isNamed = (
  plant: Plant,
  { approve }: AccessEntry,
  { asset, person }: { readonly asset: Asset; readonly person: Person },
): boolean =>
  approve.from.some(({ role, zone = asset.zone }) => {
    if (!liesIn(plant, asset.zone, zone)) return false;
    return person.roles.some(
      (held) =>
        held.role === role &&
        (held.zone === undefined ? role !== 'approver' : liesIn(plant, zone, held.zone)),
    );
  });

/** Accounts joined by `sameAs` are one human, named by the account that all of them lead to. */
function humanOf({ people }: Plant, id: string): string {
  const joined = new Set([id]);
  for (let size = 0; size < joined.size; ) {
    size = joined.size;
    for (const { id: one, sameAs } of people.values()) {
      if (sameAs !== undefined && (joined.has(one) || joined.has(sameAs))) {
        joined.add(one).add(sameAs);
      }
    }
  }
  return [...joined].sort()[0] ?? id;
}

export const vendorWithoutPeople = (plant: Plant): readonly Finding[] =>
  [...plant.access.values()]
    .filter(
      ({ vendor }) =>
        ![...plant.people.values()].some(
          ({ company, roles }) => company === vendor && roles.some(({ role }) => role === 'vendor'),
        ),
    )
    .map(({ id, vendor, at }) => {
      const message = `nobody with the role vendor works for \`${vendor}\`: nobody can ask under \`${id}\``;
      return warning('vendor-without-people', at, message);
    });

export const idleLongerThanGrant = ({ access }: Plant): readonly Finding[] =>
  [...access.values()]
    .filter(({ limits }) => limits.idle > limits.max)
    .map(({ id, at }) =>
      warning(
        'idle-longer-than-grant',
        at,
        `\`idle\` of \`${id}\` is longer than \`max\`: it never ends a session`,
      ),
    );

/** Roles that take each other's power away, so that one of the two was not meant. */
export const mixedRoles = ({ people }: Plant): readonly Finding[] =>
  [...people.values()].flatMap((person) => {
    const roles = new Set(person.roles.map(({ role }) => role));
    const decides = roles.has('approver') || roles.has('security');
    const found = (message: string): Finding =>
      warning('mixed-roles', person.at, `\`${person.id}\` ${message}`);
    return [
      ...(roles.has('admin') && decides ? [found('is an admin, so they decide nothing')] : []),
      ...(roles.has('auditor') && roles.size > 1
        ? [found('is an auditor, so they change nothing')]
        : []),
      ...(roles.size === 0 ? [found('has no role: they can sign in and see nothing')] : []),
    ];
  });

export const untestedEntry = ({ access, tests }: Plant): readonly Finding[] =>
  [...access.values()]
    .filter(({ id }) => !tests.some(({ grant }) => grant === id))
    .map(({ id, at }) =>
      warning(
        'untested-entry',
        at,
        `no sentence in \`tests\` speaks of \`${id}\`: say what it must never allow`,
      ),
    );
