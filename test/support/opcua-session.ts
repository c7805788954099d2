import { Connection } from './conversation.ts';
import * as ua from './opcua.ts';

type Options = Partial<ConstructorParameters<typeof Connection>[0]>;

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

  /** In as many chunks of 65,000 bytes as it takes. */
  sayAll(side: 0 | 1, request: number, content: Buffer): this {
    for (let at = 0; at < content.length; at += 65_000) {
      const piece = content.subarray(at, at + 65_000);
      this.say(side, request, piece, at + 65_000 < content.length ? 'C' : 'F');
    }
    return this;
  }

  bytes(side: 0 | 1, request: number, content: Buffer, chunk: 'F' | 'C' | 'A' = 'F'): Buffer {
    this.#sequences[side]++;
    return ua.message({ sequence: this.#sequences[side], request, chunk }, content);
  }
}
