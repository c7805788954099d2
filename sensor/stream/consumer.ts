/**
 * What a decoder receives from TCP reassembly: bytes in order, gaps, ends.
 *
 * How to use:
 *
 *     const streams = new TcpReassembler({ open: (connection) => new MyConsumer(connection) });
 *     ... for each packet:  if (parsePacket(packet, view) === 'tcp') streams.segment(view, packet);
 *     ... at the end:       streams.finish(now, lastFrame);
 *
 * `open` is called at the first payload byte of a connection, not before: a port scan costs no
 * objects. It may return undefined (nobody cares), and a consumer that found out that the
 * connection is not its protocol calls `connection.ignore()`; from then on its packets cost a table
 * look-up.
 *
 * Decision: partial messages are kept by the consumer. Only the decoder knows how many bytes a
 * message lacks; bytes go to it straight from the packet buffer, so a segment that holds whole
 * messages (nearly all do) is never copied, and the decoder copies only the tail that it needs.
 */
import type { Endpoint, Transport } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';

/** The two ends of a connection: 0 sent the first packet that the sensor saw between them, 1 is the other. */
export type Side = 0 | 1;

/**
 * In-order bytes of one direction. ONE object for each reassembler, filled anew: valid only during
 * the call. `at` is a field for the reason given in sensor/model/captured-packet.ts.
 */
export interface StreamChunk {
  /** Who sent them. */
  side: Side;
  bytes: Uint8Array;
  /** Over the same memory and with the same origin as `bytes`. */
  view: DataView;
  offset: number;
  /** Where its first byte stands in the captured bytes of `frame`; negative where nobody can tell. */
  place: number;
  /** At least 1. */
  length: number;
  /** 1-based number of the frame that carried them. */
  frame: number;
  /** When that frame was captured, which for a reordered segment is before the newest packet. */
  at: Micros;
}

/**
 * Why a direction ended. `finished`: its FIN came, in order. `reset`: RST by either end. `replaced`:
 * a new connection with the same addresses and ports began. `idle`: nothing for
 * `IDLE_TIMEOUT_MICROS`. `evicted`: the flow table was full. `capture-end`: no more packets.
 */
export type StreamEnd = 'finished' | 'reset' | 'replaced' | 'idle' | 'evicted' | 'capture-end';

/** One per connection. Methods are called in the order of the stream, per direction. */
export interface StreamConsumer {
  /** The next bytes of one direction. */
  bytes(chunk: StreamChunk): void;
  /**
   * `length` bytes of this direction were never seen (lost, or cut by the snaplen); what is next
   * comes after them. At least 1, or 0 where their number cannot be known. The decoder must find
   * its footing again.
   */
  gap(side: Side, length: number, frame: number, at: Micros): void;
  /**
   * Bytes were sent twice with different content: `length` of them differ. The first version was
   * delivered. A sign of injected packets (man on the side) or of a broken stack.
   */
  conflict(side: Side, length: number, frame: number, at: Micros): void;
  /** No more bytes of this direction. Called once for each side, after its last `bytes`. */
  end(side: Side, reason: StreamEnd, frame: number, at: Micros): void;
}

/** A TCP connection, or what two ends say to each other over UDP, as the consumer sees it. */
export interface Connection {
  /** Rises with each connection of this reassembler; unique in the process. */
  readonly id: number;
  /** Over UDP each `bytes` of the consumer is a whole datagram (udp-flows.ts). */
  readonly transport: Transport;
  /** First packet seen of it (the SYN, where it was seen). */
  readonly startedAt: Micros;
  /**
   * Who opened it. From the SYN where it was seen, else undefined until the consumer's content
   * probe tells by `setClient`. Once set it does not change.
   */
  readonly client: Side | undefined;
  /** True iff its SYN or SYN-ACK was seen: then the first byte delivered is the first of the stream. */
  readonly fromStart: boolean;
  /** VLAN id of the outermost 802.1Q tag, undefined where untagged. */
  readonly vlan: number | undefined;
  port(side: Side): number;
  /** Address, port and MAC. The object is made once; the same one is returned each time. */
  endpoint(side: Side): Endpoint;
  /** Says who is client, from the content; ignored where the SYN already told. */
  setClient(side: Side): void;
  /** From the next call on another consumer takes its place. */
  handTo(consumer: StreamConsumer): void;
  /** Nobody wants its bytes any more: no further call of the consumer. */
  ignore(): void;
}

/** Called at the first payload of each connection; undefined: its bytes are of no interest. */
export type OpenConsumer = (connection: Connection) => StreamConsumer | undefined;
