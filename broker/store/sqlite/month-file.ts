/** The history of one month, in a file of its own: to drop a month is to remove its file. */
import { join } from 'node:path';
import type { Emission, ReportedOperation } from '#broker/model/operation.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import type { JudgedEmission } from '../store.ts';
import { Database, type Row } from './database.ts';
import { documentOf } from './document.ts';
import { migrate } from './migrate.ts';

/** `2026-11`, or `other` for times that no plant of ours has: a sensor whose clock is wrong makes one file, not many. */
export type Month = string;

const FIRST_YEAR = 2000;
const LAST_YEAR = 2099;

export function monthOf(at: Micros): Month {
  const date = new Date(at / 1000);
  const year = date.getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) return 'other';
  return `${year}-${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
}

const NAME = /^history-(\d{4}-\d\d|other)\.db$/;

const fileOf = (month: Month): string => `history-${month}.db`;
export const monthOfFile = (name: string): Month | undefined => NAME.exec(name)?.[1];

export function openMonth(folder: string, month: Month): Database {
  const path = join(folder, fileOf(month));
  const database = new Database(path, 'normal');
  migrate(database, 'history', path);
  return database;
}

export function appendOperation(file: Database, item: ReportedOperation, received: Micros): void {
  file
    .prepare(
      `insert into operation (id, at, received, document)
       values (:id, :at, :received, :document) on conflict (id) do nothing`,
    )
    .run({ id: item.id, at: item.exchange.at, received, document: JSON.stringify(item) });
}

export function appendEmission(file: Database, item: Emission): void {
  file
    .prepare(
      `insert into emission (id, sent_at, key, changing, document)
       values (:id, :sent_at, :key, :changing, :document) on conflict (id) do nothing`,
    )
    .run({
      id: item.id,
      sent_at: item.sentAt,
      key: item.key,
      changing: item.changing ? 1 : 0,
      document: JSON.stringify(item),
    });
}

export interface Waiting {
  readonly received: Micros;
  readonly operation: ReportedOperation;
}

/** Each sensor in turn, so that of one that waits longest none is left out for many of another. */
export function unexplainedIn(file: Database, limit: number): Waiting[] {
  const sql = `
    with waiting as (
      select id, received, row_number() over (partition by sensor order by received, at, id) as place
      from operation where verdict is null
    ), next as (select * from waiting order by place, received, id limit ?)
    select operation.id, operation.received, document from next join operation using (id)
    order by place, operation.received, operation.id`;
  return file
    .prepare(sql)
    .all(limit)
    .map((row) => ({
      received: micros(Number(row['received'])),
      operation: documentOf<ReportedOperation>(row),
    }));
}

export function countUnexplainedIn(file: Database, sensor: string): number {
  const sql = 'select count(*) as count from operation where verdict is null and sensor = ?';
  return Number(file.prepare(sql).get(sensor)?.['count']);
}

export interface SoughtEmissions {
  readonly key: string;
  readonly from: Micros;
  readonly until: Micros;
}

export function unseenIn(file: Database, before: Micros, limit: number): Emission[] {
  const sql = `
    select id, document from emission
    where verdict is null and changing = 1 and sent_at < ? order by sent_at, id limit ?`;
  return file
    .prepare(sql)
    .all(before, limit)
    .map(documentOf<Emission>);
}

export function emissionsIn(
  file: Database,
  { key, from, until }: SoughtEmissions,
  limit: number,
): JudgedEmission[] {
  const sql = `
    select id, verdict, document from emission
    where key = ? and sent_at between ? and ? order by sent_at desc, id limit ?`;
  return file.prepare(sql).all(key, from, until, limit).map(judged);
}

/** The schema holds that the verdict is one of those named. */
function judged(row: Row): JudgedEmission {
  const verdict = (row['verdict'] ?? undefined) as JudgedEmission['verdict'];
  return { ...documentOf<Emission>(row), verdict };
}

/** Whether the join still seeks an answer for anything in this file. */
export function isOpen(file: Database): boolean {
  const sql = `
    select exists (select 1 from operation where verdict is null)
        or exists (select 1 from emission where verdict is null and changing = 1) as open`;
  return (file.prepare(sql).get() satisfies Row | undefined)?.['open'] === 1;
}

/** Both give whether the id stands in this file. */
export function settleOperationIn(
  file: Database,
  id: string,
  verdict: string,
  emission: string | undefined,
): boolean {
  const sql = 'update operation set verdict = :verdict, emission = :emission where id = :id';
  return file.prepare(sql).run({ id, verdict, emission: emission ?? null }).changes === 1;
}

export function settleEmissionIn(file: Database, id: string, verdict: string): boolean {
  const sql = 'update emission set verdict = :verdict where id = :id';
  return file.prepare(sql).run({ id, verdict }).changes === 1;
}
