/**
 * Routine messages, counted where their bytes lie: a Read that was asked and answered before in the same
 * bytes, and Publish. Builds nothing; each method answers false where the message must be looked at.
 */
import type { Chunk, DecodeCounters, Shield } from '../protocol.ts';
import type { Channel } from './channel.ts';
import * as frame from './frame.ts';
import type { KnownQuestions } from './known-questions.ts';
import type { Pairing } from './pairing.ts';
import * as quick from './quick.ts';
import { PUBLISH, READ } from './services.ts';

export interface QuickPathParts {
  readonly shield: Shield;
  readonly counters: DecodeCounters;
  readonly known: KnownQuestions;
  readonly channel: Channel;
  readonly pairing: Pairing;
}

export class QuickPath {
  readonly #parts: QuickPathParts;
  readonly #moment = new Float64Array(1);

  constructor(parts: QuickPathParts) {
    this.#parts = parts;
  }

  /** Counts a request; `body` to `end` is what stands between headers and signature. */
  request(chunk: Chunk, bytes: Uint8Array, at: number, body: number, end: number): boolean {
    const { known, shield, counters } = this.#parts;
    const service = quick.quickId(bytes, body, end);
    if (service !== READ && service !== PUBLISH) return false;
    const token = quick.quickTokenEnd(bytes, body, end);
    const from = token < 0 ? -1 : quick.quickBody(bytes, token, end);
    if (from < 0) return false;
    // What a Publish acknowledges is another each time.
    const begin = service === READ ? from : end;
    const question = known.find(this.#parts.pairing.pair, service, bytes, begin, end);
    this.#moment[0] = chunk.at;
    if (question < 0 || !known.isRoutine(question, this.#moment, 0)) return false;
    const id = frame.requestIdAt(bytes, at);
    const { pending } = this.#parts.pairing;
    if (pending.isFull || pending.find(id) >= 0 || this.#parts.pairing.hasEarly) return false;
    const handle = quick.quickHandle(bytes, token);
    const index = this.#parts.pairing.ask(id, question, handle, chunk.frame);
    pending.times[index] = chunk.at;
    counters.requests++;
    const place = chunk.place - chunk.offset;
    shield.hide(chunk.frame, place + quick.quickTokenBegin(bytes, body), place + token);
    this.#vouch(chunk, at, end);
    return true;
  }

  /** Counts the answer to one of those. */
  response(chunk: Chunk, bytes: Uint8Array, at: number, body: number, end: number): boolean {
    const { pending } = this.#parts.pairing;
    const index = pending.find(frame.requestIdAt(bytes, at));
    const question = index < 0 ? -1 : pending.known(index);
    if (question < 0) return false;
    const response = this.#parts.known.service(question) + 3;
    if (!quick.quickGood(bytes, body, end, response)) return false;
    this.#parts.counters.responses++;
    this.#parts.pairing.answer(index);
    this.#vouch(chunk, at, end);
    return true;
  }

  /** The whole chunk at `at`, signature included, was understood. */
  #vouch(chunk: Chunk, at: number, end: number): void {
    const place = chunk.place - chunk.offset;
    const whole = end + this.#parts.channel.signature;
    this.#parts.shield.vouch(chunk.frame, place + at, place + whole);
  }
}
