/** One cell of the matrix in words: by which conduits what passes, and what safety takes away again. */
import { Link } from '@tanstack/react-router';
import type { PolicyView } from '../../api/views-policy.ts';
import type { ChosenCell } from './cell.ts';

type Conduit = PolicyView['conduits'][number];

const WAYS = {
  direct: 'directly: the two ends talk by themselves',
  gate: 'only through the gate, for a grant that people approved',
} as const;

function Way(props: { readonly conduit: Conduit; readonly nameOf: (end: string) => string }) {
  const { id, from, to, via, why, allow, line } = props.conduit;
  return (
    <>
      <h4 className="lk-heading">
        <Link to="/policy" search={(before) => before} hash={`conduit-${id}`}>
          {id}
        </Link>{' '}
        <span className="lk-dim">(line {line})</span>
      </h4>
      <p>{why}</p>
      <p>
        From {props.nameOf(from)} to {props.nameOf(to)} it passes {WAYS[via]}:
      </p>
      <ul className="lk-list">
        {allow.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </>
  );
}

export function Passage(props: { readonly policy: PolicyView; readonly chosen: ChosenCell }) {
  const { policy, chosen } = props;
  const cell = policy.matrix.find(({ from, to }) => from === chosen.from && to === chosen.to);
  if (cell === undefined) {
    return <p className="lk-apart lk-dim">Choose a cell to read what passes there, and why.</p>;
  }
  const zoneOf = (id: string) => policy.zones.find((zone) => zone.id === id);
  const conduits = policy.conduits.filter(({ id }) => cell.conduits.includes(id));
  return (
    <>
      <h3 className="lk-heading lk-passage">
        From {zoneOf(cell.from)?.name ?? cell.from} to {zoneOf(cell.to)?.name ?? cell.to}
      </h3>
      {conduits.map((conduit) => (
        <Way key={conduit.id} conduit={conduit} nameOf={(end) => zoneOf(end)?.name ?? end} />
      ))}
      {cell.safety.map((id) => {
        const zone = zoneOf(id);
        return (
          <div key={id}>
            <p className="lk-apart">
              Whatever a conduit or a grant says, into the safety zone {zone?.name ?? id} only this
              passes{zone === undefined ? '' : ` (line ${zone.line})`}:
            </p>
            <ul className="lk-list">
              {zone?.allow.map((text) => (
                <li key={text}>{text}</li>
              ))}
              {zone?.allow.length === 0 && <li>nothing</li>}
            </ul>
          </div>
        );
      })}
    </>
  );
}
