/** One request with all that an approver needs on one page. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RequestView } from '../../api/views.ts';
import { get } from '../../ui/api.ts';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Approvals, RequestFacts } from '../../ui/request-facts.tsx';
import { RequestContext } from './context.tsx';
import { Decide } from './decide.tsx';

export function RequestPage(props: { readonly id: string }) {
  const client = useQueryClient();
  const key = ['request', props.id];
  const query = useQuery({
    queryKey: key,
    queryFn: () => get<RequestView>(`/api/requests/${encodeURIComponent(props.id)}`),
  });
  const reload = (): void => void client.invalidateQueries({ queryKey: key });
  useLive((event) => {
    if (event.event === 'session') reload();
    if (event.event === 'request' && event.data.id === props.id) reload();
  }, reload);
  return (
    <Loaded query={query}>
      {(request) => (
        <div className="lk-page">
          <PageHead
            back={<Link to="/approvals">All requests</Link>}
            title={`${request.requester.name} asks for ${request.asset.name}`}
          />
          <div className="lk-columns">
            <div className="lk-page">
              <Panel title="What is asked">
                <RequestFacts request={request} />
              </Panel>
            </div>
            <div className="lk-page">
              <Panel title="Decision">
                <Approvals request={request} />
                {request.grant?.session !== undefined && (
                  <p className="lk-apart">
                    Connected since <SiteTime at={request.grant.session.startedAt} />:{' '}
                    <Link to="/sessions/$id" params={{ id: request.grant.session.id }}>
                      the session
                    </Link>
                  </p>
                )}
                <Decide request={request} onChange={reload} />
              </Panel>
              <Panel title="What you should know">
                <RequestContext id={request.id} />
              </Panel>
            </div>
          </div>
        </div>
      )}
    </Loaded>
  );
}
