/**
 * A trust folder that is asked often: read again only where a file of it is another than before, because a
 * revocation list of 20 MiB takes 2 s, in which the thread that reads it does nothing else.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromTrust, loadTrust, type Trust } from './trust.ts';

/** The function given throws `trust` as `loadTrust` does, each time until the folder can be used. */
export function keepTrust(folder: string): () => Trust {
  let kept: { readonly state: string; readonly trust: Trust } | undefined;
  return () => {
    // taken before it is read, so that what changes meanwhile is read the next time
    const state = fromTrust(folder, () => stateOf(folder, VENDOR_DEPTH));
    if (kept === undefined || kept.state !== state) {
      kept = undefined;
      kept = { state, trust: loadTrust(folder) };
    }
    return kept.trust;
  };
}

/** TRUST/VENDOR/PART/FILE */
const VENDOR_DEPTH = 3;

/** Differs where a file was written, put in another's place, added or removed; links are followed. */
function stateOf(path: string, depth: number): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return `${path} is not there`;
  const { ino, size, mtimeNs, ctimeNs } = stats;
  const own = `${path} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  const names = depth > 0 && stats.isDirectory() ? readdirSync(path).sort() : [];
  return [own, ...names.map((name) => stateOf(join(path, name), depth - 1))].join('\n');
}
