/** Cursors are the sort key of the last row of a page, so nothing is skipped or repeated as rows come in. */

/** Longer than any cursor that `writeCursor` makes; comes from outside. */
const MAX_CURSOR = 100;

export const writeCursor = (key: readonly number[]): string =>
  Buffer.from(key.join('.')).toString('base64url');

/** `size` whole numbers; undefined where the text is no cursor of such a list. */
export function readCursor(cursor: string, size: number): readonly number[] | undefined {
  if (cursor.length > MAX_CURSOR) return undefined;
  const parts = Buffer.from(cursor, 'base64url').toString('latin1').split('.');
  const key = parts.map((part) => (/^\d{1,16}$/.test(part) ? Number(part) : Number.NaN));
  return key.length === size && key.every(Number.isSafeInteger) ? key : undefined;
}
