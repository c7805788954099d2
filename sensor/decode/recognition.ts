/** What the recognisers of all connections share, and the clock that they have none of themselves. */
import type { Micros } from '#sensor/model/time.ts';
import type { KnownServers } from './known-servers.ts';
import type { Conversation, Decoder, DecodeSink, Peers } from './protocol.ts';
import { Recogniser } from './recognise.ts';

/** So long a connection may stay undecided after its last bytes: no device takes longer to answer. */
export const DECIDE_WITHIN_MICROS = 10_000_000;

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
}

export function createRecognition(parts: RecognitionParts): Recognition {
  /** Connections that may still become something, by the time of their last bytes. */
  const undecided = new Map<Recogniser, Micros>();
  const settle = (recogniser: Recogniser, since: Micros | undefined): void => {
    undecided.delete(recogniser);
    if (since !== undefined) undecided.set(recogniser, since);
  };
  return {
    open: (peers) => new Recogniser(peers, { ...parts, settle }),
    tick: (now) => {
      for (const [recogniser, since] of undecided) {
        if (now - since <= DECIDE_WITHIN_MICROS) return;
        undecided.delete(recogniser);
        recogniser.conclude();
      }
    },
  };
}
