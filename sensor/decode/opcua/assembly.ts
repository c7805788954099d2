/**
 * Puts the chunks of one direction together to messages. OPC 10000-6, 6.7.2.
 *
 * A side sends the chunks of a message one after the other, so only one message is unfinished, whatever
 * request ids its chunks name: servers join them by their order.
 *
 * Chunks without end are an old way to bring servers down (CVE-2022-29864 and many more), and to hide a
 * message from who listens. So the bound is one of bytes, and what must be let go keeps its beginning,
 * which says what service it is for.
 */
import type { Micros } from '#sensor/model/time.ts';
import type { Segment } from './chunk-reader.ts';
import { Message } from './message.ts';
import type { WaitingMessages } from './waiting.ts';

/** What one message may cost: 63 chunks of the usual 64 KiB. Large answers of real servers have some ten. */
export const MAX_MESSAGE_COST = 4_194_304;

/** So long a message waits for its next chunk; stacks send all of them at once. */
export const NEXT_CHUNK_WITHIN_MICROS = 60_000_000;

export class MessageAssembly {
  readonly #waiting: WaitingMessages;
  #unfinished: Message | undefined;
  #requestId = 0;
  #isMixed = false;

  constructor(waiting: WaitingMessages) {
    this.#waiting = waiting;
  }

  get isEmpty(): boolean {
    return this.#unfinished === undefined;
  }

  /** The chunks that were added name more than one request id. */
  get isMixed(): boolean {
    return this.#isMixed;
  }

  /**
   * Adds a chunk; true iff it is the first one of its message that was left out. One whose body is no
   * longer than its signature of `signature` bytes adds nothing.
   */
  add(
    requestId: number,
    at: Micros,
    bytes: Uint8Array,
    from: number,
    total: number,
    head: number,
    segments: readonly Segment[],
    signature: number,
  ): boolean {
    if (this.#unfinished === undefined) {
      this.#requestId = requestId;
      this.#isMixed = false;
    }
    const message = this.#unfinished ?? new Message(at);
    this.#unfinished = message;
    this.#isMixed ||= requestId !== this.#requestId;
    message.at = at;
    const isLeftOut = message.isCut || total - head <= signature;
    if (isLeftOut || message.cost + total > MAX_MESSAGE_COST) {
      message.skip(segments);
      message.isCut ||= !isLeftOut;
      return !isLeftOut;
    }
    message.add(bytes, from, total, head, segments);
    this.#waiting.add(message);
    return false;
  }

  /** Takes the message out, for the chunk that ends it. */
  take(): Message | undefined {
    const message = this.#unfinished;
    this.#unfinished = undefined;
    if (message !== undefined) this.#waiting.release(message);
    return message;
  }

  /** Lets go of a message that has waited too long; gives the frame of its last chunk, once. */
  tick(now: number): number | undefined {
    const message = this.#unfinished;
    if (message === undefined || now - message.at <= NEXT_CHUNK_WITHIN_MICROS) return undefined;
    return this.#waiting.letGo(message) ? message.frames.at(-1) : undefined;
  }
}
