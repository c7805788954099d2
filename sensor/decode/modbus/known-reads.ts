/**
 * Which reads are routine: the same client asks the same server the same question again. They are
 * counted here without an object; one in each `REPORT_EVERY_MICROS` is reported whole, so that
 * detectors still see that it goes on and with what values.
 *
 * One table for all connections, because many clients open a new connection for each poll.
 */

import type { Endpoint } from '#sensor/model/net.ts';
import { micros } from '#sensor/model/time.ts';
import type { DecodeSink } from '../protocol.ts';

/** A policy window opens on the minute: a read that became forbidden is told within one. */
export const REPORT_EVERY_MICROS = 60_000_000;

/** Questions remembered; beyond it, further ones are reported each time. 48 bytes each. */
export const MAX_KNOWN_READS = 1 << 17;

/** Pairs of client address and server remembered; beyond it as above. */
export const MAX_PAIRS = 1 << 14;

/** Slots at the start; a power of two. */
const FIRST_CAPACITY = 1024;

interface Pair {
  readonly clientIp: string;
  readonly server: Endpoint;
}

export class KnownReads {
  readonly #sink: DecodeSink;
  readonly #pairIds = new Map<string, number>();
  readonly #pairs: Pair[] = [];
  #capacity = FIRST_CAPACITY;
  #size = 0;
  /** Pair id + 1; 0 = the slot is free. */
  #pairOf = new Int32Array(FIRST_CAPACITY);
  /** Function code and unit. */
  #functions = new Int32Array(FIRST_CAPACITY);
  /** Address and quantity. */
  #blocks = new Int32Array(FIRST_CAPACITY);
  #counts = new Int32Array(FIRST_CAPACITY);
  #reported = new Float64Array(FIRST_CAPACITY);
  #from = new Float64Array(FIRST_CAPACITY);
  #to = new Float64Array(FIRST_CAPACITY);

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

  /**
   * Counts a clean read asked at `times[slot]`; true iff it is routine and not due to be reported.
   * The time comes as a place in an array because a large number as parameter costs a heap number.
   */
  routine(
    pair: number,
    functionAndUnit: number,
    block: number,
    times: readonly number[],
    slot: number,
  ): boolean {
    if (pair < 0) return false;
    const at = times[slot] ?? 0;
    const place = this.#find(pair + 1, functionAndUnit, block);
    if (this.#pairOf[place] === 0) {
      if (this.#size === MAX_KNOWN_READS) return false;
      this.#insert(place, pair + 1, functionAndUnit, block);
      this.#reported[place] = at;
      if (this.#size * 2 > this.#capacity && this.#capacity < MAX_KNOWN_READS * 2) this.#grow();
      return false;
    }
    if (at - (this.#reported[place] ?? 0) >= REPORT_EVERY_MICROS) {
      this.#tell(place);
      this.#reported[place] = at;
      return false;
    }
    const count = this.#counts[place] ?? 0;
    if (count === 0) this.#from[place] = at;
    this.#to[place] = at;
    this.#counts[place] = count + 1;
    return true;
  }

  /** Tells all that was counted and not yet told. */
  flush(): void {
    for (let place = 0; place < this.#capacity; place++) this.#tell(place);
  }

  #tell(place: number): void {
    const count = this.#counts[place] ?? 0;
    const pair = this.#pairs[(this.#pairOf[place] ?? 0) - 1];
    if (count === 0 || pair === undefined) return;
    this.#counts[place] = 0;
    const functionAndUnit = this.#functions[place] ?? 0;
    const block = this.#blocks[place] ?? 0;
    this.#sink.routine({
      from: micros(this.#from[place] ?? 0),
      to: micros(this.#to[place] ?? 0),
      ...pair,
      protocol: 'modbus',
      unitId: functionAndUnit & 0xff,
      functionCode: functionAndUnit >>> 8,
      address: block >>> 16,
      quantity: block & 0xffff,
      count,
    });
  }

  #insert(place: number, pair: number, functionAndUnit: number, block: number): void {
    this.#pairOf[place] = pair;
    this.#functions[place] = functionAndUnit;
    this.#blocks[place] = block;
    this.#size++;
  }

  /** The slot of this question, or the free slot where it belongs. */
  #find(pair: number, functionAndUnit: number, block: number): number {
    const mask = this.#capacity - 1;
    let hash = Math.imul(pair, 0x9e3779b1) ^ Math.imul(block, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ functionAndUnit, 0xc2b2ae35);
    let place = (hash ^ (hash >>> 13)) & mask;
    while (this.#pairOf[place] !== 0) {
      const same =
        this.#pairOf[place] === pair &&
        this.#functions[place] === functionAndUnit &&
        this.#blocks[place] === block;
      if (same) return place;
      place = (place + 1) & mask;
    }
    return place;
  }

  #grow(): void {
    const old = {
      pairOf: this.#pairOf,
      functions: this.#functions,
      blocks: this.#blocks,
      counts: this.#counts,
      reported: this.#reported,
      from: this.#from,
      to: this.#to,
    };
    this.#capacity *= 2;
    this.#size = 0;
    this.#pairOf = new Int32Array(this.#capacity);
    this.#functions = new Int32Array(this.#capacity);
    this.#blocks = new Int32Array(this.#capacity);
    this.#counts = new Int32Array(this.#capacity);
    this.#reported = new Float64Array(this.#capacity);
    this.#from = new Float64Array(this.#capacity);
    this.#to = new Float64Array(this.#capacity);
    for (const [i, pair] of old.pairOf.entries()) {
      if (pair === 0) continue;
      const functionAndUnit = old.functions[i] ?? 0;
      const block = old.blocks[i] ?? 0;
      const place = this.#find(pair, functionAndUnit, block);
      this.#insert(place, pair, functionAndUnit, block);
      this.#counts[place] = old.counts[i] ?? 0;
      this.#reported[place] = old.reported[i] ?? 0;
      this.#from[place] = old.from[i] ?? 0;
      this.#to[place] = old.to[i] ?? 0;
    }
  }
}
