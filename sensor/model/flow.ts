/**
 * Flows: who exchanged packets with whom from when to when, and how much. Counted of all TCP and UDP
 * traffic, understood or not, iff an output asks for it (`--eve`, `--zeek`).
 */
import type { Endpoint, Transport } from './net.ts';
import type { Micros } from './time.ts';

/**
 * How far one end of a TCP connection was seen to get. `partial`: it sent, but no handshake was seen of it.
 * `active`: it sent; the only state but `inactive` of UDP.
 */
export type FlowEndState =
  | 'inactive'
  | 'active'
  | 'syn-sent'
  | 'syn-ack-sent'
  | 'established'
  | 'partial'
  | 'closed'
  | 'reset';

/** Why counting ended. `timeout`: silent for long. `replaced`: the same ends began anew. `evicted`: too many flows at once. */
export type FlowReason = 'timeout' | 'replaced' | 'evicted' | 'capture-end';

export interface FlowEnd {
  readonly endpoint: Endpoint;
  readonly state: FlowEndState;
  readonly packets: number;
  /** From the IP header on. */
  readonly ipBytes: number;
  /** With the header of the link. */
  readonly frameBytes: number;
  /** Payload: of TCP by sequence numbers and acknowledgments, so that it counts what was sent and not how often. */
  readonly bytes: number;
  /** All TCP flags it ever sent. */
  readonly flags: number;
}

export interface FlowRecord {
  readonly transport: Transport;
  readonly startedAt: Micros;
  /** Its last packet before both ends had closed or reset it. */
  readonly endedAt: Micros;
  readonly lastFrame: number;
  readonly vlan?: number;
  /** Who opened it, as far as handshake or content tell; else who was seen first. */
  readonly originator: FlowEnd;
  readonly responder: FlowEnd;
  /** Bytes of streams that somebody reads and that were never seen. */
  readonly missedBytes: number;
  /**
   * What happened, a letter each, upper case where it was the originator: S SYN, H SYN with ACK, A a mere ACK,
   * D data, F FIN, R RST, T sent again, W window of zero, G gap, I FIN and RST at once, Q other flags at once;
   * `^` first: the originator was not who was seen first. The letters of Zeek's conn.log.
   */
  readonly history: string;
  readonly reason: FlowReason;
}

/** A flow whose bytes are going to be read: events name these very objects as client and server. */
export interface FlowOpening {
  readonly transport: Transport;
  readonly startedAt: Micros;
  readonly vlan?: number;
  /** In the order in which they were seen. */
  readonly ends: readonly [Endpoint, Endpoint];
}

export interface FlowSink {
  opened(opening: FlowOpening): void;
  ended(flow: FlowRecord): void;
}
