/** What tshark decoded of public captures with OPC UA, as tables beside them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_CAPTURES } from './captures.ts';

/** The reference decodes, each with its capture, as the manifest names them. */
export function opcuaReferences(): { readonly capture: string; readonly tsv: string }[] {
  const manifest = readFileSync(join(SHARED_CAPTURES, 'MANIFEST.csv'), 'utf8').split(/\r?\n/);
  return manifest.flatMap((line) => {
    const match = /^(_tshark\/[^,]*\.opcua\.tsv),.*reference decode of (.*)$/.exec(line);
    return match === null ? [] : [{ tsv: match[1] ?? '', capture: match[2] ?? '' }];
  });
}

/** The rows of a table, each by the names of its columns. */
export function rowsOf(tsv: string): ReadonlyMap<string, string>[] {
  const [head = '', ...rows] = readFileSync(join(SHARED_CAPTURES, tsv), 'utf8').split(/\r?\n/);
  const names = head.split('\t');
  return rows
    .filter((row) => row !== '')
    .map((row) => new Map(row.split('\t').map((value, i) => [names[i] ?? '', value])));
}
