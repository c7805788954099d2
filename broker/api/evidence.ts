/** The pcapng slices that sensors send, one file for each alert, written once and never replaced. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createQuota, type QuotaBounds } from './quota.ts';

type PutOutcome =
  | 'kept'
  /** These very bytes stand already. */
  | 'same'
  /** Others stand, and stay. */
  | 'other'
  /** The bytes are not what the hash says, or the id is none. */
  | 'wrong'
  /** The quota or the disk does not allow it. */
  | 'full';

export interface Evidence {
  /** `sha256` in hex. Whole or not at all; the first wins. */
  put(alert: string, bytes: Uint8Array, sha256: string): Promise<PutOutcome>;
  get(alert: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

const GIB = 1024 ** 3;
/** Years of alerts of a calm plant; a sensor in wrong hands cannot fill the disk of the broker. */
const EVIDENCE_BOUNDS: QuotaBounds = { total: 2 * GIB, reserve: GIB };

/** An alert id as sensors make them. It becomes a file name, so nothing else is one. */
const ALERT_ID = /^al_[0-9A-Za-z-]{8,64}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const DRAFT = '.part';

export const isAlertId = (text: string): boolean => ALERT_ID.test(text);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Makes the folder, and removes the drafts that a crash left. */
async function tidy(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const drafts = (await readdir(folder)).filter((name) => name.endsWith(DRAFT));
  for (const name of drafts) await rm(join(folder, name), { force: true });
}

/** `monotonic`: µs since some instant; never goes back. */
export function createEvidence(
  folder: string,
  random: (bytes: number) => Buffer,
  monotonic: () => number,
  bounds: QuotaBounds = EVIDENCE_BOUNDS,
): Evidence {
  const quota = createQuota({ folder, tidy: () => tidy(folder), monotonic }, bounds);
  const pathOf = (alert: string): string => join(folder, `${alert}.pcapng`);

  const compare = async (path: string, digest: Buffer): Promise<PutOutcome | undefined> => {
    const standing = await readIfThere(path);
    if (standing === undefined) return undefined;
    return digestOf(standing).equals(digest) ? 'same' : 'other';
  };

  /** False where a slice stands at `path` already. */
  const write = async (path: string, bytes: Uint8Array): Promise<boolean> => {
    const draft = join(folder, `.${random(9).toString('hex')}${DRAFT}`);
    try {
      await writeFile(draft, bytes, { mode: 0o600, flush: true });
      // A link, unlike a rename, does not replace what stands there.
      await link(draft, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  };

  return {
    async put(alert, bytes, sha256) {
      if (!isAlertId(alert) || !SHA256.test(sha256)) return 'wrong';
      const digest = digestOf(bytes);
      if (!timingSafeEqual(digest, Buffer.from(sha256, 'hex'))) return 'wrong';
      const path = pathOf(alert);
      const standing = await compare(path, digest);
      if (standing !== undefined) return standing;
      const settle = await quota.take(bytes.length);
      if (settle === undefined) return 'full';
      let kept = false;
      try {
        kept = await write(path, bytes);
      } finally {
        settle(kept ? bytes.length : 0);
      }
      return kept ? 'kept' : ((await compare(path, digest)) ?? 'other');
    },
    get: (alert) => (isAlertId(alert) ? readIfThere(pathOf(alert)) : Promise.resolve(undefined)),
  };
}
