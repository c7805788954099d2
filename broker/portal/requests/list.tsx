/** The vendor's own requests and where each stands. */
import { Label, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RequestView } from '../../api/views.ts';
import { useNow } from '../../ui/countdown.tsx';
import { Nothing } from '../../ui/failure.tsx';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { More } from '../../ui/more.tsx';
import { usePages } from '../../ui/pages.ts';
import { standing } from './standing.ts';

/** Milliseconds: how late a row may tell that its time has come. */
const SECONDS = 5_000;

function State(props: { readonly request: RequestView }) {
  const { request } = props;
  const { word, status } = standing(request, useNow(SECONDS));
  return (
    <>
      <Label isCompact status={status}>
        {word}
      </Label>
      {request.narrowed && ' narrowed'}
    </>
  );
}

function RequestTable(props: { readonly requests: readonly RequestView[] }) {
  return (
    <Table aria-label="my requests" variant="compact">
      <Thead>
        <Tr>
          <Th>Asset</Th>
          <Th>From</Th>
          <Th>Until</Th>
          <Th>Purpose</Th>
          <Th>State</Th>
        </Tr>
      </Thead>
      <Tbody>
        {props.requests.map((request) => (
          <Tr key={request.id}>
            <Td dataLabel="Asset">
              <Link to="/requests/$id" params={{ id: request.id }}>
                {request.asset.name} ({request.asset.id})
              </Link>
            </Td>
            <Td dataLabel="From">
              <SiteTime at={request.notBefore} />
            </Td>
            <Td dataLabel="Until">
              <SiteTime at={request.notAfter} />
            </Td>
            <Td dataLabel="Purpose" modifier="breakWord">
              {request.purpose}
            </Td>
            <Td dataLabel="State">
              <State request={request} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

export function OwnRequests() {
  const client = useQueryClient();
  const key = ['requests'];
  const { query, items } = usePages<RequestView>(key, '/api/requests', {
    refetchInterval: 15_000,
  });
  const reload = (): void => void client.invalidateQueries({ queryKey: key });
  useLive((event) => {
    if (event.event === 'request' || event.event === 'session') reload();
  }, reload);
  return (
    <div className="lk-page">
      <header className="lk-head">
        <Title headingLevel="h1">My requests</Title>
        <Link to="/ask">Ask for access</Link>
      </header>
      <Loaded query={query}>
        {() =>
          items.length === 0 && !query.hasNextPage ? (
            <Nothing title="No request yet" text="Ask for access, and its state appears here." />
          ) : (
            <RequestTable requests={items} />
          )
        }
      </Loaded>
      <More query={query} label="Show older" />
    </div>
  );
}
