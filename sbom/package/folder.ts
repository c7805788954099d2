/** A package that lies as a folder: plain files only, each opened without following a link. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shown } from '../reason.ts';
import { type Refused, refused } from '../sbom-error.ts';
import { type FirmwarePackage, MAX_PACKAGE_BYTES, type PackageFile } from './firmware-package.ts';
import { bytesOf, hashRange } from './hash-range.ts';
import { PackageNames } from './package-names.ts';

export type Opened = { readonly kind: 'package'; readonly package: FirmwarePackage } | Refused;

/** Deeper than any package is, and a name of 240 bytes ends it anyway. */
const MAX_DEPTH = 16;

/** Rejects where the machine does not let it read. */
export async function openFolder(
  folder: string,
  maxBytes: number = MAX_PACKAGE_BYTES,
): Promise<Opened> {
  const names: string[] = [];
  const known = new PackageNames();
  const walked = await walk(folder, '', { names, known }, 0);
  if (walked !== undefined) return walked;
  const empty = known.emptyFolder();
  if (empty !== undefined) return refused('package-entry', `the folder ${shown(empty)} is empty`);
  const files = new Map<string, PackageFile>();
  let total = 0;
  for (const name of names) {
    const file = await withFile(folder, name, async (handle) => {
      const { size } = await handle.stat();
      total += size;
      return total > maxBytes
        ? undefined
        : { name, size, sha256: await hashRange(handle, 0, size, 'sha256') };
    });
    if (file === undefined)
      return refused('package-too-large', `the package has more than ${maxBytes} bytes`);
    files.set(name, file);
  }
  const sizeOf = (name: string): number => files.get(name)?.size ?? 0;
  return {
    kind: 'package',
    package: {
      files,
      read: (name) => withFile(folder, name, (handle) => bytesOf(handle, 0, sizeOf(name))),
      hash: (name, algorithm) =>
        withFile(folder, name, (handle) => hashRange(handle, 0, sizeOf(name), algorithm)),
      close: async () => {},
    },
  };
}

interface Walked {
  readonly names: string[];
  readonly known: PackageNames;
}

/** Adds the names below `inside` to what was walked; gives a refusal, or undefined. */
async function walk(
  folder: string,
  inside: string,
  walked: Walked,
  depth: number,
): Promise<Refused | undefined> {
  if (depth > MAX_DEPTH) return refused('package-entry', 'folders lie too deep inside each other');
  for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
    const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
    const { names, known } = walked;
    const isFolder = entry.isDirectory();
    if (!isFolder && !entry.isFile()) {
      return refused('package-entry', `${shown(name)} is neither a file nor a folder`);
    }
    const fault = isFolder ? known.claimFolder(name) : known.claimFile(name);
    if (fault !== undefined) return refused('package-entry', `${shown(name)}: ${fault}`);
    const excess = known.excess();
    if (excess !== undefined) return refused('package-too-large', excess);
    if (isFolder) {
      const deeper = await walk(folder, name, walked, depth + 1);
      if (deeper !== undefined) return deeper;
    } else {
      names.push(name);
    }
  }
  return undefined;
}

async function withFile<T>(
  folder: string,
  name: string,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  // a pipe put in a file's place must not make the verifier wait
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(folder, name), flags);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}
