import { Td, Th } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { AssetRowView } from '../../api/views-assets.ts';
import { SiteTime } from '../../ui/me.tsx';
import { protocolNames } from '../../ui/protocols.ts';
import { RowTable, type RowTableProps } from '../../ui/row-table.tsx';
import { OpenAlerts } from './open-alerts.tsx';
import { Unnamed, Zone } from './standing.tsx';

/** What the policy calls it, what it says it is; and the word that nobody knows it. */
function Name(props: { readonly row: AssetRowView }) {
  const { asset, identity } = props.row;
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
            <div className="lk-nowrap">{protocolNames(row.protocols)}</div>
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
