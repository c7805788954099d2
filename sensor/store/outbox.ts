/**
 * What the broker has not taken yet. At least once: a row is deleted only after the broker's answer,
 * so a crash sends it again under the same id.
 *
 * Bounded: a site that is cut off for weeks must not fill its disk. What is given up first is what is
 * missed least: the oldest aggregates, then assets, health, operations, and alerts last. It is counted.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LinkItem } from '#sensor/model/link.ts';

/** About 1 kB each. */
export const MAX_OUTBOX_ROWS = 200_000;
export const MAX_OUTBOX_BYTES = 268_435_456;
/** Rows given up at once, so that a full outbox is not trimmed with every commit. */
const TRIM_ROWS = 1000;

/** What goes first; see `schema.ts`. */
const RANK: Readonly<Record<LinkItem['kind'], number>> = {
  alert: 0,
  operation: 1,
  health: 2,
  asset: 3,
  aggregate: 4,
};

export interface OutboxLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** A `LinkItem` whose document is JSON already. */
interface WrittenItem extends Pick<LinkItem, 'id' | 'kind'> {
  readonly document: string;
}

/** All methods but `next` and the counts belong inside a transaction of the caller. */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #insert: StatementSync;
  readonly #drop: StatementSync;
  readonly #next: StatementSync;
  readonly #delete: StatementSync;
  readonly #count: StatementSync;
  readonly #given: StatementSync;
  readonly #trim: StatementSync;
  readonly #giveUp: StatementSync;
  /** Of what waits; see `recount`. */
  #rows = 0;
  #bytes = 0;

  constructor(database: DatabaseSync, limits: OutboxLimits) {
    this.#limits = limits;
    this.#insert = database.prepare(
      'insert into outbox (id, rank, kind, subject, document, bytes) values (?, ?, ?, ?, ?, ?) on conflict do nothing',
    );
    this.#drop = database.prepare(
      'delete from outbox where kind = ? and subject = ? returning bytes',
    );
    this.#next = database.prepare(
      'select id, kind, document, bytes from outbox order by rank, seq limit ?',
    );
    this.#delete = database.prepare('delete from outbox where id = ? returning bytes');
    this.#count = database.prepare(
      'select count(*) as rows, coalesce(sum(bytes), 0) as bytes from outbox',
    );
    this.#given = database.prepare("select value from meter where name = 'given up'");
    this.#trim = database.prepare(
      'delete from outbox where seq in (select seq from outbox order by rank desc, seq limit ?) returning bytes',
    );
    this.#giveUp = database.prepare("update meter set value = value + ? where name = 'given up'");
    this.recount();
  }

  /** Counts what waits: at the start, and after a transaction that was rolled back. */
  recount(): void {
    const counted = this.#count.get();
    this.#rows = Number(counted?.['rows'] ?? 0);
    this.#bytes = Number(counted?.['bytes'] ?? 0);
  }

  /** Puts an item in. With a `subject`, an older state of it that still waits is replaced. */
  add({ id, kind, document }: WrittenItem, subject: string | undefined): void {
    const bytes = Buffer.byteLength(document);
    if (subject !== undefined) this.#took(this.#drop.all(kind, subject));
    const { changes } = this.#insert.run(id, RANK[kind], kind, subject ?? null, document, bytes);
    if (Number(changes) === 0) return;
    this.#rows++;
    this.#bytes += bytes;
  }

  /** The items that go next, at most `limit` of them and, but for the first, within `maxBytes`. */
  next(limit: number, maxBytes: number): readonly LinkItem[] {
    const items: LinkItem[] = [];
    let bytes = 0;
    for (const row of this.#next.iterate(limit)) {
      const document = String(row['document']);
      bytes += Number(row['bytes']);
      if (items.length > 0 && bytes > maxBytes) break;
      items.push({
        id: String(row['id']),
        kind: row['kind'],
        document: JSON.parse(document) as unknown,
        // Written by `add` alone, from a LinkItem.
      } as LinkItem);
    }
    return items;
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#took(this.#delete.all(id));
  }

  /** Gives up rows until the limits hold; gives how many. */
  trim(): number {
    let given = 0;
    while (this.rows > this.#limits.rows || this.bytes > this.#limits.bytes) {
      const trimmed = this.#trim.all(Math.min(TRIM_ROWS, Math.ceil(this.rows / 10)));
      if (trimmed.length === 0) break;
      this.#took(trimmed);
      given += trimmed.length;
    }
    if (given > 0) this.#giveUp.run(given);
    return given;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Rows given up since the database was made. */
  get givenUp(): number {
    return Number(this.#given.get()?.['value'] ?? 0);
  }

  /** These rows are gone. */
  #took(rows: readonly Readonly<Record<string, unknown>>[]): void {
    this.#rows -= rows.length;
    for (const { bytes } of rows) this.#bytes -= Number(bytes);
  }
}
