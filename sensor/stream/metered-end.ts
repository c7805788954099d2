/** One end of a flow while it is counted: its packets, how far its stream got, and its state. */
import type { FlowEndState } from '#sensor/model/flow.ts';
import { ACK, FIN, type PacketView, RST, SYN } from '#sensor/wire/packet-view.ts';

/** A number this far ahead, in a SYN or RST, says nothing about how much was sent. */
const MAX_LEAP = 1_048_576;

/** Of `PacketView.flags`: those that end or begin something. */
const CONTROL = SYN | FIN | RST;

export class MeteredEnd {
  packets = 0;
  ipBytes = 0;
  frameBytes = 0;
  flags = 0;
  state: FlowEndState = 'inactive';
  /** Before the last change of `state`. */
  previous: FlowEndState = 'inactive';
  /** Sequence numbers of its last SYN, FIN and RST; valid iff it sent one. */
  readonly controls = new Map<number, number>();
  /** Bytes from the start of the stream to the furthest that was sent, and acknowledged. */
  sent = 0;
  #acknowledged = 0;
  /** Sequence number at `sent`, and at `#acknowledged`. Valid iff `#started`. */
  #edge = 0;
  #acknowledgedEdge = 0;
  #started = false;
  #finished = false;

  /** A UDP datagram was sent. */
  datagram(length: number): void {
    this.sent += length;
    this.#to('active');
  }

  /** Payload of its stream. */
  get bytes(): number {
    return Math.max(this.sent, this.#acknowledged);
  }

  /** Takes the sequence number of a segment with `length` bytes; false where it brings nothing new. */
  advance({ sequence, flags }: PacketView, length: number): boolean {
    const isSyn = (flags & SYN) !== 0;
    const first = isSyn ? (sequence + 1) | 0 : sequence;
    if (!this.#started || (isSyn && first !== this.#edge && this.sent === 0)) this.#start(first);
    // Its FIN told how much there is; it has a number of its own, which what comes after it goes on from.
    if (this.#finished) return length === 0;
    if ((flags & FIN) !== 0) this.#finished = true;
    const step = (first + length - this.#edge) | 0;
    if ((flags & (SYN | RST)) !== 0 && Math.abs(step) > MAX_LEAP) return true;
    if (this.state === 'reset' || step <= 0) return length === 0 || step > 0;
    this.sent += step;
    this.#edge = (this.#edge + step) | 0;
    return true;
  }

  /** Takes an acknowledgment by the other end: of a stream that was not seen it tells how far it got. */
  acknowledged(acknowledgment: number): void {
    if (!this.#started) this.#start(acknowledgment);
    const step = (acknowledgment - this.#acknowledgedEdge) | 0;
    if (step <= 0) return;
    this.#acknowledgedEdge = acknowledgment;
    // The FIN has a number of its own; where it was seen, so was how much went before it.
    this.#acknowledged = this.#finished
      ? Math.min(this.#acknowledged + step, Math.max(this.sent, this.#acknowledged))
      : this.#acknowledged + step;
  }

  /** What the packet it just sent makes of its state. `length` of the payload. */
  transit(peer: MeteredEnd, isOriginator: boolean, flags: number, length: number): void {
    switch (this.state) {
      case 'inactive':
        this.#begin(peer, isOriginator, flags, length);
        return;
      case 'syn-sent':
      case 'syn-ack-sent':
        if ((flags & FIN) !== 0) this.#to('closed');
        if ((flags & RST) !== 0) this.#to('reset');
        return;
      case 'established':
      case 'partial':
        this.#goOn(peer, flags);
        return;
      case 'closed':
        if ((flags & RST) !== 0 && peer.state !== 'closed') this.#to('reset');
        return;
      case 'active':
      case 'reset':
        return;
      default:
        this.state satisfies never;
    }
  }

  #begin(peer: MeteredEnd, isOriginator: boolean, flags: number, length: number): void {
    if ((flags & SYN) !== 0) {
      if (isOriginator) this.#to((flags & ACK) === 0 ? 'syn-sent' : 'syn-ack-sent');
      else {
        if (peer.state === 'syn-sent') peer.#to('established');
        this.#to('established');
      }
    }
    if ((flags & FIN) !== 0) this.#to('closed');
    if ((flags & RST) !== 0) this.#to('reset');
    if ((flags & CONTROL) !== 0) return;
    // Some servers acknowledge the SYN before they answer it.
    if (!isOriginator && length === 0 && peer.state === 'syn-sent') return;
    const isAnswer = (flags & ACK) !== 0 && peer.state === 'established';
    this.#to(isAnswer ? 'established' : 'partial');
  }

  #goOn(peer: MeteredEnd, flags: number): void {
    const isOpening = (flags & (SYN | ACK)) === SYN;
    if (isOpening && this.state === 'partial' && peer.state === 'inactive') this.#to('syn-sent');
    if ((flags & FIN) !== 0 && (flags & RST) === 0) {
      this.#to('closed');
      // FIN, then RST, and now the other FIN: an ordinary end after all.
      if (peer.state === 'reset' && peer.previous === 'closed') peer.#to('closed');
    }
    if ((flags & RST) !== 0) this.#to('reset');
  }

  #start(edge: number): void {
    this.#started = true;
    this.#edge = edge;
    this.#acknowledgedEdge = edge;
  }

  #to(state: FlowEndState): void {
    if (state === this.state) return;
    this.previous = this.state;
    this.state = state;
  }
}
