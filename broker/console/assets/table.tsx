import { Td, Th } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { AssetRowView } from '../../api/views-assets.ts';
import { SiteTime } from '../../ui/me.tsx';
import { protocolNames } from '../../ui/protocols.ts';
import { RowTable, type RowTableProps } from '../../ui/row-table.tsx';
import { roleName } from './device-roles.ts';
import { OpenAlerts } from './open-alerts.tsx';
import { Unnamed, Zone } from './standing.tsx';

/** More protocols than these make a row too wide; its page has all. */
const SHOWN_PROTOCOLS = 3;

function speaks(protocols: readonly string[]): string {
  const more = protocols.length - SHOWN_PROTOCOLS;
  const shown = protocolNames(protocols.slice(0, SHOWN_PROTOCOLS));
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** What the policy calls it, what it says it is, what it is by what it does; and the word that nobody knows it. */
function Name(props: { readonly row: AssetRowView }) {
  const { asset, identity, heardName, vendor, behaviour } = props.row;
  const heard = [heardName, vendor, ...behaviour.map(roleName)].filter(
    (part) => part !== undefined,
  );
  return (
    <>
      {asset === undefined ? (
        <Unnamed place={props.row} />
      ) : (
        <div>
          {asset.name} <span className="lk-dim">({asset.id})</span>
        </div>
      )}
      {identity !== undefined && <div className="lk-dim">{identity}</div>}
      {heard.length > 0 && <div className="lk-dim">{heard.join(', ')}</div>}
    </>
  );
}

function Cells(props: { readonly row: AssetRowView }) {
  const { row } = props;
  return (
    <>
      <Td dataLabel="Address">
        <Link to="/assets/$address" params={{ address: row.address }}>
          {row.address}
        </Link>
      </Td>
      <Td dataLabel="Name" modifier="breakWord">
        <Name row={row} />
      </Td>
      <Td dataLabel="Zone">
        <Zone place={row} />
      </Td>
      <Td dataLabel="Speaks">
        {row.protocols.length === 0 ? (
          <span className="lk-dim lk-nowrap">not known</span>
        ) : (
          <>
            <div className="lk-nowrap">{speaks(row.protocols)}</div>
            <div className="lk-dim lk-nowrap">{row.roles.join(' and ')}</div>
          </>
        )}
      </Td>
      <Td dataLabel="Last seen">
        {row.lastSeen === undefined ? (
          <span className="lk-dim">never heard</span>
        ) : (
          <SiteTime at={row.lastSeen} />
        )}
      </Td>
      <Td dataLabel="Open alerts">
        <OpenAlerts count={row.openAlerts} />
      </Td>
    </>
  );
}

export function AssetTable(props: RowTableProps<AssetRowView>) {
  return (
    <RowTable
      label="assets"
      kind="asset"
      idOf={({ address }) => address}
      cells={(row) => <Cells row={row} />}
      head={
        <>
          <Th modifier="fitContent">Address</Th>
          <Th>Name</Th>
          <Th modifier="fitContent">Zone</Th>
          <Th modifier="fitContent">Speaks</Th>
          <Th modifier="fitContent">Last seen</Th>
          <Th modifier="fitContent">Open alerts</Th>
        </>
      }
      {...props}
    />
  );
}
