/**
 * Whether a recording is still what was sealed. The chain begins outside of its folder:
 *
 *     leaf of the audit log -> sha-256 of manifest.json -> sha-256 of each segment
 *
 * so whoever changes, adds or removes anything in the folder breaks it.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { measureSegments } from './journal.ts';
import { MANIFEST_FILE, type Manifest, readManifest } from './manifest.ts';

export type Seal =
  /** What the manifest says is proven. */
  | { readonly kind: 'fits'; readonly manifest: Manifest }
  /** In words, to follow "the recording". */
  | { readonly kind: 'broken'; readonly why: string };

/** `sha256` is that of the manifest, hex, as it was told at the session's end. */
export async function checkSeal(folder: string, sha256: string): Promise<Seal> {
  const sealed = await readManifest(folder).catch(() => undefined);
  if (sealed?.sha256 !== sha256) return broken(await otherManifest(folder));
  const { manifest } = sealed;
  const found = new Map((await measureSegments(folder)).map((segment) => [segment.file, segment]));
  for (const { file, bytes, sha256: hash } of manifest.segments) {
    const segment = found.get(file);
    if (segment === undefined) return broken(`lacks \`${file}\``);
    if (segment.bytes !== bytes || segment.sha256 !== hash) return broken(changed(file));
    found.delete(file);
  }
  const [added] = found.keys();
  return added === undefined ? { kind: 'fits', manifest } : broken(`has \`${added}\` added to it`);
}

async function otherManifest(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return 'is missing';
  return names.includes(MANIFEST_FILE) ? changed(MANIFEST_FILE) : `lacks \`${MANIFEST_FILE}\``;
}

const changed = (file: string): string => `is not as it was sealed: \`${file}\` was changed`;

const broken = (why: string): Seal => ({ kind: 'broken', why });

/** Recordings that people look at in the same days; the oldest answer makes room. */
const MAX_REMEMBERED = 256;

/** Hashes a recording when it is first asked for, and anew only when something in its folder was touched. */
export class SealMemory {
  readonly #known = new Map<string, { readonly touched: string; readonly seal: Promise<Seal> }>();

  async check(folder: string, sha256: string): Promise<Seal> {
    const touched = `${sha256} ${await touchedIn(folder)}`;
    const known = this.#known.get(folder);
    if (known?.touched === touched) return known.seal;
    const seal = checkSeal(folder, sha256);
    this.#known.delete(folder);
    this.#known.set(folder, { touched, seal });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return seal;
  }
}

/** Changes with each change of a file: nobody sets a ctime, as one sets an mtime. */
async function touchedIn(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const stats = await Promise.all(
    names
      .sort()
      .map(async (name) => [name, await stat(join(folder, name)).catch(() => undefined)] as const),
  );
  return JSON.stringify(
    stats.map(([name, found]) => [name, found?.ino, found?.size, found?.ctimeMs]),
  );
}
