/**
 * The folder of the exported log: with it and the public key anybody can verify, without a database.
 *
 *     leaves-000000.ndjson   10,000 leaves, one a line: exactly the bytes that are hashed
 *     leaves-000001.ndjson   ...
 *     checkpoint             the newest signed checkpoint (C2SP tlog-checkpoint)
 *     checkpoints.ndjson     every checkpoint, oldest first: {"note":"..."}
 *     audit-key.pem          public key, for openssl and the like
 *     audit-key.vkey         the same as a verifier key of C2SP signed-note
 *
 * NDJSON rather than the tiles of C2SP tlog-tiles: nobody fetches this log piece by piece over a
 * network, and lines can be read, searched and shipped to any log system as they are; the line number
 * is the leaf's index, so a reader resumes at any line. Files are only ever appended to. Old
 * checkpoints stay, so that a fault can be narrowed down to the leaves between two of them.
 */
import { createReadStream } from 'node:fs';

export const LEAVES_PER_FILE = 10_000;
export const CHECKPOINT = 'checkpoint';
export const CHECKPOINTS = 'checkpoints.ndjson';
export const KEY_PEM = 'audit-key.pem';
export const KEY_TEXT = 'audit-key.vkey';

/** The file in which leaf `index` lies. */
export const leavesFile = (index: number): string =>
  `leaves-${String(Math.floor(index / LEAVES_PER_FILE)).padStart(6, '0')}.ndjson`;

export const isLeavesFile = (name: string): boolean => /^leaves-\d{6,}\.ndjson$/.test(name);

export const checkpointLine = (note: string): string => `${JSON.stringify({ note })}\n`;

/** Only exactly what `checkpointLine` wrote. */
export function noteOfLine(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('note' in value)) return undefined;
    const { note } = value;
    return typeof note === 'string' && checkpointLine(note) === `${line}\n` ? note : undefined;
  } catch {
    return undefined;
  }
}

/** Longer than any leaf (64 Ki characters of at most three bytes) and any checkpoint. */
const MAX_LINE_BYTES = 256 * 1024;

/** Some lines of a file without their newlines; `rest` is what follows the last newline, empty but in the last piece. */
export interface Lines {
  readonly lines: readonly Buffer[];
  readonly rest: Buffer;
}

/** Reads a file line by line in bounded memory: a line that never ends is given as `rest`, and reading stops. */
export async function* readLines(path: string): AsyncGenerator<Lines> {
  let rest: Buffer = Buffer.alloc(0);
  const stream: AsyncIterable<Buffer> = createReadStream(path);
  for await (const chunk of stream) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_LINE_BYTES) {
      yield { lines, rest };
      return;
    }
    yield { lines, rest: Buffer.alloc(0) };
  }
  if (rest.length > 0) yield { lines: [], rest };
}
