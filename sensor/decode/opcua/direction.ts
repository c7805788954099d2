/** What one side of a connection has said so far. */
import { MessageAssembly } from './assembly.ts';
import { type ChunkHandler, ChunkReader } from './chunk-reader.ts';
import { NO_SEQUENCE } from './sequence.ts';
import type { Share } from './waiting.ts';

export class Direction {
  readonly reader: ChunkReader;
  readonly assembly: MessageAssembly;
  /** Of its last chunk that could be read, or `NO_SEQUENCE`. */
  sequence = NO_SEQUENCE;
  /** What comes next may be the rest of a message whose beginning nobody saw. */
  isBroken: boolean;

  constructor(handler: ChunkHandler, share: Share, isBroken: boolean) {
    this.reader = new ChunkReader(handler, share);
    this.assembly = new MessageAssembly(share);
    this.isBroken = isBroken;
  }

  /** Bytes are missing before what comes next. */
  breaks(): void {
    this.assembly.take();
    this.sequence = NO_SEQUENCE;
    this.isBroken = true;
  }
}
