/**
 * Lines on disk, durable before anybody relies on them, in segments that are hashed as they grow.
 *
 * Whoever appends waits for one fdatasync; all who came while the last one ran share the next (group
 * commit). Writing happens in Node's thread pool, so a slow disk stalls those who wait and nobody else.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that an editor can still open. The first line beyond it begins the next segment. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;

/** Recording stops while there is still room for the store to go on. */
const DISK_RESERVE_BYTES = 64 * 1024 * 1024;
/** Bytes written between two looks at the free space. */
const LOOK_EVERY_BYTES = 4 * 1024 * 1024;

export interface Segment {
  /** `000000.ndjson` */
  readonly file: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly lines: number;
}

interface Waiting {
  readonly line: string;
  readonly done: (durable: boolean) => void;
}

interface OpenSegment {
  readonly file: string;
  readonly handle: FileHandle;
  readonly hash: Hash;
  bytes: number;
  lines: number;
}

const segmentFile = (index: number): string => `${String(index).padStart(6, '0')}.ndjson`;

export class Journal {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #segments: Segment[] = [];
  #open: OpenSegment | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #unlooked = LOOK_EVERY_BYTES;

  constructor(folder: string, segmentBytes: number = SEGMENT_BYTES) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
  }

  /** Why nothing can be written any more; a failed journal stays failed, because it has a hole. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Adds one line (without its line break). True once it is durable; false where it never will be. */
  append(line: string): Promise<boolean> {
    if (this.#failure !== undefined) return Promise.resolve(false);
    return new Promise((done) => {
      this.#waiting.push({ line, done });
      this.#writing ??= this.#write();
    });
  }

  /** Waits for what is under way and closes the last segment. */
  async close(): Promise<readonly Segment[]> {
    await this.#writing;
    await this.#seal().catch((error: unknown) => this.#fail(error));
    return this.#segments;
  }

  async #write(): Promise<void> {
    // Those who append in the same turn of the event loop share the first commit.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const durable = await this.#commit(batch).then(
        () => true,
        (error: unknown) => this.#fail(error),
      );
      for (const { done } of batch) done(durable);
    }
    this.#writing = undefined;
  }

  #fail(error: unknown): false {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    return false;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = Buffer.from(batch.map(({ line }) => `${line}\n`).join(''));
    await this.#look(bytes.length);
    this.#open ??= await this.#begin();
    const segment = this.#open;
    await segment.handle.appendFile(bytes);
    await segment.handle.datasync();
    segment.hash.update(bytes);
    segment.bytes += bytes.length;
    segment.lines += batch.length;
    if (segment.bytes >= this.#segmentBytes) await this.#seal();
  }

  async #look(more: number): Promise<void> {
    this.#unlooked += more;
    if (this.#unlooked < LOOK_EVERY_BYTES) return;
    this.#unlooked = 0;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize < DISK_RESERVE_BYTES) {
      throw new Error(`less than ${DISK_RESERVE_BYTES / 1024 / 1024} MiB free in ${this.#folder}`);
    }
  }

  async #begin(): Promise<OpenSegment> {
    const file = segmentFile(this.#segments.length);
    const handle = await open(join(this.#folder, file), 'ax', 0o600);
    await syncFolder(this.#folder);
    return { file, handle, hash: createHash('sha256'), bytes: 0, lines: 0 };
  }

  async #seal(): Promise<void> {
    const segment = this.#open;
    if (segment === undefined) return;
    this.#open = undefined;
    const { file, bytes, lines } = segment;
    this.#segments.push({ file, bytes, lines, sha256: segment.hash.digest('hex') });
    await segment.handle.close();
  }
}

/** Names of the segments that lie in `folder`, in order; none where it cannot be read. */
export async function segmentsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^\d{6}\.ndjson$/.test(name)).sort();
}

/** The segments as they lie in `folder`, a line that was cut short included. */
export async function measureSegments(folder: string): Promise<readonly Segment[]> {
  const segments: Segment[] = [];
  for (const file of await segmentsIn(folder)) segments.push(await measure(folder, file));
  return segments;
}

async function measure(folder: string, file: string): Promise<Segment> {
  const hash = createHash('sha256');
  let bytes = 0;
  let lines = 0;
  for await (const chunk of createReadStream(join(folder, file))) {
    const part = chunk as Buffer;
    hash.update(part);
    bytes += part.length;
    for (const byte of part) if (byte === 0x0a) lines++;
  }
  return { file, bytes, sha256: hash.digest('hex'), lines };
}

/** Makes the names in `folder` durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
