/** A list whose rows single keys act on (`selection.ts`): one is chosen, by key, by focus or by press. */
import { Table, Tbody, Thead, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';

/** What the list gives; the rest of the table is how its rows look. */
export interface RowTableProps<Row> {
  readonly rows: readonly Row[];
  /** Id of the chosen row. */
  readonly selected: string | undefined;
  readonly onSelect: (index: number) => void;
}

interface Looks<Row> {
  readonly label: string;
  /** Rows have the DOM id `${kind}-${id}`, as `useSelection` wants it. */
  readonly kind: string;
  readonly idOf: (row: Row) => string;
  /** `Th` of the columns, and `Td` of one row. */
  readonly head: ReactNode;
  readonly cells: (row: Row) => ReactNode;
}

export function RowTable<Row>(props: RowTableProps<Row> & Looks<Row>) {
  const { label, kind, rows, idOf, selected, onSelect, head, cells } = props;
  return (
    <Table aria-label={label} variant="compact">
      <Thead>
        <Tr>{head}</Tr>
      </Thead>
      <Tbody>
        {rows.map((row, index) => {
          const id = idOf(row);
          const select = (): void => onSelect(index);
          return (
            <Tr
              key={id}
              id={`${kind}-${id}`}
              className={id === selected ? 'lk-selected' : ''}
              aria-selected={id === selected}
              onClick={select}
              onFocus={select}
            >
              {cells(row)}
            </Tr>
          );
        })}
      </Tbody>
    </Table>
  );
}
