import { Label } from '@patternfly/react-core';
import { Td, Th } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { AlertRowView } from '../../api/views.ts';
import { SiteTime } from '../../ui/me.tsx';
import { RowTable, type RowTableProps } from '../../ui/row-table.tsx';
import { Severity } from '../../ui/severity.tsx';
import { Words } from '../../ui/words.tsx';
import { AlertState } from './state.tsx';

function Cells(props: { readonly row: AlertRowView }) {
  const { row } = props;
  return (
    <>
      <Td dataLabel="Severity">
        <Severity points={row.severity} />
      </Td>
      <Td dataLabel="First seen">
        <SiteTime at={row.firstSeen} />
        {row.count > 1 && (
          <div className="lk-dim lk-nowrap">
            last <SiteTime at={row.lastSeen} />
          </div>
        )}
      </Td>
      <Td dataLabel="What happened" className="lk-sentence" modifier="breakWord">
        <Link to="/alerts/$id" params={{ id: row.id }}>
          <Words text={row.message} />
        </Link>
        {row.count > 1 && (
          <>
            {' '}
            <Label isCompact>{row.count} times</Label>
          </>
        )}
      </Td>
      <Td dataLabel="Asset">
        {row.asset !== undefined && (
          <>
            <div className="lk-nowrap">{row.asset}</div>
            <div className="lk-nowrap lk-dim">{row.zone ?? 'no zone'}</div>
          </>
        )}
      </Td>
      <Td dataLabel="Status">
        <AlertState alert={row} />
      </Td>
      <Td dataLabel="ATT&CK">
        {row.techniques.map((id) => (
          <div key={id}>{id}</div>
        ))}
      </Td>
    </>
  );
}

export function AlertTable(props: RowTableProps<AlertRowView>) {
  return (
    <RowTable
      label="alerts"
      kind="alert"
      idOf={({ id }) => id}
      cells={(row) => <Cells row={row} />}
      head={
        <>
          <Th modifier="fitContent">Severity</Th>
          <Th modifier="fitContent" aria-sort="descending">
            First seen
          </Th>
          <Th>What happened</Th>
          <Th modifier="fitContent">Asset</Th>
          <Th modifier="fitContent">Status</Th>
          <Th modifier="fitContent">ATT&CK</Th>
        </>
      }
      {...props}
    />
  );
}
