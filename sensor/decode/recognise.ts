/**
 * Finds out which protocol a connection speaks, by its first bytes, and then hands the connection to the
 * conversation of that decoder, the first bytes included.
 *
 * Most connections of a network are nobody's: their first segment fits no decoder, and nothing is
 * kept of them. Only what may still become something is copied, and not much of it.
 */
import type { Fact } from '#sensor/model/fact.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Side, StreamEnd } from '#sensor/stream/consumer.ts';
import type { Chunk, Conversation, Decoder, Held, Peers, Verdict } from './protocol.ts';
import type { RecognitionParts } from './recognition.ts';

type Yes = Extract<Verdict, { readonly kind: 'yes' }>;

/**
 * Bytes of one side kept while undecided; a first segment may be longer. Two of the largest Modbus ADUs
 * fit many times, and a connection that says nothing clear within them never will.
 */
const HOLD_LIMIT = 4096;

/**
 * Segments that start nothing before a connection is given up: one may be the rest of a message, or
 * sent to make the sensor look away. To a known server no connection is given up.
 */
export const TRIES = 8;

/** Bytes of memory that a kept segment takes beside its own. */
const KEPT_COST = 96;

/** A kept segment, to be handed on as it came. */
interface Kept {
  readonly side: Side;
  readonly start: number;
  readonly place: number;
  readonly length: number;
  readonly frame: number;
  readonly at: Micros;
}

interface Hold {
  readonly sides: readonly [HeldBytes, HeldBytes];
  readonly order: Kept[];
}

interface HeldBytes extends Held {
  bytes: Uint8Array;
  length: number;
}

export interface RecogniserParts extends RecognitionParts {
  /**
   * Says since when this one holds bytes that may become something, and what that costs; undefined when it
   * no longer does. It may be told to let go before this returns.
   */
  readonly settle: (recogniser: Recogniser, since: Micros | undefined, cost: number) => void;
}

type End = Parameters<Conversation['end']>;

const NO_ENDS: readonly End[] = [];

export class Recogniser implements Conversation {
  readonly #peers: Peers;
  readonly #parts: RecogniserParts;
  /** Then all that comes goes to the conversation that it was handed to. */
  #isRecognised = false;
  #hold: Hold | undefined;
  #tries = 0;
  /** Ends that came before it was known whose they are. */
  #ends: readonly End[] = NO_ENDS;

  constructor(peers: Peers, parts: RecogniserParts) {
    this.#peers = peers;
    this.#parts = parts;
  }

  bytes(chunk: Chunk): void {
    this.#look(chunk);
  }

  gap(): void {
    this.#forget();
  }

  /** Of bytes of which nobody knows what they are. */
  conflict(): void {}

  end(side: Side, reason: StreamEnd, frame: number, at: Micros): void {
    this.#ends = [...this.#ends, [side, reason, frame, at]];
    if (this.#ends.length === 2) this.conclude();
  }

  /** Nothing more came: what is held must do. */
  conclude(): void {
    const [first] = this.#hold?.order ?? [];
    if (this.#hold !== undefined && first !== undefined) this.#ask(this.#hold, first.side, true);
    if (this.#ends.length === 2) this.#forget();
  }

  /** All that is held for undecided connections takes too much: decides now, or forgets what was held. */
  letGo(): void {
    this.conclude();
    const last = this.#hold?.order.at(-1);
    if (last === undefined) return;
    this.#forget();
    const text =
      'the first bytes of a connection of unknown protocol were let go: those of all took too much memory';
    this.#fault(this.#peers.client ?? 0, last, { name: 'stream.undecided-limit', text });
  }

  #look(chunk: Chunk): void {
    const { bytes, offset, length, side } = chunk;
    const begun = (this.#hold?.sides[side].length ?? 0) > 0;
    if (!begun && !this.#parts.decoders.some((d) => d.mayBegin(bytes, offset, offset + length))) {
      this.#miss(chunk);
      return;
    }
    if (this.#hold === undefined) {
      this.#lookAlone(chunk);
      return;
    }
    const hold = this.#keep(chunk);
    if (hold === undefined) {
      this.#miss(chunk);
      return;
    }
    this.#decide(hold, chunk);
  }

  /** Nothing came before it: most of those that become something are known by it alone, and then nothing is copied. */
  #lookAlone(chunk: Chunk): void {
    const { side, bytes, offset, place, length, frame, at } = chunk;
    const shown = nothingHeld();
    shown.sides[side].bytes = bytes.subarray(offset, offset + length);
    shown.sides[side].length = length;
    shown.order.push({ side, start: 0, place, length, frame, at });
    const isWanted = this.#ask(shown, side);
    if (this.#isRecognised) return;
    if (!isWanted || this.#keep(chunk) === undefined) this.#miss(chunk);
  }

  #decide(hold: Hold, chunk: Chunk): void {
    if (this.#ask(hold, chunk.side)) return;
    // What this side sent before may have been the rest of a message, or junk: what it sends now may begin one.
    if (hold.sides[chunk.side].length > chunk.length) {
      const again = this.#keep(chunk, withoutSide(hold, chunk.side));
      if (again !== undefined && this.#ask(again, chunk.side)) return;
    }
    this.#miss(chunk);
  }

  /** Asks each decoder; false where none will ever want it. */
  #ask(hold: Hold, side: Side, over = false): boolean {
    const ports = [this.#peers.port(0), this.#peers.port(1)] as const;
    const first = hold.order[0]?.side ?? side;
    let undecided = false;
    for (const decoder of this.#parts.decoders) {
      const server = this.#serverOf(decoder);
      const verdict = decoder.probe({ held: hold.sides, ports, server, first, over });
      if (verdict.kind === 'yes') {
        this.#recognised(decoder, verdict, hold);
        return true;
      }
      undecided ||= verdict.kind === 'more';
    }
    return undecided;
  }

  /** The one side that is known to serve this protocol; undefined where neither or either is. */
  #serverOf(decoder: Decoder): Side | undefined {
    const { servers } = this.#parts;
    const left = servers.serves(decoder, this.#peers, 0);
    if (left === servers.serves(decoder, this.#peers, 1)) return undefined;
    return left ? 0 : 1;
  }

  #recognised(decoder: Decoder, { client, isSure, isReversed }: Yes, hold: Hold): void {
    this.#peers.setClient(isReversed === true ? other(client) : client);
    const clientSide = isSure === true ? client : (this.#peers.client ?? client);
    const server = other(clientSide);
    const conversation = decoder.open(this.#peers, clientSide);
    this.#isRecognised = true;
    this.#peers.handTo(conversation);
    this.#forget();
    // A client alone proves nothing: it may talk Modbus to a web server. A server that called has no port where it listens.
    if (hold.sides[server].length > 0 && this.#peers.client !== server) {
      this.#parts.servers.hear({
        protocol: decoder.protocol,
        transport: this.#peers.transport,
        ...this.#peers.endpoint(server),
      });
    }
    for (const { side, start, ...kept } of hold.order) {
      conversation.bytes({ side, bytes: hold.sides[side].bytes, offset: start, ...kept });
    }
    for (const end of this.#ends) conversation.end(...end);
  }

  #forget(): void {
    if (this.#hold === undefined) return;
    this.#hold = undefined;
    this.#parts.settle(this, undefined, 0);
  }

  /** These bytes start nothing. */
  #miss(chunk: Chunk): void {
    if (this.#isRecognised) return;
    this.#forget();
    this.#tries++;
    const { decoders, servers } = this.#parts;
    const expected = decoders.find(
      (decoder) =>
        servers.serves(decoder, this.#peers, 0) || servers.serves(decoder, this.#peers, 1),
    );
    if (expected === undefined) {
      if (this.#tries >= TRIES) this.#peers.ignore();
      return;
    }
    // From the start of a stream there is no excuse; in mid-stream the next segment may begin a message.
    const certain = this.#peers.fromStart ? 1 : TRIES;
    if (this.#tries === certain) this.#stranger(chunk, expected);
  }

  /** Something else is said to, or by, a server of a protocol. */
  #stranger(chunk: Chunk, decoder: Decoder): void {
    const { protocol } = decoder;
    const client = this.#peers.client ?? (this.#serverOf(decoder) === 0 ? 1 : 0);
    const port = this.#peers.port(client === 0 ? 1 : 0);
    // From the middle of a stream they may be part of a password.
    const shown = this.#peers.fromStart ? 8 : 0;
    const bytes = Buffer.from(chunk.bytes.slice(chunk.offset, chunk.offset + shown));
    const what = shown === 0 ? '' : `: \`${bytes.toString('hex')}\``;
    const fact: Fact = {
      name: `${protocol}.other-protocol`,
      text: `port ${port} carries no ${protocol}${what}`,
    };
    this.#fault(client, chunk, fact);
  }

  #fault(client: Side, { at, frame }: Pick<Chunk, 'at' | 'frame'>, fact: Fact): void {
    this.#parts.sink.event({
      kind: 'fault',
      at,
      client: this.#peers.endpoint(client),
      server: this.#peers.endpoint(other(client)),
      transport: this.#peers.transport,
      frame,
      facts: [fact],
    });
  }

  /** Copies the segment; undefined if there is no room, so that it will never be decided, or was at once. */
  #keep(chunk: Chunk, hold: Hold = this.#hold ?? nothingHeld()): Hold | undefined {
    this.#hold = hold;
    const side = hold.sides[chunk.side];
    const start = side.length;
    if (start > 0 && start + chunk.length > HOLD_LIMIT) return undefined;
    const segment = chunk.bytes.subarray(chunk.offset, chunk.offset + chunk.length);
    side.bytes = Buffer.concat([side.bytes, segment]);
    side.length = side.bytes.length;
    const { place, length, frame, at } = chunk;
    hold.order.push({ side: chunk.side, start, place, length, frame, at });
    const kept = hold.sides[0].length + hold.sides[1].length;
    this.#parts.settle(this, at, kept + hold.order.length * KEPT_COST);
    // It may be this one that had to let go.
    return this.#hold;
  }
}

const other = (side: Side): Side => (side === 0 ? 1 : 0);

const nothing = (): HeldBytes => ({ bytes: new Uint8Array(0), length: 0 });

const nothingHeld = (): Hold => ({ sides: [nothing(), nothing()], order: [] });

function withoutSide(hold: Hold, side: Side): Hold {
  const [left, right] = hold.sides;
  return {
    sides: side === 0 ? [nothing(), right] : [left, nothing()],
    order: hold.order.filter((kept) => kept.side !== side),
  };
}
