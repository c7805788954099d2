/** What an approver wants to know before deciding: is the asset in trouble, and how did earlier visits go. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RequestContextView, SessionView } from '../../api/views.ts';
import { get } from '../../ui/api.ts';
import { END_REASONS } from '../../ui/end-reasons.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime, useMay } from '../../ui/me.tsx';

import { Severity } from '../../ui/severity.tsx';
import { Words } from '../../ui/words.tsx';

function OpenAlerts(props: { readonly alerts: RequestContextView['openAlerts'] }) {
  const mayRead = useMay()('read-alerts');
  if (props.alerts.length === 0) {
    return (
      <p>{mayRead ? 'None.' : 'Your roles do not let you read alerts; ask the analyst on duty.'}</p>
    );
  }
  return (
    <ul className="lk-list">
      {props.alerts.map((alert) => (
        <li key={alert.id}>
          <Severity points={alert.severity} /> <SiteTime at={alert.lastSeen} />{' '}
          {mayRead ? (
            <Link to="/alerts/$id" params={{ id: alert.id }}>
              <Words text={alert.message} />
            </Link>
          ) : (
            <Words text={alert.message} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Earlier(props: { readonly session: SessionView }) {
  const { session } = props;
  return (
    <li>
      <Link to="/sessions/$id" params={{ id: session.id }}>
        <SiteTime at={session.startedAt} />
      </Link>{' '}
      {session.person.name} on {session.asset.id}:{' '}
      {session.endReason === undefined
        ? 'open now'
        : `${session.counts.writes} writes, ${session.counts.refused} refused, ${END_REASONS[session.endReason]}`}
    </li>
  );
}

export function RequestContext(props: { readonly id: string }) {
  const query = useQuery({
    queryKey: ['request-context', props.id],
    queryFn: () => get<RequestContextView>(`/api/requests/${encodeURIComponent(props.id)}/context`),
  });
  return (
    <Loaded query={query}>
      {({ openAlerts, moreAlerts, earlierSessions }) => (
        <>
          <h3 className="lk-heading">Open alerts on the asset</h3>
          <OpenAlerts alerts={openAlerts} />
          {moreAlerts && openAlerts.length > 0 && (
            <p>
              And more:{' '}
              <Link
                to="/alerts"
                search={{ status: ['new', 'acknowledged'], text: openAlerts[0]?.asset ?? '' }}
              >
                all of them
              </Link>
            </p>
          )}
          <h3 className="lk-heading">Earlier sessions of this vendor</h3>
          {earlierSessions.length === 0 && <p>None: this is the first.</p>}
          <ul className="lk-list">
            {earlierSessions.map((session) => (
              <Earlier key={session.id} session={session} />
            ))}
          </ul>
        </>
      )}
    </Loaded>
  );
}
