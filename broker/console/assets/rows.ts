/** Rows of the asset list as live events change them. Pure, so that it is tested without a screen. */
import type { AssetPageView, AssetRowView } from '../../api/views-assets.ts';
import type { AssetFilter } from './filter.ts';

/**
 * Whether the broker would list `row`, which was just heard, under `filter`. Zones within a zone and
 * tags the broker alone knows: what they would find is not offered as new, and found when asked for.
 */
export function matches(filter: AssetFilter, row: AssetRowView): boolean {
  const { text, zone, protocol, standing } = filter;
  if (standing === 'unheard') return false;
  const isKnown = row.asset !== undefined || row.isGate;
  if (standing === 'named' && !isKnown) return false;
  if (standing === 'unknown' && isKnown) return false;
  if (zone !== undefined && (row.zone?.id ?? '') !== zone) return false;
  if (protocol !== undefined && !row.protocols.includes(protocol)) return false;
  const { address, asset, identity, heardName, vendor } = row;
  const words = [address, asset?.id, asset?.name, identity, heardName, vendor]
    .join('\n')
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

/** `pages` with `row` in its old place. An event counts no alerts: those stay as they were asked for. */
export function replaced(pages: readonly AssetPageView[], row: AssetRowView): AssetPageView[] {
  return pages.map((page) => ({
    ...page,
    items: page.items.map((old) =>
      old.address === row.address
        ? { ...row, ...(old.openAlerts !== undefined && { openAlerts: old.openAlerts }) }
        : old,
    ),
  }));
}

/** `pages` with the counts of alerts that were just `asked`: rows neither come, nor go, nor move. */
export function counted(
  pages: readonly AssetPageView[],
  asked: readonly AssetPageView[],
): AssetPageView[] {
  const counts = new Map(
    asked.flatMap(({ items }) => items.map((row) => [row.address, row.openAlerts] as const)),
  );
  return pages.map((page) => ({
    ...page,
    items: page.items.map((row) => {
      const openAlerts = counts.get(row.address);
      return openAlerts === undefined ? row : { ...row, openAlerts };
    }),
  }));
}

/** Up to `count` pages from the beginning: newcomers move rows on to later ones. */
export async function firstPages(
  ask: (cursor: string | undefined) => Promise<AssetPageView>,
  count: number,
): Promise<readonly AssetPageView[]> {
  const asked: AssetPageView[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    asked.push(page);
    cursor = page.next;
  } while (cursor !== undefined && asked.length < count);
  return asked;
}
