/** Whom an asset speaks with, as what, with which kinds of operations, and by which conduit. */
import { Label } from '@patternfly/react-core';
import { ExclamationTriangleIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { PeerView } from '../../api/views-assets.ts';
import { SiteTime } from '../../ui/me.tsx';
import { protocolNames } from '../../ui/protocols.ts';
import { ConduitLink } from './conduit-link.tsx';
import { Unnamed, Zone } from './standing.tsx';

function Conduits(props: { readonly peer: PeerView }) {
  const { conduits } = props.peer;
  if (conduits.length === 0) {
    return (
      <Label isCompact status="danger" icon={<ExclamationTriangleIcon />}>
        no conduit
      </Label>
    );
  }
  return conduits.map(({ id, via }) => (
    <div key={id}>
      <ConduitLink id={id} /> <span className="lk-dim">({via === 'gate' ? 'via gate' : via})</span>
    </div>
  ));
}

function Row(props: { readonly peer: PeerView }) {
  const { peer } = props;
  return (
    <Tr>
      <Td dataLabel="Peer" modifier="breakWord">
        <div>
          <Link to="/assets/$address" params={{ address: peer.address }}>
            {peer.asset?.name ?? peer.address}
          </Link>
        </div>
        {peer.asset === undefined ? (
          <Unnamed place={peer} />
        ) : (
          <div className="lk-dim lk-nowrap">{peer.address}</div>
        )}
      </Td>
      <Td dataLabel="Zone">
        <Zone place={peer} />
      </Td>
      <Td dataLabel="Does">
        <div>{peer.role === 'client' ? 'asks it' : 'is asked'}</div>
        <div className="lk-dim">{protocolNames(peer.protocols)}</div>
      </Td>
      <Td dataLabel="Operations">
        {peer.kinds.length === 0 ? (
          <span className="lk-dim">none that could be read</span>
        ) : (
          peer.kinds.join(', ')
        )}
      </Td>
      <Td dataLabel="Last seen">
        <SiteTime at={peer.lastSeen} />
      </Td>
      <Td dataLabel="By the policy">
        <Conduits peer={peer} />
      </Td>
    </Tr>
  );
}

export function Peers(props: { readonly peers: readonly PeerView[]; readonly heard: boolean }) {
  if (props.peers.length === 0) {
    return (
      <p>
        {props.heard
          ? 'No sensor has told of a conversation yet.'
          : 'No sensor has ever heard it speak with anybody.'}
      </p>
    );
  }
  return (
    <Table aria-label="peers" variant="compact">
      <Thead>
        <Tr>
          <Th>Peer</Th>
          <Th modifier="fitContent">Zone</Th>
          <Th modifier="fitContent">Does</Th>
          <Th>Operations</Th>
          <Th modifier="fitContent">Last seen</Th>
          <Th width={25}>By the policy</Th>
        </Tr>
      </Thead>
      <Tbody>
        {props.peers.map((peer) => (
          <Row key={`${peer.role} ${peer.address}`} peer={peer} />
        ))}
      </Tbody>
    </Table>
  );
}
