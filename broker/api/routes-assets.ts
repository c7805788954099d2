/** Assets: whom sensors heard, and whom the policy names. */
import { type AssetRecord, assetIdOf } from '#broker/model/asset.ts';
import type { Page, PageRequest } from '#broker/store/store.ts';
import { createEvaluator } from '#policies/evaluate.ts';
import type { Resource } from '#policies/people.ts';
import type { Asset, Person, Plant } from '#policies/plant.ts';
import type { ApiContext } from './api-context.ts';
import { type AssetSearch, assetFilter, isSought, namedIds, speaks } from './asset-search.ts';
import { mayAtAll } from './authority-of.ts';
import * as bodies from './bodies.ts';
import { alertResource } from './find.ts';
import { personal } from './gatekeeper.ts';
import type { Asked, Loaded, Route } from './route.ts';
import { namesIn, showAlertRow } from './show-alert.ts';
import { assetResource, type Surroundings, showAsset, showAssetRow } from './show-asset.ts';
import type { AssetPageView, AssetRowView, AssetView } from './views-assets.ts';

/** Open alerts shown with an asset; the alert list shows the rest. */
const SHOWN_ALERTS = 10;
/** Open alerts of one asset that are looked through for those that the asker may read. */
const MAX_ALERTS = 100;
/** Sensors of a site that are looked at; one machine does not take more. */
const MAX_SENSORS = 200;

/** Whom the policy names and nobody ever heard, as far as they are sought. */
async function unheard(
  api: ApiContext,
  plant: Plant,
  search: AssetSearch,
): Promise<readonly Asset[]> {
  const sought = [...plant.assets.values()].filter((asset) => isSought(plant, asset, search));
  const heard = new Set(await api.actions.store.assets.among(namedIds(sought)));
  return sought.filter(({ address }) => {
    const id = assetIdOf(address);
    return id !== undefined && !heard.has(id);
  });
}

/** Open alerts of each row that this person may read; the rows as they are where they may read none. */
async function withAlerts(
  { actions }: ApiContext,
  plant: Plant,
  person: Person,
  rows: readonly AssetRowView[],
): Promise<readonly AssetRowView[]> {
  if (!mayAtAll(actions.may, plant, person, 'read-alerts').allowed) return rows;
  const counts = new Map<string, number>();
  for (const { address, zone, alerts } of await actions.store.alerts.countOpen(
    rows.map(({ address }) => address),
  )) {
    const about: Resource = { kind: 'alert', ...(zone !== undefined && { zone }) };
    if (!actions.may(person, 'read-alerts', about).allowed) continue;
    counts.set(address, (counts.get(address) ?? 0) + alerts);
  }
  return rows.map((row) => ({ ...row, openAlerts: counts.get(row.address) ?? 0 }));
}

const UNHEARD = 'unheard-';

/** One page: whom the store knows, and behind them, as room is left, whom nobody heard. */
async function pageOf(
  api: ApiContext,
  plant: Plant,
  search: AssetSearch,
  { cursor, limit }: PageRequest,
): Promise<Page<AssetRowView>> {
  const around = { plant, evaluator: createEvaluator(plant) };
  const [, begun] = cursor?.split(UNHEARD) ?? [];
  const isBeyond = begun !== undefined || search.standing === 'unheard';
  const { items, next }: Page<AssetRecord> = isBeyond
    ? { items: [] }
    : await api.actions.store.assets.list(assetFilter(plant, search), {
        limit,
        ...(cursor !== undefined && { cursor }),
      });
  const rows = items.map((record) => showAssetRow(around, record.address, record));
  if (next !== undefined) return { items: rows, next };
  const silent = await unheard(api, plant, search);
  const from = Math.max(0, Math.trunc(Number(begun ?? 0))) || 0;
  const until = from + limit - rows.length;
  const more = silent.slice(from, until);
  return {
    items: [...rows, ...more.map(({ address }) => showAssetRow(around, address, undefined))],
    ...(silent.length > until && { next: `${UNHEARD}${until}` }),
  };
}

interface FoundAsset {
  readonly row: AssetRowView;
  readonly record: AssetRecord | undefined;
  readonly around: Surroundings;
}

/** An address that somebody heard or that the policy names, as it is written there. */
async function findAsset({ api, plant, param }: Asked): Promise<Loaded<FoundAsset> | undefined> {
  const id = assetIdOf(param('address'));
  if (id === undefined) return undefined;
  const record = await api.actions.store.assets.get(id);
  const around = { plant, evaluator: createEvaluator(plant) };
  const address = record?.address ?? around.evaluator.locate(param('address'))?.asset?.address;
  if (address === undefined) return undefined;
  const row = showAssetRow(around, address, record);
  return { item: { row, record, around }, resource: assetResource(row) };
}

export const ASSET_ROUTES: readonly Route[] = [
  personal({
    method: 'GET',
    path: '/api/assets',
    action: 'read-assets',
    query: bodies.assetPage,
    answer: async ({ api, plant, person, query }): Promise<AssetPageView> => {
      const { cursor, limit, text, zone, protocol, standing } = query;
      const search: AssetSearch = {
        ...(text !== undefined && { text }),
        ...(zone !== undefined && { zone }),
        ...(protocol !== undefined && { protocol }),
        ...(standing !== undefined && { standing }),
      };
      const { store, may } = api.actions;
      const page = { limit, ...(cursor !== undefined && { cursor }) };
      const { items, next } = await pageOf(api, plant, search, page);
      const rows = items.filter((row) => may(person, 'read-assets', assetResource(row)).allowed);
      const spoken = new Set([
        ...(await store.assets.protocols()),
        ...[...plant.assets.values()].flatMap(speaks),
      ]);
      return {
        items: await withAlerts(api, plant, person, rows),
        ...(next !== undefined && { next }),
        zones: [...plant.zones.values()].map(({ id, name }) => ({ id, name })),
        protocols: [...spoken].sort(),
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/api/assets/:address',
    action: 'read-assets',
    load: findAsset,
    answer: async ({ api, plant, person, item: { row, record, around } }): Promise<AssetView> => {
      const { store, may } = api.actions;
      const [[counted = row], sensors, open] = await Promise.all([
        withAlerts(api, plant, person, [row]),
        store.sensors.list({}, { limit: MAX_SENSORS }),
        store.alerts.openOf(row.address, MAX_ALERTS),
      ]);
      const readable = open.filter(
        (alert) => may(person, 'read-alerts', alertResource(alert)).allowed,
      );
      return {
        ...counted,
        ...showAsset(around, row.address, record, sensors.items),
        alerts: readable.slice(0, SHOWN_ALERTS).map((alert) => showAlertRow(alert, namesIn(plant))),
      };
    },
  }),
];
