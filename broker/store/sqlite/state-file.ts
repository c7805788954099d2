/** The state file: nouns under optimistic versions, and the leaves of the audit log beside them. */
import { join } from 'node:path';
import type { AlertOrigin, AlertStatus } from '#broker/model/alert.ts';
import type { Page, PageRequest } from '../store.ts';
import { Database } from './database.ts';
import { documentOf } from './document.ts';
import { migrate } from './migrate.ts';
import type { Noun, Nouns, Table } from './nouns.ts';
import { pageOf } from './page.ts';
import { TABLES } from './tables.ts';

export function openStateFile(folder: string): Database {
  const path = join(folder, 'state.db');
  const database = new Database(path, 'full');
  migrate(database, 'state', path);
  return database;
}

export function getNoun<N extends Noun>(
  database: Database,
  noun: N,
  id: string,
): Nouns[N]['record'] | undefined {
  const row = database.prepare(TABLES[noun].byId).get(id);
  return row === undefined ? undefined : documentOf(row);
}

export function listNoun<N extends Noun>(
  database: Database,
  noun: N,
  filter: Nouns[N]['filter'],
  page: PageRequest,
): Page<Nouns[N]['record']> {
  const table: Table<Nouns[N]['record'], Nouns[N]['filter']> = TABLES[noun];
  return pageOf(database, table, table.conditions(filter), page, documentOf<Nouns[N]['record']>);
}

export function countAlerts(database: Database): Readonly<Record<AlertStatus, number>> {
  const rows = database.prepare('select status, alerts from alert_count').all();
  const of = (status: AlertStatus): number =>
    Number(rows.find((row) => row['status'] === status)?.['alerts'] ?? 0);
  return { new: of('new'), acknowledged: of('acknowledged'), closed: of('closed') };
}

export function latestAlertOf(
  database: Database,
  origin: AlertOrigin,
  dedupKey: string,
): Nouns['alert']['record'] | undefined {
  const row = database
    .prepare(
      'select id, document from alert where origin = ? and dedup_key = ? order by seq desc limit 1',
    )
    .get(origin, dedupKey);
  return row === undefined ? undefined : documentOf(row);
}
