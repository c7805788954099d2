/** The queue of requests, the one that starts first on top. */
import { Label, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RequestView } from '../../api/views.ts';
import { useNow } from '../../ui/countdown.tsx';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { More } from '../../ui/more.tsx';
import { usePages } from '../../ui/pages.ts';
import { Panel } from '../../ui/panel.tsx';
import { duration, span } from '../../ui/site-time.ts';

const LOOKS = {
  pending: 'warning',
  approved: 'success',
  denied: 'danger',
  withdrawn: 'info',
  expired: 'info',
} as const;

/** Milliseconds: a queue is read in minutes, not seconds. */
const MINUTE = 60_000;

/** How far off the start of a request that waits is, so that nobody works it out. */
function Starts(props: { readonly request: RequestView }) {
  const { notBefore, state } = props.request;
  const off = Date.parse(notBefore) - useNow(MINUTE);
  return (
    <>
      <SiteTime at={notBefore} />
      {state === 'pending' && (
        <div className="lk-dim lk-nowrap">{off > 0 ? `in ${span(off)}` : 'has begun'}</div>
      )}
    </>
  );
}

function State(props: { readonly request: RequestView }) {
  const { request } = props;
  const given = request.approvals.filter((a) => a.counts && a.verdict === 'approve').length;
  return (
    <>
      <Label isCompact status={LOOKS[request.state]}>
        {request.state}
      </Label>{' '}
      {request.state === 'pending' && `${given} of ${request.quorum}`}
      {request.narrowed && ' narrowed'}
    </>
  );
}

function Row(props: { readonly request: RequestView }) {
  const { request } = props;
  return (
    <Tr>
      <Td dataLabel="Starts">
        <Starts request={request} />
      </Td>
      <Td dataLabel="Lasts">
        {duration(Date.parse(request.notAfter) - Date.parse(request.notBefore))}
      </Td>
      <Td dataLabel="Who">
        <Link to="/approvals/$id" params={{ id: request.id }}>
          {request.requester.name} of {request.requester.company}
        </Link>
      </Td>
      <Td dataLabel="Asset">
        {request.asset.name} ({request.asset.id})
      </Td>
      <Td dataLabel="Wants to" modifier="breakWord">
        <ul>
          {request.operations.map((operation) => (
            <li key={operation.text}>{operation.text}</li>
          ))}
        </ul>
      </Td>
      <Td dataLabel="State">
        <State request={request} />
      </Td>
    </Tr>
  );
}

function RequestTable(props: {
  readonly requests: readonly RequestView[];
  readonly label: string;
}) {
  return (
    <Table aria-label={props.label} variant="compact">
      <Thead>
        <Tr>
          <Th modifier="fitContent">Starts</Th>
          <Th modifier="fitContent">Lasts</Th>
          <Th width={15}>Who</Th>
          <Th width={15}>Asset</Th>
          <Th>Wants to</Th>
          <Th modifier="fitContent">State</Th>
        </Tr>
      </Thead>
      <Tbody>
        {props.requests.map((request) => (
          <Row key={request.id} request={request} />
        ))}
      </Tbody>
    </Table>
  );
}

export function RequestList() {
  const client = useQueryClient();
  const waiting = usePages<RequestView>(['requests', 'pending'], '/api/requests?state=pending', {
    refetchInterval: 15_000,
  });
  const all = usePages<RequestView>(['requests', 'all'], '/api/requests');
  const reload = (): void => void client.invalidateQueries({ queryKey: ['requests'] });
  useLive((event) => {
    if (event.event === 'request') reload();
  }, reload);
  const pending = waiting.items.toSorted((a, b) => a.notBefore.localeCompare(b.notBefore));
  const decided = all.items.filter(({ state }) => state !== 'pending');
  return (
    <div className="lk-page">
      <Title headingLevel="h1">Approvals</Title>
      <Panel title="Waiting for a decision">
        <Loaded query={waiting.query}>
          {() =>
            pending.length === 0 ? (
              <p>No request is waiting.</p>
            ) : (
              <RequestTable requests={pending} label="requests that wait" />
            )
          }
        </Loaded>
        <More query={waiting.query} label="Show more that wait" />
      </Panel>
      <Panel title="Decided">
        <Loaded query={all.query}>
          {() =>
            decided.length === 0 && !all.query.hasNextPage ? (
              <p>None yet.</p>
            ) : (
              <RequestTable requests={decided} label="decided requests" />
            )
          }
        </Loaded>
        <More query={all.query} label="Show older" />
      </Panel>
    </div>
  );
}
