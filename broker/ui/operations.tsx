/** Operations of a session in words, newest first, live. Shown to whoever may watch, and to the vendor itself. */
import { Alert, Label, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { OperationPageView, RecordedOperationView, SessionView } from '../api/views.ts';
import { get } from './api.ts';
import { Nothing } from './failure.tsx';
import { useLive } from './live.tsx';
import { Loaded } from './loaded.tsx';
import { SiteTime } from './me.tsx';
import { More } from './more.tsx';
import { span } from './site-time.ts';
import { Words } from './words.tsx';

/** Both together, each operation once, the last first. */
function merged(
  recorded: readonly RecordedOperationView[],
  live: readonly RecordedOperationView[],
): readonly RecordedOperationView[] {
  const bySequence = new Map([...recorded, ...live].map((op) => [op.sequence, op]));
  return [...bySequence.values()].sort((a, b) => b.sequence - a.sequence);
}

const CHANGES: ReadonlySet<string | undefined> = new Set([
  'write',
  'control',
  'configure',
  'program',
]);

/** What the broker gives for `only=changes`. */
const isChange = ({ decision, kind }: RecordedOperationView): boolean =>
  decision === 'refused' || CHANGES.has(kind);

/** ms: a value seen longer ago may have been another by the time of the write. */
const OLD_MS = 60_000;

/** Each value that was written, and what stood there before, with the age of that knowledge. */
function Values(props: { readonly operation: RecordedOperationView }) {
  const { old, new: written } = props.operation;
  return written?.map(({ address, value }) => {
    const before = old?.find((o) => o.address === address);
    const was =
      before === undefined
        ? 'not known before'
        : `last seen ${span(before.ageMs)} before the write`;
    return (
      <div key={address} className="lk-nowrap" title={was}>
        {address}: {before?.value ?? '?'} → <strong>{value}</strong>
        {before !== undefined && before.ageMs >= OLD_MS && (
          <div className="lk-dim">seen {span(before.ageMs)} before</div>
        )}
      </div>
    );
  });
}

const OUTCOMES = {
  success: undefined,
  exception: 'the device refused',
  'no-answer': 'the device did not answer',
  'not-sent': undefined,
} as const;

function Row(props: { readonly operation: RecordedOperationView }) {
  const op = props.operation;
  const outcome = OUTCOMES[op.outcome];
  return (
    <Tr>
      <Td dataLabel="Time">
        <SiteTime at={op.at} />
      </Td>
      <Td dataLabel="Decision">
        <Label isCompact status={op.decision === 'allowed' ? 'success' : 'danger'}>
          {op.decision}
        </Label>
      </Td>
      <Td dataLabel="What" modifier="breakWord">
        <Words text={op.deed ?? op.text} />
        {outcome !== undefined && <strong> ({outcome})</strong>}
      </Td>
      <Td dataLabel="Old → new">{op.decision === 'allowed' && <Values operation={op} />}</Td>
      <Td dataLabel="Rule">{op.rule.startsWith('gr_') ? 'the grant' : op.rule}</Td>
    </Tr>
  );
}

function OperationTable(props: { readonly rows: readonly RecordedOperationView[] }) {
  return (
    <Table aria-label="operations" variant="compact">
      <Thead>
        <Tr>
          <Th modifier="fitContent">Time</Th>
          <Th modifier="fitContent">Decision</Th>
          <Th>What</Th>
          <Th modifier="fitContent">Old → new</Th>
          <Th width={15}>Rule</Th>
        </Tr>
      </Thead>
      <Tbody>
        {props.rows.map((operation) => (
          <Row key={operation.sequence} operation={operation} />
        ))}
      </Tbody>
    </Table>
  );
}

function Unproven(props: { readonly fault: string }) {
  return (
    <Alert variant="danger" component="p" isInline title="This recording does not fit its seal">
      The recording <Words text={props.fault} />. What is listed here proves nothing.
    </Alert>
  );
}

type Only = 'changes' | 'all';

/** Rows of one page. */
const PAGE = 100;
/** Live rows after which all is loaded anew; a screen that is watched for hours stays small. */
const MAX_LIVE = 200;

function useOperations(session: string, only: Only) {
  const [live, setLive] = useState<readonly RecordedOperationView[]>([]);
  const path = `/api/sessions/${encodeURIComponent(session)}/operations`;
  const query = useInfiniteQuery({
    queryKey: ['operations', session, only],
    queryFn: ({ pageParam }) =>
      get<OperationPageView>(
        `${path}?${new URLSearchParams({
          limit: String(PAGE),
          ...(only === 'changes' && { only }),
          ...(pageParam !== undefined && { before: pageParam }),
        })}`,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    refetchOnWindowFocus: false,
  });
  useLive(
    (event) => {
      if (event.event !== 'operation' || event.data.session !== session) return;
      // Several may come before this is drawn again, so each is put on what the one before left.
      setLive((before) => [...before.slice(-2 * MAX_LIVE), event.data]);
      if (live.length < MAX_LIVE || query.isFetching) return;
      // What came while it was loaded stays; what is in both is shown once.
      void query.refetch().then(() => setLive((before) => before.slice(-MAX_LIVE / 2)));
    },
    () => void query.refetch(),
  );
  const rows = merged(
    query.data?.pages.flatMap(({ items }) => items) ?? [],
    live.filter((operation) => only === 'all' || isChange(operation)),
  );
  return { query, rows };
}

const ONLY: readonly { readonly only: Only; readonly label: string }[] = [
  { only: 'changes', label: 'changes and refusals' },
  { only: 'all', label: 'with reads' },
];

function Choice(props: { readonly only: Only; readonly onChoose: (only: Only) => void }) {
  return (
    <ToggleGroup isCompact aria-label="which operations">
      {ONLY.map(({ only, label }) => (
        <ToggleGroupItem
          key={only}
          text={label}
          buttonId={`operations-${only}`}
          isSelected={only === props.only}
          onChange={() => props.onChoose(only)}
        />
      ))}
    </ToggleGroup>
  );
}

/** How much of it is on screen, and what a person might miss in it. */
function Extent(props: {
  readonly shown: number;
  readonly only: Only;
  readonly session: SessionView;
  readonly readsEveryMs: number;
  readonly isAll: boolean;
}) {
  const { shown, only, session, readsEveryMs, isAll } = props;
  const { allowed, refused, writes } = session.counts;
  const total = Math.max(shown, refused + (only === 'all' ? allowed : writes));
  return (
    <p className="lk-dim">
      {shown.toLocaleString('en')} of {total.toLocaleString('en')} shown, newest first.
      {isAll && total > shown && ' The rest were refused in bursts and only counted.'}
      {only === 'all' &&
        session.state !== 'ended' &&
        ` While you watch, a read that repeats is shown once every ${span(readsEveryMs)}; the recording has each.`}
    </p>
  );
}

export function Operations(props: { readonly session: SessionView }) {
  const { session } = props;
  const [only, setOnly] = useState<Only>('changes');
  const { query, rows } = useOperations(session.id, only);
  return (
    <div className="lk-page">
      <Choice only={only} onChoose={setOnly} />
      <Loaded query={query}>
        {({ pages }) => (
          <>
            {pages[0]?.fault !== undefined && <Unproven fault={pages[0].fault} />}
            {rows.length === 0 && !query.hasNextPage ? (
              <Nothing {...nothingYet(session, only)} />
            ) : (
              <>
                <Extent
                  shown={rows.length}
                  only={only}
                  session={session}
                  readsEveryMs={pages[0]?.repeatedReadsToldEveryMs ?? 0}
                  isAll={!query.hasNextPage}
                />
                <OperationTable rows={rows} />
              </>
            )}
          </>
        )}
      </Loaded>
      <More query={query} label="Show older operations" />
    </div>
  );
}

function nothingYet({ state, counts }: SessionView, only: Only) {
  const reads = only === 'changes' && counts.allowed > 0;
  if (state === 'ended') {
    return reads
      ? { title: 'Nothing was changed and nothing refused', text: 'It only read.' }
      : { title: 'No operation', text: 'Nothing passed in this session.' };
  }
  return reads
    ? {
        title: 'No change and no refusal yet',
        text: 'It reads. Each change appears here as it happens.',
      }
    : { title: 'No operation yet', text: 'Each one appears here as it happens.' };
}
