/** What became of each version, by whom, and which edits were refused: from the audit log. */
import { ExpandableSection, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { PolicyEventView } from '../../api/views-policy.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { More } from '../../ui/more.tsx';
import { usePages } from '../../ui/pages.ts';
import { Plan } from './plan.tsx';
import { Version } from './version.tsx';

/** Places of faults shown of one refused edit; the audit log has the rest. */
const SHOWN_FAULTS = 3;

/** Asked for when it is opened: a page has twenty of them. */
function Step(props: { readonly from: string; readonly to: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <ExpandableSection
      toggleText={isOpen ? 'Hide what it changed' : 'Show what it changed'}
      isExpanded={isOpen}
      onToggle={(_event, open) => setOpen(open)}
    >
      {isOpen && <Plan from={props.from} to={props.to} />}
    </ExpandableSection>
  );
}

function What(props: { readonly event: PolicyEventView }) {
  const { version, before, faults } = props.event;
  if (version !== undefined) {
    return (
      <>
        <Version version={version} />
        {before !== undefined && (
          <>
            <span className="lk-dim">
              {' '}
              after <Version version={before} />
            </span>
            <Step from={before} to={version} />
          </>
        )}
      </>
    );
  }
  const more = faults.length - SHOWN_FAULTS;
  return (
    <>
      the version before stayed
      {faults.length > 0 && (
        <span className="lk-dim">
          ; faults at {faults.slice(0, SHOWN_FAULTS).join(', ')}
          {more > 0 ? ` and ${more} more` : ''}
        </span>
      )}
    </>
  );
}

const STATUS = {
  applied: 'success',
  'taken back': 'success',
  staged: 'info',
  agreed: 'info',
  withdrawn: 'warning',
  refused: 'warning',
} as const satisfies Record<PolicyEventView['outcome'], string>;

function Row(props: { readonly event: PolicyEventView }) {
  const { event } = props;
  return (
    <Tr>
      <Td dataLabel="Time">
        <SiteTime at={event.at} />
      </Td>
      <Td dataLabel="Outcome">
        <Label isCompact status={STATUS[event.outcome]}>
          {event.outcome}
        </Label>
      </Td>
      <Td dataLabel="By">
        <span className="lk-nowrap">
          {event.by === 'broker' ? 'the broker, from its file' : event.by}
        </span>
      </Td>
      <Td dataLabel="Version" modifier="breakWord">
        <What event={event} />
      </Td>
      <Td dataLabel="Leaf">{event.leaf}</Td>
    </Tr>
  );
}

export const HISTORY = ['policy-history'];

export function History() {
  const { query, items } = usePages<PolicyEventView>(HISTORY, '/api/policy/history?limit=20');
  return (
    <>
      <Loaded query={query}>
        {() => (
          <Table aria-label="versions" variant="compact">
            <Thead>
              <Tr>
                <Th modifier="fitContent">Time</Th>
                <Th modifier="fitContent">Outcome</Th>
                <Th modifier="fitContent">By</Th>
                <Th>Version</Th>
                <Th modifier="fitContent">Leaf</Th>
              </Tr>
            </Thead>
            <Tbody>
              {items.map((event) => (
                <Row key={event.leaf} event={event} />
              ))}
            </Tbody>
          </Table>
        )}
      </Loaded>
      <More query={query} label="Show older versions" />
    </>
  );
}
