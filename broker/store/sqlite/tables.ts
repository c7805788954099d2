/** The table of each noun. */
import { grantTable, lockTable, requestTable, sessionTable } from './access-tables.ts';
import { assetTable } from './asset-table.ts';
import type { Noun, Nouns, Table } from './nouns.ts';
import { alertTable, policyTable, sensorTable } from './plant-tables.ts';
import { releaseTable } from './release-table.ts';

type Tables = { readonly [N in Noun]: Table<Nouns[N]['record'], Nouns[N]['filter']> };

export const TABLES: Tables = {
  request: requestTable,
  grant: grantTable,
  session: sessionTable,
  lock: lockTable,
  alert: alertTable,
  asset: assetTable,
  sensor: sensorTable,
  policy: policyTable,
  release: releaseTable,
};
