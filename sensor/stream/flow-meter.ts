/**
 * Counts the packets of flows, for outputs that tell of flows. The flow table's owner drives it with its own
 * numbers of flows; where no output asks there is no meter, and nothing is counted.
 *
 * The account of a flow is one object, so that a packet allocates nothing.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { FlowEnd, FlowReason, FlowSink } from '#sensor/model/flow.ts';
import type { Endpoint, Transport } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import { ACK, FIN, type PacketView, RST, SYN } from '#sensor/wire/packet-view.ts';
import type { Side } from './consumer.ts';
import { FlowHistory } from './flow-history.ts';
import { MeteredEnd } from './metered-end.ts';

/** Offset of the window in the TCP header. RFC 9293, 3.1. */
const WINDOW = 14;

/** Who stands at both ends of a flow, as reassembly knows it. */
export interface MeteredPeers {
  readonly client: Side | undefined;
  readonly vlan: number | undefined;
  /** Bytes of both streams that were never seen; absent where there are no streams. */
  readonly missed?: number;
  endpoint(side: Side): Endpoint;
}

class FlowAccount {
  readonly startedAt: Micros;
  readonly ends: readonly [MeteredEnd, MeteredEnd] = [new MeteredEnd(), new MeteredEnd()];
  readonly history = new FlowHistory();
  /** As far as the packets tell: a first packet with SYN and ACK is an answer. */
  readonly originator: Side;
  lastAt: Micros;
  lastFrame = 0;
  missed = 0;
  /** Valid iff its bytes are read. */
  peers: MeteredPeers | undefined = undefined;

  constructor(startedAt: Micros, originator: Side) {
    this.startedAt = startedAt;
    this.lastAt = startedAt;
    this.originator = originator;
  }
}

export class FlowMeter {
  readonly #transport: Transport;
  readonly #sink: FlowSink;
  readonly #accounts: (FlowAccount | undefined)[] = [];

  constructor(transport: Transport, sink: FlowSink) {
    this.#transport = transport;
    this.#sink = sink;
  }

  /** The packet, of `side`, is the first of a flow. */
  begin(flow: number, side: Side, view: PacketView, packet: CapturedPacket): void {
    const isAnswer = this.#transport === 'tcp' && (view.flags & (SYN | ACK)) === (SYN | ACK);
    this.#accounts[flow] = new FlowAccount(packet.at, isAnswer ? other(side) : side);
  }

  /** Its bytes are going to be read. */
  opened(flow: number, peers: MeteredPeers): void {
    const account = this.#accounts[flow];
    if (account === undefined) return;
    account.peers = peers;
    this.#sink.opened({
      transport: this.#transport,
      startedAt: account.startedAt,
      ...(peers.vlan === undefined ? {} : { vlan: peers.vlan }),
      ends: [peers.endpoint(0), peers.endpoint(1)],
    });
  }

  /** Counts a packet; `missed` as in `MeteredPeers`, after it was read. */
  count(flow: number, side: Side, view: PacketView, packet: CapturedPacket, missed: number): void {
    const account = this.#accounts[flow];
    if (account === undefined) return;
    const length = view.payloadLength + view.payloadMissing;
    const end = account.ends[side];
    end.packets++;
    end.ipBytes += view.payload + length - view.ipHeader;
    end.frameBytes += packet.originalLength;
    if (!isOver(account)) account.lastAt = packet.at;
    account.lastFrame = packet.number;
    if (this.#transport === 'tcp') segment(account, side, view, length);
    else {
      end.datagram(length);
      account.history.note(side, 'D');
    }
    if (missed > account.missed) {
      account.history.note(side, 'G');
      account.missed = missed;
    }
  }

  /** The flow is over; `ends` says whose it was, where nobody read it. */
  end(flow: number, ends: MeteredPeers, reason: FlowReason): void {
    const account = this.#accounts[flow];
    if (account === undefined) return;
    this.#accounts[flow] = undefined;
    const peers = account.peers ?? ends;
    const originator = peers.client ?? account.originator;
    const end = (side: Side): FlowEnd => {
      const { state, packets, ipBytes, frameBytes, bytes, flags } = account.ends[side];
      const endpoint = peers.endpoint(side);
      return { endpoint, state, packets, ipBytes, frameBytes, bytes, flags };
    };
    this.#sink.ended({
      transport: this.#transport,
      startedAt: account.startedAt,
      endedAt: account.lastAt,
      lastFrame: account.lastFrame,
      ...(peers.vlan === undefined ? {} : { vlan: peers.vlan }),
      originator: end(originator),
      responder: end(other(originator)),
      missedBytes: peers.missed ?? 0,
      history: account.history.text(originator),
      reason,
    });
  }
}

/** What both ends said they were done is not prolonged by the last acknowledgments. */
const isOver = ({ ends }: FlowAccount): boolean =>
  ends.every(({ state }) => state === 'closed' || state === 'reset');

const other = (side: Side): Side => (side === 0 ? 1 : 0);

function segment(account: FlowAccount, side: Side, view: PacketView, length: number): void {
  const { history, ends } = account;
  const [end, peer] = side === 0 ? ends : [ends[1], ends[0]];
  const { flags } = view;
  end.flags |= flags;
  tell(history, end, side, view, length);
  const isOpen = (flags & RST) === 0 && peer.state !== 'closed' && end.state !== 'reset';
  if (isOpen && view.view.getUint16(view.transport + WINDOW) === 0) history.note(side, 'W');
  if ((flags & (ACK | RST)) === ACK) peer.acknowledged(view.acknowledgment);
  if (!end.advance(view, length)) history.note(side, 'T');
  end.transit(peer, side === account.originator, flags, length);
}

/** The letter of a segment. */
function tell(
  history: FlowHistory,
  end: MeteredEnd,
  side: Side,
  { flags, sequence }: PacketView,
  length: number,
): void {
  const control = flags & (SYN | FIN | RST);
  switch (control) {
    case 0:
      if (length > 0) history.note(side, 'D');
      else if ((flags & ACK) !== 0) history.note(side, 'A');
      return;
    case SYN:
      tellControl(history, end, side, [SYN, (flags & ACK) === 0 ? 'S' : 'H', sequence]);
      return;
    case FIN:
      tellControl(history, end, side, [FIN, 'F', (sequence + length) | 0]);
      return;
    case RST:
      tellControl(history, end, side, [RST, 'R', sequence]);
      return;
    default:
      history.note(side, (control & (FIN | RST)) === (FIN | RST) ? 'I' : 'Q');
  }
}

/** One with another number than the one before is no copy of it. */
function tellControl(
  history: FlowHistory,
  end: MeteredEnd,
  side: Side,
  [flag, letter, sequence]: readonly [number, string, number],
): void {
  if (history.has(side, letter) && end.controls.get(flag) !== sequence) history.again(side, letter);
  else history.note(side, letter);
  end.controls.set(flag, sequence);
}
