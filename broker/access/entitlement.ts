/**
 * Whether a person may still use an access entry on an asset, by the plant policy of this moment. It
 * is asked when access is requested, approved, opened, renewed, and for each PDU.
 */
import type { AccessEntry, Asset, Person, Plant } from '#policies/plant.ts';

export type Entitlement =
  | {
      readonly kind: 'entitled';
      readonly person: Person;
      readonly entry: AccessEntry;
      readonly asset: Asset;
    }
  | {
      readonly kind: 'lost';
      /** `role-lost`: the person; `policy-changed`: the entry or the asset. */
      readonly reason: 'role-lost' | 'policy-changed';
      readonly because: string;
    };

export function entitlementOf(
  plant: Plant,
  who: {
    readonly person: string;
    readonly vendor: string;
    readonly entry: string;
    readonly asset: string;
  },
): Entitlement {
  const lost = (reason: 'role-lost' | 'policy-changed', because: string): Entitlement => ({
    kind: 'lost',
    reason,
    because,
  });
  const person = plant.people.get(who.person);
  if (person === undefined)
    return lost('role-lost', `\`${who.person}\` is no person of this plant`);
  if (!isVendor(person) || person.company !== who.vendor || !plant.vendors.has(who.vendor)) {
    return lost('role-lost', `\`${person.id}\` is no vendor of \`${who.vendor}\``);
  }
  const entry = plant.access.get(who.entry);
  if (entry === undefined || entry.vendor !== who.vendor) {
    return lost('policy-changed', `\`${who.vendor}\` has no access entry \`${who.entry}\``);
  }
  const asset = plant.assets.get(who.asset);
  if (asset === undefined || !entry.targets.includes(who.asset)) {
    return lost(
      'policy-changed',
      `access entry \`${entry.id}\` does not name asset \`${who.asset}\``,
    );
  }
  return { kind: 'entitled', person, entry, asset };
}

export const isVendor = (person: Person): boolean =>
  person.roles.some(({ role }) => role === 'vendor');
