/** The edit that waits for two people: what it changes, who agreed, and the word that is asked for. */
import { Button, Flex } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import type { PolicyView, StagedAsideView } from '../../api/views-policy.ts';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';
import { SiteTime, useMay, useMe } from '../../ui/me.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Words } from '../../ui/words.tsx';
import { Commit } from './commit.tsx';
import { Plan } from './plan.tsx';
import { Version } from './version.tsx';

type Staged = NonNullable<PolicyView['staged']>;

function Agreed(props: { readonly staged: Staged }) {
  const { approvals, quorum } = props.staged;
  if (approvals.length === 0) return <p>Nobody agreed yet; {quorum} different people must.</p>;
  return (
    <p>
      {approvals.map(({ person, name, at }) => (
        <span key={person}>
          {name} agreed <SiteTime at={at} />;{' '}
        </span>
      ))}
      {approvals.length} of {quorum} different people.
    </p>
  );
}

function Beside(props: { readonly beside: StagedAsideView }) {
  const { asked, differences, untold } = props.beside;
  if (asked === 0) return <p>No vendor asked anything at the gate since it waits.</p>;
  return (
    <>
      <p>
        Of {asked} requests of vendors at the gate since it waits,{' '}
        {differences.length === 0 ? 'it would have answered each alike.' : 'it would have:'}
      </p>
      <ul className="lk-list" aria-label="requests it would have answered in another way">
        {differences.map(({ becomes, entry, asset, example, because, line, count, lastAt }) => (
          <li key={`${becomes} ${entry} ${asset} ${example}`}>
            {becomes} {count} like <Words text={`\`${example}\``} /> on {asset} under {entry}, the
            last <SiteTime at={lastAt} />
            <div className="lk-dim">
              <Words text={because} />
              {line !== undefined && ` (line ${line})`}
            </div>
          </li>
        ))}
        {untold > 0 && <li>{untold} more, of other kinds</li>}
      </ul>
    </>
  );
}

function Decide(props: {
  readonly staged: Staged;
  readonly base: string;
  readonly onChange: () => void;
}) {
  const { staged, base, onChange } = props;
  const me = useMe();
  const may = useMay();
  const path = `/api/policy/staged/${staged.version}`;
  const decide = useMutation({
    mutationFn: (word: 'approve' | 'withdraw') =>
      word === 'approve' ? post(`${path}/approve`, { base }) : post(`${path}/withdraw`, {}),
    onSettled: onChange,
  });
  const hasAgreed = staged.approvals.some(({ person }) => person === me.person.id);
  return (
    <>
      {decide.isError && <Failure error={decide.error} />}
      <Flex className="lk-apart">
        {may('approve-policy') && (
          <Button
            isDisabled={hasAgreed || decide.isPending}
            onClick={() => decide.mutate('approve')}
          >
            {hasAgreed ? 'You agreed' : 'Agree to exactly this'}
          </Button>
        )}
        {may('withdraw-policy') && (
          <Button
            variant="secondary"
            isDisabled={decide.isPending}
            onClick={() => decide.mutate('withdraw')}
          >
            Withdraw it
          </Button>
        )}
      </Flex>
    </>
  );
}

export function StagedPolicy(props: {
  readonly staged: Staged;
  readonly base: string;
  readonly onChange: () => void;
}) {
  const { staged, base, onChange } = props;
  const { version, at, git, beside } = staged;
  return (
    <Panel title="An edit waits for two people">
      <p>
        Version <Version version={version} /> lies in the file since <SiteTime at={at} />
        {git !== undefined && (
          <>
            , from <Commit git={git} />
          </>
        )}
        . Its tests hold, and it changes nothing until two agree. Against the policy in force:
      </p>
      <Plan from={base} to={version} />
      {beside !== undefined && <Beside beside={beside} />}
      <Agreed staged={staged} />
      <Decide staged={staged} base={base} onChange={onChange} />
    </Panel>
  );
}
