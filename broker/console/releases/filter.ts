/** What the list of releases shows; it lives in the URL, so that a view can be sent to a colleague. */

const VERDICTS = ['allow', 'hold', 'deny'] as const;

export interface ReleaseFilter {
  readonly text: string;
  /** Undefined = whatever the verdict is. */
  readonly verdict?: (typeof VERDICTS)[number];
}

/** As long as the API reads. */
const MAX_TEXT = 200;

/** Unreadable parts of a URL fall back to their default. */
export function releaseFilter(
  search: Readonly<Partial<Record<keyof ReleaseFilter, unknown>>>,
): ReleaseFilter {
  const { text } = search;
  const verdict = VERDICTS.find((known) => known === search.verdict);
  return {
    text: typeof text === 'string' ? text.slice(0, MAX_TEXT) : '',
    ...(verdict !== undefined && { verdict }),
  };
}

/** The query string that the API wants. */
export function releaseQuery({ text, verdict }: ReleaseFilter, cursor?: string): string {
  const query = new URLSearchParams();
  if (text !== '') query.set('text', text);
  if (verdict !== undefined) query.set('verdict', verdict);
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.toString();
}
