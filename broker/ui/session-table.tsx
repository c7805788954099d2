import { Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { SessionView } from '../api/views.ts';
import { END_REASONS } from './end-reasons.ts';
import { SiteTime } from './me.tsx';
import { TimeLeft } from './time-left.tsx';

function State(props: { readonly session: SessionView }) {
  const { state, endReason } = props.session;
  if (state === 'ended') return endReason === undefined ? 'ended' : END_REASONS[endReason];
  return (
    <Label isCompact status="success">
      {state === 'grace' ? 'reads only' : state}
    </Label>
  );
}

function Row(props: { readonly session: SessionView }) {
  const { session } = props;
  return (
    <Tr>
      <Td dataLabel="Who">
        <Link to="/sessions/$id" params={{ id: session.id }}>
          {session.person.name} of {session.person.company}
        </Link>
      </Td>
      <Td dataLabel="Asset">
        {session.asset.name} ({session.asset.id})
      </Td>
      <Td dataLabel="Started">
        <SiteTime at={session.startedAt} />
      </Td>
      <Td dataLabel="State">
        <State session={session} />
      </Td>
      <Td dataLabel={session.state === 'ended' ? 'Ended' : 'Time left'}>
        {session.endedAt === undefined ? (
          <TimeLeft session={session} />
        ) : (
          <SiteTime at={session.endedAt} />
        )}
      </Td>
      {/* The broker counts when a session ends. */}
      {session.state === 'ended' && (
        <Td dataLabel="Operations">
          {session.counts.allowed} allowed, {session.counts.writes} writes, {session.counts.refused}{' '}
          refused
        </Td>
      )}
    </Tr>
  );
}

/** Sessions that are all open or all ended; each leads to its page below `/sessions`. */
export function SessionTable(props: {
  readonly sessions: readonly SessionView[];
  readonly label: string;
}) {
  const ended = props.sessions.every(({ state }) => state === 'ended');
  return (
    <Table aria-label={props.label} variant="compact">
      <Thead>
        <Tr>
          <Th>Who</Th>
          <Th>Asset</Th>
          <Th>Started</Th>
          <Th>State</Th>
          <Th>{ended ? 'Ended' : 'Time left'}</Th>
          {ended && <Th>Operations</Th>}
        </Tr>
      </Thead>
      <Tbody>
        {props.sessions.map((session) => (
          <Row key={session.id} session={session} />
        ))}
      </Tbody>
    </Table>
  );
}
