/** Lists by keyset. */
import type { Page, PageRequest } from '../store.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Database, Row } from './database.ts';
import type { Condition, Value } from './nouns.ts';

/**
 * One page, newest first, by keyset: the cursor is the sort key of the last row, so a page costs the
 * same however deep it lies. A cursor that no page gave finds nothing.
 */
export function pageOf<T>(
  database: Database,
  { list, order }: { readonly list: string; readonly order: readonly string[] },
  conditions: readonly Condition[],
  { cursor, limit }: PageRequest,
  read: (row: Row) => T,
): Page<T> {
  const after = cursor === undefined ? undefined : readCursor(cursor, order.length);
  if (cursor !== undefined && after === undefined) return { items: [] };
  const all = after === undefined ? conditions : [...conditions, beyond(order, after)];
  const where = all.length === 0 ? '' : ` where ${all.map(({ sql }) => sql).join(' and ')}`;
  const by = order.map((column) => `${column} desc`).join(', ');
  const values: Record<string, Value> = { limit: limit + 1 };
  for (const condition of all) Object.assign(values, condition.values);
  const rows = database.prepare(`${list}${where} order by ${by} limit :limit`).all(values);
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    items: items.map(read),
    ...(last && { next: writeCursor(order.map((column) => Number(last[column]))) }),
  };
}

function beyond(order: readonly string[], key: readonly number[]): Condition {
  const values: Record<string, Value> = {};
  for (const [index, value] of key.entries()) values[`key_${index}`] = value;
  const names = key.map((_, index) => `:key_${index}`);
  return { sql: `(${order.join(', ')}) < (${names.join(', ')})`, values };
}
