/**
 * Who acts, and whether they may: the person is looked up in the policy of this moment, so a lost role
 * bites at once. To a vendor what is forbidden looks exactly like what does not exist.
 */
import { isVendor } from '#broker/access/entitlement.ts';
import type { AccessRequest, Grant, Session } from '#broker/model/access.ts';
import type { Action, PeopleContext, Resource } from '#policies/people.ts';
import type { Person, Plant } from '#policies/plant.ts';
import type { ActionContext } from './context.ts';
import { type Refused, refused } from './outcome.ts';
import { noPolicy } from './transact.ts';

export interface Actor {
  readonly kind: 'actor';
  readonly plant: Plant;
  readonly person: Person;
}

export function actorOf(context: ActionContext, person: string): Actor | Refused {
  const plant = context.plant();
  if (plant === undefined) return noPolicy();
  const found = plant.people.get(person);
  return found === undefined
    ? refused('forbidden', 'you are no person of this plant')
    : { kind: 'actor', plant, person: found };
}

/** Undefined = permitted. `noun` is what a vendor is told does not exist. */
export function forbidden(
  context: ActionContext,
  { person }: Actor,
  action: Action,
  resource: Resource,
  noun: string,
  facts?: PeopleContext,
): Refused | undefined {
  const decision = context.may(person, action, resource, facts);
  if (decision.allowed) return undefined;
  return isVendor(person)
    ? unknown(noun)
    : refused('forbidden', decision.because.map(({ text }) => text).join('; '));
}

export const unknown = (noun: string): Refused => refused('unknown', `there is no such ${noun}`);

/** Where the asset is gone from the policy it lies in no zone, and zone-bound roles do not reach it. */
function zoneOf(plant: Plant, asset: string): { readonly zone?: string } {
  const zone = plant.assets.get(asset)?.zone;
  return zone === undefined ? {} : { zone };
}

export const requestResource = (
  plant: Plant,
  { asset, vendor, requester }: Pick<AccessRequest, 'asset' | 'vendor' | 'requester'>,
): Resource => ({ kind: 'request', vendor, owner: requester, ...zoneOf(plant, asset) });

export const grantResource = (plant: Plant, { asset, vendor, person }: Grant): Resource => ({
  kind: 'grant',
  vendor,
  owner: person,
  ...zoneOf(plant, asset),
});

export const sessionResource = (plant: Plant, { asset, vendor, person }: Session): Resource => ({
  kind: 'session',
  vendor,
  owner: person,
  ...zoneOf(plant, asset),
});
