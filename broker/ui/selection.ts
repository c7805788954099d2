/** The row of a list that single keys act on: it stays chosen by its id while rows come and go around it. */
import { useEffect, useState } from 'react';

export interface Selection<Row> {
  readonly row: Row | undefined;
  /** Beyond either end it is the last row there. */
  readonly select: (index: number) => void;
  /** Selects the row `by` further down and puts the focus on its link, so that there is one cursor, not two. */
  readonly move: (by: number) => void;
}

/** Puts the focus on the link in a row. */
export function focusRow(kind: string, id: string): void {
  document.getElementById(`${kind}-${id}`)?.querySelector('a')?.focus();
}

/** Rows are drawn with the DOM id `${kind}-${id}`. */
export function useSelection<Row>(
  kind: string,
  rows: readonly Row[],
  idOf: (row: Row) => string,
  /** Id of the row that was left. */
  left?: string,
): Selection<Row> {
  const [selected, setSelected] = useState(left === undefined ? undefined : { id: left, index: 0 });
  const found = rows.findIndex((row) => idOf(row) === selected?.id);
  const index = found >= 0 ? found : Math.min(selected?.index ?? 0, rows.length - 1);
  const row = rows[index];
  const select = (to: number): void => {
    const at = Math.max(0, Math.min(to, rows.length - 1));
    const next = rows[at];
    if (next !== undefined) setSelected({ id: idOf(next), index: at });
  };
  useEffect(() => {
    if (selected !== undefined) {
      document.getElementById(`${kind}-${selected.id}`)?.scrollIntoView({ block: 'nearest' });
    }
  }, [kind, selected]);
  const move = (by: number): void => {
    const at = Math.max(0, Math.min(index + by, rows.length - 1));
    const next = rows[at];
    select(at);
    if (next !== undefined) focusRow(kind, idOf(next));
  };
  return { row, select, move };
}
