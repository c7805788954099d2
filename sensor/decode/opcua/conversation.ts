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
import type { Micros } from '#sensor/model/time.ts';
import type { Side, StreamEnd } from '#sensor/stream/consumer.ts';
import type { Chunk, Conversation, DecodeCounters, DecodeSink, Shield } from '../protocol.ts';
import { MessageAssembly, NEXT_CHUNK_WITHIN_MICROS } from './assembly.ts';
import { Channel, isKnown } from './channel.ts';
import { type ChunkHandler, ChunkReader, type Segment, segmentsOf } from './chunk-reader.ts';
import type { Directory } from './directory.ts';
import { fault, type OpcuaFact } from './fault.ts';
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
import type { WaitingMessages } from './waiting.ts';

export interface ConversationParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly clientSide: Side;
  readonly sink: DecodeSink;
  readonly shield: Shield;
  readonly counters: DecodeCounters;
  readonly known: KnownQuestions;
  readonly directory: Directory;
  readonly waiting: WaitingMessages;
  /** Build each exchange, also of routine reads. */
  readonly everything: boolean;
  /** Called once, when both directions have ended. */
  readonly closed: (conversation: OpcuaConversation) => void;
}

/** Sequence numbers start over below this, OPC 10000-6, 6.7.2.4, once they have come near 2^32. */
const WRAPPED_BELOW = 1024;
const WRAPS_FROM = 4_294_966_271;

/** What one side has said so far. */
interface Direction {
  readonly reader: ChunkReader;
  readonly assembly: MessageAssembly;
  /** Of its last chunk that could be read; -1 where nothing is known. */
  sequence: number;
}

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
    this.#pairing = new Pairing({ ...parts, security: () => this.#channel.security(false) });
    this.#openings = new Openings({ ...parts, channel: this.#channel });
    const shared = { ...parts, channel: this.#channel, pairing: this.#pairing };
    this.#quickPath = new QuickPath(shared);
    this.#opaque = new OpaqueMessages(shared);
    this.#directions = [this.#direction(), this.#direction()];
  }

  bytes(chunk: Chunk): void {
    this.#directions[chunk.side].reader.read(chunk);
  }

  gap(side: Side, length: number, number: number, at: Micros): void {
    const direction = this.#directions[side];
    direction.reader.gap();
    direction.assembly.take();
    direction.sequence = -1;
    this.#pairing.gap(this.#isClient(side));
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
    for (const side of [0, 1] as const) {
      const last = this.#directions[side].assembly.tick(moment.at);
      if (last === undefined) continue;
      const seconds = NEXT_CHUNK_WITHIN_MICROS / 1e6;
      const text = `no chunk followed within ${seconds} s in a message of the ${this.#who(side)}`;
      this.#fault(last, moment.at, fault('opcua.chunk-limit', text));
    }
  }

  lost(chunk: Chunk, name: 'opcua.message-type' | 'opcua.size'): void {
    const what = name === 'opcua.size' ? 'an impossible size' : 'no message type';
    const text = `the ${this.#who(chunk.side)} sent a header with ${what}`;
    this.#fault(chunk.frame, chunk.at, fault(name, text));
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
    return this.#isClient(chunk.side)
      ? this.#quickPath.request(chunk, bytes, at, body, end)
      : this.#quickPath.response(chunk, bytes, at, body, end);
  }

  /** True iff the sequence number is the next one, or nothing is known to compare it with. */
  #follows(side: Side, bytes: Uint8Array, at: number): boolean {
    const direction = this.#directions[side];
    const last = direction.sequence;
    const next = frame.sequenceAt(bytes, at);
    direction.sequence = next;
    return last < 0 || next === last + 1 || (next < WRAPPED_BELOW && last >= WRAPS_FROM);
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
    const parsed = isClient
      ? this.#channel.read(message, parseRequest)
      : this.#channel.read(message, parseResponse);
    if (parsed === undefined) {
      // Of ciphertext, sequence number and request id are none; the channel's id stands before it.
      for (const direction of this.#directions) direction.sequence = -1;
      const facts = heading.facts.filter(({ name }) => name === 'opcua.channel');
      message.vouchHeaders(this.#parts.shield);
      this.#opaque.message(isClient, message, { ...heading, facts });
      return;
    }
    this.#directions[chunk.side].sequence = heading.sequence;
    this.#channel.id ??= heading.channelId;
    this.#pairing.channelId = heading.channelId;
    this.#protect(message, parsed);
    const { isClosing, sequence: _, ...rest } = heading;
    const facts = message.isCut ? [...heading.facts, tooLong(this.#who(chunk.side))] : rest.facts;
    const seen = { ...rest, facts, at: message.at, frames: message.frames };
    if (!isClient) {
      this.#pairing.response(heading.requestId, { ...seen, parsed: parsed as ParsedResponse });
    } else if (isClosing) {
      this.#pairing.close({ ...seen, parsed: parsed as ParsedRequest });
    } else {
      this.#pairing.request(heading.requestId, { ...seen, parsed: parsed as ParsedRequest });
    }
  }

  /** Overwrites the secrets of a message in what is kept of the wire, and vouches for what was understood. */
  #protect(message: Message, parsed: ParsedRequest | ParsedResponse): void {
    const { shield } = this.#parts;
    message.hide(shield, parsed.secrets, this.#channel.signature);
    // Of a service that is known by its header alone, the specification puts secrets nowhere else.
    const isUnderstood = parsed.isExact || (parsed.body.kind === 'unread' && isFaultless(parsed));
    if (isKnown(parsed) && parsed.isHeaded && isUnderstood && !message.isCut) message.vouch(shield);
    else message.vouchHeaders(shield);
  }

  #opening(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    segments: readonly Segment[],
  ): void {
    const { counters, shield } = this.#parts;
    const isClient = this.#isClient(chunk.side);
    const opening = readOpening(Buffer.from(bytes.subarray(at, at + total)));
    if (opening === undefined) {
      const text = `the ${this.#who(chunk.side)} opens a channel with headers that do not fit`;
      this.#fault(chunk.frame, chunk.at, fault('opcua.truncated', text));
      return;
    }
    const { policy, channelId, requestId, certificate } = opening;
    const channel = this.#channel;
    channel.open(policy);
    if (isClient) channel.certificate = certificate;
    else channel.serverCertificate = certificate;
    if (!isClient) channel.id = channelId;
    if (isClient) counters.requests++;
    else counters.responses++;
    const message = new Message(chunk.at);
    message.add(bytes, at, total, opening.head, segments);
    const isReadable = policy === 'None';
    this.#directions[chunk.side].sequence = isReadable ? opening.sequence : -1;
    const common = { at: chunk.at, frames: message.frames, channelId, certificate, facts: [] };
    const seen = isReadable ? { ...common, requestId } : common;
    if (!isReadable) message.vouchHeaders(shield);
    if (isClient) {
      const asked = isReadable ? parseRequest(message.body(0)) : undefined;
      if (asked !== undefined) this.#protect(message, asked);
      this.#openings.request(asked === undefined ? seen : { ...seen, asked });
    } else {
      const answered = isReadable ? parseResponse(message.body(0)) : undefined;
      if (answered !== undefined) this.#protect(message, answered);
      this.#openings.response(answered === undefined ? seen : { ...seen, answered });
    }
  }

  #transport(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    segments: readonly Segment[],
  ): void {
    const { client, server, sink, shield, counters } = this.#parts;
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
  }

  #direction(): Direction {
    return {
      reader: new ChunkReader(this),
      assembly: new MessageAssembly(this.#parts.waiting),
      sequence: -1,
    };
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

const isFaultless = ({ facts }: ParsedRequest | ParsedResponse): boolean =>
  facts.every(({ name }) => name === 'opcua.text');

const outOfSequence = (who: string): OpcuaFact =>
  fault('opcua.sequence', `the sequence number of the ${who} is not the next one`);

const mixed = (who: string): OpcuaFact =>
  fault('opcua.request-mixed', `the chunks of a message of the ${who} name several request ids`);

const tooLong = (who: string): OpcuaFact =>
  fault('opcua.chunk-limit', `a message of the ${who} was too much to be kept until its end came`);
