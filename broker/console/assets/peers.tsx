/** Whom an asset speaks with, as what, with which kinds of operations, and by which conduit. */
import { Label } from '@patternfly/react-core';
import { ExclamationTriangleIcon } from '@patternfly/react-icons';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { PeerView } from '../../api/views-assets.ts';
import { amountText } from '../../ui/amount-text.ts';
import { SiteTime } from '../../ui/me.tsx';
import { protocolName, protocolNames } from '../../ui/protocols.ts';
import { ConduitLink } from './conduit-link.tsx';
import { Unnamed, Zone } from './standing.tsx';

/** Protocols that a policy has conduits for. */
const SPOKEN_OF: ReadonlySet<string> = new Set(['modbus', 'opcua']);

function Conduits(props: { readonly peer: PeerView }) {
  const { conduits, protocols } = props.peer;
  if (conduits.length === 0) {
    // The policy says nothing of other protocols, so they break nothing of it.
    if (!protocols.some((each) => SPOKEN_OF.has(each))) {
      return <span className="lk-dim">no conduit</span>;
    }
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

/** Each protocol and port, with what the asset sent and got. */
function Traffic(props: { readonly peer: PeerView }) {
  const { traffic } = props.peer;
  if (traffic.length === 0) return <span className="lk-dim">not counted</span>;
  return traffic.map(({ transport, port, protocol, by, sent, received }) => (
    <div key={`${transport} ${port}`}>
      <span className="lk-nowrap">
        {transport === 'ip' ? `IP protocol ${port}` : `${transport} ${port}`}
        {protocol !== undefined && ` ${protocolName(protocol)}`}
        {by === 'port' && <span className="lk-dim"> (by its port)</span>}
      </span>{' '}
      <span className="lk-dim lk-nowrap">
        sent {amountText(sent.bytes)}, got {amountText(received.bytes)}
      </span>
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
      <Td dataLabel="Traffic">
        <Traffic peer={peer} />
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
          <Th>Traffic</Th>
          <Th modifier="nowrap">Operations</Th>
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
