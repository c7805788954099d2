/**
 * Requests of one connection that were not answered yet, by request id. Those of known questions are
 * numbers alone; the arrays are used again and grow with what is open at the same time. Those that were
 * built are counted with what all connections keep.
 */

import type { Share } from '../waiting.ts';
import type { SeenRequest } from './exchange.ts';
import { itemsCost } from './item-list.ts';

/** Open requests of one connection; a client with a hundred Publish requests is already unusual. */
export const MAX_PENDING = 1024;

const FIRST_CAPACITY = 16;

/** `known` of a request that was built. */
export const BUILT = -1;

/** Bytes of memory that a built request takes beside its body and what was read of it. */
const BUILT_COST = 1024;

/** Objects and texts made of a byte of a body take so many, up to what is kept of the largest. */
const PARSED_FACTOR = 16;
const MAX_PARSED_COST = 262_144;

/** About the bytes of memory that a message takes with a body of so many bytes, once it is read. */
export const readCost = (body: number): number =>
  BUILT_COST + Math.min(body * PARSED_FACTOR, MAX_PARSED_COST);

/** The bytes of its body are kept, too. */
const builtCost = ({ parsed }: SeenRequest): number =>
  readCost(parsed.rest.length) + parsed.rest.length + itemsCost(parsed.body);

export class PendingRequests {
  readonly #share: Share;
  #cost = 0;
  #ids = new Uint32Array(FIRST_CAPACITY);
  #known = new Int32Array(FIRST_CAPACITY);
  #handles = new Uint32Array(FIRST_CAPACITY);
  #frames = new Float64Array(FIRST_CAPACITY);
  /** When each was seen, in µs. */
  times = new Float64Array(FIRST_CAPACITY);
  readonly #built: (SeenRequest | undefined)[] = [];
  #size = 0;

  constructor(share: Share) {
    this.#share = share;
  }

  get cost(): number {
    return this.#cost;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === MAX_PENDING;
  }

  /** Index of the request, valid until the next `add` or `remove`; -1 where there is none. */
  find(id: number): number {
    for (let i = this.#size - 1; i >= 0; i--) if (this.#ids[i] === id) return i;
    return -1;
  }

  /** Index of the built request that costs most; -1 where none is built. */
  largest(): number {
    let largest = -1;
    let most = 0;
    for (let i = 0; i < this.#size; i++) {
      const built = this.#built[i];
      const cost = built === undefined ? 0 : builtCost(built);
      if (cost > most) [largest, most] = [i, cost];
    }
    return largest;
  }

  /** Counts a request that was added with `built`; it may be given up before this returns. */
  count(built: SeenRequest): void {
    this.#change(builtCost(built));
  }

  /** Adds a request and gives its index; the caller sets `times` there, then `count`s one that was built. */
  add(
    id: number,
    known: number,
    handle: number,
    frame: number,
    built: SeenRequest | undefined,
  ): number {
    if (this.#size === this.#ids.length) this.#grow();
    const index = this.#size++;
    this.#ids[index] = id;
    this.#known[index] = known;
    this.#handles[index] = handle;
    this.#frames[index] = frame;
    this.#built[index] = built;
    return index;
  }

  id(index: number): number {
    return this.#ids[index] ?? 0;
  }

  /** Number of the known question, or `BUILT`. */
  known(index: number): number {
    return this.#known[index] ?? BUILT;
  }

  handle(index: number): number {
    return this.#handles[index] ?? 0;
  }

  frame(index: number): number {
    return this.#frames[index] ?? 0;
  }

  built(index: number): SeenRequest | undefined {
    return this.#built[index];
  }

  /** The last one takes its place. */
  remove(index: number): void {
    const built = this.#built[index];
    const last = --this.#size;
    this.#ids[index] = this.#ids[last] ?? 0;
    this.#known[index] = this.#known[last] ?? 0;
    this.#handles[index] = this.#handles[last] ?? 0;
    this.#frames[index] = this.#frames[last] ?? 0;
    this.times[index] = this.times[last] ?? 0;
    this.#built[index] = this.#built[last];
    this.#built[last] = undefined;
    if (built !== undefined) this.#change(-builtCost(built));
  }

  #change(by: number): void {
    this.#cost += by;
    this.#share.change(by);
  }

  #grow(): void {
    const size = this.#ids.length * 2;
    const ids = new Uint32Array(size);
    ids.set(this.#ids);
    this.#ids = ids;
    const known = new Int32Array(size);
    known.set(this.#known);
    this.#known = known;
    const handles = new Uint32Array(size);
    handles.set(this.#handles);
    this.#handles = handles;
    const frames = new Float64Array(size);
    frames.set(this.#frames);
    this.#frames = frames;
    const times = new Float64Array(size);
    times.set(this.times);
    this.times = times;
  }
}
