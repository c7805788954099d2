/** Alerts, sensors and policies in SQL. */
import type { AlertRecord, AlertStatus } from '#broker/model/alert.ts';
import type { AlertFilter } from '../store.ts';
import { type Condition, equals, type Nouns, oneOf, type Table } from './nouns.ts';

type TableOf<Noun extends keyof Nouns> = Table<Nouns[Noun]['record'], Nouns[Noun]['filter']>;

export const alertTable: TableOf<'alert'> = {
  insert: `
    insert into alert (id, version, status, severity, first_seen, last_seen, asset, dedup_key, words, document)
    values (:id, :version, :status, :severity, :first_seen, :last_seen, :asset, :dedup_key, :words, :document)
    on conflict (id) do nothing`,
  update: `
    update alert set version = :version, status = :status, severity = :severity,
      first_seen = :first_seen, last_seen = :last_seen, asset = :asset, words = :words, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from alert where id = ?',
  list: 'select first_seen, seq, id, document from alert',
  order: ['first_seen', 'seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    status: put.status,
    severity: put.severity,
    first_seen: put.firstSeen,
    last_seen: put.lastSeen,
    asset: put.document.lockkeeper.asset?.id ?? null,
    dedup_key: put.document.lockkeeper.alert.dedup_key,
    words: wordsOf(put),
    document: JSON.stringify(put),
  }),
  conditions: alertConditions,
};

function wordsOf({ document }: AlertRecord): string {
  const { message, rule, source, destination } = document;
  return [message, rule.name, source?.ip, destination?.ip].filter((part) => part).join('\n');
}

function alertConditions(filter: AlertFilter): readonly Condition[] {
  return [
    ...ofOneKind(filter.status),
    ...oneOf('status', filter.status),
    ...equals('asset', filter.asset),
    ...atLeast('severity', filter.severity),
    ...atLeast('last_seen', filter.from),
    ...(filter.until === undefined
      ? []
      : [{ sql: 'first_seen < :until', values: { until: filter.until } }]),
    ...(filter.text === undefined ? [] : searching(filter.text)),
  ];
}

/** The literals let SQLite take the index of the open ones, which are few, or of the closed. */
function ofOneKind(statuses: readonly AlertStatus[] | undefined): readonly Condition[] {
  if (statuses === undefined) return [];
  if (!statuses.includes('closed')) return [{ sql: `status <> 'closed'` }];
  return statuses.every((status) => status === 'closed') ? [{ sql: `status = 'closed'` }] : [];
}

const atLeast = (column: string, least: number | undefined): readonly Condition[] =>
  least === undefined
    ? []
    : [{ sql: `${column} >= :least_${column}`, values: { [`least_${column}`]: least } }];

/** A person types a few words; what is beyond is not looked for. */
const MAX_WORDS = 16;
/** A word that stands in a million alerts would hold up the store for seconds; nobody reads that far. */
const MAX_FOUND = 10_000;

/** Every word must begin some word of the alert. Quoted, so that no word is an operator of FTS5. */
function searching(text: string): readonly Condition[] {
  const words = text
    .match(/[\p{L}\p{N}]+(?:[^\s\p{L}\p{N}]+[\p{L}\p{N}]+)*/gu)
    ?.slice(0, MAX_WORDS);
  if (words === undefined) return [];
  const sought = words.map((word) => `"${word.replaceAll('"', '""')}"*`).join(' ');
  return [
    {
      sql: `seq in (select rowid from alert_words where alert_words match :sought
        order by rowid desc limit ${MAX_FOUND})`,
      values: { sought },
    },
  ];
}

export const sensorTable: TableOf<'sensor'> = {
  insert: `
    insert into sensor (id, version, certificate, document)
    values (:id, :version, :certificate, :document)
    on conflict (id) do nothing`,
  update: `
    update sensor set version = :version, certificate = :certificate, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from sensor where id = ?',
  list: 'select seq, id, document from sensor',
  order: ['seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    certificate: put.certificate,
    document: JSON.stringify(put),
  }),
  conditions: () => [],
};

export const policyTable: TableOf<'policy'> = {
  insert: `
    insert into policy (id, version, active, document)
    values (:id, :version, :active, :document)
    on conflict (id) do nothing`,
  update: `
    update policy set version = :version, active = :active, document = :document
    where id = :id and version = :expected`,
  byId: 'select id, document from policy where id = ?',
  list: 'select seq, id, document from policy',
  order: ['seq'],
  columns: (put) => ({
    id: put.id,
    version: put.version,
    active: put.active ? 1 : 0,
    document: JSON.stringify(put),
  }),
  conditions: () => [],
};
