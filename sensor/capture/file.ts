/** Reads a capture file, or stdin, from start to end without returning to the event loop. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { PacketSink } from '#sensor/model/captured-packet.ts';
import { CHUNK_LENGTH } from './capture-buffer.ts';
import { CaptureReader } from './capture-reader.ts';
import type { CaptureResult } from './source.ts';

const STDIN = 0;

/** How long to wait for a writer that has set our stdin to non-blocking, ms. */
const EMPTY_PIPE_WAIT_MS = 5;

/**
 * Passes each packet of the capture at `path` (`-` is stdin) to `sink`. Damage and unreadable files
 * are told in the result; an exception can only come from `sink`.
 */
export function readCaptureFile(path: string, sink: PacketSink): CaptureResult {
  let file: number;
  try {
    file = path === '-' ? STDIN : openSync(path, 'r');
  } catch (error) {
    return { kind: 'unreadable', text: `cannot be opened (${errorCode(error)})` };
  }
  try {
    return readAll(file, sink);
  } finally {
    if (file !== STDIN) closeSync(file);
  }
}

function readAll(file: number, sink: PacketSink): CaptureResult {
  const reader = new CaptureReader();
  while (!reader.ended) {
    const count = fill(file, reader);
    if (typeof count === 'string') {
      if (reader.packet.number === 0)
        return { kind: 'unreadable', text: `cannot be read (${count})` };
      reader.fail(count);
    } else if (count === 0) {
      reader.finish();
    } else {
      while (reader.next()) sink(reader.packet);
    }
  }
  return reader.result();
}

/** Reads one chunk into the reader. Gives the number of bytes, 0 at the end, or why it failed. */
export function fill(file: number, reader: CaptureReader): number | string {
  const { bytes, at, room } = reader.space();
  for (;;) {
    try {
      const count = readSync(file, bytes, at, Math.min(room, CHUNK_LENGTH), null);
      reader.filled(count);
      return count;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') return code;
      pause(EMPTY_PIPE_WAIT_MS);
    }
  }
}

/** Sleeps without the event loop, which this synchronous reader does not return to. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
