/** One SQLite file: opened with the settings that every file of the store shares, statements kept. */
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

/** How long a commit waits for a reader of another process, such as a backup, ms. */
const BUSY_MS = 5000;

/**
 * `full`: a commit is on disk when it returns, also after a power cut. `normal`: it survives the
 * death of this process, and after a power cut a few of the newest may be missing, never a hole.
 */
export type Durability = 'full' | 'normal';

export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, durability: Durability) {
    this.#sqlite = new DatabaseSync(path, { timeout: BUSY_MS });
    this.#sqlite.exec(
      `pragma journal_mode = wal; pragma synchronous = ${durability}; pragma trusted_schema = off;`,
    );
  }

  /** The statement for `sql`, prepared once. Only for fixed texts: what varies is a parameter. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      statement.setAllowUnknownNamedParameters(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs statements that take no parameter and give no row. */
  run(sql: string): void {
    this.#sqlite.exec(sql);
  }

  /** Applies `work` whole, or, where it throws, not at all. */
  transaction<T>(work: () => T): T {
    this.#sqlite.exec('begin immediate');
    try {
      const result = work();
      this.#sqlite.exec('commit');
      return result;
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec('rollback');
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }
}
