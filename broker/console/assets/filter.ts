/** What the asset list shows; it lives in the URL, so that a view can be sent to a colleague. */

const STANDINGS = ['named', 'unknown', 'unheard'] as const;

export interface AssetFilter {
  readonly text: string;
  /** Zone id; empty = in no zone. Undefined = wherever. */
  readonly zone?: string;
  readonly protocol?: string;
  /** Undefined = whatever the policy says of it. */
  readonly standing?: (typeof STANDINGS)[number];
}

/** As long as the API reads. */
const MAX_TEXT = 200;
const MAX_NAME = 128;

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Unreadable parts of a URL fall back to their default: a bad link still shows assets. */
export function assetFilter(
  search: Readonly<Partial<Record<keyof AssetFilter, unknown>>>,
): AssetFilter {
  const zone = textOf(search.zone)?.slice(0, MAX_NAME);
  const protocol = textOf(search.protocol)?.slice(0, MAX_NAME);
  const standing = STANDINGS.find((known) => known === search.standing);
  return {
    text: textOf(search.text)?.slice(0, MAX_TEXT) ?? '',
    ...(zone !== undefined && { zone }),
    ...(protocol !== undefined && protocol !== '' && { protocol }),
    ...(standing !== undefined && { standing }),
  };
}

/** The query string that the API wants. */
export function assetQuery(filter: AssetFilter, cursor?: string): string {
  const query = new URLSearchParams();
  const { text, zone, protocol, standing } = filter;
  if (text !== '') query.set('text', text);
  if (zone !== undefined) query.set('zone', zone);
  if (protocol !== undefined) query.set('protocol', protocol);
  if (standing !== undefined) query.set('standing', standing);
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.toString();
}
