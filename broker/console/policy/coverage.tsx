/** How far the policy explains what sensors heard, and the conversations that it does not. */
import { useQuery } from '@tanstack/react-query';
import type { CoverageView } from '../../api/views-policy.ts';
import { get } from '../../ui/api.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime } from '../../ui/me.tsx';

const share = (part: number, all: number): string =>
  all === 0 ? 'none' : `${Math.round((100 * part) / all)} %`;

function Body(props: { readonly coverage: CoverageView }) {
  const { hosts, conversations, conduits, uncovered, untold, unheard } = props.coverage;
  if (hosts.heard === 0) return <p>No sensor has heard anybody yet.</p>;
  return (
    <>
      <ul className="lk-list" aria-label="coverage">
        <li>
          {hosts.inZone} of {hosts.heard} hosts lie in a zone ({share(hosts.inZone, hosts.heard)})
        </li>
        <li>
          {conversations.covered} of {conversations.heard} conversations pass whole (
          {share(conversations.covered, conversations.heard)}); weighted by how much their conduits
          say {share(conversations.weight, conversations.heard)}
        </li>
        <li>
          {conduits.restricted} of {conduits.all} conduits name what may be changed (
          {share(conduits.restricted, conduits.all)})
        </li>
      </ul>
      {uncovered.length > 0 && (
        <>
          <p className="lk-apart">Heard, and denied:</p>
          <ul className="lk-list" aria-label="conversations that the policy denies">
            {uncovered.map(({ client, server, denied, lastSeen }) => (
              <li key={`${client.address} ${server.address}`}>
                {client.asset?.name ?? client.address} to {server.asset?.name ?? server.address}:{' '}
                {denied.join(', ')}
                <span className="lk-dim">
                  , last heard <SiteTime at={lastSeen} />
                </span>
              </li>
            ))}
            {untold > 0 && <li>{untold} more</li>}
          </ul>
        </>
      )}
      {unheard.length > 0 && (
        <p className="lk-apart">
          Not heard, and not counted: {unheard.map(({ name }) => name).join(', ')}. What stays
          within one switch no sensor hears.
        </p>
      )}
    </>
  );
}

export const COVERAGE = ['policy-coverage'];

export function Coverage() {
  const query = useQuery({
    queryKey: COVERAGE,
    queryFn: () => get<CoverageView>('/api/policy/coverage'),
  });
  return <Loaded query={query}>{(coverage) => <Body coverage={coverage} />}</Loaded>;
}
