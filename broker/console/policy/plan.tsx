/** What a step from one version to another changes: in words, by the sessions it ends, and line by line. */
import { ExpandableSection, Label } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PolicyPlanView } from '../../api/views-policy.ts';
import { get } from '../../ui/api.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { Words } from '../../ui/words.tsx';

function Changes(props: { readonly changes: PolicyPlanView['changes'] }) {
  return (
    <ul className="lk-list" aria-label="what becomes allowed and denied">
      {props.changes.map(({ becomes, text, both, line }) => (
        <li key={`${becomes} ${text}`}>
          <Label isCompact status={becomes === 'allowed' ? 'warning' : 'info'}>
            {becomes}
          </Label>{' '}
          <Words text={text} /> <span className="lk-dim">line {line}</span>
          {both.length > 0 && (
            <div className="lk-dim">
              but in both: <Words text={both.join('; ')} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function Firewall(props: { readonly firewall: PolicyPlanView['firewall'] }) {
  return (
    <>
      <p className="lk-apart">At a firewall between the zones:</p>
      <ul className="lk-list" aria-label="ways that open and close">
        {props.firewall.map(({ becomes, text }) => (
          <li key={`${becomes} ${text}`}>
            {becomes === 'allowed' ? 'opens' : 'closes'} {text}
          </li>
        ))}
      </ul>
    </>
  );
}

function Conversations(props: { readonly heard: PolicyPlanView['heard'] }) {
  const { conversations, changed, untold } = props.heard;
  if (conversations === 0) return null;
  if (changed.length === 0) {
    return (
      <p className="lk-apart">
        Of {conversations} conversations that sensors heard, none gains or loses a kind of
        operation.
      </p>
    );
  }
  return (
    <>
      <p className="lk-apart">
        Of {conversations} conversations that sensors heard, {changed.length + untold} gain or lose
        kinds of operation:
      </p>
      <ul className="lk-list" aria-label="conversations that change">
        {changed.map(({ client, server, lost, gained, lastSeen }) => (
          <li key={`${client.address} ${server.address}`}>
            {client.asset?.name ?? client.address} to {server.asset?.name ?? server.address}
            {lost.length > 0 && `: loses ${lost.join(', ')}`}
            {gained.length > 0 && `: gains ${gained.join(', ')}`}
            <span className="lk-dim">
              , last heard <SiteTime at={lastSeen} />
            </span>
          </li>
        ))}
        {untold > 0 && <li>{untold} more</li>}
      </ul>
    </>
  );
}

function Sessions(props: { readonly sessions: PolicyPlanView['sessions'] }) {
  return (
    <>
      <p className="lk-apart">Open sessions that it ends at once:</p>
      <ul className="lk-list" aria-label="sessions that end">
        {props.sessions.map(({ id, person, asset, because }) => (
          <li key={id}>
            <a href={`/console/sessions/${encodeURIComponent(id)}`}>
              {person} on {asset}
            </a>
            : <Words text={because} />
          </li>
        ))}
      </ul>
    </>
  );
}

const SIGN_CLASS = { '+': 'lk-added', '-': 'lk-removed', ' ': undefined, '@': 'lk-dim' } as const;

function Diff(props: { readonly diff: PolicyPlanView['diff'] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <ExpandableSection
      isIndented
      className="lk-apart"
      toggleText={isOpen ? 'Hide the lines of the file' : 'Show the lines of the file'}
      isExpanded={isOpen}
      onToggle={(_event, open) => setOpen(open)}
    >
      <pre className="lk-diff">
        {props.diff.map(({ sign, text }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a diff never move
          <div key={at} className={SIGN_CLASS[sign]}>
            {sign} {text}
          </div>
        ))}
      </pre>
    </ExpandableSection>
  );
}

function Body(props: { readonly plan: PolicyPlanView }) {
  const { changes, firewall, settings, heard, sessions, diff } = props.plan;
  const isQuiet = changes.length + settings.length === 0;
  return (
    <>
      {isQuiet && <p>Nothing becomes allowed or denied by it.</p>}
      {changes.length > 0 && <Changes changes={changes} />}
      {settings.length > 0 && (
        <>
          {changes.length > 0 && <p className="lk-apart">And besides:</p>}
          <ul className="lk-list" aria-label="what else changes">
            {settings.map((text) => (
              <li key={text}>
                <Words text={text} />
              </li>
            ))}
          </ul>
        </>
      )}
      {firewall.length > 0 && <Firewall firewall={firewall} />}
      <Conversations heard={heard} />
      {sessions.length > 0 && <Sessions sessions={sessions} />}
      {diff.length > 0 && <Diff diff={diff} />}
    </>
  );
}

export const PLAN = ['policy-plan'];

export function Plan(props: { readonly from: string; readonly to: string }) {
  const { from, to } = props;
  const query = useQuery({
    queryKey: [...PLAN, from, to],
    queryFn: () => get<PolicyPlanView>(`/api/policy/plan?from=${from}&to=${to}`),
  });
  return <Loaded query={query}>{(plan) => <Body plan={plan} />}</Loaded>;
}
