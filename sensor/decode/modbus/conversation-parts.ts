/** What a conversation is made of. */
import type { Endpoint, Transport } from '#sensor/model/net.ts';
import type { Side } from '#sensor/stream/consumer.ts';
import type { DecodeCounters, DecodeSink } from '../protocol.ts';
import type { Waiting } from '../waiting.ts';
import type { WireSink } from '../wire-sink.ts';
import type { ModbusConversation } from './conversation.ts';
import type { Framing } from './exchange.ts';
import type { KnownReads } from './known-reads.ts';
import type { ServerHabit } from './server-habits.ts';

/** What all conversations have in common. */
export interface Shared {
  readonly sink: DecodeSink;
  readonly counters: DecodeCounters;
  readonly known: KnownReads;
  /** Build each exchange, also of routine reads. */
  readonly everything: boolean;
  readonly wire?: WireSink | undefined;
  /** What all conversations keep until its other half comes. */
  readonly waiting: Waiting;
  /** Called once, when both directions have ended. */
  readonly closed: (conversation: ModbusConversation) => void;
}

export interface ConversationParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly clientSide: Side;
  readonly transport: Transport;
  readonly framing: Framing;
  readonly habit: ServerHabit;
  readonly shared: Shared;
}
