/**
 * Which questions are routine: the same client asks the same server the same again, byte for byte. They
 * are counted here without an object; one in each `REPORT_EVERY_MICROS` is reported whole, so that
 * detectors still see that it goes on and with what values.
 *
 * Questions are kept and compared as bytes, not as a hash: who can make two reads collide could hide one
 * behind the other. One table for all connections, because clients reconnect.
 */
import type { Endpoint } from '#sensor/model/net.ts';
import { micros } from '#sensor/model/time.ts';
import type { DecodeSink } from '../protocol.ts';

/** A policy window opens on the minute: a read that became forbidden is told within one. */
export const REPORT_EVERY_MICROS = 60_000_000;

/** Questions remembered; beyond it, further ones are reported each time. A power of two. */
const MAX_QUESTIONS = 1 << 15;

/** Bytes of all questions: some 200 for a read of ten nodes. */
const MAX_QUESTION_BYTES = 16_777_216;

/** Pairs of client address and server remembered; beyond it as above. */
const MAX_PAIRS = 1 << 14;

const FIRST_BYTES = 65_536;

interface Pair {
  readonly clientIp: string;
  readonly server: Endpoint;
}

/** Slots are twice as many as questions, so that looking for one stays short. */
const SLOTS = MAX_QUESTIONS * 2;

/** Slots looked at: questions that were made to fall on one another must not slow down the others. */
const MAX_PROBES = 64;

export class KnownQuestions {
  readonly #sink: DecodeSink;
  readonly #pairIds = new Map<string, number>();
  readonly #pairs: Pair[] = [];
  /** Question + 1 by hash; 0 = the slot is free. */
  #slots: Int32Array | undefined;
  readonly #pairOf: number[] = [];
  readonly #services: number[] = [];
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  #counts = new Int32Array(64);
  #reported = new Float64Array(64);
  #from = new Float64Array(64);
  #to = new Float64Array(64);
  #bytes = Buffer.alloc(0);
  #used = 0;

  constructor(sink: DecodeSink) {
    this.#sink = sink;
  }

  /** A small number for a client address and a server; -1 where there are too many to remember. */
  pair(client: Endpoint, server: Endpoint): number {
    const name = `${client.ip} ${server.ip} ${server.port}`;
    const known = this.#pairIds.get(name);
    if (known !== undefined) return known;
    if (this.#pairs.length === MAX_PAIRS) return -1;
    this.#pairIds.set(name, this.#pairs.length);
    this.#pairs.push({ clientIp: client.ip, server });
    return this.#pairs.length - 1;
  }

  /** The question whose body is `from`..`to` of `bytes`; -1 where it was not learned. */
  find(pair: number, service: number, bytes: Uint8Array, from: number, to: number): number {
    if (this.#slots === undefined || pair < 0) return -1;
    const slot = this.#slot(pair, service, bytes, from, to);
    return slot < 0 ? -1 : (this.#slots[slot] ?? 0) - 1;
  }

  /** Remembers a question that was asked and answered cleanly at `at`, and reported. */
  learn(pair: number, service: number, body: Uint8Array, at: number): void {
    if (pair < 0) return;
    this.#slots ??= new Int32Array(SLOTS);
    const slot = this.#slot(pair, service, body, 0, body.length);
    if (slot < 0) return;
    const known = (this.#slots[slot] ?? 0) - 1;
    if (known >= 0) {
      this.#tell(known);
      this.#reported[known] = at;
      return;
    }
    const question = this.#services.length;
    if (question === MAX_QUESTIONS || !this.#keep(body)) return;
    this.#pairOf.push(pair);
    this.#services.push(service);
    this.#starts.push(this.#used - body.length);
    this.#lengths.push(body.length);
    if (question === this.#counts.length) this.#grow();
    this.#reported[question] = at;
    this.#slots[slot] = question + 1;
  }

  /**
   * True iff the question asked at `times[slot]` need not be reported. The time comes as a place in an
   * array because a large number as parameter costs a heap number.
   */
  isRoutine(question: number, times: Float64Array, slot: number): boolean {
    return (times[slot] ?? 0) - (this.#reported[question] ?? 0) < REPORT_EVERY_MICROS;
  }

  /** Counts a question that was answered. */
  count(question: number, times: Float64Array, slot: number): void {
    const at = times[slot] ?? 0;
    const count = this.#counts[question] ?? 0;
    if (count === 0) this.#from[question] = at;
    this.#to[question] = at;
    this.#counts[question] = count + 1;
  }

  /** A copy of its body. */
  body(question: number): Buffer {
    const start = this.#starts[question] ?? 0;
    return Buffer.from(this.#bytes.subarray(start, start + (this.#lengths[question] ?? 0)));
  }

  service(question: number): number {
    return this.#services[question] ?? 0;
  }

  /** Tells all that was counted and not yet told. */
  flush(): void {
    for (let question = 0; question < this.#services.length; question++) this.#tell(question);
  }

  #tell(question: number): void {
    const count = this.#counts[question] ?? 0;
    const pair = this.#pairs[this.#pairOf[question] ?? -1];
    if (count === 0 || pair === undefined) return;
    this.#counts[question] = 0;
    this.#sink.routine({
      from: micros(this.#from[question] ?? 0),
      to: micros(this.#to[question] ?? 0),
      ...pair,
      protocol: 'opcua',
      serviceId: this.service(question),
      count,
    });
  }

  /** The slot of this question, or the free slot where it belongs; -1 where neither is near. */
  #slot(pair: number, service: number, bytes: Uint8Array, from: number, to: number): number {
    let hash = Math.imul(pair + 1, 0x9e3779b1) ^ Math.imul(service, 0x85ebca6b);
    let i = from;
    for (; i + 4 <= to; i += 4) {
      const low = (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8);
      const high = (bytes[i + 2] ?? 0) | ((bytes[i + 3] ?? 0) << 8);
      hash = Math.imul(hash ^ (low | (high << 16)), 0x01000193);
      hash ^= hash >>> 15;
    }
    for (; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const slots = this.#slots as Int32Array;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const question = (slots[slot] ?? 0) - 1;
      if (question < 0 || this.#is(question, pair, service, bytes, from, to)) return slot;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return -1;
  }

  #is(
    question: number,
    pair: number,
    service: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    if (this.#pairOf[question] !== pair || this.#services[question] !== service) return false;
    if (this.#lengths[question] !== to - from) return false;
    const start = this.#starts[question] ?? 0;
    // Natively: it is most of what a routine message costs.
    return this.#bytes.compare(bytes, from, to, start, start + to - from) === 0;
  }

  #keep(body: Uint8Array): boolean {
    const needed = this.#used + body.length;
    if (needed > MAX_QUESTION_BYTES) return false;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(FIRST_BYTES, needed, this.#bytes.length * 2));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.set(body, this.#used);
    this.#used = needed;
    return true;
  }

  #grow(): void {
    const size = this.#counts.length * 2;
    const larger = <T extends Int32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#counts = larger(this.#counts, new Int32Array(size));
    this.#reported = larger(this.#reported, new Float64Array(size));
    this.#from = larger(this.#from, new Float64Array(size));
    this.#to = larger(this.#to, new Float64Array(size));
  }
}
