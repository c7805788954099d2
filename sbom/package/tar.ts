/** A package that comes as one tar: read where it lies, or streamed to quarantine and hashed while it is written. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { isRefused, type Refused, refused } from '../sbom-error.ts';
import { type FirmwarePackage, MAX_PACKAGE_BYTES } from './firmware-package.ts';
import type { Opened } from './folder.ts';
import { bytesOf, hashRange, readRange } from './hash-range.ts';
import { type TarEntry, TarIndex } from './tar-index.ts';

/** Rejects where the machine does not let it read. */
export async function openTar(path: string, maxBytes: number = MAX_PACKAGE_BYTES): Promise<Opened> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  const index = new TarIndex();
  let fault = size > maxBytes ? tooLarge(maxBytes) : undefined;
  try {
    if (fault === undefined)
      await readRange(file, 0, size, (piece) => {
        fault ??= index.push(piece);
      });
    const entries = fault ?? index.finish();
    if (!isRefused(entries)) return { kind: 'package', package: packageOf(file, entries) };
    await file.close();
    return entries;
  } catch (error) {
    await file.close();
    throw error;
  }
}

export type Received =
  | {
      readonly kind: 'package';
      readonly package: FirmwarePackage;
      readonly size: number;
      /** Of the tar itself, in hex. */
      readonly sha256: string;
    }
  | Refused;

/**
 * Writes `source` to the new file `path` (0600), byte for byte, hashing it and what is in it on the way. Stops
 * at the first byte that breaks a rule or the limit, and then leaves no file. On disk when it resolves;
 * rejects where `source` or the machine fails, and then leaves no file either.
 */
export async function receiveTar(
  source: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number = MAX_PACKAGE_BYTES,
): Promise<Received> {
  const file = await open(path, 'wx+', 0o600);
  const received = await write(source, file, maxBytes).catch(async (error: unknown) => {
    await discard(file, path);
    throw error;
  });
  if (received.kind === 'refused') await discard(file, path);
  return received;
}

async function discard(file: FileHandle, path: string): Promise<void> {
  await file.close();
  await rm(path, { force: true });
}

async function write(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
  maxBytes: number,
): Promise<Received> {
  const index = new TarIndex();
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) return tooLarge(maxBytes);
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    hash.update(bytes);
    const fault = index.push(bytes);
    if (fault !== undefined) return fault;
    await writeAll(file, bytes);
  }
  const entries = index.finish();
  if (isRefused(entries)) return entries;
  await file.sync();
  return { kind: 'package', package: packageOf(file, entries), size, sha256: hash.digest('hex') };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done)).bytesWritten;
  }
}

const tooLarge = (maxBytes: number): Refused =>
  refused('package-too-large', `the package has more than ${maxBytes} bytes`);

function packageOf(file: FileHandle, entries: ReadonlyMap<string, TarEntry>): FirmwarePackage {
  const entry = (name: string): TarEntry => {
    const found = entries.get(name);
    if (found === undefined)
      throw new RangeError('asked for a file that the package does not have');
    return found;
  };
  return {
    files: entries,
    read: async (name) => bytesOf(file, entry(name).offset, entry(name).size),
    hash: async (name, algorithm) =>
      hashRange(file, entry(name).offset, entry(name).size, algorithm),
    close: () => file.close(),
  };
}
