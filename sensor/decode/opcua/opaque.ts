/**
 * Messages that cannot be read. Who sent one when is all that is known: routine ones are counted, and one
 * in each minute is told.
 */
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { DecodeCounters, DecodeSink } from '../protocol.ts';
import type { WireSink } from '../wire-sink.ts';
import type { Channel } from './channel.ts';
import type { OpcuaFact } from './fault.ts';
import type { KnownQuestions } from './known-questions.ts';
import type { Message } from './message.ts';
import type { Pairing } from './pairing.ts';
import { opaqueMessage } from './wire-message.ts';

/** What stands around a message. Of one that cannot be read, only channel and token are what they seem. */
export interface Heading {
  readonly isClosing: boolean;
  readonly channelId: number;
  readonly tokenId: number;
  readonly requestId: number;
  readonly sequence: number;
  readonly facts: readonly OpcuaFact[];
}

export interface OpaqueParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly sink: DecodeSink;
  readonly counters: DecodeCounters;
  readonly known: KnownQuestions;
  readonly channel: Channel;
  readonly pairing: Pairing;
  readonly everything: boolean;
  readonly wire?: WireSink | undefined;
}

/** Stands where the service of a message does that cannot be read. */
const OPAQUE = 0;
const NOTHING = new Uint8Array(0);

export class OpaqueMessages {
  readonly #parts: OpaqueParts;
  readonly #moment = new Float64Array(1);

  constructor(parts: OpaqueParts) {
    this.#parts = parts;
  }

  message(isFromClient: boolean, message: Message, heading: Heading): void {
    const { client, server, sink, counters, known, channel, pairing, everything, wire } =
      this.#parts;
    const { channelId, tokenId, facts, isClosing } = heading;
    counters.exchanges++;
    this.#moment[0] = message.at;
    const question = known.find(pairing.pair, OPAQUE, NOTHING, 0, 0);
    const isRoutine = question >= 0 && known.isRoutine(question, this.#moment, 0);
    if (!everything && facts.length === 0 && !isClosing && isRoutine) {
      known.count(question, this.#moment, 0);
      return;
    }
    known.learn(pairing.pair, OPAQUE, NOTHING, message.at);
    const { frames } = message;
    const exchange: OpcuaExchange = {
      kind: 'exchange',
      at: message.at,
      client,
      server,
      transport: 'tcp',
      protocol: 'opcua',
      opcua: {
        messageType: isClosing ? 'CLO' : 'MSG',
        channelId,
        tokenId,
        security: channel.security(channel.isEncrypted),
        chunkCount: message.chunks,
        messageSize: message.size,
      },
      outcome: 'unknown',
      frames: isFromClient ? { request: frames, response: [] } : { request: [], response: frames },
      operations: [],
      facts,
    };
    sink.event(exchange);
    const seen = wire && opaqueMessage(message, channelId);
    const [request, response] = isFromClient ? [seen, undefined] : [undefined, seen];
    wire?.opcua(exchange, { kind: 'service', request, response });
  }
}
