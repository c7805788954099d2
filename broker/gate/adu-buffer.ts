/**
 * Collects bytes of one direction and gives them back as whole ADUs. Strict: the first byte that
 * cannot be right is the last one read, and nothing is searched behind it.
 */
import {
  BAD_LENGTH,
  BAD_PROTOCOL_ID,
  INCOMPLETE,
  measureFrame,
} from '#sensor/decode/modbus/frame.ts';

/**
 * Bytes that may wait. A sender is paused long before; this is one message of a tunnel and what a
 * socket hands over in the same breath.
 */
const MAX_WAITING = 192 * 1024;

export type Taken =
  | { readonly kind: 'adu'; readonly bytes: Buffer }
  | { readonly kind: 'more' }
  | { readonly kind: 'malformed'; readonly because: string };

export class AduBuffer {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Whether an unfinished ADU waits for its rest. */
  get unfinished(): boolean {
    return this.#at < this.#bytes.length;
  }

  /** False where too much waits already. */
  add(bytes: Buffer): boolean {
    const waiting = this.#bytes.length - this.#at;
    if (waiting + bytes.length > MAX_WAITING) return false;
    this.#bytes = waiting === 0 ? bytes : Buffer.concat([this.#bytes.subarray(this.#at), bytes]);
    this.#at = 0;
    return true;
  }

  /** The next ADU, a view that is valid until the next `add`. After `malformed`, ask no more. */
  take(): Taken {
    const total = measureFrame(this.#bytes, this.#at, this.#bytes.length);
    if (total === INCOMPLETE) return { kind: 'more' };
    if (total === BAD_PROTOCOL_ID)
      return { kind: 'malformed', because: 'the protocol id is not 0' };
    if (total === BAD_LENGTH) {
      return { kind: 'malformed', because: 'the length field is outside 2-254' };
    }
    const bytes = this.#bytes.subarray(this.#at, this.#at + total);
    this.#at += total;
    return { kind: 'adu', bytes };
  }
}
