import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { PolicyView } from '../../api/views-policy.ts';

const ON_FAILURE = {
  'stop-writes': 'no writes without a recording',
  'stop-session': 'no session without a recording',
  continue: 'goes on without a recording',
} as const;

/** `hash` names the conduit that somebody came for. */
export function Conduits(props: { readonly policy: PolicyView; readonly hash: string }) {
  const { conduits, zones } = props.policy;
  const nameOf = (id: string): string => zones.find((zone) => zone.id === id)?.name ?? id;
  if (conduits.length === 0) {
    return <p>None: nothing may speak to anything.</p>;
  }
  return (
    <Table aria-label="conduits" variant="compact">
      <Thead>
        <Tr>
          <Th modifier="fitContent">Line</Th>
          <Th width={20}>Conduit</Th>
          <Th width={25}>From, to</Th>
          <Th>Lets</Th>
        </Tr>
      </Thead>
      <Tbody>
        {conduits.map((conduit) => (
          <Tr
            key={conduit.id}
            id={`conduit-${conduit.id}`}
            className={props.hash === `conduit-${conduit.id}` ? 'lk-selected' : ''}
          >
            <Td dataLabel="Line">{conduit.line}</Td>
            <Td dataLabel="Conduit" modifier="breakWord">
              {conduit.id}
            </Td>
            <Td dataLabel="From, to" modifier="breakWord">
              <div>
                {nameOf(conduit.from)} to {nameOf(conduit.to)}
              </div>
              <div className="lk-dim">
                {conduit.via === 'gate'
                  ? `via gate; ${ON_FAILURE[conduit.onRecordingFailure]}`
                  : 'direct'}
              </div>
            </Td>
            <Td dataLabel="Lets" modifier="breakWord">
              <p>{conduit.why}</p>
              <ul className="lk-list lk-dim">
                {conduit.allow.map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
