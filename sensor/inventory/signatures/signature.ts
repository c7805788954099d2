/**
 * A protocol known by its first bytes. Each row of the tables in this folder says what a client's and
 * what a server's message looks like; nothing is kept, copied or thrown, whatever the bytes.
 */

/** Captured bytes `at` to `end` of one segment or datagram; one object, filled anew. */
export interface Look {
  bytes: Uint8Array;
  /** Over the same memory and with the same origin as `bytes`. */
  view: DataView;
  at: number;
  end: number;
  /** Bytes of it that were on the wire and not captured. */
  missing: number;
}

export type Sign = (look: Look) => boolean;

export interface Signature {
  /** As `network.protocol` of ECS writes it. */
  readonly protocol: string;
  readonly transports: readonly ('tcp' | 'udp')[];
  readonly asks: Sign;
  readonly answers: Sign;
  /** Registered, or in general use. */
  readonly ports: readonly number[];
  /**
   * `strong`: one such message is no accident. `weak`: it takes one from each side, or one at a
   * registered port, and then it is said that the port decided. `at-port`: many protocols look so, and
   * only at their port they are told apart; elsewhere they are never recognised.
   */
  readonly proof: 'strong' | 'weak' | 'at-port';
  /** What such a message of the client, of the server, says of the server; undefined where it says nothing. */
  readonly askedDetail?: (look: Look) => string | undefined;
  readonly answeredDetail?: (look: Look) => string | undefined;
}

export const lengthOf = ({ at, end }: Look): number => end - at;

/** On the wire, whether or not captured. */
export const wireLengthOf = ({ at, end, missing }: Look): number => end - at + missing;

/** True iff the bytes at `offset` are those of `text`, which is ASCII. */
export function says(look: Look, text: string, offset = 0): boolean {
  if (lengthOf(look) < offset + text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (look.bytes[look.at + offset + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

export const byte = ({ bytes, at }: Look, offset: number): number => bytes[at + offset] as number;

export const word = ({ view, at }: Look, offset: number): number => view.getUint16(at + offset);

export const littleWord = ({ view, at }: Look, offset: number): number =>
  view.getUint16(at + offset, true);

export const long = ({ view, at }: Look, offset: number): number => view.getUint32(at + offset);

export const never: Sign = () => false;
