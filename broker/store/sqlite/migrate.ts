/** Brings a file's schema up to date: numbered SQL files, each applied once, whole or not at all. */
import { readdirSync, readFileSync } from 'node:fs';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Database } from './database.ts';

export type Schema = 'state' | 'history';

interface Migration {
  readonly number: number;
  readonly sql: string;
}

/** `001-state.sql`, `002-alerts.sql` ... without gaps. */
function migrationsOf(schema: Schema): readonly Migration[] {
  const folder = new URL(`./migrations/${schema}/`, import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name, index) => {
    const number = Number.parseInt(name, 10);
    if (number !== index + 1) {
      throw new BrokerError('store', `migration \`${schema}/${name}\` is out of order`);
    }
    return { number, sql: readFileSync(new URL(name, folder), 'utf8') };
  });
}

function versionOf(database: Database): number {
  return Number(database.prepare('pragma user_version').get()?.['user_version']);
}

/** Does nothing where the schema is up to date. Throws `store` where a newer broker has written the file. */
export function migrate(database: Database, schema: Schema, path: string): void {
  const migrations = migrationsOf(schema);
  const version = versionOf(database);
  if (version > migrations.length) {
    throw new BrokerError(
      'store',
      `\`${path}\` has schema ${version}, and this broker knows up to ${migrations.length}; ` +
        'start the newer broker that wrote it, or restore a backup from before the upgrade',
    );
  }
  for (const { number, sql } of migrations.slice(version)) {
    database.transaction(() => {
      database.run(sql);
      database.run(`pragma user_version = ${number}`);
    });
  }
}
