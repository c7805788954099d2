/** Rows of the alert list as live events change them. Pure, so that it is tested without a screen. */
import type { AlertPageView, AlertRowView } from '../../api/views.ts';
import type { AlertFilter } from './filter.ts';

/** Whether the broker would list `row` under `filter`: by status, severity and all words. */
export function matches(filter: AlertFilter, row: AlertRowView): boolean {
  if (filter.status.length > 0 && !filter.status.includes(row.status)) return false;
  if (row.severity < filter.severity) return false;
  const { message, rule, source, destination, asset } = row;
  const text = [message, rule, source, destination, asset].join('\n').toLowerCase();
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** `pages` with `row` in its old place, unless what stands there is newer. */
export function replaced(pages: readonly AlertPageView[], row: AlertRowView): AlertPageView[] {
  return pages.map((page) => ({
    ...page,
    items: page.items.map((old) => (old.id === row.id && old.version <= row.version ? row : old)),
  }));
}

/** `127.0.0.1:502`, `[::1]:502` and `::1` without the port. */
const hostOf = (endpoint: string | undefined): string | undefined =>
  endpoint?.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([^:]+):\d+$/, '$1');

/** Whether both tell of the same client and server, by whatever connection. */
export const samePeers = (a: AlertRowView, b: AlertRowView): boolean =>
  a.id !== b.id &&
  hostOf(a.source) === hostOf(b.source) &&
  hostOf(a.destination) === hostOf(b.destination);
