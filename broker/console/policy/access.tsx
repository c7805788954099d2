/** What vendors may ask for. Asking grants nothing: people approve each request. */
import { DescriptionList } from '@patternfly/react-core';
import type { PolicyView } from '../../api/views-policy.ts';
import { Described } from '../../ui/described.tsx';
import { duration } from '../../ui/site-time.ts';

type Entry = PolicyView['access'][number];

const inWords = (micros: number): string => duration(micros / 1000);

function Limits(props: { readonly limits: Entry['limits'] }) {
  const { max, idle, sessions, readGrace } = props.limits;
  return (
    <>
      at most {inWords(max)}, {sessions === 1 ? 'one session' : `${sessions} sessions`} at a time; a
      session without a word for {inWords(idle)} ends
      {readGrace > 0 ? `; reads may go on for ${inWords(readGrace)} more` : ''}
    </>
  );
}

function EntryFacts(props: { readonly entry: Entry }) {
  const { entry } = props;
  return (
    <>
      <h3 className="lk-heading">
        {entry.vendor}: {entry.id} <span className="lk-dim">(line {entry.line})</span>
      </h3>
      <DescriptionList isHorizontal isCompact className="lk-facts">
        <Described term="Why">{entry.why}</Described>
        <Described term="On">
          {entry.targets.map(({ id, name }) => `${name} (${id})`).join(', ')}
        </Described>
        <Described term="May ask for">
          <ul className="lk-list">
            {entry.mayRequest.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </Described>
        <Described term="Approved by">
          {entry.quorum} of {entry.approvers.join(', ')}
        </Described>
        <Described term="When">
          {entry.windows.length === 0 ? 'at any time' : entry.windows.join('; ')}
        </Described>
        <Described term="For how long">
          <Limits limits={entry.limits} />
        </Described>
      </DescriptionList>
    </>
  );
}

export function Access(props: { readonly access: PolicyView['access'] }) {
  const { access } = props;
  if (access.length === 0) return <p>Nothing: no vendor may ask for anything.</p>;
  return access.map((entry) => <EntryFacts key={entry.id} entry={entry} />);
}
