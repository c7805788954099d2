/**
 * One OPC UA connection: chunks of both directions, put together to messages, read as far as the channel
 * lets, and paired.
 *
 * The hot path is `#quick`: a Read that was asked and answered before in the same bytes, and Publish, are
 * recognised and counted where they lie. Whatever is new, writes, fails or is wrong becomes an exchange;
 * so does everything if `everything` is set.
 */
import type { Fact } from '#sensor/model/fact.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaSecurity } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Side, StreamEnd } from '#sensor/stream/consumer.ts';
import type { Chunk, Conversation, DecodeCounters, DecodeSink, Shield } from '../protocol.ts';
import type { WireSink } from '../wire-sink.ts';
import { NEXT_CHUNK_WITHIN_MICROS } from './assembly.ts';
import { Channel, isKnown } from './channel.ts';
import type { ChunkHandler } from './chunk-reader.ts';
import { Direction } from './direction.ts';
import type { Directory } from './directory.ts';
import { fault, mixed, type OpcuaFact, outOfSequence, tooLong } from './fault.ts';
import * as frame from './frame.ts';
import { transportExchange } from './hello.ts';
import type { KnownQuestions } from './known-questions.ts';
import { Message } from './message.ts';
import { type Heading, OpaqueMessages } from './opaque.ts';
import { readOpening } from './opening.ts';
import { Openings } from './openings.ts';
import { Pairing } from './pairing.ts';
import { type ParsedRequest, parseRequest } from './parse-request.ts';
import { type ParsedResponse, parseResponse } from './parse-response.ts';
import { QuickPath } from './quick-path.ts';
import { type Segment, segmentsOf } from './segments.ts';
import { follows, NO_SEQUENCE } from './sequence.ts';
import { protect } from './shielding.ts';
import type { Holder, Waiting } from './waiting.ts';
import { wireMessage } from './wire-message.ts';

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
  readonly #pairing: Pairing;
  readonly #openings: Openings;
  readonly #directions: readonly [Direction, Direction];
  readonly #quickPath: QuickPath;
  readonly #opaque: OpaqueMessages;
  #ends = 0;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    parts.shield.guard(parts.server);
    const share = parts.waiting.share(() => this.#letGo());
    const security = (): OpcuaSecurity => this.#channel.security(false);
    this.#pairing = new Pairing({ ...parts, share, security });
    this.#openings = new Openings({ ...parts, channel: this.#channel });
    const shared = { ...parts, channel: this.#channel, pairing: this.#pairing };
    this.#quickPath = new QuickPath(shared);
    this.#opaque = new OpaqueMessages(shared);
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
        // Both sides have said hello.
        return false;
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
      const isStrange = this.#channel.isReadable && !this.#follows(chunk.side, bytes, at);
      if (earlier === undefined && !isStrange && this.#quick(chunk, bytes, at, total)) return;
      const facts = isStrange ? [outOfSequence(this.#who(chunk.side))] : [];
      this.#secured(chunk, bytes, at, total, segmentsOf(chunk, at, total, earlier), facts);
      return;
    }
    const segments = segmentsOf(chunk, at, total, earlier);
    if (type === frame.OPN) this.#opening(chunk, bytes, at, total, segments);
    else this.#transport(chunk, bytes, at, total, segments);
  }

  /** Counts a routine message; false where it must be looked at. */
  #quick(chunk: Chunk, bytes: Uint8Array, at: number, total: number): boolean {
    const { everything } = this.#parts;
    const { isReadable, signature, id } = this.#channel;
    if (everything || !isReadable || bytes[at + 3] !== frame.FINAL) return false;
    if (id !== frame.channelIdAt(bytes, at)) return false;
    if (!this.#directions[chunk.side].assembly.isEmpty) return false;
    const body = at + frame.SYMMETRIC_HEADER_LENGTH;
    const end = at + total - signature;
    const isCounted = this.#isClient(chunk.side)
      ? this.#quickPath.request(chunk, bytes, at, body, end)
      : this.#quickPath.response(chunk, bytes, at, body, end);
    if (isCounted) this.#directions[chunk.side].isBroken = false;
    return isCounted;
  }

  /** True iff the sequence number is the next one, or nothing is known to compare it with. */
  #follows(side: Side, bytes: Uint8Array, at: number): boolean {
    const direction = this.#directions[side];
    const last = direction.sequence;
    direction.sequence = frame.sequenceAt(bytes, at);
    return follows(last, direction.sequence, this.#channel.isStrict);
  }

  #secured(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    segments: readonly Segment[],
    facts: OpcuaFact[],
  ): void {
    const { assembly } = this.#directions[chunk.side];
    const id = frame.requestIdAt(bytes, at);
    const head = frame.SYMMETRIC_HEADER_LENGTH;
    const kind = bytes[at + 3];
    if (kind === frame.ABORTED) {
      this.#aborted(chunk, assembly.take());
      return;
    }
    let message = new Message(chunk.at);
    if (kind === frame.FINAL && assembly.isEmpty) {
      message.add(bytes, at, total, head, segments);
    } else {
      const { signature } = this.#channel;
      const isFull = assembly.add(id, chunk.at, bytes, at, total, head, segments, signature);
      if (isFull) this.#overfull(chunk);
      if (kind !== frame.FINAL) return;
      if (assembly.isMixed && this.#channel.isReadable) facts.push(mixed(this.#who(chunk.side)));
      message = assembly.take() ?? message;
    }
    const channelId = frame.channelIdAt(bytes, at);
    if (this.#channel.id !== undefined && this.#channel.id !== channelId) {
      const text = `the channel is ${this.#channel.id}, a message came for channel ${channelId}`;
      facts.push(fault('opcua.channel', text));
    }
    this.#message(chunk, message, {
      isClosing: frame.typeAt(bytes, at) === frame.CLO,
      channelId,
      tokenId: frame.tokenIdAt(bytes, at),
      requestId: id,
      sequence: frame.sequenceAt(bytes, at),
      facts,
    });
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
    this.#pairing.gap(this.#isClient(side));
  }

  /** Of ciphertext nothing can be said of its messages. */
  #overfull(chunk: Chunk): void {
    if (!this.#channel.isReadable) return;
    this.#fault(chunk.frame, chunk.at, tooLong(this.#who(chunk.side)));
  }

  #aborted(chunk: Chunk, message: Message | undefined): void {
    if (!this.#channel.isReadable) return;
    const chunks = message?.chunks ?? 0;
    const text = `the ${this.#who(chunk.side)} gave up a message after ${chunks} chunks of it`;
    this.#fault(chunk.frame, chunk.at, fault('opcua.chunk-aborted', text));
  }

  #message(chunk: Chunk, message: Message, heading: Heading): void {
    const { counters } = this.#parts;
    const isClient = this.#isClient(chunk.side);
    if (isClient) counters.requests++;
    else counters.responses++;
    const direction = this.#directions[chunk.side];
    const { isBroken } = direction;
    direction.isBroken = false;
    const parsed = isClient
      ? this.#channel.read(message, parseRequest, isBroken)
      : this.#channel.read(message, parseResponse, isBroken);
    if (parsed === undefined) {
      // Of ciphertext, sequence number and request id are none; the channel's id stands before it.
      for (const each of this.#directions) each.sequence = NO_SEQUENCE;
      const facts = heading.facts.filter(({ name }) => name === 'opcua.channel');
      message.vouchHeaders(this.#parts.shield);
      this.#opaque.message(isClient, message, { ...heading, facts });
      return;
    }
    if (isBroken && !(isKnown(parsed) && parsed.isHeaded)) {
      message.vouchHeaders(this.#parts.shield);
      const text = `the beginning of a message of the ${this.#who(chunk.side)} is missing`;
      this.#fault(chunk.frame, chunk.at, fault('opcua.beginning-lost', text));
      return;
    }
    direction.sequence = heading.sequence;
    this.#channel.id ??= heading.channelId;
    this.#pairing.channelId = heading.channelId;
    protect(this.#parts.shield, message, parsed, this.#channel.signature);
    const { isClosing, sequence: _, ...rest } = heading;
    const facts = message.isCut ? [...heading.facts, tooLong(this.#who(chunk.side))] : rest.facts;
    const wire = this.#parts.wire && wireMessage(message, heading, this.#channel.signature);
    const seen = { ...rest, facts, at: message.at, frames: message.frames, wire };
    if (!isClient) {
      const answered = { ...seen, parsed: parsed as ParsedResponse };
      this.#pairing.response(heading.requestId, answered, message.cost);
    } else if (isClosing) {
      this.#pairing.close({ ...seen, parsed: parsed as ParsedRequest });
    } else {
      this.#pairing.request(heading.requestId, { ...seen, parsed: parsed as ParsedRequest });
    }
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
    const isRead = this.#openings.heard(isClient, opening, message);
    this.#directions[chunk.side].sequence = isRead ? opening.sequence : NO_SEQUENCE;
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
    });
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
