/** Whether somebody has locked out a grant, its person, its vendor, its asset's zone, or everybody. */
import type { Lock } from '#broker/model/access.ts';
import type { GrantId } from '#broker/model/ids.ts';
import type { Plant } from '#policies/plant.ts';
import { zonesAround } from '#policies/zones.ts';

export interface Lockable {
  readonly grant: GrantId;
  readonly person: string;
  readonly vendor: string;
  readonly asset: string;
}

/** Whether `lock` is in force and meets `what`. A lock on a zone holds for the zones inside it. */
function meets(plant: Plant | undefined, lock: Lock, what: Lockable): boolean {
  if (lock.lifted !== undefined) return false;
  const { target } = lock;
  switch (target.kind) {
    case 'grant':
      return target.grant === what.grant;
    case 'person':
      return target.person === what.person;
    case 'vendor':
      return target.vendor === what.vendor;
    case 'zone': {
      const zone = plant?.assets.get(what.asset)?.zone;
      // An asset whose zone is not known any more cannot be shown to lie outside the locked one.
      if (plant === undefined || zone === undefined) return true;
      return zonesAround(plant, zone).includes(target.zone);
    }
    case 'all':
      return true;
    default:
      return target satisfies never;
  }
}

/** The first lock that meets `what`, or undefined. */
export function lockOn(
  plant: Plant | undefined,
  locks: readonly Lock[],
  what: Lockable,
): Lock | undefined {
  return locks.find((lock) => meets(plant, lock, what));
}

/** What is locked, in words: `grant gr_…`, `vendor acme`, `everything`. */
export function describeTarget(target: Lock['target']): string {
  switch (target.kind) {
    case 'grant':
      return `grant ${target.grant}`;
    case 'person':
      return `person ${target.person}`;
    case 'vendor':
      return `vendor ${target.vendor}`;
    case 'zone':
      return `zone ${target.zone}`;
    case 'all':
      return 'everything';
    default:
      return target satisfies never;
  }
}
