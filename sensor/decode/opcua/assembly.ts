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
import type { Holder, Share } from '../waiting.ts';
import { Message } from './message.ts';
import type { Segment } from './segments.ts';

/** What one message may cost: 63 chunks of the usual 64 KiB. Large answers of real servers have some ten. */
export const MAX_MESSAGE_COST = 4_194_304;

/** So long a message waits for its next chunk; stacks send all of them at once. */
export const NEXT_CHUNK_WITHIN_MICROS = 60_000_000;

/** Bytes that remain of a message that was let go: type id, request header, and the first nodes. */
const KEPT_BYTES = 1024;

/** The newest chunk of a message that was let go. */
export interface LastChunk {
  readonly frame: number;
  readonly at: Micros;
}

export class MessageAssembly implements Holder {
  readonly #share: Share;
  #unfinished: Message | undefined;
  #requestId = 0;
  #isMixed = false;
  #isLetGo = false;
  #cost = 0;

  constructor(share: Share) {
    this.#share = share;
  }

  get isEmpty(): boolean {
    return this.#unfinished === undefined;
  }

  /** Chunks of the message that is unfinished. */
  get chunks(): number {
    return this.#unfinished?.chunks ?? 0;
  }

  /** The chunks that were added name more than one request id. */
  get isMixed(): boolean {
    return this.#isMixed;
  }

  get cost(): number {
    return this.#cost;
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
      this.#isLetGo = false;
    }
    const message = this.#unfinished ?? new Message(at);
    this.#unfinished = message;
    this.#isMixed ||= requestId !== this.#requestId;
    message.at = at;
    const isLeftOut = message.isCut || total - head <= signature;
    const isTooMuch = !isLeftOut && message.cost + total > MAX_MESSAGE_COST;
    if (isLeftOut || isTooMuch) message.skip(total, head, segments);
    else message.add(bytes, from, total, head, segments);
    message.isCut ||= isTooMuch;
    this.#count();
    return isTooMuch;
  }

  /** Takes the message out, for the chunk that ends it. */
  take(): Message | undefined {
    const message = this.#unfinished;
    this.#unfinished = undefined;
    this.#count();
    return message;
  }

  /** Lets go of a message that has waited too long; gives its last chunk, once. */
  tick(now: number): LastChunk | undefined {
    const message = this.#unfinished;
    if (message === undefined || this.#isLetGo) return undefined;
    return now - message.at > NEXT_CHUNK_WITHIN_MICROS ? this.letGo() : undefined;
  }

  /** Cuts the message down to its beginning, and where that was done, to nothing; gives its last chunk. */
  letGo(): LastChunk | undefined {
    const message = this.#unfinished;
    if (message === undefined) return undefined;
    message.trim(this.#isLetGo ? 0 : KEPT_BYTES);
    const isNothing = this.#isLetGo;
    this.#isLetGo = true;
    this.#count(isNothing);
    return { frame: message.frames.at(-1) ?? 0, at: message.at };
  }

  /** `isNothing`: nothing is left of it that could be let go. */
  #count(isNothing = false): void {
    const before = this.#cost;
    this.#cost = isNothing ? 0 : (this.#unfinished?.memory ?? 0);
    this.#share.change(this.#cost - before);
  }
}
