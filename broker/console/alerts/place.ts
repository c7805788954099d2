/**
 * Where somebody stands in the alert list while they look at one alert: with which filter, on which row,
 * what comes before and after. Kept for the tab, so that the way back leads to the same place.
 */
import { type AlertFilter, alertFilter } from './filter.ts';

export interface Place {
  readonly filter: AlertFilter;
  /** Alerts in the order of the list. */
  readonly ids: readonly string[];
  readonly at: string | undefined;
}

const KEY = 'lockkeeper.alert-place';

export function keepPlace(place: Place): void {
  sessionStorage.setItem(KEY, JSON.stringify(place));
}

const NOWHERE: Place = { filter: alertFilter({}), ids: [], at: undefined };

/** The list as it is opened first, where none was left. */
export function placeLeft(): Place {
  return readPlace(sessionStorage.getItem(KEY));
}

export function readPlace(text: string | null): Place {
  if (text === null) return NOWHERE;
  try {
    const { filter, ids, at } = JSON.parse(text) as Partial<Record<keyof Place, unknown>>;
    return {
      filter: alertFilter((filter ?? {}) as Parameters<typeof alertFilter>[0]),
      ids: Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [],
      at: typeof at === 'string' ? at : undefined,
    };
  } catch {
    return NOWHERE;
  }
}

/** The alert `by` rows below `id`; undefined at the ends and where the list did not hold it. */
export function beside({ ids }: Place, id: string, by: number): string | undefined {
  const index = ids.indexOf(id);
  return index < 0 ? undefined : ids[index + by];
}
