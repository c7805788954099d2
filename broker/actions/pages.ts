import type { Reader } from '#broker/store/store.ts';

/** Sweeps take the rest the next time. */
const MAX_SWEPT = 10_000;
const PAGE = 200;

/** Everything that `filter` finds, newest first, at most `MAX_SWEPT`. For sets that the product bounds. */
export async function all<Id, T, Filter>(
  reader: Reader<Id, T, Filter>,
  filter: Filter,
): Promise<readonly T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.list(filter, {
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && found.length < MAX_SWEPT);
  return found;
}
