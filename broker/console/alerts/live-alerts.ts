/** Pages of alerts that change in place: nothing moves under the cursor until the analyst asks for it. */
import {
  type InfiniteData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { AlertPageView, AlertRowView, AlertView } from '../../api/views.ts';
import { get } from '../../ui/api.ts';
import { useLive } from '../../ui/live.tsx';
import { type AlertFilter, alertQuery } from './filter.ts';
import { matches, replaced } from './rows.ts';

/** Milliseconds in which many changes ask for the counts once. */
const COUNTS_SETTLE = 500;

/** How many alerts there are of each status, whatever the filter. */
function useCounts(changes: number): AlertPageView['counts'] | undefined {
  const { data, refetch } = useQuery({
    queryKey: ['alert-counts'],
    queryFn: async () => (await get<AlertPageView>('/api/alerts?limit=1')).counts,
  });
  useEffect(() => {
    if (changes === 0) return;
    const timer = setTimeout(() => void refetch(), COUNTS_SETTLE);
    return () => clearTimeout(timer);
  }, [changes, refetch]);
  return data;
}

export function useAlerts(filter: AlertFilter) {
  const client = useQueryClient();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [missed, setMissed] = useState(false);
  const [changes, setChanges] = useState(0);
  const key = ['alerts', filter];
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => get<AlertPageView>(`/api/alerts?${alertQuery(filter, pageParam)}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    // Only what the analyst does may reorder the rows.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const reload = (): void => {
    setFresh(new Set());
    setMissed(false);
    void client.invalidateQueries({ queryKey: ['alerts'] });
  };
  const change = (row: AlertRowView): void => {
    client.setQueryData<InfiniteData<AlertPageView, string | undefined>>(
      key,
      (data) => data && { ...data, pages: replaced(data.pages, row) },
    );
    setChanges((n) => n + 1);
  };
  useLive(
    (event) => {
      if (event.event !== 'alert') return;
      change(event.data);
      if (rows.some((row) => row.id === event.data.id)) return;
      if (!matches(filter, event.data)) return;
      if (rows.length === 0) reload();
      else setFresh((before) => new Set(before).add(event.data.id));
    },
    () => setMissed(true),
  );
  const refresh = async (id: string): Promise<void> =>
    change(await get<AlertView>(`/api/alerts/${encodeURIComponent(id)}`));
  return {
    query,
    rows,
    counts: useCounts(changes),
    fresh: fresh.size,
    missed,
    reload,
    change,
    refresh,
  };
}
