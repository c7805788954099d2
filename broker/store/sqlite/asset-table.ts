/** Assets in SQL. */
import { type AssetId, type AssetRecord, protocolsOf } from '#broker/model/asset.ts';
import type { AssetFilter } from '../store.ts';
import type { Database } from './database.ts';
import type { Condition, Table } from './nouns.ts';

export const assetTable: Table<AssetRecord, AssetFilter> = {
  insert: `
    insert into asset (id, version, protocols, words, document)
    values (:id, :version, :protocols, :words, :document)
    on conflict (id) do nothing`,
  update: `
    update asset set version = :version, protocols = :protocols, words = :words, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from asset where id = ?',
  list: 'select seq, id, document from asset',
  order: ['seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    protocols: JSON.stringify(protocolsOf(put)),
    words: wordsOf(put),
    document: JSON.stringify(put),
  }),
  conditions: (filter) => [
    ...inList('id in', 'among', filter.among),
    ...inList('id not in', 'except', filter.except),
    ...within(filter),
    ...speaking(filter),
    ...(filter.words ?? []).map(holding),
  ],
};

function wordsOf({ address, sightings }: AssetRecord): string {
  const words = sightings.flatMap(
    ({ mac, vendor, names = [], units, builds = [], applications }) => [
      mac,
      vendor,
      ...names.map(({ name }) => name),
      ...builds.flatMap(({ manufacturerName, productName, softwareVersion }) => [
        manufacturerName,
        productName,
        softwareVersion,
      ]),
      ...units.flatMap(({ identity = {}, serverId }) => [
        serverId,
        identity.vendor,
        identity.product,
        identity.revision,
        identity.name,
        identity.model,
        identity.application,
      ]),
      ...applications,
    ],
  );
  return [...new Set([address, ...words])]
    .filter((word) => word !== undefined)
    .join('\n')
    .toLowerCase();
}

/** One parameter for any number of ids: SQLite bounds how many parameters a statement has. */
const inList = (
  sql: string,
  name: string,
  ids: readonly AssetId[] | undefined,
): readonly Condition[] =>
  ids === undefined
    ? []
    : [
        {
          sql: `${sql} (select value from json_each(:${name}))`,
          values: { [name]: JSON.stringify(ids) },
        },
      ];

const within = ({ within: ranges }: AssetFilter): readonly Condition[] =>
  ranges === undefined
    ? []
    : [
        {
          sql: `exists (
            select 1 from json_each(:ranges) where asset.id between value ->> '$.first' and value ->> '$.last'
          )`,
          values: { ranges: JSON.stringify(ranges) },
        },
      ];

const speaking = ({ protocol }: AssetFilter): readonly Condition[] =>
  protocol === undefined
    ? []
    : [
        {
          sql: 'exists (select 1 from json_each(protocols) where value = :protocol)',
          values: { protocol },
        },
      ];

const holding = (
  { word, or }: NonNullable<AssetFilter['words']>[number],
  index: number,
): Condition => ({
  sql: `(instr(words, :word_${index}) > 0 or id in (select value from json_each(:or_${index})))`,
  values: { [`word_${index}`]: word.toLowerCase(), [`or_${index}`]: JSON.stringify(or) },
});

export function countAssets(database: Database): number {
  return Number(database.prepare('select count(*) as assets from asset').get()?.['assets']);
}

export function assetsAmong(database: Database, ids: readonly AssetId[]): readonly AssetId[] {
  return database
    .prepare('select id from asset where id in (select value from json_each(:ids))')
    .all({ ids: JSON.stringify(ids) })
    .map((row) => String(row['id']) as AssetId);
}

export function assetProtocols(database: Database): readonly string[] {
  return database
    .prepare('select distinct value from asset, json_each(asset.protocols) order by value')
    .all()
    .map((row) => String(row['value']));
}
