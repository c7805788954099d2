/**
 * Requests of one connection that were not answered yet, by request id. Those of known questions are
 * numbers alone; the arrays are used again and grow with what is open at the same time.
 */
import type { SeenRequest } from './exchange.ts';

/** Open requests of one connection; a client with a hundred Publish requests is already unusual. */
export const MAX_PENDING = 1024;

const FIRST_CAPACITY = 16;

/** `known` of a request that was built. */
export const BUILT = -1;

export class PendingRequests {
  #ids = new Uint32Array(FIRST_CAPACITY);
  #known = new Int32Array(FIRST_CAPACITY);
  #handles = new Uint32Array(FIRST_CAPACITY);
  #frames = new Float64Array(FIRST_CAPACITY);
  /** When each was seen, in µs. */
  times = new Float64Array(FIRST_CAPACITY);
  readonly #built: (SeenRequest | undefined)[] = [];
  #size = 0;

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

  /** Adds a request and gives its index; the caller sets `times` there. */
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
    const last = --this.#size;
    this.#ids[index] = this.#ids[last] ?? 0;
    this.#known[index] = this.#known[last] ?? 0;
    this.#handles[index] = this.#handles[last] ?? 0;
    this.#frames[index] = this.#frames[last] ?? 0;
    this.times[index] = this.times[last] ?? 0;
    this.#built[index] = this.#built[last];
    this.#built[last] = undefined;
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
