/** One session: what it may do, what it does, and the button that ends it. */
import { Button } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { SessionView } from '../../api/views.ts';
import { useSession } from '../../ui/live-session.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { useMay } from '../../ui/me.tsx';
import { Operations } from '../../ui/operations.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SessionFacts } from '../../ui/session-facts.tsx';
import { EndDialog } from './end-dialog.tsx';

function EndNow(props: { readonly session: SessionView; readonly onDone: () => void }) {
  const [ending, setEnding] = useState(false);
  return (
    <>
      <Button variant="danger" onClick={() => setEnding(true)}>
        End now
      </Button>
      {ending && (
        <EndDialog
          session={props.session}
          onDone={() => {
            setEnding(false);
            props.onDone();
          }}
        />
      )}
    </>
  );
}

export function SessionPage(props: { readonly id: string }) {
  const may = useMay();
  const { query, reload } = useSession(props.id);
  return (
    <Loaded query={query}>
      {(session) => (
        <div className="lk-page">
          <PageHead
            back={<Link to="/sessions">All sessions</Link>}
            title={`${session.person.name} on ${session.asset.name}`}
          >
            {session.state !== 'ended' && may('end-session') && (
              <EndNow session={session} onDone={reload} />
            )}
          </PageHead>
          <Panel title="The session">
            <SessionFacts
              session={session}
              requestLink={
                session.request && (
                  <Link to="/approvals/$id" params={{ id: session.request.id }}>
                    the request
                  </Link>
                )
              }
            />
          </Panel>
          {may('read-recording') && (
            <Panel title={session.state === 'ended' ? 'What it did' : 'What it does'}>
              <Operations session={session} />
            </Panel>
          )}
        </div>
      )}
    </Loaded>
  );
}
