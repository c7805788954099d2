/** One change in one transaction. */
import type { StatementSync } from 'node:sqlite';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { CommitOutcome, Write } from '../store.ts';
import { grantTable, lockTable, requestTable, sessionTable } from './access-tables.ts';
import { assetTable } from './asset-table.ts';
import type { Database } from './database.ts';
import type { Noun, Value } from './nouns.ts';
import { alertTable, policyTable, sensorTable } from './plant-tables.ts';
import { releaseTable } from './release-table.ts';
import { TABLES } from './tables.ts';

/** Applies every write and leaf in one transaction, or none. `leaves` are canonical JSON. */
export function commit(
  database: Database,
  writes: readonly Write[],
  leaves: readonly string[],
): CommitOutcome {
  try {
    database.transaction(() => {
      for (const write of inOrder(writes)) put(database, write);
      for (const leaf of leaves) append(database, leaf);
    });
    return { kind: 'committed' };
  } catch (error) {
    if (error instanceof Overtaken) return { kind: 'conflict', noun: error.noun, id: error.id };
    throw codeOf(error) === DANGLING ? dangling(error) : error;
  }
}

/** Two policies are never in force at once, not even within a transaction: the old one ends first. */
function inOrder(writes: readonly Write[]): readonly Write[] {
  const begins = (write: Write): boolean => write.noun === 'policy' && write.put.active;
  return [...writes.filter((write) => !begins(write)), ...writes.filter(begins)];
}

/** Leaves the transaction where another version stands than was expected. */
class Overtaken extends Error {
  readonly noun: Noun;
  readonly id: string;

  constructor(noun: Noun, id: string) {
    super(`${noun} \`${id}\` was changed by somebody else`);
    this.name = 'Overtaken';
    this.noun = noun;
    this.id = id;
  }
}

/** SQLITE_CONSTRAINT_UNIQUE. */
const NOT_UNIQUE = 2067;
/** SQLITE_CONSTRAINT_FOREIGNKEY, which SQLite finds at the end of the transaction. */
const DANGLING = 787;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'errcode' in error ? error.errcode : undefined;

const dangling = (cause: unknown): BrokerError =>
  new BrokerError('store', 'a grant names a request, or a session a grant, that is not there', {
    cause,
  });

function put(database: Database, write: Write): void {
  const table = TABLES[write.noun];
  const statement = database.prepare(write.expected === 0 ? table.insert : table.update);
  const done = tryPut(statement, { ...columnsOf(write), expected: write.expected });
  if (done instanceof Error) throw broken(write, done);
  if (done === 0) throw new Overtaken(write.noun, write.put.id);
}

function tryPut(
  statement: StatementSync,
  values: Readonly<Record<string, Value>>,
): number | bigint | Error {
  try {
    return statement.run(values).changes;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Not unique: somebody else bound the certificate, or put a policy in force, since the caller looked. */
function broken({ noun, put: { id } }: Write, cause: Error): Error {
  if (codeOf(cause) === NOT_UNIQUE) return new Overtaken(noun, id);
  const message = `${noun} \`${id}\` breaks a rule of the store: ${cause.message}`;
  return new BrokerError('store', message, { cause });
}

function columnsOf(write: Write): Readonly<Record<string, Value>> {
  switch (write.noun) {
    case 'request':
      return requestTable.columns(write.put);
    case 'grant':
      return grantTable.columns(write.put);
    case 'session':
      return sessionTable.columns(write.put);
    case 'lock':
      return lockTable.columns(write.put);
    case 'alert':
      return alertTable.columns(write.put);
    case 'asset':
      return assetTable.columns(write.put);
    case 'sensor':
      return sensorTable.columns(write.put);
    case 'policy':
      return policyTable.columns(write.put);
    case 'release':
      return releaseTable.columns(write.put);
    default:
      return write satisfies never;
  }
}

function append(database: Database, leaf: string): void {
  database
    .prepare(
      `insert into audit_leaf (position, actor, subject, leaf)
       select coalesce(max(position) + 1, 0), :leaf ->> 'actor', :leaf ->> 'subject', :leaf from audit_leaf`,
    )
    .run({ leaf });
}
