/** Bytes that wait for those that follow: put in behind, taken off in front, each copied some two times at most. */

const FIRST_CAPACITY = 512;

const NOTHING = Buffer.alloc(0);

export class ByteQueue {
  #memory = NOTHING;
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  /** Bytes of memory that it takes. */
  get capacity(): number {
    return this.#memory.length;
  }

  /** All that wait; valid until the next `add`, also where it was dropped. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#from, this.#to);
  }

  add(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#memory.length) {
      const needed = this.length + bytes.length;
      // Twice what is there, so that it is moved seldom, however few bytes come at once.
      const larger = Buffer.alloc(Math.max(FIRST_CAPACITY, needed * 2));
      this.#memory.copy(larger, 0, this.#from, this.#to);
      this.#to = this.length;
      this.#from = 0;
      this.#memory = larger;
    }
    this.#memory.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** Takes off the first `length` bytes. INVARIANT: so many are there. */
  drop(length: number): void {
    this.#from = Math.min(this.#to, this.#from + length);
    if (this.#from < this.#to) return;
    this.#from = 0;
    this.#to = 0;
  }

  clear(): void {
    this.#memory = NOTHING;
    this.#from = 0;
    this.#to = 0;
  }
}
