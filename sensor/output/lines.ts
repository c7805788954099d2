/**
 * Writes lines to a file or to stdout, in large chunks. A reader that goes away (`| head`) is no
 * error: what follows is dropped.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { refusalOf } from '#sensor/model/complaint.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';

const STDOUT = 1;

/** Bytes kept before they are written; memory is taken for those alone that are used. */
const CHUNK_BYTES = 262_144;

/** Bytes that a UTF-16 code unit has in UTF-8, at most. */
const MOST_BYTES = 3;

const LINE_END = 0x0a;

/** How long to wait for a slow reader of a pipe that is set to non-blocking, ms. */
const FULL_PIPE_WAIT_MS = 5;

export class LineWriter {
  readonly #name: string;
  readonly #file: number;
  readonly #bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #length = 0;
  #readerGone = false;

  /** `-` is stdout. Throws where the file cannot be opened for writing. */
  constructor(path: string) {
    this.#name = path === '-' ? 'stdout' : `\`${path}\``;
    this.#file = path === '-' ? STDOUT : openSync(path, 'w');
  }

  /** `text` without its line end. */
  line(text: string): void {
    const most = text.length * MOST_BYTES + 1;
    if (most > CHUNK_BYTES) {
      this.flush();
      this.#writeAll(Buffer.from(`${text}\n`));
      return;
    }
    this.room(most);
    const written = this.#bytes.write(text, this.#length);
    this.#bytes[this.#length + written] = LINE_END;
    this.#length += written + 1;
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  /** Where `length` bytes of a line, no more than a chunk, may be put from `at` on; `ended` says where the line ends. */
  room(length: number): { readonly bytes: Buffer; readonly at: number } {
    if (this.#length + length > CHUNK_BYTES) this.flush();
    return { bytes: this.#bytes, at: this.#length };
  }

  /** A line with its line end was put into the room; `at` is behind it. */
  ended(at: number): void {
    this.#length = at;
  }

  /** Throws `SensorError` where the file takes no more, as on a full disk. */
  flush(): void {
    const length = this.#length;
    this.#length = 0;
    this.#writeAll(this.#bytes.subarray(0, length));
  }

  close(): void {
    this.flush();
    if (this.#file !== STDOUT) closeSync(this.#file);
  }

  #writeAll(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && !this.#readerGone; ) at += this.#write(bytes, at);
  }

  /** Bytes written; 0 while the reader is slow. */
  #write(bytes: Buffer, at: number): number {
    try {
      return writeSync(this.#file, bytes, at);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE') this.#readerGone = true;
      else if (code === 'EAGAIN') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
      } else {
        throw unwritable(this.#name, error);
      }
      return 0;
    }
  }
}

/** An error that says what cannot be written and why; `name` as it is to be shown. */
export function unwritable(name: string, cause: unknown): SensorError {
  const text = `${name} cannot be written: ${refusalOf(cause)}`;
  return new SensorError('output', text, { cause });
}
