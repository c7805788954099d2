/** Reads logs of Zeek, with and without header. */
import { readFileSync } from 'node:fs';

export interface ReadLog {
  readonly fields: readonly string[];
  readonly types: readonly string[];
  /** By the name of the column. */
  readonly rows: readonly ReadonlyMap<string, string>[];
}

/** `fields` where the file has none. */
export function readZeekLog(path: string, fields?: readonly string[]): ReadLog {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const header = (name: string): string[] | undefined =>
    lines
      .find((line) => line.startsWith(`#${name}\t`))
      ?.split('\t')
      .slice(1);
  const names = header('fields') ?? fields ?? [];
  const rows = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const cells = line.split('\t');
      if (cells.length !== names.length) {
        throw new Error(`${path}: ${cells.length} cells for ${names.length} columns: ${line}`);
      }
      return new Map(cells.map((cell, i) => [names[i] ?? '', cell]));
    });
  return { fields: names, types: header('types') ?? [], rows };
}

/** The rows as text of the columns `names`, sorted. */
export const cells = (
  rows: readonly ReadonlyMap<string, string>[],
  names: readonly string[],
): string[] => rows.map((row) => names.map((name) => row.get(name) ?? '?').join('\t')).sort();
