/** One asset: what it is, where it stands, whom it speaks with, and what is wrong with it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AssetView } from '../../api/views-assets.ts';
import { get } from '../../ui/api.ts';
import { useLive } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Severity } from '../../ui/severity.tsx';
import { Words } from '../../ui/words.tsx';
import { Identity, Standing } from './facts.tsx';
import { Peers } from './peers.tsx';
import { Unnamed } from './standing.tsx';

function Alerts(props: { readonly asset: AssetView }) {
  const { alerts, openAlerts, address } = props.asset;
  if (openAlerts === undefined) return <p>Alerts are not yours to read.</p>;
  if (openAlerts === 0) return <p>None.</p>;
  return (
    <>
      <ul className="lk-alerts lk-sentence">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <Severity points={alert.severity} />
            <Link to="/alerts/$id" params={{ id: alert.id }}>
              <Words text={alert.message} />
            </Link>
          </li>
        ))}
      </ul>
      {openAlerts > alerts.length && (
        <p className="lk-apart">
          <Link to="/alerts" search={{ text: address }}>
            All {openAlerts} open alerts
          </Link>
        </p>
      )}
    </>
  );
}

export function AssetPage(props: { readonly address: string }) {
  const client = useQueryClient();
  const key = ['asset', props.address];
  const query = useQuery({
    queryKey: key,
    queryFn: () => get<AssetView>(`/api/assets/${encodeURIComponent(props.address)}`),
  });
  const reload = (): void => void client.invalidateQueries({ queryKey: key });
  useLive((event) => {
    const isAbout =
      event.event === 'alert' ||
      event.event === 'policy' ||
      (event.event === 'asset' && event.data.row.address === query.data?.address);
    if (isAbout) reload();
  }, reload);
  return (
    <Loaded query={query}>
      {(asset) => (
        <div className="lk-page">
          <PageHead
            back={<Link to="/assets">All assets</Link>}
            title={asset.asset?.name ?? asset.address}
            beside={asset.asset === undefined ? <Unnamed place={asset} /> : undefined}
          />
          <div className="lk-halves">
            <Panel title="What it is">
              <Identity asset={asset} />
            </Panel>
            <Panel title="What the policy says">
              <Standing asset={asset} />
            </Panel>
          </div>
          <Panel title="Open alerts">
            <Alerts asset={asset} />
          </Panel>
          <Panel title="Whom it speaks with">
            <Peers peers={asset.peers} heard={asset.lastSeen !== undefined} />
          </Panel>
        </div>
      )}
    </Loaded>
  );
}
