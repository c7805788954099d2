/** What else was told of the same two hosts at the same time: one deed on the wire often raises several alerts. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AlertPageView, AlertRowView, AlertView } from '../../api/views.ts';
import { get } from '../../ui/api.ts';
import { SiteTime } from '../../ui/me.tsx';
import { Severity } from '../../ui/severity.tsx';
import { Words } from '../../ui/words.tsx';
import { samePeers } from './rows.ts';
import { AlertState } from './state.tsx';

/** Milliseconds before and after: the broker waits a while before it says that nothing explains a write. */
const AROUND = 60_000;
const MAX_RELATED = 20;

const shifted = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString();

export function useRelated(alert: AlertView): readonly AlertRowView[] {
  const query = useQuery({
    queryKey: ['related', alert.id, alert.lastSeen],
    queryFn: () =>
      get<AlertPageView>(
        `/api/alerts?${new URLSearchParams({
          from: shifted(alert.firstSeen, -AROUND),
          until: shifted(alert.lastSeen, AROUND),
          limit: '200',
          ...(alert.asset !== undefined && { asset: alert.asset }),
        })}`,
      ),
    enabled: alert.source !== undefined,
  });
  return query.data?.items.filter((row) => samePeers(alert, row)).slice(0, MAX_RELATED) ?? [];
}

export function Related(props: { readonly rows: readonly AlertRowView[] }) {
  return (
    <ul className="lk-list">
      {props.rows.map((row) => (
        <li key={row.id}>
          <Severity points={row.severity} /> <SiteTime at={row.lastSeen} />{' '}
          <Link to="/alerts/$id" params={{ id: row.id }}>
            {row.rule}: <Words text={row.message} />
          </Link>{' '}
          <AlertState alert={row} />
        </li>
      ))}
    </ul>
  );
}
