import { Label } from '@patternfly/react-core';

/** How many alerts are open; undefined = the reader may read none. */
export function OpenAlerts(props: { readonly count: number | undefined }) {
  const { count } = props;
  if (count === undefined) return <span className="lk-dim">not yours to read</span>;
  if (count === 0) return <span className="lk-dim">none</span>;
  return (
    <Label isCompact status="danger">
      {count}
    </Label>
  );
}
