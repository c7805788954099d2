import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** One buffer for the whole file: half the CPU of a stream, which makes a buffer for each chunk. */
const CHUNK = 1024 * 1024;

/** Calls `take` with each piece of `length` bytes from `position`; a piece is valid during the call alone. */
export async function readRange(
  file: FileHandle,
  position: number,
  length: number,
  take: (piece: Buffer) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(length, 1)));
  for (let done = 0; done < length; ) {
    const wanted = Math.min(buffer.length, length - done);
    const { bytesRead } = await file.read(buffer, 0, wanted, position + done);
    if (bytesRead === 0) throw new Error('a file of the package became shorter while it was read');
    take(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
}

/** In hex. */
export async function hashRange(
  file: FileHandle,
  position: number,
  length: number,
  algorithm: string,
): Promise<string> {
  const hash = createHash(algorithm);
  await readRange(file, position, length, (piece) => hash.update(piece));
  return hash.digest('hex');
}

export async function bytesOf(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await readRange(file, position, length, (piece) => pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces, length);
}
