/**
 * Rows of the logs of one OPC UA message: it knows who sent it, writes into any of the logs, and makes the links
 * by which their rows are joined.
 */
import type { Datum } from '#sensor/decode/opcua/datum.ts';
import type { Micros } from '#sensor/model/time.ts';
import { linkId } from '../flow-book.ts';
import { DIRECTED_COLUMNS, type DirectedRow, EVENT_COLUMNS } from './event-columns.ts';
import { members, type Values } from './opcua-data.ts';
import { OPCUA_TABLES, type OpcuaLogName } from './opcua-tables.ts';
import { type Column, ZeekLog, type ZeekType } from './zeek-log.ts';

interface OpcuaRow extends DirectedRow {
  readonly values: Values;
}

const TYPES: ReadonlySet<string> = new Set<ZeekType>([
  'time',
  'count',
  'int',
  'double',
  'bool',
  'vector[count]',
]);

const isType = (text: string): text is ZeekType => TYPES.has(text);

function columnsOf(name: OpcuaLogName): readonly Column<OpcuaRow>[] {
  const own = OPCUA_TABLES[name]
    .trim()
    .split(/\s+/)
    .map((column): Column<OpcuaRow> => {
      const [key = '', type = ''] = column.split(':');
      return [key, isType(type) ? type : 'string', ({ values }) => values[key]];
    });
  return [...(name === 'opcua_binary' ? EVENT_COLUMNS : DIRECTED_COLUMNS), ...own];
}

/** All logs of the family. */
export class OpcuaTables {
  readonly #folder: string;
  readonly #logs = new Map<OpcuaLogName, ZeekLog<OpcuaRow>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(name: OpcuaLogName, row: OpcuaRow): void {
    const log = this.#logs.get(name) ?? new ZeekLog(this.#folder, name, columnsOf(name));
    this.#logs.set(name, log);
    log.write(row, row.at);
  }

  close(): void {
    for (const log of this.#logs.values()) log.close();
  }
}

/** Makes the links of one connection, no two of them the same. */
export interface Links {
  next(): string;
}

/** `index`: how many things were written of this connection before. */
export function linksOf(uid: string, index: number): Links {
  let part = 0;
  return { next: () => linkId(`${uid} ${index}`, part++) };
}

export class OpcuaRows {
  readonly #tables: OpcuaTables;
  readonly #base: DirectedRow;
  readonly #links: Links;

  constructor(tables: OpcuaTables, base: DirectedRow, links: Links) {
    this.#tables = tables;
    this.#base = base;
    this.#links = links;
  }

  get at(): Micros {
    return this.#base.at;
  }

  link(): string {
    return this.#links.next();
  }

  write(name: OpcuaLogName, values: Values): void {
    this.#tables.write(name, { ...this.#base, values });
  }

  /** A row for each member of a list, all with one link; gives the link, or undefined where there are none. */
  each(
    list: Datum,
    key: string,
    name: OpcuaLogName,
    values: (member: Datum) => Values,
  ): string | undefined {
    const all = members(list);
    if (all.length === 0) return undefined;
    const link = this.link();
    for (const member of all) this.write(name, { [key]: link, ...values(member) });
    return link;
  }
}
