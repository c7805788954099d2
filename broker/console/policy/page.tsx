/** The plant policy in force, and the edit that waits. Its text is changed in its file: by review, with its tests. */
import { Title } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { PolicyView } from '../../api/views-policy.ts';
import { get } from '../../ui/api.ts';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Access } from './access.tsx';
import type { ChosenCell } from './cell.ts';
import { Commit } from './commit.tsx';
import { Conduits } from './conduits.tsx';
import { COVERAGE, Coverage } from './coverage.tsx';
import { HISTORY, History } from './history.tsx';
import { Matrix } from './matrix.tsx';
import { Passage } from './passage.tsx';
import { PLAN } from './plan.tsx';
import { Refused } from './refused.tsx';
import { RollBack } from './roll-back.tsx';
import { StagedPolicy } from './staged.tsx';
import { Tests } from './tests.tsx';
import { Version } from './version.tsx';

function InForce(props: { readonly policy: PolicyView; readonly onChange: () => void }) {
  const { version, appliedAt, before, git } = props.policy;
  return (
    <>
      <p>
        Version <Version version={version} />
        {git !== undefined && (
          <>
            {' '}
            (<Commit git={git} />)
          </>
        )}{' '}
        is in force
        {appliedAt !== undefined && (
          <>
            {' '}
            since <SiteTime at={appliedAt} />
          </>
        )}
        . Deny by default: what no conduit names does not pass, also within a zone.
      </p>
      {before !== undefined && <RollBack from={version} to={before} onChange={props.onChange} />}
    </>
  );
}

function Body(props: {
  readonly policy: PolicyView;
  readonly chosen: ChosenCell;
  readonly onChange: () => void;
}) {
  const { policy, chosen, onChange } = props;
  const { hash } = useLocation();
  useEffect(() => {
    if (hash !== '') document.getElementById(hash)?.scrollIntoView({ block: 'center' });
  }, [hash]);
  return (
    <div className="lk-page">
      <header className="lk-head">
        <Title headingLevel="h1">Policy</Title>
        <InForce policy={policy} onChange={onChange} />
      </header>
      {policy.refused !== undefined && <Refused refused={policy.refused} />}
      {policy.staged !== undefined && (
        <StagedPolicy staged={policy.staged} base={policy.version} onChange={onChange} />
      )}
      <Panel title="Who may speak to whom">
        <Matrix policy={policy} chosen={chosen} />
        <Passage policy={policy} chosen={chosen} />
      </Panel>
      <Panel title="How far it explains what sensors heard">
        <Coverage />
      </Panel>
      <Panel title="Conduits">
        <Conduits policy={policy} hash={hash} />
      </Panel>
      <Panel title="What vendors may ask for">
        <Access access={policy.access} />
      </Panel>
      <Panel title="The policy's own tests">
        <Tests tests={policy.tests} />
      </Panel>
      <Panel title="Which version was in force when">
        <History />
      </Panel>
    </div>
  );
}

export function PolicyPage(props: { readonly chosen: ChosenCell }) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ['policy'], queryFn: () => get<PolicyView>('/api/policy') });
  const reload = (): void => {
    void client.invalidateQueries({ queryKey: ['policy'] });
    void client.invalidateQueries({ queryKey: HISTORY });
    void client.invalidateQueries({ queryKey: PLAN });
    void client.invalidateQueries({ queryKey: COVERAGE });
  };
  useLive((event) => {
    if (event.event === 'policy') reload();
  }, reload);
  return (
    <Loaded query={query}>
      {(policy) => <Body policy={policy} chosen={props.chosen} onChange={reload} />}
    </Loaded>
  );
}
