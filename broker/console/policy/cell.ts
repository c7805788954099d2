/** Which cell of the matrix is read; it lives in the URL, so that it can be sent to a colleague. */
export interface ChosenCell {
  readonly from?: string;
  readonly to?: string;
}

const idOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Half a cell is none. */
export function chosenCell(
  search: Readonly<Partial<Record<keyof ChosenCell, unknown>>>,
): ChosenCell {
  const from = idOf(search.from);
  const to = idOf(search.to);
  return from === undefined || to === undefined ? {} : { from, to };
}
