import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { SessionView } from '../api/views.ts';
import { get } from './api.ts';
import { useLive } from './live.tsx';

/** Milliseconds in which many operations ask for the session once. */
const SETTLE = 250;

/** One session, kept up to date: also its counts, which each operation changes. */
export function useSession(id: string) {
  const query = useQuery({
    queryKey: ['session', id],
    queryFn: () => get<SessionView>(`/api/sessions/${encodeURIComponent(id)}`),
    refetchInterval: 10_000,
  });
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const reload = (): void => {
    clearTimeout(waiting.current);
    waiting.current = undefined;
    void query.refetch();
  };
  useLive((event) => {
    if (event.event === 'session' && event.data.id === id) reload();
    if (event.event === 'operation' && event.data.session === id) {
      waiting.current ??= setTimeout(reload, SETTLE);
    }
  }, reload);
  return { query, reload };
}
