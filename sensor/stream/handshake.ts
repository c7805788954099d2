/**
 * What SYN segments tell of each flow: who opened it, where the streams start, and whether a new
 * connection took its place.
 *
 * A SYN within a running connection is not believed by itself, because anybody can send one and
 * would make the sensor look at the wrong place of the stream. It is a candidate until the other end
 * answers it, or data follows it. (RFC 9293, 3.10.7.4 and RFC 5961, 4: the receiver does the same.)
 */
import { ACK, type PacketView } from '#sensor/wire/packet-view.ts';
import type { Side } from './consumer.ts';

const SYN_OF_0 = 1;
const SYN_OF_1 = 2;
const BOTH_SYNS = SYN_OF_0 | SYN_OF_1;
const CANDIDATE = 4;
const CANDIDATE_IS_1 = 8;
const CLIENT_KNOWN = 16;
const CLIENT_IS_1 = 32;
/** The candidate came with ACK: it is a server's answer whose SYN was not seen. */
const CANDIDATE_ANSWERS = 64;

/** `noted`: the connection, if any, goes on. `restart`: a new connection begins with this packet. */
export type SynVerdict = 'noted' | 'restart';

export class Handshakes {
  readonly #flags: Uint8Array;
  /** First sequence number of each direction. Valid iff its SYN flag is set. */
  readonly #initial: Int32Array;
  readonly #candidate: Int32Array;

  constructor(flows: number) {
    this.#flags = new Uint8Array(flows);
    this.#initial = new Int32Array(flows * 2);
    this.#candidate = new Int32Array(flows);
  }

  reset(flow: number): void {
    this.#flags[flow] = 0;
  }

  /** Forgets where the streams start, but not who is client. */
  forgetStarts(flow: number): void {
    this.#flags[flow] = (this.#flags[flow] as number) & (CLIENT_KNOWN | CLIENT_IS_1);
  }

  /** Takes a SYN or SYN-ACK. `running`: payload was seen and the connection is not over. */
  syn(flow: number, side: Side, view: PacketView, running: boolean): SynVerdict {
    const flags = this.#flags[flow] as number;
    const answers = (view.flags & ACK) !== 0;
    const known = (flags & synOf(side)) !== 0;
    if (known && this.#initial[flow * 2 + side] === view.sequence) return 'noted';
    const settled = running || (flags & BOTH_SYNS) === BOTH_SYNS;
    if (!settled) {
      this.note(flow, side, view);
      return 'noted';
    }
    if (answers && this.#answersCandidate(flow, side, view)) return 'restart';
    this.#candidate[flow] = view.sequence;
    this.#flags[flow] =
      (flags & ~(CANDIDATE_IS_1 | CANDIDATE_ANSWERS)) |
      CANDIDATE |
      (side === 1 ? CANDIDATE_IS_1 : 0) |
      (answers ? CANDIDATE_ANSWERS : 0);
    return 'noted';
  }

  /** Takes the SYN or SYN-ACK as that of a new connection. */
  note(flow: number, side: Side, view: PacketView): void {
    const answers = (view.flags & ACK) !== 0;
    this.#settle(flow, side, view.sequence, answers ? other(side) : side);
    if (!answers) return;
    // The answer also tells where the client's stream starts.
    this.#initial[flow * 2 + other(side)] = (view.acknowledgment - 1) | 0;
    this.#flags[flow] = (this.#flags[flow] as number) | synOf(other(side));
  }

  /** True iff `sequence`, of a segment with payload, is what follows the candidate: then it is real. */
  confirms(flow: number, side: Side, sequence: number): boolean {
    const flags = this.#flags[flow] as number;
    if ((flags & CANDIDATE) === 0 || candidateSide(flags) !== side) return false;
    return sequence === (((this.#candidate[flow] as number) + 1) | 0);
  }

  /** Makes the candidate the start of a new connection. */
  adopt(flow: number): void {
    const flags = this.#flags[flow] as number;
    const side = candidateSide(flags);
    const client = (flags & CANDIDATE_ANSWERS) === 0 ? side : other(side);
    this.#flags[flow] = 0;
    this.#settle(flow, side, this.#candidate[flow] as number, client);
  }

  client(flow: number): Side | undefined {
    const flags = this.#flags[flow] as number;
    if ((flags & CLIENT_KNOWN) === 0) return undefined;
    return (flags & CLIENT_IS_1) === 0 ? 0 : 1;
  }

  /** True iff the start of the stream of this side is known. */
  knowsStart(flow: number, side: Side): boolean {
    return ((this.#flags[flow] as number) & synOf(side)) !== 0;
  }

  /** Sequence number of the first byte of this side's stream. Valid iff `knowsStart`. */
  start(flow: number, side: Side): number {
    return ((this.#initial[flow * 2 + side] as number) + 1) | 0;
  }

  #answersCandidate(flow: number, side: Side, view: PacketView): boolean {
    return this.confirms(flow, other(side), view.acknowledgment);
  }

  #settle(flow: number, side: Side, initial: number, client: Side): void {
    this.#initial[flow * 2 + side] = initial;
    this.#flags[flow] =
      ((this.#flags[flow] as number) & BOTH_SYNS) |
      synOf(side) |
      CLIENT_KNOWN |
      (client === 1 ? CLIENT_IS_1 : 0);
  }
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0;
}

function synOf(side: Side): number {
  return side === 0 ? SYN_OF_0 : SYN_OF_1;
}

function candidateSide(flags: number): Side {
  return (flags & CANDIDATE_IS_1) === 0 ? 0 : 1;
}
