/**
 * Who spoke with whom by which protocol and port, how much and when: one entry for all connections of a
 * client to a port of a server. Typed arrays throughout, so that a packet of a known pair costs no object.
 *
 * Directions: 0 = from the client, 1 = from the server.
 */
import { WordTable } from './word-table.ts';

/** A plant has some thousands; about 130 bytes each. */
const MAX_CONVERSATIONS = 65_536;

/** Client, server, port and protocol. */
const KEY_WORDS = 3;

/** The server sent something in answer: for TCP more than a refusal. */
const ANSWERED = 1;

/** Unanswered ones go first when room is made, as soon as they are this old: a scan is over, an answer late. */
const UNANSWERED_MICROS = 60_000_000;
/** What is left free then, of all: room is made seldom. */
const FREED = 1 / 8;

export type DirectionOf = 0 | 1;

export class Conversations {
  readonly #table: WordTable;
  readonly #packets: Float64Array;
  readonly #bytes: Float64Array;
  readonly #firstSeen: Float64Array;
  readonly #lastSeen: Float64Array;
  readonly #flags: Uint8Array;
  /** Removed to make room, those without an answer aside. */
  forgotten = 0;

  constructor(seed: number, capacity = MAX_CONVERSATIONS) {
    this.#table = new WordTable(KEY_WORDS, capacity, seed);
    this.#packets = new Float64Array(capacity * 2);
    this.#bytes = new Float64Array(capacity * 2);
    this.#firstSeen = new Float64Array(capacity);
    this.#lastSeen = new Float64Array(capacity * 2);
    this.#flags = new Uint8Array(capacity);
  }

  get capacity(): number {
    return this.#table.capacity;
  }

  get full(): boolean {
    return this.#table.full;
  }

  find(client: number, server: number, transport: number, port: number): number {
    const { key } = this.#table;
    key[0] = client;
    key[1] = server;
    key[2] = (port << 8) | transport;
    return this.#table.find();
  }

  /** Adds what `find` has just not found. INVARIANT: not `full`. */
  add(clock: Float64Array): number {
    const entry = this.#table.add();
    for (const direction of [entry * 2, entry * 2 + 1]) {
      this.#packets[direction] = 0;
      this.#bytes[direction] = 0;
      this.#lastSeen[direction] = 0;
    }
    this.#firstSeen[entry] = clock[0] as number;
    this.#flags[entry] = 0;
    return entry;
  }

  /** Counts a packet of `length` bytes; the time is in `clock`, where it is not boxed. */
  count(entry: number, direction: DirectionOf, length: number, clock: Float64Array): void {
    const at = entry * 2 + direction;
    this.#packets[at] = (this.#packets[at] as number) + 1;
    this.#bytes[at] = (this.#bytes[at] as number) + length;
    if ((clock[0] as number) > (this.#lastSeen[at] as number)) {
      this.#lastSeen[at] = clock[0] as number;
    }
  }

  answer(entry: number): void {
    this.#flags[entry] = (this.#flags[entry] as number) | ANSWERED;
  }

  isAnswered(entry: number): boolean {
    return ((this.#flags[entry] as number) & ANSWERED) !== 0;
  }

  entries(): Generator<number> {
    return this.#table.entries();
  }

  client(entry: number): number {
    return this.#table.word(entry, 0);
  }

  server(entry: number): number {
    return this.#table.word(entry, 1);
  }

  port(entry: number): number {
    return this.#table.word(entry, 2) >>> 8;
  }

  /** Number of the protocol above IP. */
  transport(entry: number): number {
    return this.#table.word(entry, 2) & 0xff;
  }

  packets(entry: number, direction: DirectionOf): number {
    return this.#packets[entry * 2 + direction] as number;
  }

  bytes(entry: number, direction: DirectionOf): number {
    return this.#bytes[entry * 2 + direction] as number;
  }

  firstSeen(entry: number): number {
    return this.#firstSeen[entry] as number;
  }

  /** When `direction` was last heard; 0 where it never was. */
  lastSeen(entry: number, direction: DirectionOf): number {
    return this.#lastSeen[entry * 2 + direction] as number;
  }

  /** Removes what matters least: without an answer, then what was not heard for longest. */
  makeRoom(clock: Float64Array): void {
    const now = clock[0] as number;
    for (const entry of this.entries()) {
      const isOld = now - this.#latest(entry) > UNANSWERED_MICROS;
      if (isOld && !this.isAnswered(entry)) this.#table.remove(entry);
    }
    const room = Math.ceil(this.capacity * FREED);
    const excess = room - (this.capacity - this.#table.size);
    if (excess <= 0) return;
    // Those that still wait for an answer before those that have one.
    const rank = (entry: number): number => (this.isAnswered(entry) ? 1 : 0);
    const oldest = [...this.entries()].sort(
      (a, b) => rank(a) - rank(b) || this.#latest(a) - this.#latest(b),
    );
    for (const entry of oldest.slice(0, excess)) {
      if (this.isAnswered(entry)) this.forgotten++;
      this.#table.remove(entry);
    }
  }

  #latest(entry: number): number {
    return Math.max(this.lastSeen(entry, 0), this.lastSeen(entry, 1));
  }
}
