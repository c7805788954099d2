/** Open alerts by the addresses at their ends. The literal `status <> 'closed'` lets SQLite take their index. */
import type { AlertRecord } from '#broker/model/alert.ts';
import type { OpenAlerts } from '../store.ts';
import type { Database } from './database.ts';
import { documentOf } from './document.ts';

export function openAlertsOf(
  database: Database,
  address: string,
  limit: number,
): readonly AlertRecord[] {
  return database
    .prepare(
      `select id, document from alert
       where status <> 'closed' and (source_ip = :address or destination_ip = :address)
       order by first_seen desc, seq desc limit :limit`,
    )
    .all({ address, limit })
    .map((row) => documentOf<AlertRecord>(row));
}

/** An alert whose two ends are one address counts once. */
export function countOpenAlerts(
  database: Database,
  addresses: readonly string[],
): readonly OpenAlerts[] {
  return database
    .prepare(
      `with sought as (select value as address from json_each(:addresses)),
       found as (
         select address, seq, document ->> '$.document.lockkeeper.asset.zone' as zone from sought
           join alert on status <> 'closed' and source_ip = address
         union
         select address, seq, document ->> '$.document.lockkeeper.asset.zone' as zone from sought
           join alert on status <> 'closed' and destination_ip = address
       )
       select address, zone, count(*) as alerts from found group by 1, 2`,
    )
    .all({ addresses: JSON.stringify(addresses) })
    .map((row) => ({
      address: String(row['address']),
      ...(row['zone'] !== null && { zone: String(row['zone']) }),
      alerts: Number(row['alerts']),
    }));
}
