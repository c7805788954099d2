/**
 * What the alert list shows; it lives in the URL, so that a view can be sent to a colleague. Read by
 * hand: zod asks the browser whether it may compile code, which our Content-Security-Policy reports.
 */
import type { AlertRowView } from '../../api/views.ts';

type AlertStatus = AlertRowView['status'];

export const STATUSES = ['new', 'acknowledged', 'closed'] as const satisfies readonly AlertStatus[];

export interface AlertFilter {
  readonly status: readonly AlertStatus[];
  /** 0..100: this and more. */
  readonly severity: number;
  readonly text: string;
}

/** As long as the API reads. */
const MAX_TEXT = 200;

/** Unreadable parts of a URL fall back to their default: a bad link still shows alerts. */
export function alertFilter(
  search: Readonly<Partial<Record<keyof AlertFilter, unknown>>>,
): AlertFilter {
  const { status, severity, text } = search;
  const points = /^\d{1,3}$/.test(String(severity)) ? Number(severity) : 0;
  return {
    status: statusesIn(status),
    severity: points <= 100 ? points : 0,
    text: typeof text === 'string' ? text.slice(0, MAX_TEXT) : '',
  };
}

/** `new,closed`, or a list; of what is said and empty, none is meant. */
function statusesIn(said: unknown): readonly AlertStatus[] {
  const list: readonly unknown[] = Array.isArray(said) ? said : [said];
  const words = list.flatMap((each) => (typeof each === 'string' ? each.split(',') : each));
  const known = STATUSES.filter((each) => words.includes(each));
  return known.length > 0 || words.every((word) => word === '') ? known : ['new', 'acknowledged'];
}

/** The query string that the API wants. */
export function alertQuery(filter: AlertFilter, cursor?: string): string {
  const query = new URLSearchParams();
  for (const status of filter.status) query.append('status', status);
  if (filter.severity > 0) query.set('severity', String(filter.severity));
  if (filter.text !== '') query.set('text', filter.text);
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.toString();
}
