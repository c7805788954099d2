/** One alert: what happened, what it touched, what the policy says, the packets, what people did. */
import { Title } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { AlertView } from '../../api/views.ts';
import { get } from '../../ui/api.ts';
import { KeyHelp, KeyLine } from '../../ui/key-help.tsx';
import { useKeys } from '../../ui/keys.ts';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { useMay } from '../../ui/me.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Severity } from '../../ui/severity.tsx';
import { Words } from '../../ui/words.tsx';
import { Actions, HEADING } from './actions.tsx';
import { Activity } from './activity.tsx';
import { Evidence, WhichTime } from './evidence.tsx';
import { Advice, Facts } from './facts.tsx';
import { beside, keepPlace, placeLeft } from './place.ts';
import { Related, useRelated } from './related.tsx';

function Standing(props: { readonly alert: AlertView }) {
  const { alert } = props;
  return (
    <p>
      <Severity points={alert.severity} /> {alert.status}
      {alert.assignee !== undefined && `, assigned to ${alert.assigneeName ?? alert.assignee}`}
      {alert.closeReason !== undefined && `, ${alert.closeReason}`}
      {alert.follows !== undefined && (
        <>
          , fired again after{' '}
          <Link to="/alerts/$id" params={{ id: alert.follows }}>
            an alert that was closed
          </Link>
        </>
      )}
    </p>
  );
}

const KEYS: readonly (readonly [string, string, string?])[] = [
  ['j, k', 'next, previous alert of the list'],
  ['Esc', 'back to the list'],
  ['a', 'take it: acknowledge and assign to me', 'acknowledge-alert'],
  ['c', 'close it with a reason', 'close-alert'],
  ['?', 'this help'],
];

/** The way back to the list as it was left, and along it. */
function useWayBack(id: string) {
  const navigate = useNavigate();
  const [help, setHelp] = useState(false);
  const place = placeLeft();
  const step = (by: number): void => {
    const next = beside(place, id, by);
    if (next === undefined) return;
    keepPlace({ ...place, at: next });
    void navigate({ to: '/alerts/$id', params: { id: next } });
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Escape: () => void navigate({ to: '/alerts', search: place.filter }),
    '?': () => setHelp(true),
  });
  return { place, help, setHelp };
}

function Body(props: { readonly alert: AlertView; readonly reload: () => void }) {
  const { alert, reload } = props;
  const related = useRelated(alert);
  return (
    <div className="lk-columns">
      <div className="lk-page">
        <Panel title="What the sensor saw">
          <WhichTime alert={alert} />
          <Facts alert={alert} />
        </Panel>
        <Panel title="Evidence">
          <Evidence alert={alert} />
        </Panel>
      </div>
      <div className="lk-page">
        {related.length > 0 && (
          <Panel title="Between the same hosts at this time">
            <Related rows={related} />
          </Panel>
        )}
        <Panel title="What to do">
          <Advice advice={alert.document.lockkeeper.advice} />
        </Panel>
        <Panel title="What people did">
          <Activity alert={alert} onChange={reload} />
        </Panel>
      </div>
    </div>
  );
}

export function AlertPage(props: { readonly id: string }) {
  const may = useMay();
  const { place, help, setHelp } = useWayBack(props.id);
  const client = useQueryClient();
  const key = ['alert', props.id];
  const query = useQuery({
    queryKey: key,
    queryFn: () => get<AlertView>(`/api/alerts/${encodeURIComponent(props.id)}`),
  });
  const reload = (): void => void client.invalidateQueries({ queryKey: key });
  useLive((event) => {
    if (event.event === 'alert' && event.data.id === props.id) reload();
  }, reload);
  return (
    <Loaded query={query}>
      {(alert) => (
        <div className="lk-page">
          <header className="lk-head">
            <Link to="/alerts" search={place.filter}>
              All alerts
            </Link>
            <Title headingLevel="h1" size="xl" id={HEADING} tabIndex={-1}>
              <Words text={alert.message} />
            </Title>
            <Standing alert={alert} />
            <Actions alert={alert} onChange={reload} />
          </header>
          <Body alert={alert} reload={reload} />
          <KeyLine text="j k next and previous, Esc back to the list, ? helps." />
          {help && (
            <KeyHelp
              keys={KEYS.filter(([, , action]) => action === undefined || may(action))}
              onClose={() => setHelp(false)}
            />
          )}
        </div>
      )}
    </Loaded>
  );
}
