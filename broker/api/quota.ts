/** How many bytes a folder may take, however many write into it at once. */
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

export interface QuotaBounds {
  /** Bytes that all files of the folder together may take. */
  readonly total: number;
  /** Bytes that stay free on the disk: the store and the audit log are on it too. */
  readonly reserve: number;
}

/** µs between two looks at a folder that is full: whoever goes on asking costs little. */
const LOOK_AGAIN = 10_000_000;

/** Called once, with how many of the bytes that were taken stay. */
type Settle = (kept: number) => void;

export interface Quota {
  /** Makes the folder ready; the first `take` does too. */
  open(): Promise<void>;
  /** Undefined where `bytes` are not to be had. */
  take(bytes: number): Promise<Settle | undefined>;
}

interface QuotaParts {
  readonly folder: string;
  /** Makes the folder, and removes what a crash left in it; it is asked until it succeeds, once. */
  readonly tidy: () => Promise<void>;
  /** µs since some instant; never goes back. */
  readonly monotonic: () => number;
}

export function createQuota(
  { folder, tidy, monotonic }: QuotaParts,
  { total, reserve }: QuotaBounds,
): Quota {
  let used = 0;
  let measuredAt = 0;
  /** Taken by those who are still writing; on the disk or not. */
  let promised = 0;
  let opening: Promise<void> | undefined;

  const measure = async (): Promise<void> => {
    measuredAt = monotonic();
    used = await bytesIn(folder);
  };
  const open = async (): Promise<void> => {
    opening ??= tidy().then(measure);
    try {
      await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  const takeNow = async (bytes: number): Promise<Settle | undefined> => {
    const { bavail, bsize } = await statfs(folder);
    const wanted = promised + bytes;
    if (used + wanted > total || bavail * bsize - wanted < reserve) return undefined;
    promised += bytes;
    return (kept) => {
      promised -= bytes;
      used += kept;
    };
  };
  return {
    open,
    async take(bytes) {
      await open();
      const settle = await takeNow(bytes);
      if (settle !== undefined || monotonic() - measuredAt < LOOK_AGAIN) return settle;
      // Somebody may have made room meanwhile. What is still being written is counted twice then.
      await measure();
      return takeNow(bytes);
    },
  };
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += await sizeOf(join(folder, name));
  return bytes;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
