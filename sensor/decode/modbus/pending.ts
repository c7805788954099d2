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
const FIRST_CAPACITY = 2;

/** Numbers of a slot, which stand in one array: a connection has hardly more than these, and an array of its own for each would cost a multiple. */
const KEY = 0;
/** Address and quantity of a plain read. */
const BLOCK = 1;
const FRAME = 2;
/** Hash of the answer. Valid iff it was answered. */
const ANSWER = 3;
const STATE = 4;
const WORDS = 5;

/** States. An open request may be excused: its answer may have been lost on the way to the sensor. */
const OPEN = 0;
const EXCUSED = 1;
const ANSWERED = 2;
const GIVEN_UP = 3;

/** Bytes of memory that a kept PDU takes beside its own. */
const KEPT_COST = 200;

/** Function, unit and transaction id in one 32-bit number. */
export function exchangeKey(functionCode: number, unit: number, transaction: number): number {
  return (functionCode << 24) | (unit << 16) | transaction;
}

export class PendingRequests {
  #capacity = FIRST_CAPACITY;
  #head = 0;
  #tail = 0;
  #slots = new Array<number>(FIRST_CAPACITY * WORDS).fill(0);
  #times = new Array<number>(FIRST_CAPACITY).fill(0);
  /** Of what is no plain read. */
  #pdus: (Buffer | undefined)[] | undefined;
  #earlier: (readonly number[] | undefined)[] | undefined;
  #cost = 0;

  /** About the bytes of memory that the PDUs of open requests take. */
  get cost(): number {
    return this.#cost;
  }

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
    const at = slot * WORDS;
    this.#slots[at + KEY] = key;
    this.#slots[at + BLOCK] = block;
    this.#slots[at + FRAME] = frame;
    this.#slots[at + STATE] = OPEN;
    if (pdu !== undefined) this.#pdus ??= new Array<undefined>(this.#capacity).fill(undefined);
    if (this.#pdus !== undefined) this.#pdus[slot] = pdu;
    if (pdu !== undefined) this.#cost += pdu.length + KEPT_COST;
    if (earlier !== undefined) {
      this.#earlier ??= new Array<undefined>(this.#capacity).fill(undefined);
    }
    if (this.#earlier !== undefined) this.#earlier[slot] = earlier;
    return this.#tail++;
  }

  /** The time is set apart from `add`: a large number passed as a parameter would cost a heap number. */
  get times(): number[] {
    return this.#times;
  }

  slot(index: number): number {
    return index & (this.#capacity - 1);
  }

  /** Index of the oldest open request with this key, -1 if there is none. */
  find(key: number): number {
    for (let i = this.#head; i < this.#tail; i++) {
      if (this.#word(i, KEY) === key && this.#word(i, STATE) <= EXCUSED) return i;
    }
    return -1;
  }

  /** As `find`, by transaction id alone. */
  findTransaction(transaction: number): number {
    for (let i = this.#head; i < this.#tail; i++) {
      const isSame = (this.#word(i, KEY) & 0xffff) === transaction;
      if (isSame && this.#word(i, STATE) <= EXCUSED) return i;
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
      const isSame = this.#word(i, KEY) >>> 16 === functionAndUnit;
      if (!isSame || this.#word(i, STATE) > EXCUSED) continue;
      const before = found < 0 ? 0 : this.#time(found);
      if (found >= 0 && this.#time(i) - before <= PIPELINED_WITHIN_MICROS) break;
      found = i;
    }
    return found;
  }

  isOpen(index: number): boolean {
    return index >= this.#head && index < this.#tail && this.#word(index, STATE) <= EXCUSED;
  }

  /** Index of the newest answered request with this key that is still remembered, -1 if none. */
  findAnswered(key: number): number {
    const oldest = Math.max(0, this.#tail - this.#capacity);
    for (let i = this.#tail - 1; i >= oldest; i--) {
      if (this.#word(i, KEY) === key && this.#word(i, STATE) === ANSWERED) return i;
    }
    return -1;
  }

  /** Marks `index` as answered by a response whose content hashes to `answer`. */
  answer(index: number, answer: number): void {
    const at = this.slot(index) * WORDS;
    this.#slots[at + ANSWER] = answer;
    this.#slots[at + STATE] = ANSWERED;
    this.#release(index);
    this.dropAnswered();
  }

  /** Gives up the oldest request. */
  dropHead(): void {
    this.giveUp(this.#head);
  }

  /** Gives up an open request. */
  giveUp(index: number): void {
    this.#slots[this.slot(index) * WORDS + STATE] = GIVEN_UP;
    this.#release(index);
    this.dropAnswered();
  }

  /** Index of the oldest open request that is no plain read, -1 if there is none. */
  get oldestKept(): number {
    for (let i = this.#head; i < this.#tail; i++) {
      if (this.#word(i, STATE) <= EXCUSED && this.pdu(i) !== undefined) return i;
    }
    return -1;
  }

  dropAnswered(): void {
    while (this.#head < this.#tail && this.#word(this.#head, STATE) > EXCUSED) this.#head++;
  }

  /** The answers to all open requests may have been lost on the way to the sensor. */
  excuseAll(): void {
    for (let i = this.#head; i < this.#tail; i++) {
      const at = this.slot(i) * WORDS + STATE;
      if (this.#slots[at] === OPEN) this.#slots[at] = EXCUSED;
    }
  }

  excused(index: number): boolean {
    return this.#word(index, STATE) === EXCUSED;
  }

  key(index: number): number {
    return this.#word(index, KEY);
  }

  block(index: number): number {
    return this.#word(index, BLOCK);
  }

  answerHash(index: number): number {
    return this.#word(index, ANSWER);
  }

  frame(index: number): number {
    return this.#word(index, FRAME);
  }

  earlier(index: number): readonly number[] {
    return this.#earlier?.[this.slot(index)] ?? [];
  }

  pdu(index: number): Buffer | undefined {
    return this.#pdus?.[this.slot(index)];
  }

  /** Nobody asks for its PDU any more. */
  #release(index: number): void {
    const pdu = this.pdu(index);
    if (pdu === undefined || this.#pdus === undefined) return;
    this.#pdus[this.slot(index)] = undefined;
    this.#cost -= pdu.length + KEPT_COST;
  }

  #word(index: number, word: number): number {
    return this.#slots[(index & (this.#capacity - 1)) * WORDS + word] as number;
  }

  #time(index: number): number {
    return this.#times[this.slot(index)] as number;
  }

  #grow(): void {
    const from = this.#capacity;
    const to = from * 2;
    const moved = <T>(old: readonly T[], words: number, empty: T): T[] => {
      const fresh = new Array<T>(to * words).fill(empty);
      for (let i = this.#tail - from; i < this.#tail; i++) {
        const [a, b] = [(i & (from - 1)) * words, (i & (to - 1)) * words];
        for (let word = 0; word < words; word++) fresh[b + word] = old[a + word] as T;
      }
      return fresh;
    };
    this.#slots = moved(this.#slots, WORDS, 0);
    this.#times = moved(this.#times, 1, 0);
    this.#pdus = this.#pdus && moved(this.#pdus, 1, undefined);
    this.#earlier = this.#earlier && moved(this.#earlier, 1, undefined);
    this.#capacity = to;
  }
}
