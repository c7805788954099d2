/** Whether a person may do something at all, before it is known to what: for lists and for menus. */
import { ACTIONS, type Action, type May, type Resource } from '#policies/people.ts';
import type { Decision, Person, Plant } from '#policies/plant.ts';

/** What each action is done to. */
const KIND_OF: Readonly<Record<Action, Resource['kind']>> = {
  'read-alerts': 'alert',
  'acknowledge-alert': 'alert',
  'close-alert': 'alert',
  'comment-alert': 'alert',
  'read-evidence': 'alert',
  'submit-request': 'request',
  'read-request': 'request',
  'withdraw-request': 'request',
  'approve-request': 'request',
  'narrow-request': 'request',
  'deny-request': 'request',
  connect: 'grant',
  'read-session': 'session',
  'watch-session': 'session',
  'end-session': 'session',
  'read-recording': 'session',
  'place-lock': 'lock',
  'lift-lock': 'lock',
  'read-lock': 'lock',
  'read-audit': 'audit',
  'read-plant': 'plant',
  'read-policy': 'plant',
  'approve-policy': 'plant',
  'withdraw-policy': 'plant',
  'roll-back-policy': 'plant',
  'read-assets': 'asset',
  'read-sensors': 'sensor',
  'enrol-sensor': 'sensor',
  'read-releases': 'release',
  'receive-release': 'release',
};

/** The most favourable things of a kind for this person: their own, and one in each zone they have a role for. */
function candidates(plant: Plant, person: Person, kind: Resource['kind']): readonly Resource[] {
  const own = plant.vendors.has(person.company)
    ? { kind, vendor: person.company, owner: person.id }
    : { kind };
  const zones = person.roles.flatMap(({ zone }) => (zone === undefined ? [] : [zone]));
  return [{ kind }, own, ...zones.map((zone) => ({ kind, zone }))];
}

export function mayAtAll(may: May, plant: Plant, person: Person, action: Action): Decision {
  let denied: Decision | undefined;
  for (const resource of candidates(plant, person, KIND_OF[action])) {
    const decision = may(person, action, resource);
    if (decision.allowed) return decision;
    denied ??= decision;
  }
  return (
    denied ?? { allowed: false, because: [{ rule: 'default-deny', text: 'no rule allows it' }] }
  );
}

export const actionsOf = (may: May, plant: Plant, person: Person): readonly Action[] =>
  ACTIONS.filter((action) => mayAtAll(may, plant, person, action).allowed);
