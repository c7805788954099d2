/**
 * MSG and CLO of one connection: chunks put together to messages, compared with what the channel and both
 * ends agreed on, read as far as the channel lets, and paired.
 *
 * The hot path is `#quick`: a Read that was asked and answered before in the same bytes, and Publish, are
 * recognised and counted where they lie.
 */
import type { Fact } from '#sensor/model/fact.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Side } from '#sensor/stream/consumer.ts';
import type { Chunk, DecodeCounters, DecodeSink, Shield } from '../protocol.ts';
import type { WireSink } from '../wire-sink.ts';
import { type Channel, isKnown } from './channel.ts';
import type { Direction } from './direction.ts';
import { fault, type OpcuaFact } from './fault.ts';
import * as frame from './frame.ts';
import type { KnownQuestions } from './known-questions.ts';
import { chunkTooLarge, type Limits, messageTooLarge, tooManyChunks } from './limits.ts';
import { Message } from './message.ts';
import { type Heading, OpaqueMessages } from './opaque.ts';
import type { Openings } from './openings.ts';
import type { Pairing } from './pairing.ts';
import { type ParsedRequest, parseRequest } from './parse-request.ts';
import { type ParsedResponse, parseResponse } from './parse-response.ts';
import { QuickPath } from './quick-path.ts';
import { type Segment, segmentsOf } from './segments.ts';
import { follows, NO_SEQUENCE, outOfSequence } from './sequence.ts';
import { protect } from './shielding.ts';
import type { Tokens } from './tokens.ts';
import { wireMessage } from './wire-message.ts';

export interface SecuredParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly clientSide: Side;
  readonly sink: DecodeSink;
  readonly shield: Shield;
  readonly counters: DecodeCounters;
  readonly known: KnownQuestions;
  readonly channel: Channel;
  readonly tokens: Tokens;
  readonly limits: Limits;
  readonly openings: Openings;
  readonly pairing: Pairing;
  readonly everything: boolean;
  readonly wire?: WireSink | undefined;
  readonly fault: (frame: number, at: Micros, fact: Fact) => void;
}

/** What stands before the ciphertext, and is what it seems in any case. */
const CLEAR: ReadonlySet<string> = new Set(['opcua.channel', 'opcua.token', 'opcua.chunk-size']);

export class SecuredMessages {
  readonly #parts: SecuredParts;
  // What the hot path asks stands here once more: each step on the way to it costs.
  readonly #channel: Channel;
  readonly #clientSide: Side;
  readonly #everything: boolean;
  readonly #quickPath: QuickPath;
  readonly #opaque: OpaqueMessages;

  constructor(parts: SecuredParts) {
    this.#parts = parts;
    this.#channel = parts.channel;
    this.#clientSide = parts.clientSide;
    this.#everything = parts.everything;
    this.#quickPath = new QuickPath(parts);
    this.#opaque = new OpaqueMessages(parts);
  }

  /** A chunk as the reader gives it, of a side that has said what `directions` say. */
  chunk(
    directions: readonly [Direction, Direction],
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly Segment[] | undefined,
  ): void {
    const direction = directions[chunk.side];
    const isNext = !this.#channel.isReadable || this.#follows(direction, bytes, at);
    const isUsual =
      isNext &&
      direction.token === frame.tokenIdAt(bytes, at) &&
      total <= direction.maxChunk &&
      !this.#parts.tokens.isOver(chunk);
    if (earlier === undefined && isUsual && this.#quick(direction, chunk, bytes, at, total)) return;
    if (!isNext) direction.note(outOfSequence(this.#who(chunk.side)));
    this.#check(direction, chunk, bytes, at, total);
    const message = this.#assemble(direction, chunk, bytes, at, total, earlier);
    if (message === undefined) return;
    this.#message(directions, chunk, message, {
      isClosing: frame.typeAt(bytes, at) === frame.CLO,
      channelId: frame.channelIdAt(bytes, at),
      tokenId: frame.tokenIdAt(bytes, at),
      requestId: frame.requestIdAt(bytes, at),
      sequence: frame.sequenceAt(bytes, at),
      facts: direction.takeFacts(),
    });
  }

  /** Counts a routine message; false where it must be looked at. */
  #quick(
    direction: Direction,
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
  ): boolean {
    const { isReadable, signature, id } = this.#channel;
    if (this.#everything || !isReadable || bytes[at + 3] !== frame.FINAL) return false;
    if (id !== frame.channelIdAt(bytes, at) || !direction.assembly.isEmpty) return false;
    const body = at + frame.SYMMETRIC_HEADER_LENGTH;
    const end = at + total - signature;
    const isCounted = this.#isClient(chunk.side)
      ? this.#quickPath.request(chunk, bytes, at, body, end)
      : this.#quickPath.response(chunk, bytes, at, body, end);
    if (isCounted) direction.isBroken = false;
    return isCounted;
  }

  /** True iff the sequence number is the next one, or nothing is known to compare it with. */
  #follows(direction: Direction, bytes: Uint8Array, at: number): boolean {
    const last = direction.sequence;
    direction.sequence = frame.sequenceAt(bytes, at);
    return follows(last, direction.sequence, this.#channel.isStrict);
  }

  /** What a chunk says in the clear. */
  #check(
    direction: Direction,
    { side, at: time }: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
  ): void {
    const { channel, tokens, openings } = this.#parts;
    const { maxChunk } = direction;
    if (total > maxChunk) direction.note(chunkTooLarge(this.#who(side), total, maxChunk));
    const channelId = frame.channelIdAt(bytes, at);
    if (channel.id !== undefined && channel.id !== channelId) {
      const text = `the channel is ${channel.id}, a message came for channel ${channelId}`;
      direction.note(fault('opcua.channel', text));
      return;
    }
    const token = frame.tokenIdAt(bytes, at);
    const late = tokens.late(token, time);
    if (late !== undefined) direction.note(late);
    if (token === direction.token) return;
    const strange = tokens.use(side, token, openings.isOpen);
    if (strange !== undefined) direction.note(strange);
    if (tokens.isCurrent(token)) direction.token = token;
  }

  /** The message that the chunk completes; undefined where it completes none. */
  #assemble(
    direction: Direction,
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly Segment[] | undefined,
  ): Message | undefined {
    const { channel, limits } = this.#parts;
    const { assembly } = direction;
    const segments = segmentsOf(chunk, at, total, earlier);
    const head = frame.SYMMETRIC_HEADER_LENGTH;
    const kind = bytes[at + 3];
    if (kind === frame.ABORTED) {
      this.#aborted(direction, chunk, assembly.take());
      return undefined;
    }
    if (kind === frame.FINAL && assembly.isEmpty) {
      const message = new Message(chunk.at);
      message.add(bytes, at, total, head, segments);
      return message;
    }
    const id = frame.requestIdAt(bytes, at);
    const { signature } = channel;
    const isFull = assembly.add(id, chunk.at, bytes, at, total, head, segments, signature);
    // Of ciphertext nothing can be said of its messages.
    if (isFull && channel.isReadable) this.#fault(chunk, tooLong(this.#who(chunk.side)));
    const { chunks } = limits.of(this.#isClient(chunk.side));
    // At once, because those without end are a way to bring servers down.
    if (assembly.chunks === chunks + 1)
      this.#fault(chunk, tooManyChunks(this.#who(chunk.side), chunks));
    if (kind !== frame.FINAL) return undefined;
    if (assembly.isMixed && channel.isReadable) direction.note(mixed(this.#who(chunk.side)));
    return assembly.take();
  }

  #aborted(direction: Direction, chunk: Chunk, message: Message | undefined): void {
    direction.isBroken = false;
    const who = this.#who(chunk.side);
    for (const fact of direction.takeFacts()) this.#fault(chunk, fact);
    if (!this.#parts.channel.isReadable) return;
    const text = `the ${who} gave up a message after ${message?.chunks ?? 0} chunks of it`;
    this.#fault(chunk, fault('opcua.chunk-aborted', text));
  }

  #message(
    directions: readonly [Direction, Direction],
    chunk: Chunk,
    message: Message,
    heading: Heading,
  ): void {
    const { counters, channel, shield, pairing } = this.#parts;
    const isClient = this.#isClient(chunk.side);
    if (isClient) counters.requests++;
    else counters.responses++;
    const direction = directions[chunk.side];
    const { isBroken } = direction;
    direction.isBroken = false;
    const parsed =
      isClient || heading.isClosing
        ? channel.read(message, parseRequest, isBroken)
        : channel.read(message, parseResponse, isBroken);
    if (parsed === undefined) {
      // Of ciphertext, sequence number and request id are none.
      for (const each of directions) each.sequence = NO_SEQUENCE;
      const facts = heading.facts.filter(({ name }) => CLEAR.has(name));
      message.vouchHeaders(shield);
      this.#opaque.message(isClient, message, { ...heading, facts });
      return;
    }
    if (isBroken && !(isKnown(parsed) && parsed.isHeaded)) {
      message.vouchHeaders(shield);
      const text = `the beginning of a message of the ${this.#who(chunk.side)} is missing`;
      this.#fault(chunk, fault('opcua.beginning-lost', text));
      return;
    }
    direction.sequence = heading.sequence;
    channel.id ??= heading.channelId;
    pairing.channelId = heading.channelId;
    protect(shield, message, parsed, channel.signature);
    const { isClosing, sequence: _, ...rest } = heading;
    const facts = [...heading.facts, ...this.#sizeFacts(chunk, message)];
    if (isClosing && !isClient)
      facts.push(fault('opcua.role', 'the server sent CLO, as the client does'));
    const wire = this.#parts.wire && wireMessage(message, heading, channel.signature);
    const seen = { ...rest, facts, at: message.at, frames: message.frames, wire };
    if (!isClient && !isClosing) {
      const answered = { ...seen, parsed: parsed as ParsedResponse };
      pairing.response(heading.requestId, answered, message.cost);
    } else if (isClosing) {
      pairing.close({ ...seen, parsed: parsed as ParsedRequest });
    } else {
      pairing.request(heading.requestId, { ...seen, parsed: parsed as ParsedRequest });
    }
  }

  #sizeFacts({ side }: Chunk, message: Message): OpcuaFact[] {
    const { channel, limits } = this.#parts;
    const limit = limits.of(this.#isClient(side)).message;
    const size = message.content - message.chunks * channel.signature;
    return [
      ...(size > limit ? [messageTooLarge(this.#who(side), size, limit)] : []),
      ...(message.isCut ? [tooLong(this.#who(side))] : []),
    ];
  }

  #isClient(side: Side): boolean {
    return side === this.#clientSide;
  }

  #who(side: Side): 'client' | 'server' {
    return this.#isClient(side) ? 'client' : 'server';
  }

  #fault({ frame: number, at }: Chunk, fact: Fact): void {
    this.#parts.fault(number, at, fact);
  }
}

const mixed = (who: string): OpcuaFact =>
  fault('opcua.request-mixed', `the chunks of a message of the ${who} name several request ids`);

const tooLong = (who: string): OpcuaFact =>
  fault('opcua.chunk-limit', `a message of the ${who} was too much to be kept until its end came`);
