/** What the recognisers of all connections share, and the clock that they have none of themselves. */
import type { Micros } from '#sensor/model/time.ts';
import type { KnownServers } from './known-servers.ts';
import type { Conversation, Decoder, DecodeSink, Peers } from './protocol.ts';
import { Recogniser } from './recognise.ts';

/** So long a connection may stay undecided after its last bytes: no device takes longer to answer. */
export const DECIDE_WITHIN_MICROS = 10_000_000;

/** What connections of which nobody knows yet what they are may hold together, in bytes: 2,000 of the largest. */
export const MAX_HELD_COST = 16_777_216;

export interface RecognitionParts {
  readonly decoders: readonly Decoder[];
  readonly sink: DecodeSink;
  readonly servers: KnownServers;
}

export interface Recognition {
  /** Takes the bytes of a new connection. */
  readonly open: (peers: Peers) => Conversation;
  /** Decides by what there is where nothing more came. About once a second, by the time of the packets. */
  readonly tick: (now: Micros) => void;
  /** About the bytes of memory that is held for connections of unknown protocol. */
  readonly held: number;
}

export function createRecognition(parts: RecognitionParts): Recognition {
  /** Connections that may still become something, by the time of their last bytes. */
  const undecided = new Map<Recogniser, Micros>();
  /** What each holds, those first that have held something longest. */
  const costs = new Map<Recogniser, number>();
  let held = 0;
  const count = (recogniser: Recogniser, cost: number): void => {
    held += cost - (costs.get(recogniser) ?? 0);
    if (cost === 0) costs.delete(recogniser);
    else costs.set(recogniser, cost);
    for (const [longest] of costs) {
      if (held <= MAX_HELD_COST) return;
      longest.letGo();
    }
  };
  const settle = (recogniser: Recogniser, since: Micros | undefined, cost: number): void => {
    undecided.delete(recogniser);
    if (since !== undefined) undecided.set(recogniser, since);
    count(recogniser, cost);
  };
  const { decoders } = parts;
  const bound = decoders.filter(({ onlyAtPort }) => onlyAtPort === true);
  const isBound = (port: number): boolean => bound.some((decoder) => decoder.port === port);
  // Else all TLS of a network would be held as what may be Modbus/TCP Security.
  const free = decoders.filter((decoder) => !bound.includes(decoder));
  const elsewhere = { ...parts, decoders: free, settle };
  const atPort = { ...parts, settle };
  return {
    get held() {
      return held;
    },
    open: (peers) =>
      new Recogniser(peers, isBound(peers.port(0)) || isBound(peers.port(1)) ? atPort : elsewhere),
    tick: (now) => {
      for (const [recogniser, since] of undecided) {
        if (now - since <= DECIDE_WITHIN_MICROS) return;
        undecided.delete(recogniser);
        recogniser.conclude();
      }
    },
  };
}
