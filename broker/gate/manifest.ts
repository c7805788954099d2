/**
 * What seals a recording: the hash of each segment, and whether anything is missing. Its own hash
 * goes into the session and from there into the audit log.
 */
import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Segment } from './journal.ts';
import { syncFolder } from './journal.ts';

export const MANIFEST_FILE = 'manifest.json';

export interface Counts {
  readonly allowed: number;
  readonly refused: number;
  readonly writes: number;
}

export interface Manifest {
  readonly version: 1;
  readonly session: string;
  /** False where recording failed on the way or the broker died; `because` says which. */
  readonly complete: boolean;
  readonly because?: string;
  /** ISO 8601. */
  readonly sealedAt: string;
  readonly operations: number;
  readonly counts: Counts;
  readonly segments: readonly Segment[];
}

/** Writes the manifest, whole or not at all, and gives the sha-256 of its bytes, hex. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<string> {
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const draft = join(folder, `${MANIFEST_FILE}.draft`);
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(folder, MANIFEST_FILE));
  await syncFolder(folder);
  return createHash('sha256').update(bytes).digest('hex');
}

export interface SealedManifest {
  readonly manifest: Manifest;
  /** Of its bytes as they lie there, hex. */
  readonly sha256: string;
}

/** Rejects where there is none, or what lies there is no manifest. It proves nothing until `sha256` is compared. */
export async function readManifest(folder: string): Promise<SealedManifest> {
  const path = join(folder, MANIFEST_FILE);
  const bytes = await readFile(path);
  const manifest = manifestOf(bytes.toString());
  if (manifest === undefined) throw new Error(`\`${path}\` is no manifest`);
  return { manifest, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function manifestOf(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isManifest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { version, session, complete, because, counts, segments } = value as Partial<Manifest>;
  return (
    version === 1 &&
    typeof session === 'string' &&
    (complete === true || typeof because === 'string') &&
    [counts?.allowed, counts?.refused, counts?.writes].every(Number.isSafeInteger) &&
    Array.isArray(segments) &&
    segments.every(isSegment)
  );
}

const isSegment = (value: unknown): boolean => {
  const { file, bytes, sha256 } = (value ?? {}) as Partial<Segment>;
  return typeof file === 'string' && Number.isSafeInteger(bytes) && typeof sha256 === 'string';
};
