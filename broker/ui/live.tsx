/** Live events of the broker: one connection for each tab, shared by everything on the page. */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useMemo, useRef, useState } from 'react';
import type { LiveEvent } from '../api/views.ts';

const KINDS = ['alert', 'asset', 'policy', 'release', 'request', 'session', 'operation'] as const;

/** Milliseconds before a stream that the broker refused is asked for again; a cut one, the browser reopens. */
const AGAIN_AFTER = 3000;

interface Listener {
  readonly on: (event: LiveEvent) => void;
  /** The stream stands again after a cut: what happened meanwhile was missed. */
  readonly onGap: () => void;
}

interface Live {
  readonly connected: boolean;
  readonly listeners: Set<Listener>;
}

const LiveContext = createContext<Live | undefined>(undefined);

/** Keeps a stream open until the returned function is called. */
function listen(
  listeners: ReadonlySet<Listener>,
  onState: (connected: boolean) => void,
): () => void {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let cut = false;
  const open = (): void => {
    source = new EventSource('/api/live');
    source.onopen = () => {
      onState(true);
      if (cut) for (const listener of listeners) listener.onGap();
      cut = false;
    };
    source.onerror = () => {
      cut = true;
      onState(false);
      // Closed for good: the broker answered something else than a stream.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_AFTER);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (message: MessageEvent<string>) => {
        const data: unknown = JSON.parse(message.data);
        const event = { event: kind, data } as LiveEvent;
        for (const listener of listeners) listener.on(event);
      });
    }
  };
  open();
  return () => {
    clearTimeout(again);
    source?.close();
  };
}

/** Stands inside the sign-in: a stream is only for somebody. */
export function LiveProvider(props: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const [connected, setConnected] = useState(true);
  const [listeners] = useState(() => new Set<Listener>());
  useEffect(
    () =>
      listen(listeners, (stands) => {
        setConnected(stands);
        // The end of a sign-in also cuts the stream; ask who we are.
        if (!stands) void client.invalidateQueries({ queryKey: ['me'] });
      }),
    [client, listeners],
  );
  const live = useMemo(() => ({ connected, listeners }), [connected, listeners]);
  return <LiveContext value={live}>{props.children}</LiveContext>;
}

/**
 * Calls `on` for each event while the component lives, and `onGap` where some may have been missed;
 * says whether the stream stands.
 */
export function useLive(
  on: (event: LiveEvent) => void,
  onGap: () => void,
): { readonly connected: boolean } {
  const live = use(LiveContext);
  if (live === undefined) throw new Error('useLive outside LiveProvider');
  const latest = useRef({ on, onGap });
  latest.current = { on, onGap };
  const { connected, listeners } = live;
  useEffect(() => {
    const listener: Listener = {
      on: (event) => latest.current.on(event),
      onGap: () => latest.current.onGap(),
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [listeners]);
  return { connected };
}

/** Whether what is shown is kept up to date. */
export function useConnected(): boolean {
  return use(LiveContext)?.connected ?? true;
}
