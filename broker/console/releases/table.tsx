import { Td, Th } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { ReleaseRowView } from '../../api/views-releases.ts';
import { SiteTime } from '../../ui/me.tsx';
import { RowTable, type RowTableProps } from '../../ui/row-table.tsx';
import { Verdict } from './verdict.tsx';

/** Codes of reasons shown in one row; the page has them all. */
const SHOWN_CODES = 3;

/** Product and version; where nobody has proven it, the row says whose word it is. */
function What(props: { readonly row: ReleaseRowView }) {
  const { id, product, version, vendor, verdict, fileName } = props.row;
  return (
    <>
      <Link to="/releases/$id" params={{ id }}>
        {product === undefined ? fileName : `${product} ${version}`}
      </Link>
      <div className="lk-dim">
        {vendor === undefined && 'no manifest that can be read'}
        {vendor !== undefined && (verdict === 'deny' ? `says it is of ${vendor}` : `of ${vendor}`)}
      </div>
    </>
  );
}

function Why(props: { readonly row: ReleaseRowView }) {
  const { codes } = props.row;
  const more = codes.length - SHOWN_CODES;
  if (codes.length === 0) return <span className="lk-dim">nothing against it</span>;
  return (
    <>
      <span className="lk-mono">{codes.slice(0, SHOWN_CODES).join(', ')}</span>
      {more > 0 && <span className="lk-dim"> and {more} more</span>}
    </>
  );
}

function Cells(props: { readonly row: ReleaseRowView }) {
  const { row } = props;
  return (
    <>
      <Td dataLabel="Verdict">
        <Verdict verdict={row.verdict} />
      </Td>
      <Td dataLabel="Release" modifier="breakWord">
        <What row={row} />
      </Td>
      <Td dataLabel="Why" modifier="breakWord">
        <Why row={row} />
      </Td>
      <Td dataLabel="Received">
        <SiteTime at={row.receivedAt} />
      </Td>
      <Td dataLabel="From">
        <span className="lk-nowrap">{row.uploadedBy}</span>
      </Td>
    </>
  );
}

export function ReleaseTable(props: RowTableProps<ReleaseRowView>) {
  return (
    <RowTable
      label="releases"
      kind="release"
      idOf={({ id }) => id}
      cells={(row) => <Cells row={row} />}
      head={
        <>
          <Th modifier="fitContent">Verdict</Th>
          <Th>Release</Th>
          <Th>Why</Th>
          <Th modifier="fitContent">Received</Th>
          <Th modifier="fitContent">From</Th>
        </>
      }
      {...props}
    />
  );
}
