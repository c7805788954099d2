/** What one side of a connection has said so far. */

import type { Share } from '../waiting.ts';
import { MessageAssembly } from './assembly.ts';
import { type ChunkHandler, ChunkReader } from './chunk-reader.ts';
import type { OpcuaFact } from './fault.ts';
import { MAX_CHUNK_LENGTH } from './frame.ts';
import { NO_SEQUENCE } from './sequence.ts';

/** Ids of tokens are not negative. */
const NO_TOKEN = -1;

export class Direction {
  readonly reader: ChunkReader;
  readonly assembly: MessageAssembly;
  /** Of its last chunk that could be read, or `NO_SEQUENCE`. */
  sequence = NO_SEQUENCE;
  /** Bytes of a chunk, as HEL and ACK agreed on. */
  maxChunk = MAX_CHUNK_LENGTH;
  /** Of its last message; -1 where none is known to be right. */
  token = NO_TOKEN;
  /** What comes next may be the rest of a message whose beginning nobody saw. */
  isBroken: boolean;
  #facts: OpcuaFact[] = [];

  constructor(handler: ChunkHandler, share: Share, isBroken: boolean) {
    this.reader = new ChunkReader(handler, share);
    this.assembly = new MessageAssembly(share);
    this.isBroken = isBroken;
  }

  /** States what is wrong with a chunk of the message that comes; the same is stated once. */
  note(fact: OpcuaFact): void {
    if (!this.#facts.some(({ name }) => name === fact.name)) this.#facts.push(fact);
  }

  takeFacts(): readonly OpcuaFact[] {
    const facts = this.#facts;
    if (facts.length > 0) this.#facts = [];
    return facts;
  }

  /** Bytes are missing before what comes next. */
  breaks(): void {
    this.assembly.take();
    this.#facts = [];
    this.sequence = NO_SEQUENCE;
    this.token = NO_TOKEN;
    this.isBroken = true;
  }
}
