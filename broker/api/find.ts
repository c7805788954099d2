/** Loads what a path names, with what `may` must know of it. An id of another kind finds nothing. */
import { grantResource, requestResource, sessionResource } from '#broker/actions/permission.ts';
import type { AccessRequest, Grant, Lock, Session } from '#broker/model/access.ts';
import type { AlertRecord } from '#broker/model/alert.ts';
import { type GrantId, grantId, lockId, requestId, sessionId } from '#broker/model/ids.ts';
import type { Resource } from '#policies/people.ts';
import type { Plant } from '#policies/plant.ts';
import type { ApiContext } from './api-context.ts';
import { isAlertId } from './evidence.ts';
import type { Asked, Loaded } from './route.ts';

export function alertResource(record: AlertRecord): Resource {
  const zone = record.document.lockkeeper.asset?.zone;
  return { kind: 'alert', ...(zone !== undefined && { zone }) };
}

/** A lock lies where its target lies, so that who may end something there may also block and unblock it. */
export async function lockResource(
  api: ApiContext,
  plant: Plant,
  target: Lock['target'],
): Promise<Resource | undefined> {
  switch (target.kind) {
    case 'grant': {
      const grant = await api.actions.store.grants.get(target.grant);
      return grant === undefined ? undefined : { ...grantResource(plant, grant), kind: 'lock' };
    }
    case 'zone':
      return plant.zones.has(target.zone) ? { kind: 'lock', zone: target.zone } : undefined;
    case 'person':
    case 'vendor':
    case 'all':
      return { kind: 'lock' };
    default:
      return target satisfies never;
  }
}

export async function findAlert({ api, param }: Asked): Promise<Loaded<AlertRecord> | undefined> {
  const id = param('id');
  const item = isAlertId(id) ? await api.actions.store.alerts.get(id) : undefined;
  return item && { item, resource: alertResource(item) };
}

export async function findRequest({
  api,
  plant,
  param,
}: Asked): Promise<Loaded<AccessRequest> | undefined> {
  const id = requestId(param('id'));
  const item = id && (await api.actions.store.requests.get(id));
  return item && { item, resource: requestResource(plant, item) };
}

export async function findSession({
  api,
  plant,
  param,
}: Asked): Promise<Loaded<Session> | undefined> {
  const id = sessionId(param('id'));
  const item = id && (await api.actions.store.sessions.get(id));
  return item && { item, resource: sessionResource(plant, item) };
}

export async function findLock({ api, plant, param }: Asked): Promise<Loaded<Lock> | undefined> {
  const id = lockId(param('id'));
  const item = id && (await api.actions.store.locks.get(id));
  const resource = item && (await lockResource(api, plant, item.target));
  return item && resource && { item, resource };
}

export async function findGrant(
  api: ApiContext,
  plant: Plant,
  id: string,
): Promise<Loaded<Grant> | undefined> {
  const known = grantId(id);
  const item = known && (await api.actions.store.grants.get(known));
  return item && { item, resource: grantResource(plant, item) };
}

/** Grants of many sessions, each loaded once. */
export async function grantsOf(
  api: ApiContext,
  sessions: readonly Session[],
): Promise<ReadonlyMap<GrantId, Grant>> {
  const ids = [...new Set(sessions.map(({ grant }) => grant))];
  const grants = await Promise.all(ids.map((id) => api.actions.store.grants.get(id)));
  return new Map(grants.flatMap((grant) => (grant === undefined ? [] : [[grant.id, grant]])));
}
