/**
 * Writes lines to a file or to stdout, in large chunks. A reader that goes away (`| head`) is no
 * error: what follows is dropped.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { refusalOf } from '#sensor/model/complaint.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';

const STDOUT = 1;

/** Text kept before it is written. */
const CHUNK_CHARACTERS = 262_144;

/** How long to wait for a slow reader of a pipe that is set to non-blocking, ms. */
const FULL_PIPE_WAIT_MS = 5;

export class LineWriter {
  readonly #name: string;
  readonly #file: number;
  #kept: string[] = [];
  #length = 0;
  #readerGone = false;

  /** `-` is stdout. Throws where the file cannot be opened for writing. */
  constructor(path: string) {
    this.#name = path === '-' ? 'stdout' : `\`${path}\``;
    this.#file = path === '-' ? STDOUT : openSync(path, 'w');
  }

  /** `text` without its line end. */
  line(text: string): void {
    this.#kept.push(text, '\n');
    this.#length += text.length + 1;
    if (this.#length >= CHUNK_CHARACTERS) this.flush();
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  /** Throws `SensorError` where the file takes no more, as on a full disk. */
  flush(): void {
    const bytes = Buffer.from(this.#kept.join(''));
    this.#kept = [];
    this.#length = 0;
    for (let at = 0; at < bytes.length && !this.#readerGone; ) at += this.#write(bytes, at);
  }

  close(): void {
    this.flush();
    if (this.#file !== STDOUT) closeSync(this.#file);
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
