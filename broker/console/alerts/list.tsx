/** The alert list: live, filtered by the URL, worked by keyboard. */
import { Button, Flex, FlexItem, Title } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { AlertPageView, AlertRowView, AlertView } from '../../api/views.ts';
import { post } from '../../ui/api.ts';
import { Failure, Nothing } from '../../ui/failure.tsx';
import { KeyHelp, KeyLine } from '../../ui/key-help.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { useMay, useMe } from '../../ui/me.tsx';
import { More } from '../../ui/more.tsx';
import { focusRow, useSelection } from '../../ui/selection.ts';
import { CloseDialog } from './close-dialog.tsx';
import type { AlertFilter } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { useAlerts } from './live-alerts.ts';
import { keepPlace, placeLeft } from './place.ts';
import { AlertTable } from './table.tsx';

function Heading(props: {
  readonly fresh: number;
  readonly missed: boolean;
  readonly onReload: () => void;
}) {
  const { fresh, missed } = props;
  return (
    <Flex>
      <FlexItem>
        <Title headingLevel="h1">Alerts</Title>
      </FlexItem>
      <FlexItem>
        <output>
          {(fresh > 0 || missed) && (
            <Button variant="primary" size="sm" onClick={props.onReload}>
              {missed ? 'Show what came meanwhile' : `${fresh} new`}
            </Button>
          )}
        </output>
      </FlexItem>
    </Flex>
  );
}

/** Key, what it does, and the action that it takes. */
const KEYS: readonly (readonly [string, string, string?])[] = [
  ['j, k', 'next, previous alert'],
  ['Enter', 'open it'],
  ['a', 'take it: acknowledge and assign to me', 'acknowledge-alert'],
  ['c', 'close it with a reason', 'close-alert'],
  ['/', 'go to the search field'],
  ['?', 'this help'],
];

/** An empty list that is empty because nothing happened says so; how the sensors fare stands above it. */
function NoAlerts(props: { readonly counts: AlertPageView['counts'] | undefined }) {
  const { counts } = props;
  const isQuiet = counts !== undefined && counts.new + counts.acknowledged + counts.closed === 0;
  return isQuiet ? (
    <Nothing
      title="No alert yet"
      text="What the sensors find appears here by itself. Whether they hear anything stands above."
    />
  ) : (
    <Nothing title="No alerts here" text="Nothing matches the filter." />
  );
}

export function AlertList(props: { readonly filter: AlertFilter }) {
  const may = useMay();
  const me = useMe();
  const navigate = useNavigate();
  const { query, rows, counts, fresh, missed, reload, change, refresh } = useAlerts(props.filter);
  const { row, select, move } = useSelection('alert', rows, ({ id }) => id, placeLeft().at);
  useEffect(() => {
    if (rows.length > 0)
      keepPlace({ filter: props.filter, ids: rows.map(({ id }) => id), at: row?.id });
  });
  const [closing, setClosing] = useState<string>();
  const [help, setHelp] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const acknowledge = useMutation({
    mutationFn: ({ id, version }: AlertRowView) =>
      post<AlertView>(`/api/alerts/${id}/acknowledge`, { version }),
    onSuccess: change,
    onError: (_error, { id }) => refresh(id),
  });
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => row && void navigate({ to: '/alerts/$id', params: { id: row.id } }),
    a: () =>
      row &&
      row.status !== 'closed' &&
      row.assignee !== me.person.id &&
      may('acknowledge-alert') &&
      acknowledge.mutate(row),
    c: () => row && row.status !== 'closed' && may('close-alert') && setClosing(row.id),
    '/': () => search.current?.focus(),
    '?': () => setHelp(true),
  });
  const closed = rows.find(({ id }) => id === closing);
  return (
    <>
      <Heading fresh={fresh} missed={missed} onReload={reload} />
      <FilterBar
        filter={props.filter}
        counts={counts}
        search={search}
        onHelp={() => setHelp(true)}
      />
      {acknowledge.isError && <Failure error={acknowledge.error} />}
      <Loaded query={query}>
        {() =>
          rows.length === 0 ? (
            <NoAlerts counts={counts} />
          ) : (
            <AlertTable rows={rows} selected={row?.id} onSelect={select} />
          )
        }
      </Loaded>
      <More query={query} label="Show older alerts" />
      <KeyLine
        text={`j k move, Enter opens${may('acknowledge-alert') ? ', a takes' : ''}${may('close-alert') ? ', c closes' : ''}, / filters, ? helps.`}
      />
      {closed && (
        <CloseDialog
          alert={closed}
          onClosed={change}
          onConflict={() => void refresh(closed.id)}
          onDone={() => {
            setClosing(undefined);
            focusRow('alert', closed.id);
          }}
        />
      )}
      {help && (
        <KeyHelp
          keys={KEYS.filter(([, , action]) => action === undefined || may(action))}
          onClose={() => setHelp(false)}
        />
      )}
    </>
  );
}
