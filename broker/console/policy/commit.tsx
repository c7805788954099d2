/** Where a version comes from, as far as the folder of its file said. */
import type { GitView } from '../../api/views-policy.ts';

const SHOWN_DIGITS = 10;

export function Commit(props: { readonly git: GitView }) {
  const { commit, dirty } = props.git;
  return (
    <>
      commit{' '}
      <span className="lk-mono" title={commit}>
        {commit.slice(0, SHOWN_DIGITS)}
      </span>
      {dirty && ' with changes that were not committed'}
    </>
  );
}
