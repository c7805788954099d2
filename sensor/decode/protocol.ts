/**
 * What a decoder is. A decoder looks at the first bytes of a connection (`probe`), and when it knows
 * them as its protocol it opens a conversation that takes all bytes from then on.
 *
 * Decoders know no packets, sockets, storage or clock. What they receive is what reassembly gives
 * (`sensor/stream/consumer.ts`), less what they do not need.
 */
import type { ConversationFault, Exchange, RoutineReads } from '#sensor/model/event.ts';
import type { Endpoint, Protocol, Transport } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Connection, Side, StreamChunk, StreamConsumer } from '#sensor/stream/consumer.ts';

/** In-order bytes of one direction; one reused object, valid only during the call. */
export type Chunk = Omit<StreamChunk, 'view'>;

/** Who talks, as far as the transport knows. */
export type Peers = Pick<
  Connection,
  'transport' | 'client' | 'fromStart' | 'port' | 'endpoint' | 'setClient' | 'handTo' | 'ignore'
>;

/** Takes the bytes of one connection, in order, and its gaps and ends. */
export interface Conversation extends Omit<StreamConsumer, 'bytes'> {
  bytes(chunk: Chunk): void;
}

/** Where decoders put what they found. */
export interface DecodeSink {
  event(event: Exchange | ConversationFault): void;
  routine(reads: RoutineReads): void;
}

/**
 * Keeps secrets out of the packets that the sensor holds for evidence. Places are those of
 * `StreamChunk.place`. Called as the bytes are read; allocates nothing.
 */
export interface Shield {
  /**
   * This server speaks a protocol that carries secrets: of its connections nothing is shown but what is
   * vouched for, because a copy of a packet or bytes that nobody could read may hold them as well.
   */
  guard(server: Endpoint): void;
  /** Overwrites bytes `from` to `to` of a frame: they are a secret. */
  hide(frame: number, from: number, to: number): void;
  /** The frame says again what one before it said. */
  copied(frame: number): void;
  /** Bytes `from` to `to` of a frame were understood, and what is secret of them is hidden. */
  vouch(frame: number, from: number, to: number): void;
}

/** Where no packets are kept. */
export const NO_SHIELD: Shield = {
  guard: () => undefined,
  hide: () => undefined,
  copied: () => undefined,
  vouch: () => undefined,
};

/** Messages seen, whether or not an object was built of them. One object for all connections. */
export interface DecodeCounters {
  requests: number;
  responses: number;
  /** Requests joined with a response, and those of either that stayed alone. */
  exchanges: number;
  exceptions: number;
}

/** The first bytes of one direction, kept until a decoder recognises them. */
export interface Held {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/**
 * `no`: never this protocol. `more`: cannot tell yet. `yes`: it is, and `client` is who opened it as
 * far as the content tells.
 */
export type Verdict =
  | { readonly kind: 'no' }
  | { readonly kind: 'more' }
  | {
      readonly kind: 'yes';
      readonly client: Side;
      /** The content outweighs who opened the TCP connection: OPC UA servers may do that. */
      readonly isSure?: boolean;
      /** The content says that the server opened it. */
      readonly isReversed?: boolean;
    };

/** What `probe` may look at. */
export interface Evidence {
  /** The kept bytes of both sides. */
  readonly held: readonly [Held, Held];
  readonly ports: readonly [number, number];
  /** The side that is known to serve this protocol, by its port or from before; undefined where neither or either is. */
  readonly server: Side | undefined;
  /** Who sent the earliest bytes. */
  readonly first: Side;
  /** True iff nothing more will come, so that `more` is as good as `no`. */
  readonly over: boolean;
}

export interface Decoder {
  readonly protocol: Protocol;
  /** What it runs over; over UDP each chunk is a whole datagram. */
  readonly transports: readonly Transport[];
  /** Registered with IANA; there, one message is evidence enough, and anything else is a fault. */
  readonly port: number;
  /** Its port is all that tells it: elsewhere nobody asks for it. */
  readonly onlyAtPort?: true;
  /** Could a stream of this protocol begin so? Asked for each first packet, so it allocates nothing. */
  mayBegin(bytes: Uint8Array, at: number, end: number): boolean;
  probe(evidence: Evidence): Verdict;
  open(peers: Peers, client: Side): Conversation;
  /** Tells what waited too long for its other half. About once a second, by the time of the packets. */
  tick(now: Micros): void;
  /** Hands out what was counted and not yet told. Called at the end, and now and then before. */
  flush(): void;
}
