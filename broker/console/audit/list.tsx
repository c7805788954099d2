/** The audit log, newest first. Reading it here proves nothing: `lockkeeper audit verify` does. */
import { Label, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from '@tanstack/react-router';
import type { AuditRowView } from '../../api/views-site.ts';
import { Nothing } from '../../ui/failure.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { More } from '../../ui/more.tsx';
import { usePages } from '../../ui/pages.ts';
import { type AuditFilter, auditQuery } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';

const LOOKS = { allowed: 'success', denied: 'warning', failed: 'danger' } as const;

/** Hashes and ids are told apart by their first digits; the whole of them is in the export. */
const LONG_HEX = /(?<![0-9a-f])[0-9a-f]{20,}\b/g;
const SHOWN_DIGITS = 12;

/** µs since 1970 of the year 2001 and later: a time, where a whole number of a leaf is this large. */
const LEAST_TIME = 1e15;

/** A part of a leaf that has parts itself, so that a person can read it. */
function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(inWords).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${inWords(part)}`)
    .join(', ');
}

function Value(props: { readonly value: unknown }) {
  const { value } = props;
  if (typeof value === 'number' && value >= LEAST_TIME) {
    return <SiteTime at={new Date(value / 1000).toISOString()} />;
  }
  const text = inWords(value);
  const short = text.replace(LONG_HEX, (hex) => `${hex.slice(0, SHOWN_DIGITS)}…`);
  return short === text ? text : <span title={text}>{short}</span>;
}

function Detail(props: { readonly detail: AuditRowView['detail'] }) {
  return Object.entries(props.detail)
    .filter(([, value]) => value !== '')
    .map(([name, value], index) => (
      <span key={name}>
        {index > 0 && ', '}
        <span className="lk-dim">{name}</span> <Value value={value} />
      </span>
    ));
}

function Row(props: { readonly row: AuditRowView; readonly filter: AuditFilter }) {
  const { row, filter } = props;
  return (
    <Tr>
      <Td dataLabel="Leaf">{row.index}</Td>
      <Td dataLabel="Time">
        <SiteTime at={row.at} />
      </Td>
      <Td dataLabel="Who" modifier="breakWord">
        <Link to="/audit" search={{ ...filter, actor: row.actor }}>
          <Value value={row.actor} />
        </Link>
      </Td>
      <Td dataLabel="Did">
        <Link to="/audit" search={{ ...filter, action: row.action }}>
          {row.action}
        </Link>
      </Td>
      <Td dataLabel="To" modifier="breakWord" className="lk-mono">
        <Value value={row.subject} />
      </Td>
      <Td dataLabel="Outcome">
        <Label isCompact status={LOOKS[row.outcome]}>
          {row.outcome}
        </Label>
      </Td>
      <Td dataLabel="Detail" modifier="breakWord">
        <Detail detail={row.detail} />
      </Td>
    </Tr>
  );
}

function AuditTable(props: {
  readonly rows: readonly AuditRowView[];
  readonly filter: AuditFilter;
}) {
  return (
    <Table aria-label="audit log" variant="compact">
      <Thead>
        <Tr>
          <Th modifier="fitContent">Leaf</Th>
          <Th modifier="fitContent">Time</Th>
          <Th width={15}>Who</Th>
          <Th width={15}>Did</Th>
          <Th width={20}>To</Th>
          <Th modifier="fitContent">Outcome</Th>
          <Th width={30}>Detail</Th>
        </Tr>
      </Thead>
      <Tbody>
        {props.rows.map((row) => (
          <Row key={row.index} row={row} filter={props.filter} />
        ))}
      </Tbody>
    </Table>
  );
}

export function AuditList(props: { readonly filter: AuditFilter }) {
  const { filter } = props;
  const { query, items: rows } = usePages<AuditRowView>(
    ['audit', filter],
    `/api/audit?${auditQuery(filter)}`,
  );
  const isNarrow = filter.action !== undefined || filter.actor !== undefined;
  return (
    <div className="lk-page">
      <header className="lk-head">
        <Title headingLevel="h1">Audit</Title>
        <p>
          Every action is a leaf of a Merkle log. This page shows it; to prove that nobody changed
          it, run <span className="lk-mono">lockkeeper audit verify</span> on an export, offline.
        </p>
      </header>
      <FilterBar filter={filter} />
      <Loaded query={query}>
        {() =>
          rows.length === 0 ? (
            <Nothing
              title={isNarrow ? 'No such leaf' : 'No leaf yet'}
              text={
                isNarrow
                  ? 'Nothing of this name was done, or not by them. Names are those of the table, in whole.'
                  : 'The first action of anybody will be the first leaf.'
              }
            />
          ) : (
            <AuditTable rows={rows} filter={filter} />
          )
        }
      </Loaded>
      <More query={query} label="Show older leaves" />
    </div>
  );
}
