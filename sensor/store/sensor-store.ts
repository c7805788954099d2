/**
 * The sensor's database as the rest of the sensor sees it. Everything that belongs together, and its
 * outbox rows, is ONE transaction: after a crash either all of it is there, or none.
 *
 * In the running sensor it lives on a thread of its own (`store-thread.ts`): a plant in which much is written
 * fills a transaction with thousands of rows, and packets must not wait for it.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Alert } from '#sensor/model/alert.ts';
import type { ConversationFault, RoutineReads } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { AssetReport, HealthReport, LinkItem } from '#sensor/model/link.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { type Micros, parseIso } from '#sensor/model/time.ts';
import { contentId, timedId } from './content-id.ts';
import type { KeptExchange } from './kept-exchange.ts';
import { MAX_OUTBOX_BYTES, MAX_OUTBOX_ROWS, Outbox, type OutboxLimits } from './outbox.ts';
import { MIGRATIONS } from './schema.ts';
import { Traffic } from './traffic.ts';

/** Rows kept of each table; the oldest go first. An event has about 600 bytes, an alert 4 kB. */
const KEPT = { event: 200_000, alert: 20_000, health: 60_000, evidence: 5_000 } as const;
/** Rows removed at once, so that no commit becomes long; and how often it is looked. */
const SWEEP_ROWS = 2000;
const SWEEP_EVERY_MICROS = 60_000_000;
/** Another process that reads the database may hold it for a moment. */
const BUSY_TIMEOUT_MS = 5000;

export interface StoredEvidence {
  readonly alertId: string;
  readonly at: Micros;
  readonly sha256: string;
  readonly pcapng: Uint8Array;
}

/** The same fact about one connection in one minute, counted. */
export interface FaultAccount extends Omit<ConversationFault, 'kind' | 'facts'> {
  /** Names connection, fact and minute. */
  readonly key: string;
  /** The first of them; `at` and `frame` are of that one. */
  readonly fact: Fact;
  readonly last: Micros;
  readonly count: number;
}

/** Rows that wait for the broker, and rows that were given up since the database was made. */
export interface Backlog {
  readonly waiting: number;
  readonly givenUp: number;
}

/** What was found since the last commit. */
export interface Batch {
  /** Newest state of each alert that changed. */
  readonly alerts: readonly Alert[];
  readonly exchanges: readonly KeptExchange[];
  /** Newest state of each account that grew. */
  readonly faults: readonly FaultAccount[];
  readonly routine: readonly RoutineReads[];
  readonly assets: readonly AssetReport[];
  readonly health: readonly { readonly at: Micros; readonly report: HealthReport }[];
  readonly evidence: readonly StoredEvidence[];
}

export class SensorStore {
  readonly #database: DatabaseSync;
  readonly #outbox: Outbox;
  readonly #traffic: Traffic;
  readonly #putAlert: StatementSync;
  readonly #putEvent: StatementSync;
  readonly #putFault: StatementSync;
  readonly #putAsset: StatementSync;
  readonly #putHealth: StatementSync;
  readonly #putEvidence: StatementSync;
  readonly #delivered: StatementSync;
  readonly #sweeps: readonly StatementSync[];
  #swept = 0;

  /** Opens or makes it. Throws `SensorError` where the file cannot be used, or a newer version made it. */
  constructor(path: string, limits?: OutboxLimits) {
    this.#database = open(path);
    this.#outbox = new Outbox(
      this.#database,
      limits ?? { rows: MAX_OUTBOX_ROWS, bytes: MAX_OUTBOX_BYTES },
    );
    this.#traffic = new Traffic(this.#database);
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
    this.#putAlert = prepare(
      `insert into alert (id, last_seen, document) values (?, ?, ?)
       on conflict do update set last_seen = excluded.last_seen, document = excluded.document`,
    );
    this.#putEvent = prepare('insert into event values (?, ?, ?) on conflict do nothing');
    this.#putFault = prepare(
      'insert into event values (?, ?, ?) on conflict do update set document = excluded.document',
    );
    this.#putAsset = prepare(
      'insert into asset values (?, ?) on conflict do update set document = excluded.document',
    );
    this.#putHealth = prepare('insert into health values (?, ?) on conflict do nothing');
    this.#putEvidence = prepare(
      'insert into evidence (alert, at, sha256, pcapng) values (?, ?, ?, ?) on conflict do nothing',
    );
    this.#delivered = prepare('update alert set delivered = 1 where id = ?');
    this.#sweeps = [
      prepare(sweep('event', 'at', KEPT.event)),
      prepare(sweep('alert', 'last_seen', KEPT.alert)),
      prepare(sweep('health', 'at', KEPT.health)),
      prepare(sweep('evidence', 'at', KEPT.evidence)),
    ];
  }

  /** Writes everything, with what the broker is to know, or nothing. Gives outbox rows given up for space. */
  commit(batch: Batch, now: Micros): number {
    return this.#transaction(() => {
      for (const alert of batch.alerts) this.#alert(alert);
      for (const exchange of batch.exchanges) this.#exchange(exchange);
      for (const fault of batch.faults) this.#fault(fault);
      for (const reads of batch.routine) this.#traffic.routine(reads);
      for (const asset of batch.assets) this.#asset(asset);
      for (const { at, report } of batch.health) this.#health(at, report);
      for (const { alertId, at, sha256, pcapng } of batch.evidence) {
        this.#putEvidence.run(alertId, at, sha256, pcapng);
      }
      for (const { document, ...item } of this.#traffic.leaving(now)) {
        this.#outbox.add({ ...item, document: JSON.stringify(document) }, undefined);
      }
      this.#sweep(now);
      return this.#outbox.trim();
    });
  }

  /** What goes to the broker next. Stays until `settle`. */
  next(limit: number, maxBytes: number): readonly LinkItem[] {
    return this.#outbox.next(limit, maxBytes);
  }

  /** Forgets what the broker has accepted. */
  settle(accepted: readonly string[]): void {
    this.#transaction(() => {
      this.#outbox.remove(accepted);
      for (const id of accepted) {
        const alert = alertOfItem(id);
        if (alert !== undefined) this.#delivered.run(alert);
      }
    });
  }

  /** The oldest evidence that was not sent and whose alert the broker knows. */
  nextEvidence(): StoredEvidence | undefined {
    const row = this.#database
      .prepare(
        `select evidence.alert, at, sha256, pcapng from evidence
         join alert on alert.id = evidence.alert
         where sent = 0 and delivered = 1 order by at limit 1`,
      )
      .get();
    if (row === undefined) return undefined;
    return {
      alertId: String(row['alert']),
      at: Number(row['at']) as Micros,
      sha256: String(row['sha256']),
      pcapng: row['pcapng'] as Uint8Array,
    };
  }

  settleEvidence(alertId: string): void {
    this.#database.prepare('update evidence set sent = 1 where alert = ?').run(alertId);
  }

  /** Alerts last seen at `since` or later, the newest `limit`, oldest first: those to go on with after a restart. */
  alertsSince(since: Micros, limit: number): readonly Alert[] {
    return this.#database
      .prepare('select document from alert where last_seen >= ? order by last_seen desc limit ?')
      .all(since, limit)
      .map((row) => JSON.parse(String(row['document'])) as Alert)
      .reverse();
  }

  get backlog(): Backlog {
    return { waiting: this.#outbox.rows, givenUp: this.#outbox.givenUp };
  }

  close(): void {
    this.#database.close();
  }

  #alert(alert: Alert): void {
    const { id, count, last_seen } = alert.lockkeeper.alert;
    const document = JSON.stringify(alert);
    this.#putAlert.run(id, parseIso(last_seen) ?? 0, document);
    this.#outbox.add({ id: alertItemId(id, count), kind: 'alert', document }, id);
  }

  #exchange(exchange: KeptExchange): void {
    if (exchange.kind === 'counted') {
      this.#traffic.exchange(exchange);
      return;
    }
    const { at, changing, document } = exchange;
    const id = timedId('op', at, document);
    this.#putEvent.run(id, at, document);
    if (changing) this.#outbox.add({ id, kind: 'operation', document }, undefined);
  }

  #fault({ key, ...account }: FaultAccount): void {
    const document = JSON.stringify({ kind: 'fault', ...account });
    this.#putFault.run(contentId('fa', key), account.at, document);
  }

  #asset(asset: AssetReport): void {
    const document = JSON.stringify(asset);
    this.#putAsset.run(asset.ip, document);
    const id = contentId('as', document);
    this.#outbox.add({ id, kind: 'asset', document }, asset.ip);
  }

  #health(at: Micros, report: HealthReport): void {
    const document = JSON.stringify(report);
    this.#putHealth.run(at, document);
    const id = contentId('he', document);
    this.#outbox.add({ id, kind: 'health', document }, undefined);
  }

  #sweep(now: Micros): void {
    if (now - this.#swept < SWEEP_EVERY_MICROS) return;
    this.#swept = now;
    for (const each of this.#sweeps) each.run();
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('begin immediate');
    try {
      const result = work();
      this.#database.exec('commit');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      this.#outbox.recount();
      throw error;
    }
  }
}

/** The id of an item that is the state of an alert after `count` occurrences. */
const alertItemId = (alertId: string, count: number): string => `${alertId}.${count}`;

function alertOfItem(itemId: string): string | undefined {
  return /^(al_[0-9a-f]+)\.\d+$/.exec(itemId)?.[1];
}

/** Removes the oldest rows above `kept`, some at a time. */
function sweep(table: string, time: string, kept: number): string {
  return `delete from ${table} where rowid in (
    select rowid from ${table} order by ${time}
    limit min(${SWEEP_ROWS}, max(0, (select count(*) from ${table}) - ${kept})))`;
}

function open(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    // FULL: what was committed also survives a power cut; a few commits a second can afford it.
    database.exec('pragma journal_mode = wal; pragma synchronous = full;');
    migrate(database, path);
    return database;
  } catch (error) {
    if (error instanceof SensorError) throw error;
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): SensorError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SensorError('store', `database \`${path}\` cannot be used: ${why}`, { cause });
}

function migrate(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare('pragma user_version').get()?.['user_version'] ?? 0);
  if (version > MIGRATIONS.length) {
    const text = `database \`${path}\` was made by a newer version; use that version or another data folder`;
    throw new SensorError('store', text);
  }
  for (const [done, sql] of MIGRATIONS.entries()) {
    if (done < version) continue;
    database.exec(`begin immediate; ${sql} pragma user_version = ${done + 1}; commit;`);
  }
}
