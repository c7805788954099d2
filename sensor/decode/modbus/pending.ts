/**
 * The requests of one connection that wait for their response, oldest first, and the newest that were
 * answered, so that a second answer is known as one.
 *
 * A plain read is some numbers in arrays and no object: a plant polls the same registers for
 * years. What is anything else keeps a copy of its PDU.
 */

/** A client with more open requests than this floods its server; the oldest is then given up. */
export const MAX_PENDING = 512;

/** A client that asks again within this time has not given up waiting: it pipelines. */
export const PIPELINED_WITHIN_MICROS = 250_000;

/** Slots at the start; a power of two. Most clients have one request open. */
const FIRST_CAPACITY = 4;

/** Function, unit and transaction id in one 32-bit number. */
export function exchangeKey(functionCode: number, unit: number, transaction: number): number {
  return (functionCode << 24) | (unit << 16) | transaction;
}

export class PendingRequests {
  #capacity = FIRST_CAPACITY;
  #head = 0;
  #tail = 0;
  /** `exchangeKey` of the request in each slot. */
  #keys = zeros(FIRST_CAPACITY);
  /** Address and quantity of a plain read. */
  #blocks = zeros(FIRST_CAPACITY);
  #times = new Float64Array(FIRST_CAPACITY);
  #frames = zeros(FIRST_CAPACITY);
  #answers = zeros(FIRST_CAPACITY);
  #answered = zeros(FIRST_CAPACITY);
  #excused = zeros(FIRST_CAPACITY);
  #pdus: (Buffer | undefined)[] = [];
  #earlier: (readonly number[] | undefined)[] = [];

  /** Index of the oldest slot that may be open; indexes rise and are never reused. */
  get head(): number {
    return this.#head;
  }

  get tail(): number {
    return this.#tail;
  }

  get full(): boolean {
    return this.#tail - this.#head === MAX_PENDING;
  }

  /** Adds a request; `pdu` is undefined iff it is a plain read. The caller has made room. */
  add(
    key: number,
    block: number,
    frame: number,
    pdu: Buffer | undefined,
    earlier: readonly number[] | undefined,
  ): number {
    if (this.#tail - this.#head === this.#capacity) this.#grow();
    const slot = this.#tail & (this.#capacity - 1);
    this.#keys[slot] = key;
    this.#blocks[slot] = block;
    this.#frames[slot] = frame;
    this.#answered[slot] = 0;
    this.#excused[slot] = 0;
    this.#pdus[slot] = pdu;
    this.#earlier[slot] = earlier;
    return this.#tail++;
  }

  /** The time is set apart from `add`: a large number passed as a parameter would cost a heap number. */
  get times(): Float64Array {
    return this.#times;
  }

  slot(index: number): number {
    return index & (this.#capacity - 1);
  }

  /** Index of the oldest open request with this key, -1 if there is none. */
  find(key: number): number {
    for (let i = this.#head; i < this.#tail; i++) {
      const slot = i & (this.#capacity - 1);
      if (this.#keys[slot] === key && this.#answered[slot] === 0) return i;
    }
    return -1;
  }

  /** As `find`, by transaction id alone. */
  findTransaction(transaction: number): number {
    for (let i = this.#head; i < this.#tail; i++) {
      const slot = i & (this.#capacity - 1);
      const same = ((this.#keys[slot] ?? 0) & 0xffff) === transaction;
      if (same && this.#answered[slot] === 0) return i;
    }
    return -1;
  }

  /**
   * Index of the open request at or behind `from` that an answer with this function and unit answers, by
   * order alone; -1 if there is none. A request after which the client waited before it asked the next
   * was given up by it, and is passed over.
   */
  findByOrder(functionAndUnit: number, from: number): number {
    let found = -1;
    for (let i = Math.max(from, this.#head); i < this.#tail; i++) {
      const slot = i & (this.#capacity - 1);
      const same = (this.#keys[slot] ?? 0) >>> 16 === functionAndUnit;
      if (!same || this.#answered[slot] !== 0) continue;
      const before = found < 0 ? 0 : (this.#times[this.slot(found)] ?? 0);
      if (found >= 0 && (this.#times[slot] ?? 0) - before <= PIPELINED_WITHIN_MICROS) break;
      found = i;
    }
    return found;
  }

  isOpen(index: number): boolean {
    return index >= this.#head && index < this.#tail && this.#answered[this.slot(index)] === 0;
  }

  /** Index of the newest answered request with this key that is still remembered, -1 if none. */
  findAnswered(key: number): number {
    const oldest = Math.max(0, this.#tail - this.#capacity);
    for (let i = this.#tail - 1; i >= oldest; i--) {
      const slot = i & (this.#capacity - 1);
      if (this.#keys[slot] === key && this.#answered[slot] === 1) return i;
    }
    return -1;
  }

  /** Marks `index` as answered by a response whose content hashes to `answer`. */
  answer(index: number, answer: number): void {
    const slot = this.slot(index);
    this.#answers[slot] = answer;
    this.#answered[slot] = 1;
    this.dropAnswered();
  }

  /** Gives up the oldest request. */
  dropHead(): void {
    this.#answered[this.slot(this.#head)] = 2;
    this.#head++;
    this.dropAnswered();
  }

  dropAnswered(): void {
    while (this.#head < this.#tail && this.#answered[this.slot(this.#head)] !== 0) this.#head++;
  }

  /** The answers to all open requests may have been lost on the way to the sensor. */
  excuseAll(): void {
    for (let i = this.#head; i < this.#tail; i++) this.#excused[this.slot(i)] = 1;
  }

  excused(index: number): boolean {
    return this.#excused[this.slot(index)] === 1;
  }

  key(index: number): number {
    return this.#keys[this.slot(index)] ?? 0;
  }

  block(index: number): number {
    return this.#blocks[this.slot(index)] ?? 0;
  }

  answerHash(index: number): number {
    return this.#answers[this.slot(index)] ?? 0;
  }

  frame(index: number): number {
    return this.#frames[this.slot(index)] ?? 0;
  }

  earlier(index: number): readonly number[] {
    return this.#earlier[this.slot(index)] ?? [];
  }

  pdu(index: number): Buffer | undefined {
    return this.#pdus[this.slot(index)];
  }

  #grow(): void {
    const from = this.#capacity;
    const to = from * 2;
    const place = (i: number): [number, number] => [i & (from - 1), i & (to - 1)];
    const indexes = Array.from({ length: from }, (_, i) => this.#tail - from + i);
    const moved = <A extends number[] | Float64Array>(old: A, fresh: A): A => {
      for (const [a, b] of indexes.map(place)) fresh[b] = old[a] ?? 0;
      return fresh;
    };
    const list = <T>(old: readonly (T | undefined)[]): (T | undefined)[] => {
      const fresh: (T | undefined)[] = [];
      for (const [a, b] of indexes.map(place)) fresh[b] = old[a];
      return fresh;
    };
    this.#keys = moved(this.#keys, zeros(to));
    this.#blocks = moved(this.#blocks, zeros(to));
    this.#times = moved(this.#times, new Float64Array(to));
    this.#frames = moved(this.#frames, zeros(to));
    this.#answers = moved(this.#answers, zeros(to));
    this.#answered = moved(this.#answered, zeros(to));
    this.#excused = moved(this.#excused, zeros(to));
    this.#pdus = list(this.#pdus);
    this.#earlier = list(this.#earlier);
    this.#capacity = to;
  }
}

/** Small integers in a plain array take a third of what a typed array of so few takes, and each connection has six. */
const zeros = (length: number): number[] => new Array<number>(length).fill(0);
