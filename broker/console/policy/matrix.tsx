/** Which zone may speak to which. What stands in no cell is denied, and the table says so. */
import { Label } from '@patternfly/react-core';
import { LockIcon } from '@patternfly/react-icons';
import { Link } from '@tanstack/react-router';
import type { PolicyView } from '../../api/views-policy.ts';
import type { ChosenCell } from './cell.ts';

type Zone = PolicyView['zones'][number];
type Cell = PolicyView['matrix'][number];

function Heading(props: { readonly zone: Zone }) {
  const { name, purdue, safety } = props.zone;
  return (
    <>
      <div>{name}</div>
      <div className="lk-dim">level {purdue}</div>
      {safety && (
        <Label isCompact status="info" icon={<LockIcon />}>
          safety
        </Label>
      )}
    </>
  );
}

/** `direct`, `via gate`, or both. */
function ways(policy: PolicyView, cell: Cell): string {
  const found = new Set(
    policy.conduits.filter(({ id }) => cell.conduits.includes(id)).map(({ via }) => via),
  );
  return [...found].map((via) => (via === 'gate' ? 'via gate' : via)).join(', ');
}

function Passing(props: {
  readonly policy: PolicyView;
  readonly cell: Cell;
  readonly chosen: boolean;
}) {
  const { policy, cell, chosen } = props;
  return (
    <Link
      to="/policy"
      search={{ from: cell.from, to: cell.to }}
      replace
      resetScroll={false}
      className="lk-cell"
      aria-current={chosen ? 'true' : undefined}
    >
      {cell.kinds.length > 0 && <span>{cell.kinds.join(', ')}</span>}
      {cell.kindsOfSome.length > 0 && <span>single assets: {cell.kindsOfSome.join(', ')}</span>}
      {cell.kinds.length + cell.kindsOfSome.length === 0 && <span>nothing is left</span>}
      <span className="lk-dim">{ways(policy, cell)}</span>
    </Link>
  );
}

export function Matrix(props: { readonly policy: PolicyView; readonly chosen: ChosenCell }) {
  const { policy, chosen } = props;
  const { zones, matrix } = policy;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="lk-matrix" aria-label="matrix of zones" tabIndex={0}>
      <table aria-label="which zone may speak to which">
        <thead>
          <tr>
            <th scope="col" className="lk-dim">
              from ↓ to →
            </th>
            {zones.map((zone) => (
              <th key={zone.id} scope="col">
                <Heading zone={zone} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {zones.map((from) => (
            <tr key={from.id}>
              <th scope="row">
                <Heading zone={from} />
              </th>
              {zones.map((to) => {
                const cell = matrix.find((each) => each.from === from.id && each.to === to.id);
                const isChosen = chosen.from === from.id && chosen.to === to.id;
                return (
                  <td key={to.id} className={isChosen ? 'lk-selected' : undefined}>
                    {cell === undefined ? (
                      <span className="lk-dim">denied</span>
                    ) : (
                      <Passing policy={policy} cell={cell} chosen={isChosen} />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
