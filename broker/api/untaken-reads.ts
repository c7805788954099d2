/**
 * Reads to their end what people send and nobody takes, because a browser hears no answer before it has sent
 * its file. A courtesy, and bounded: whoever finds no place is cut off, and may see a broken connection
 * instead of the reason.
 */
import { readUpload, type Upload } from './upload.ts';

/** Each costs a connection and the reading of a whole package, and none holds a place among those that are taken. */
const MAX_AT_ONCE = 4;

export interface UntakenReads {
  /** Resolves when `body` was read, or cut off: one of each person is read, and none that says it is too large. */
  read(
    sender: string,
    body: ReadableStream<Uint8Array>,
    declared: number | undefined,
  ): Promise<void>;
  /** Cuts off what is being read. */
  stop(): void;
}

/** `maxBytes`: of one body. */
export function createUntakenReads(maxBytes: number): UntakenReads {
  const bySender = new Map<string, Upload>();
  return {
    async read(sender, body, declared = 0) {
      const upload = readUpload(body);
      const isFull = bySender.size >= MAX_AT_ONCE || bySender.has(sender);
      if (isFull || declared > maxBytes) return upload.cancel();
      bySender.set(sender, upload);
      try {
        await upload.drain(maxBytes);
      } finally {
        bySender.delete(sender);
      }
    },
    stop() {
      for (const upload of bySender.values()) void upload.cancel();
    },
  };
}
