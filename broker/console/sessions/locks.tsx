/** What is blocked from connecting until somebody lifts it. */
import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { LockView } from '../../api/views.ts';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime, useMay } from '../../ui/me.tsx';
import { More } from '../../ui/more.tsx';
import { usePages } from '../../ui/pages.ts';
import { Words } from '../../ui/words.tsx';

function Lift(props: { readonly lock: LockView; readonly onDone: () => void }) {
  const { lock, onDone } = props;
  const lift = useMutation({
    mutationFn: () => post(`/api/locks/${lock.id}/lift`, { version: lock.version }),
    onSettled: onDone,
  });
  return (
    <>
      {lift.isError && <Failure error={lift.error} />}
      <Button
        size="sm"
        variant="secondary"
        isDisabled={lift.isPending}
        onClick={() => lift.mutate()}
      >
        Let them connect again
      </Button>
    </>
  );
}

function LockTable(props: { readonly locks: readonly LockView[]; readonly onChange: () => void }) {
  const may = useMay();
  return (
    <Table aria-label="locks" variant="compact">
      <Thead>
        <Tr>
          <Th>Blocked</Th>
          <Th>Why</Th>
          <Th>By</Th>
          <Th>Since</Th>
          <Th screenReaderText="lift" />
        </Tr>
      </Thead>
      <Tbody>
        {props.locks.map((lock) => (
          <Tr key={lock.id}>
            <Td dataLabel="Blocked" modifier="breakWord">
              {lock.grant === undefined ? (
                <Words text={lock.target} />
              ) : (
                <Link to="/approvals/$id" params={{ id: lock.grant.request }}>
                  {lock.grant.person} on {lock.grant.asset}
                </Link>
              )}
            </Td>
            <Td dataLabel="Why" modifier="breakWord">
              {lock.reason}
            </Td>
            <Td dataLabel="By">{lock.placedBy}</Td>
            <Td dataLabel="Since">
              <SiteTime at={lock.placedAt} />
            </Td>
            <Td>{may('lift-lock') && <Lift lock={lock} onDone={props.onChange} />}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

export function Locks() {
  const { query, items } = usePages<LockView>(['locks'], '/api/locks?active=true');
  const reload = (): void => void query.refetch();
  // Ending a session may place a lock.
  useLive((event) => {
    if (event.event === 'session') reload();
  }, reload);
  return (
    <Loaded query={query}>
      {() =>
        items.length === 0 && !query.hasNextPage ? (
          <p>Nothing is blocked.</p>
        ) : (
          <>
            <LockTable locks={items} onChange={reload} />
            <More query={query} label="Show more" />
          </>
        )
      }
    </Loaded>
  );
}
