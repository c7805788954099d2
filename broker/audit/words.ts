/** `1 leaf`, `2 leaves`. */
export const amount = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

export const leaves = (count: number): string => amount(count, 'leaf', 'leaves');
