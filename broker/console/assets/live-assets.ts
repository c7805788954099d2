/** Pages of assets that change in place; who is new waits until it is asked for. */
import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { AssetPageView } from '../../api/views-assets.ts';
import { get } from '../../ui/api.ts';
import { useLive } from '../../ui/live.tsx';
import { type AssetFilter, assetQuery } from './filter.ts';
import { counted, firstPages, matches, replaced } from './rows.ts';

type AssetPages = InfiniteData<AssetPageView, string | undefined>;

/** Milliseconds in which many alerts lead to one look at how many are open. */
const ALERTS_SETTLE = 1000;

export function useAssets(filter: AssetFilter) {
  const client = useQueryClient();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [missed, setMissed] = useState(false);
  const [alerts, setAlerts] = useState(0);
  const key = ['assets', filter];
  const ask = (cursor: string | undefined) =>
    get<AssetPageView>(`/api/assets?${assetQuery(filter, cursor)}`);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => ask(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    // Rows and choices stay while another filter is asked for: keys act on what is seen.
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const reload = (): void => {
    setFresh(new Set());
    setMissed(false);
    void client.invalidateQueries({ queryKey: ['assets'] });
  };
  const recount = async (): Promise<void> => {
    const shown = client.getQueryData<AssetPages>(key);
    if (shown === undefined) return;
    const asked = await firstPages(ask, shown.pages.length + 1);
    client.setQueryData<AssetPages>(
      key,
      (data) => data && { ...data, pages: counted(data.pages, asked) },
    );
  };
  const latest = useRef(recount);
  latest.current = recount;
  useEffect(() => {
    if (alerts === 0) return;
    const timer = setTimeout(
      () => void latest.current().catch(() => setMissed(true)),
      ALERTS_SETTLE,
    );
    return () => clearTimeout(timer);
  }, [alerts]);
  useLive(
    (event) => {
      if (event.event === 'policy' && event.data.version !== undefined) setMissed(true);
      if (event.event === 'alert') setAlerts((n) => n + 1);
      if (event.event !== 'asset') return;
      const { row, isNew } = event.data;
      client.setQueryData<AssetPages>(
        key,
        (data) => data && { ...data, pages: replaced(data.pages, row) },
      );
      if (!isNew || rows.some(({ address }) => address === row.address)) return;
      if (!matches(filter, row)) return;
      if (rows.length === 0) reload();
      else setFresh((before) => new Set(before).add(row.address));
    },
    () => setMissed(true),
  );
  return { query, rows, fresh: fresh.size, missed, reload };
}
