import { Connection } from './conversation.ts';
import * as ua from './opcua.ts';

type Options = Partial<ConstructorParameters<typeof Connection>[0]>;

/** Bytes of a body in one chunk, which fit into the buffers that both sides said. */
const CHUNK = 65_000;

/** A connection to an OPC UA server, of which nothing was said yet. */
export const listening = (more: Options = {}): Connection =>
  new Connection({ protocol: 'opcua', ports: [40_000, 4840], client: 0, ...more });

/** A connection whose channel is open, and the next numbers of each side. */
export class Session {
  readonly connection: Connection;
  readonly #sequences: [number, number] = [1, 1];

  constructor(more: Options = {}) {
    this.connection = listening(more);
    this.connection
      .send(0, ua.hello())
      .send(1, ua.acknowledge())
      .send(0, ua.openRequest())
      .send(1, ua.openResponse());
  }

  say(side: 0 | 1, request: number, content: Buffer, chunk: 'F' | 'C' | 'A' = 'F'): this {
    this.connection.send(side, this.bytes(side, request, content, chunk));
    return this;
  }

  /** In as many chunks of 65,000 bytes as it takes; its first `alone` bytes come in a segment each. */
  sayAll(side: 0 | 1, request: number, content: Buffer, alone = 0): this {
    for (let at = 0; at < content.length; at += CHUNK) {
      const piece = content.subarray(at, at + CHUNK);
      const bytes = this.bytes(side, request, piece, at + CHUNK < content.length ? 'C' : 'F');
      const ones = at === 0 ? alone : 0;
      for (let i = 0; i < ones; i++) this.connection.send(side, bytes.subarray(i, i + 1));
      this.connection.send(side, bytes.subarray(ones));
    }
    return this;
  }

  bytes(side: 0 | 1, request: number, content: Buffer, chunk: 'F' | 'C' | 'A' = 'F'): Buffer {
    this.#sequences[side]++;
    return ua.message({ sequence: this.#sequences[side], request, chunk }, content);
  }
}
