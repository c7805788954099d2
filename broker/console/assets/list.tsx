/** The asset list: whom sensors heard and whom the policy names, filtered by the URL, worked by keyboard. */
import { Button, Flex, FlexItem, Title } from '@patternfly/react-core';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { Nothing } from '../../ui/failure.tsx';
import { KeyHelp, KeyLine } from '../../ui/key-help.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { More } from '../../ui/more.tsx';
import { useSelection } from '../../ui/selection.ts';
import type { AssetFilter } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { useAssets } from './live-assets.ts';
import { AssetTable } from './table.tsx';

const KEYS = [
  ['j, k', 'next, previous asset'],
  ['Enter', 'open it'],
  ['/', 'go to the search field'],
  ['?', 'this help'],
] as const;

function Heading(props: {
  readonly fresh: number;
  readonly missed: boolean;
  readonly onReload: () => void;
}) {
  const { fresh, missed } = props;
  return (
    <Flex>
      <FlexItem>
        <Title headingLevel="h1">Assets</Title>
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

function NothingHere(props: { readonly filter: AssetFilter }) {
  const isFiltered = Object.values(props.filter).some((part) => part !== '');
  return isFiltered ? (
    <Nothing title="No assets here" text="Nothing matches the filter." />
  ) : (
    <Nothing
      title="No asset is known"
      text="No sensor has heard anybody yet, and the plant policy names nobody."
    />
  );
}

export function AssetList(props: { readonly filter: AssetFilter }) {
  const navigate = useNavigate();
  const { query, rows, fresh, missed, reload } = useAssets(props.filter);
  const { row, select, move } = useSelection('asset', rows, ({ address }) => address);
  const [help, setHelp] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => row && void navigate({ to: '/assets/$address', params: { address: row.address } }),
    '/': () => search.current?.focus(),
    '?': () => setHelp(true),
  });
  return (
    <>
      <Heading fresh={fresh} missed={missed} onReload={reload} />
      <FilterBar
        filter={props.filter}
        choices={query.data?.pages[0]}
        search={search}
        onHelp={() => setHelp(true)}
      />
      <Loaded query={query}>
        {() =>
          rows.length === 0 ? (
            <NothingHere filter={props.filter} />
          ) : (
            <AssetTable rows={rows} selected={row?.address} onSelect={select} />
          )
        }
      </Loaded>
      <More query={query} label="Show more assets" />
      <KeyLine text="j k move, Enter opens, / searches, ? helps." />
      {help && <KeyHelp keys={KEYS} onClose={() => setHelp(false)} />}
    </>
  );
}
