/** One own request: what was asked, who agreed, and how to connect. */
import { Button, Label } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RequestView } from '../../api/views.ts';
import { get, post } from '../../ui/api.ts';
import { useNow } from '../../ui/countdown.tsx';
import { Failure } from '../../ui/failure.tsx';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Approvals, RequestFacts } from '../../ui/request-facts.tsx';
import { Words } from '../../ui/words.tsx';
import { ConnectCard } from './connect-card.tsx';
import { standing } from './standing.ts';

function Withdraw(props: { readonly request: RequestView; readonly onChange: () => void }) {
  const { request, onChange } = props;
  const withdraw = useMutation({
    mutationFn: () =>
      post(`/api/requests/${encodeURIComponent(request.id)}/withdraw`, {
        version: request.version,
        reason: 'withdrawn by the vendor',
      }),
    onSettled: onChange,
  });
  return (
    <div>
      {withdraw.isError && <Failure error={withdraw.error} />}
      <Button
        size="sm"
        variant="secondary"
        isDisabled={withdraw.isPending}
        onClick={() => withdraw.mutate()}
      >
        Withdraw this request
      </Button>
    </div>
  );
}

function Head(props: { readonly request: RequestView }) {
  const { request } = props;
  const { word, status, because } = standing(request, useNow());
  return (
    <PageHead back={<Link to="/requests">My requests</Link>} title={request.asset.name}>
      <p>
        <Label status={status}>{word}</Label>
        {because !== undefined && (
          <>
            {' '}
            <Words text={because} />
          </>
        )}
      </p>
    </PageHead>
  );
}

export function OwnRequest(props: { readonly id: string }) {
  const client = useQueryClient();
  const key = ['request', props.id];
  const query = useQuery({
    queryKey: key,
    queryFn: () => get<RequestView>(`/api/requests/${encodeURIComponent(props.id)}`),
    refetchInterval: 10_000,
  });
  const reload = (): void => void client.invalidateQueries({ queryKey: key });
  useLive((event) => {
    // A session that begins or ends changes what its grant is good for.
    if (event.event === 'session') reload();
    if (event.event === 'request' && event.data.id === props.id) reload();
  }, reload);
  return (
    <Loaded query={query}>
      {(request) => (
        <div className="lk-page">
          <Head request={request} />
          {request.grant !== undefined && <ConnectCard grant={request.grant} />}
          <div className="lk-columns">
            <Panel title={request.narrowed ? 'What is left of what was asked' : 'What was asked'}>
              <RequestFacts request={request} />
            </Panel>
            <Panel title="Decision">
              <Approvals request={request} />
            </Panel>
          </div>
          {request.state === 'pending' && <Withdraw request={request} onChange={reload} />}
        </div>
      )}
    </Loaded>
  );
}
