/** Which change becomes which live event, and who may see it. */
import type { Grant } from '#broker/model/access.ts';
import type { GrantId } from '#broker/model/ids.ts';
import type { Write } from '#broker/store/store.ts';
import { createEvaluator } from '#policies/evaluate.ts';
import type { Action, May } from '#policies/people.ts';
import type { Person, Plant } from '#policies/plant.ts';
import type { LiveSubject } from './live.ts';
import { type Reach, showSession } from './show-access.ts';
import { namesIn, showAlertRow } from './show-alert.ts';
import { assetResource, showAssetRow } from './show-asset.ts';
import { showReleaseRow } from './show-release.ts';
import type { LiveEvent } from './views.ts';

const ACTION_OF: Readonly<Record<LiveEvent['event'], Action>> = {
  alert: 'read-alerts',
  asset: 'read-assets',
  policy: 'read-policy',
  release: 'read-releases',
  request: 'read-request',
  session: 'read-session',
  operation: 'watch-session',
};

const KIND_OF = {
  alert: 'alert',
  asset: 'asset',
  policy: 'plant',
  release: 'release',
  request: 'request',
  session: 'session',
  operation: 'session',
} as const;

/** The same question that the routes ask, so a stream never shows what a page would refuse. */
export const seesEvent = (
  may: May,
  person: Person,
  event: LiveEvent,
  about: LiveSubject,
): boolean => may(person, ACTION_OF[event.event], { kind: KIND_OF[event.event], ...about }).allowed;

export interface Told {
  readonly event: LiveEvent;
  readonly about: LiveSubject;
}

const zoneOf = (plant: Plant, asset: string) => {
  const zone = plant.assets.get(asset)?.zone;
  return zone === undefined ? {} : { zone };
};

/** What a committed write tells to open pages; undefined where none shows it. */
export async function liveEventOf(
  reach: Reach,
  write: Write,
  grantOf: (id: GrantId) => Promise<Grant | undefined>,
): Promise<Told | undefined> {
  const { plant } = reach;
  switch (write.noun) {
    case 'alert': {
      const data = showAlertRow(write.put, namesIn(plant));
      const about = data.zone === undefined ? {} : { zone: data.zone };
      return { event: { event: 'alert', data }, about };
    }
    case 'request': {
      const { id, state, asset, vendor, requester } = write.put;
      const about = { ...zoneOf(plant, asset), vendor, owner: requester };
      return { event: { event: 'request', data: { id, state } }, about };
    }
    case 'session': {
      const { asset, vendor, person, grant } = write.put;
      const under = await grantOf(grant);
      if (under === undefined) return undefined;
      const about = { ...zoneOf(plant, asset), vendor, owner: person };
      return { event: { event: 'session', data: showSession(reach, write.put, under) }, about };
    }
    case 'asset': {
      const { put } = write;
      const around = { plant, evaluator: createEvaluator(plant) };
      const row = showAssetRow(around, put.address, put);
      const { zone } = assetResource(row);
      const data = { isNew: write.expected === 0, row };
      return { event: { event: 'asset', data }, about: zone === undefined ? {} : { zone } };
    }
    case 'release':
      return { event: { event: 'release', data: showReleaseRow(plant, write.put) }, about: {} };
    case 'grant':
    case 'lock':
    case 'sensor':
    case 'policy':
      // What is in force is told by who puts it there: `policy-standing.ts`.
      return undefined;
    default:
      return write satisfies never;
  }
}
