/** Firmware that came in, newest first, each with its verdict; and the way in for another. */
import { Alert, Title } from '@patternfly/react-core';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { ReleasePageView } from '../../api/views-releases.ts';
import { get } from '../../ui/api.ts';
import { Nothing } from '../../ui/failure.tsx';
import { KeyHelp, KeyLine } from '../../ui/key-help.tsx';
import { useKeys } from '../../ui/keys.ts';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { useMay } from '../../ui/me.tsx';
import { More } from '../../ui/more.tsx';
import { useSelection } from '../../ui/selection.ts';
import { type ReleaseFilter, releaseQuery } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { ReleaseTable } from './table.tsx';
import { UploadPackage } from './upload.tsx';

const KEYS = [
  ['j, k', 'next, previous release'],
  ['Enter', 'open it'],
  ['/', 'go to the search field'],
  ['?', 'this help'],
] as const;
const UPLOAD_KEY = ['u', 'upload a package'] as const;

/** Packages come a few a week: what is new is shown at once. */
function useReleases(filter: ReleaseFilter) {
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: ['releases', filter],
    queryFn: ({ pageParam }) =>
      get<ReleasePageView>(`/api/releases?${releaseQuery(filter, pageParam)}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const reload = (): void => void client.invalidateQueries({ queryKey: ['releases'] });
  useLive((event) => {
    if (event.event === 'release') reload();
  }, reload);
  return { query, rows: query.data?.pages.flatMap((page) => page.items) ?? [] };
}

function NothingHere(props: { readonly filter: ReleaseFilter }) {
  const isFiltered = Object.values(props.filter).some((part) => part !== '');
  return isFiltered ? (
    <Nothing title="No releases here" text="Nothing matches the filter." />
  ) : (
    <Nothing title="No release came in" text="Nobody has uploaded a firmware package yet." />
  );
}

export function ReleaseList(props: { readonly filter: ReleaseFilter }) {
  const navigate = useNavigate();
  const may = useMay();
  const { query, rows } = useReleases(props.filter);
  const { row, select, move } = useSelection('release', rows, ({ id }) => id);
  const [help, setHelp] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const file = useRef<HTMLInputElement>(null);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => row && void navigate({ to: '/releases/$id', params: { id: row.id } }),
    u: () => file.current?.click(),
    '/': () => search.current?.focus(),
    '?': () => setHelp(true),
  });
  const first = query.data?.pages[0];
  const mayUpload = may('receive-release');
  return (
    <>
      <Title headingLevel="h1" className="lk-before">
        Releases
      </Title>
      {mayUpload && first?.maxBytes !== undefined && (
        <UploadPackage maxBytes={first.maxBytes} field={file} />
      )}
      {mayUpload && first !== undefined && first.maxBytes === undefined && (
        <Alert
          isInline
          component="p"
          variant="info"
          title="This broker takes no packages: its configuration names no trust folder."
        />
      )}
      <FilterBar filter={props.filter} search={search} onHelp={() => setHelp(true)} />
      <Loaded query={query}>
        {() =>
          rows.length === 0 ? (
            <NothingHere filter={props.filter} />
          ) : (
            <ReleaseTable rows={rows} selected={row?.id} onSelect={select} />
          )
        }
      </Loaded>
      <More query={query} label="Show older releases" />
      <KeyLine
        text={`j k move, Enter opens,${mayUpload ? ' u uploads,' : ''} / searches, ? helps.`}
      />
      {help && (
        <KeyHelp keys={mayUpload ? [...KEYS, UPLOAD_KEY] : KEYS} onClose={() => setHelp(false)} />
      )}
    </>
  );
}
