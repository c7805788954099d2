/** The vendor's own sessions, with everything that was recorded in them. */
import { Title } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { SessionView } from '../../api/views.ts';
import { Nothing } from '../../ui/failure.tsx';
import { useLive } from '../../ui/live.tsx';
import { useSession } from '../../ui/live-session.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { useMay } from '../../ui/me.tsx';
import { Operations } from '../../ui/operations.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { usePages } from '../../ui/pages.ts';
import { Panel } from '../../ui/panel.tsx';
import { SessionFacts } from '../../ui/session-facts.tsx';
import { ENDED_SESSIONS, OPEN_SESSIONS, SessionPanel } from '../../ui/session-panel.tsx';

export function OwnSessions() {
  const client = useQueryClient();
  const open = usePages<SessionView>(['sessions', 'open'], OPEN_SESSIONS);
  const ended = usePages<SessionView>(['sessions', 'ended'], ENDED_SESSIONS);
  const reload = (): void => void client.invalidateQueries({ queryKey: ['sessions'] });
  useLive((event) => {
    if (event.event === 'session') reload();
  }, reload);
  const isLoaded = open.query.isSuccess && ended.query.isSuccess;
  const isNone = isLoaded && open.items.length === 0 && ended.items.length === 0;
  return (
    <div className="lk-page">
      <Title headingLevel="h1">My sessions</Title>
      {isNone ? (
        <Nothing title="No session yet" text="Once you connect, it appears here." />
      ) : (
        <>
          <SessionPanel
            title="Open now"
            label="my open sessions"
            none="You are not connected."
            pages={open}
          />
          <SessionPanel title="Ended" label="my ended sessions" none="None yet." pages={ended} />
        </>
      )}
    </div>
  );
}

export function OwnSession(props: { readonly id: string }) {
  const may = useMay();
  const { query } = useSession(props.id);
  return (
    <Loaded query={query}>
      {(session) => (
        <div className="lk-page">
          <PageHead
            back={<Link to="/sessions">My sessions</Link>}
            title={`My session on ${session.asset.name}`}
          />
          <Panel title="The session">
            <SessionFacts
              session={session}
              requestLink={
                session.request && (
                  <Link to="/requests/$id" params={{ id: session.request.id }}>
                    my request
                  </Link>
                )
              }
            />
          </Panel>
          {may('read-recording') ? (
            <Panel title="What you did">
              <Operations session={session} />
            </Panel>
          ) : (
            <p>The site keeps the recording of what you did, and may show it to you.</p>
          )}
        </div>
      )}
    </Loaded>
  );
}
