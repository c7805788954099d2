/** An edit that lies in the file and is not in force, and what is wrong with it. */
import { Alert } from '@patternfly/react-core';
import type { PolicyView } from '../../api/views-policy.ts';
import { SiteTime } from '../../ui/me.tsx';
import { Words } from '../../ui/words.tsx';

export function Refused(props: { readonly refused: NonNullable<PolicyView['refused']> }) {
  const { at, message, faults } = props.refused;
  return (
    <Alert
      isInline
      component="p"
      variant="danger"
      title="The policy file was edited, and the edit is refused. What is shown here is still in force."
    >
      <p>
        Since <SiteTime at={at} />: <Words text={message} />.
      </p>
      {faults.length > 0 && (
        <ul className="lk-list">
          {faults.map((fault) => (
            <li key={`${fault.place} ${fault.message}`}>
              <span className="lk-mono">{fault.place}</span>: <Words text={fault.message} />
            </li>
          ))}
        </ul>
      )}
      <p>
        Mend the file; it is looked at each second.{' '}
        <span className="lk-mono">lockkeeper policy lint</span> and{' '}
        <span className="lk-mono">lockkeeper policy test</span> say the same before it is saved.
      </p>
    </Alert>
  );
}
