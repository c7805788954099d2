/** The folder in which uploaded packages lie, each as the one file that it came as. Nothing in it is ever unpacked or run. */
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ReleaseId, releaseId } from '#broker/model/ids.ts';
import type { Store } from '#broker/store/store.ts';
import { createQuota, type Quota, type QuotaBounds } from './quota.ts';

const GIB = 1024 ** 3;
/** Eight of the largest packages. */
const QUARANTINE_BOUNDS: QuotaBounds = { total: 64 * GIB, reserve: GIB };

const ENDING = '.tar';

export interface Quarantine extends Quota {
  /** A new package is written here; one that is denied does not stay. */
  pathOf(id: ReleaseId): string;
  /** Whether it still lies here: an admin may remove it, and the release stays. */
  has(id: ReleaseId): Promise<boolean>;
  remove(id: ReleaseId): Promise<void>;
}

/** `monotonic`: µs since some instant; never goes back. */
export function createQuarantine(
  folder: string,
  store: Pick<Store, 'releases'>,
  monotonic: () => number,
  bounds: QuotaBounds = QUARANTINE_BOUNDS,
): Quarantine {
  const pathOf = (id: ReleaseId): string => join(folder, `${id}${ENDING}`);
  return {
    ...createQuota({ folder, tidy: () => tidy(folder, store), monotonic }, bounds),
    pathOf,
    has: (id) =>
      access(pathOf(id)).then(
        () => true,
        () => false,
      ),
    remove: (id) => rm(pathOf(id), { force: true }),
  };
}

/** Makes the folder, and removes what a crash left without a release that keeps it. */
async function tidy(folder: string, { releases }: Pick<Store, 'releases'>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const id = name.endsWith(ENDING) ? releaseId(name.slice(0, -ENDING.length)) : undefined;
    const verdict = id && (await releases.get(id))?.verdict;
    const isStray = verdict === undefined || verdict === 'deny';
    if (id !== undefined && isStray) await rm(join(folder, name), { force: true });
  }
}
