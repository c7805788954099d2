/** One release: the verdict in a sentence, why, what was not looked at, and what is known of the package. */
import { Alert } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReleaseView } from '../../api/views-releases.ts';
import { get } from '../../ui/api.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Words } from '../../ui/words.tsx';
import { Arrival, Files, Manifest, Sbom, Signer } from './facts.tsx';
import { Verdict } from './verdict.tsx';

const LOOKS = { allow: 'success', hold: 'warning', deny: 'danger' } as const;

function Reasons(props: { readonly release: ReleaseView }) {
  const { reasons, reasonsLeftOut } = props.release;
  if (reasons.length === 0) return <p>Nothing speaks against it.</p>;
  return (
    <>
      <ul className="lk-reasons">
        {reasons.map(({ code, effect, text }) => (
          <li key={`${code} ${text}`}>
            <span>
              <span className="lk-mono">{code}</span>{' '}
              <span className="lk-dim">{effect === 'deny' ? 'denies' : 'holds'}</span>
            </span>
            <span>
              <Words text={text} />
            </span>
          </li>
        ))}
      </ul>
      {reasonsLeftOut > 0 && (
        <p className="lk-apart">
          And {reasonsLeftOut.toLocaleString('en')} more, of no other codes.
        </p>
      )}
    </>
  );
}

function NotChecked(props: { readonly texts: readonly string[] }) {
  if (props.texts.length === 0) return <p>Everything that can be checked was.</p>;
  return (
    <ul className="lk-list">
      {props.texts.map((text) => (
        <li key={text}>
          <Words text={text} />
        </li>
      ))}
    </ul>
  );
}

function Facts(props: { readonly release: ReleaseView }) {
  const { release } = props;
  const isProven = release.verdict !== 'deny';
  return (
    <>
      <div className="lk-halves">
        <Panel title="Why">
          <Reasons release={release} />
        </Panel>
        <Panel title="What was not checked">
          <NotChecked texts={release.notChecked} />
        </Panel>
      </div>
      <div className="lk-halves">
        <Panel title={isProven ? 'What it is' : 'What it says it is'}>
          <Manifest release={release} />
        </Panel>
        <Panel title="Who signed it">
          <Signer signer={release.signer} />
        </Panel>
        <Panel title="Its SBOM">
          <Sbom release={release} />
        </Panel>
        <Panel title="How it came in">
          <Arrival release={release} />
        </Panel>
      </div>
      <Panel title={isProven ? 'Its files' : 'The files that it lists'}>
        <Files files={release.files} />
      </Panel>
    </>
  );
}

export function ReleasePage(props: { readonly id: string }) {
  const query = useQuery({
    queryKey: ['release', props.id],
    queryFn: () => get<ReleaseView>(`/api/releases/${encodeURIComponent(props.id)}`),
  });
  return (
    <Loaded query={query}>
      {(release) => (
        <div className="lk-page">
          <PageHead
            back={<Link to="/releases">All releases</Link>}
            title={
              release.product === undefined
                ? release.fileName
                : `${release.product} ${release.version}`
            }
            beside={<Verdict verdict={release.verdict} />}
          />
          <Alert
            isInline
            component="p"
            variant={LOOKS[release.verdict]}
            title={<Words text={release.sentence} />}
          />
          <Facts release={release} />
        </div>
      )}
    </Loaded>
  );
}
