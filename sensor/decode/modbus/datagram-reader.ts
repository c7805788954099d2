/**
 * Takes the ADUs out of datagrams of Modbus over UDP: the same header as over TCP (`frame.ts`), and no
 * ADU goes on in the next datagram.
 */
import type { Chunk } from '../protocol.ts';
import { BAD_PROTOCOL_ID, INCOMPLETE, measureSeenFrame } from './frame.ts';
import type { AduHandler, MessageReader } from './reader.ts';

export class DatagramReader implements MessageReader {
  /** Nothing is ever kept for a next datagram. */
  readonly unfinished = 0;
  readonly #handler: AduHandler;
  /** The last datagram was none of Modbus: told once until one is. */
  #lost = false;

  constructor(handler: AduHandler) {
    this.#handler = handler;
  }

  read(chunk: Chunk): void {
    const { bytes, offset, length } = chunk;
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const total = measureSeenFrame(bytes, at, end);
      if (total <= 0) {
        this.#lose(chunk, total, at, end);
        return;
      }
      this.#lost = false;
      this.#handler.adu(chunk, bytes, at, total, undefined);
      at += total;
    }
  }

  gap(): void {
    // The next datagram begins with a header again.
  }

  #lose(chunk: Chunk, fault: number, at: number, end: number): void {
    if (this.#lost) return;
    this.#lost = true;
    if (fault === INCOMPLETE) {
      const what = `sent a datagram that ends within a message, after ${end - at} bytes of it`;
      this.#handler.lost(chunk, 'modbus.truncated', what);
      return;
    }
    const hex = Buffer.from(chunk.bytes.slice(at, Math.min(at + 8, end))).toString('hex');
    const name = fault === BAD_PROTOCOL_ID ? 'modbus.protocol-id' : 'modbus.length';
    this.#handler.lost(chunk, name, `sent no Modbus header: \`${hex}\``);
  }
}
