/**
 * One OPC UA connection: chunks of both directions, put together to messages, read as far as the channel
 * lets, and paired. Whatever is new, writes, fails or is wrong becomes an exchange; so does everything if
 * `everything` is set.
 */
import type { Fact } from '#sensor/model/fact.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaSecurity } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Side, StreamEnd } from '#sensor/stream/consumer.ts';
import type { Chunk, Conversation, DecodeCounters, DecodeSink, Shield } from '../protocol.ts';
import type { Holder, Waiting } from '../waiting.ts';
import type { WireSink } from '../wire-sink.ts';
import { NEXT_CHUNK_WITHIN_MICROS } from './assembly.ts';
import { Channel } from './channel.ts';
import type { ChunkHandler } from './chunk-reader.ts';
import { Direction } from './direction.ts';
import type { Directory } from './directory.ts';
import { fault, type OpcuaFact } from './fault.ts';
import * as frame from './frame.ts';
import { transportExchange } from './hello.ts';
import type { KnownQuestions } from './known-questions.ts';
import { chunkTooLarge, Limits } from './limits.ts';
import { Message } from './message.ts';
import { readOpening } from './opening.ts';
import { Openings } from './openings.ts';
import { Pairing } from './pairing.ts';
import { SecuredMessages } from './secured.ts';
import { type Segment, segmentsOf } from './segments.ts';
import { Tokens } from './tokens.ts';

export interface ConversationParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly clientSide: Side;
  /** The first byte that it is given is the first of the stream. */
  readonly fromStart: boolean;
  readonly sink: DecodeSink;
  readonly shield: Shield;
  readonly counters: DecodeCounters;
  readonly known: KnownQuestions;
  readonly directory: Directory;
  readonly waiting: Waiting;
  /** Build each exchange, also of routine reads. */
  readonly everything: boolean;
  readonly wire?: WireSink | undefined;
  /** Called once, when both directions have ended. */
  readonly closed: (conversation: OpcuaConversation) => void;
}

const SIDES = [0, 1] as const;

export class OpcuaConversation implements Conversation, ChunkHandler {
  readonly #parts: ConversationParts;
  readonly #channel = new Channel();
  readonly #tokens = new Tokens();
  readonly #limits = new Limits();
  readonly #pairing: Pairing;
  readonly #openings: Openings;
  readonly #directions: readonly [Direction, Direction];
  readonly #secured: SecuredMessages;
  #ends = 0;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    parts.shield.guard(parts.server);
    const share = parts.waiting.share(() => this.#letGo());
    const security = (): OpcuaSecurity => this.#channel.security(false);
    this.#pairing = new Pairing({ ...parts, share, security });
    const common = { ...parts, channel: this.#channel, tokens: this.#tokens };
    this.#openings = new Openings(common);
    this.#secured = new SecuredMessages({
      ...common,
      limits: this.#limits,
      openings: this.#openings,
      pairing: this.#pairing,
      fault: (number, at, fact) => this.#fault(number, at, fact),
    });
    const direction = (): Direction => new Direction(this, share, !parts.fromStart);
    this.#directions = [direction(), direction()];
  }

  bytes(chunk: Chunk): void {
    this.#directions[chunk.side].reader.read(chunk);
  }

  gap(side: Side, length: number, number: number, at: Micros): void {
    this.#directions[side].reader.gap(length);
    this.#breaks(side);
    const amount = length === 0 ? 'an unknown number of' : length;
    const text = `${amount} bytes of the ${this.#who(side)} were never captured`;
    this.#fault(number, at, { name: 'stream.gap', text });
  }

  conflict(side: Side, length: number, number: number, at: Micros): void {
    const text = `${length} bytes of the ${this.#who(side)} were sent twice with different content`;
    this.#fault(number, at, { name: 'stream.conflict', text });
  }

  end(side: Side, reason: StreamEnd, number: number, at: Micros): void {
    const { reader, assembly } = this.#directions[side];
    if (reader.unfinished > 0 && (reason === 'finished' || reason === 'reset')) {
      const text = `the ${this.#who(side)} ended within a message, after ${reader.unfinished} bytes of it`;
      this.#fault(number, at, fault('opcua.truncated', text));
    }
    reader.end();
    assembly.take();
    // Bytes of the other side may still come: the client's FIN is no end of the answers.
    this.#ends++;
    if (this.#ends < 2) return;
    this.#pairing.end(reason !== 'capture-end' && reason !== 'evicted');
    this.#openings.end();
    this.#parts.closed(this);
  }

  tick(moment: Pick<Chunk, 'at'>): void {
    this.#pairing.tick(moment.at);
    this.#openings.tick(moment.at);
    for (const side of SIDES) {
      const last = this.#directions[side].assembly.tick(moment.at);
      if (last === undefined) continue;
      const seconds = NEXT_CHUNK_WITHIN_MICROS / 1e6;
      const text = `no chunk followed within ${seconds} s in a message of the ${this.#who(side)}`;
      this.#fault(last.frame, moment.at, fault('opcua.chunk-limit', text));
    }
  }

  lost(chunk: Chunk, name: 'opcua.message-type' | 'opcua.size'): void {
    const what = name === 'opcua.size' ? 'an impossible size' : 'no message type';
    const text = `the ${this.#who(chunk.side)} sent a header with ${what}`;
    this.#directions[chunk.side].breaks();
    this.#fault(chunk.frame, chunk.at, fault(name, text));
  }

  fits(bytes: Uint8Array, at: number): boolean {
    const { id } = this.#channel;
    if (id === undefined) return true;
    switch (frame.typeAt(bytes, at)) {
      case frame.MSG:
      case frame.CLO:
        return frame.channelIdAt(bytes, at) === id;
      case frame.OPN:
      case frame.ERR:
        return true;
      default:
        // HEL, ACK and RHE stand at the beginning.
        return !this.#limits.isAgreed;
    }
  }

  overfull(chunk: Chunk): void {
    this.#directions[chunk.side].reader.letGo();
    this.#breaks(chunk.side);
    const text = `a chunk of the ${this.#who(chunk.side)} came in more pieces than are kept`;
    this.#fault(chunk.frame, chunk.at, fault('opcua.chunk-limit', text));
  }

  chunk(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly Segment[] | undefined,
  ): void {
    const type = frame.typeAt(bytes, at);
    if (type === frame.MSG || type === frame.CLO) {
      this.#secured.chunk(this.#directions, chunk, bytes, at, total, earlier);
      return;
    }
    const segments = segmentsOf(chunk, at, total, earlier);
    if (type === frame.OPN) this.#opening(chunk, bytes, at, total, segments);
    else this.#transport(chunk, bytes, at, total, segments);
  }

  /** What waits in all connections takes too much memory: lets go of what takes most of it here. */
  #letGo(): void {
    const [left, right] = this.#directions;
    const holders: readonly Holder[] = [left.reader, right.reader, left.assembly, right.assembly];
    const dearest = holders.reduce((most, each) => (each.cost > most.cost ? each : most));
    if (dearest.cost < this.#pairing.cost) {
      this.#pairing.letGo();
      return;
    }
    for (const side of SIDES) {
      const { reader, assembly } = this.#directions[side];
      if (dearest !== reader && dearest !== assembly) continue;
      const what = dearest === reader ? 'chunk' : 'message';
      const last = dearest === reader ? reader.letGo() : assembly.letGo();
      if (last === undefined) continue;
      if (dearest === reader) this.#breaks(side);
      const text = `a ${what} of the ${this.#who(side)} was let go: what waits in all connections took too much memory`;
      this.#fault(last.frame, last.at, fault('opcua.memory-limit', text));
    }
  }

  /** Bytes of this side are missing before what comes next. */
  #breaks(side: Side): void {
    this.#directions[side].breaks();
    this.#tokens.forget();
    this.#pairing.gap(this.#isClient(side));
  }

  #opening(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    segments: readonly Segment[],
  ): void {
    const { counters } = this.#parts;
    const isClient = this.#isClient(chunk.side);
    const opening = readOpening(Buffer.from(bytes.subarray(at, at + total)));
    if (opening === undefined) {
      const text = `the ${this.#who(chunk.side)} opens a channel with headers that do not fit`;
      this.#fault(chunk.frame, chunk.at, fault('opcua.truncated', text));
      return;
    }
    if (isClient) counters.requests++;
    else counters.responses++;
    const message = new Message(chunk.at);
    message.add(bytes, at, total, opening.head, segments);
    const direction = this.#directions[chunk.side];
    const facts: OpcuaFact[] = [];
    const { maxChunk } = direction;
    if (total > maxChunk) facts.push(chunkTooLarge(this.#who(chunk.side), total, maxChunk));
    this.#openings.heard(isClient, opening, message, direction, facts);
  }

  #transport(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    segments: readonly Segment[],
  ): void {
    const { client, server, sink, shield, counters, wire } = this.#parts;
    const type = frame.typeName(frame.typeAt(bytes, at));
    if (type === 'OPN' || type === 'CLO' || type === 'MSG') return;
    const message = new Message(chunk.at);
    message.add(bytes, at, total, 0, segments);
    const exchange = transportExchange({
      client,
      server,
      type,
      isFromClient: this.#isClient(chunk.side),
      bytes: message.body(0),
      at: chunk.at,
      frames: message.frames,
      limits: this.#limits,
    });
    for (const side of SIDES) {
      this.#directions[side].maxChunk = this.#limits.of(this.#isClient(side)).chunk;
    }
    if (exchange.facts.length === 0) message.vouch(shield);
    counters.exchanges++;
    sink.event(exchange);
    wire?.opcua(exchange, { kind: 'transport', bytes: message.body(0) });
  }

  #isClient(side: Side): boolean {
    return side === this.#parts.clientSide;
  }

  #who(side: Side): 'client' | 'server' {
    return this.#isClient(side) ? 'client' : 'server';
  }

  #fault(number: number, at: Micros, fact: Fact): void {
    const { client, server, sink } = this.#parts;
    sink.event({
      kind: 'fault',
      at,
      client,
      server,
      transport: 'tcp',
      frame: number,
      facts: [fact],
    });
  }
}
