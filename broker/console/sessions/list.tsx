/** Who is inside right now, who was, and what is blocked. */
import { Title } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import type { SessionView } from '../../api/views.ts';
import { useLive } from '../../ui/live.tsx';
import { useMay } from '../../ui/me.tsx';
import { usePages } from '../../ui/pages.ts';
import { Panel } from '../../ui/panel.tsx';
import { ENDED_SESSIONS, OPEN_SESSIONS, SessionPanel } from '../../ui/session-panel.tsx';
import { Locks } from './locks.tsx';

export function SessionList() {
  const may = useMay();
  const client = useQueryClient();
  const open = usePages<SessionView>(['sessions', 'open'], OPEN_SESSIONS, {
    refetchInterval: 15_000,
  });
  const ended = usePages<SessionView>(['sessions', 'ended'], ENDED_SESSIONS);
  const reload = (): void => void client.invalidateQueries({ queryKey: ['sessions'] });
  useLive((event) => {
    if (event.event === 'session') reload();
  }, reload);
  return (
    <div className="lk-page">
      <Title headingLevel="h1">Sessions</Title>
      <SessionPanel title="Open now" label="open sessions" none="Nobody is inside." pages={open} />
      {may('read-lock') && (
        <Panel title="Blocked">
          <Locks />
        </Panel>
      )}
      <SessionPanel title="Ended" label="ended sessions" none="None yet." pages={ended} />
    </div>
  );
}
