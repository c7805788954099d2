/**
 * A table from a key of a few 32-bit words to a small number, which names a place in arrays beside it.
 *
 * Open addressing over typed arrays, as in sensor/stream/flow.ts: looking up a packet allocates
 * nothing. The caller fills `key` and asks `find`; numbers of removed entries are given out again.
 */
export class WordTable {
  readonly capacity: number;
  /** What `find` looks for and `add` adds; filled by the caller. */
  readonly key: Int32Array;
  readonly #words: number;
  readonly #seed: number;
  readonly #keys: Int32Array;
  readonly #hashes: Int32Array;
  /** Entry + 1, or 0 where free; a power of two of at least twice the capacity. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** Chain of free entries; -1 marks an entry in use. */
  readonly #next: Int32Array;
  #free = 0;
  #size = 0;
  #hash = 0;

  /** `seed` makes the places unguessable, so that nobody can fill one chain on purpose. */
  constructor(words: number, capacity: number, seed: number) {
    this.capacity = capacity;
    this.#words = words;
    this.#seed = seed | 1;
    this.key = new Int32Array(words);
    this.#keys = new Int32Array(capacity * words);
    this.#hashes = new Int32Array(capacity);
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#next = new Int32Array(capacity);
    for (let entry = 0; entry < capacity; entry++) this.#next[entry] = entry + 1;
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size === this.capacity;
  }

  /** The entry of `key`, or -1. */
  find(): number {
    const hash = this.#hashKey();
    const slots = this.#slots;
    const mask = this.#mask;
    this.#hash = hash;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] === hash && this.#matches(entry)) return entry;
    }
  }

  /** Adds `key`, which `find` has just not found. INVARIANT: the table is not `full`. */
  add(): number {
    const entry = this.#free;
    this.#free = this.#next[entry] as number;
    this.#next[entry] = -1;
    this.#size++;
    this.#keys.set(this.key, entry * this.#words);
    this.#hashes[entry] = this.#hash;
    let slot = this.#hash & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry + 1;
    return entry;
  }

  isUsed(entry: number): boolean {
    return this.#next[entry] === -1;
  }

  /** Word `index` of the key of `entry`. */
  word(entry: number, index: number): number {
    return this.#keys[entry * this.#words + index] as number;
  }

  /** All entries, in no order that means anything. */
  *entries(): Generator<number> {
    for (let entry = 0; entry < this.capacity; entry++) if (this.isUsed(entry)) yield entry;
  }

  /** Later entries of the chain move up, so that no search stops early. */
  remove(entry: number): void {
    this.#next[entry] = this.#free;
    this.#free = entry;
    this.#size--;
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = (this.#hashes[entry] as number) & mask;
    while (slots[hole] !== entry + 1) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (this.#hashes[(slots[slot] as number) - 1] as number) & mask;
      // It may move into the hole unless its home lies between the hole and where it stands.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot] as number;
      hole = slot;
    }
    slots[hole] = 0;
  }

  #matches(entry: number): boolean {
    const at = entry * this.#words;
    for (let word = 0; word < this.#words; word++) {
      if (this.#keys[at + word] !== this.key[word]) return false;
    }
    return true;
  }

  /** Each word multiplied and folded in, then the finisher of MurmurHash3. */
  #hashKey(): number {
    let hash = this.#seed;
    for (let word = 0; word < this.#words; word++) {
      hash = Math.imul(hash ^ (this.key[word] as number), 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    return hash ^ (hash >>> 16);
  }
}
