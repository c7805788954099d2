/**
 * Is this OPC UA? By content, on any port: a message type of three letters, a chunk type, and a size that
 * fits them are eight bytes that hardly anything else begins with; and what follows the chunk must be one
 * again, where no server is known to stand.
 */
import type { Side } from '#sensor/stream/consumer.ts';
import type { Evidence, Held, Verdict } from '../protocol.ts';
import * as frame from './frame.ts';
import { quickId } from './quick.ts';
import { BY_RESPONSE, SERVICE_FAULT, SERVICES } from './services.ts';

/** IANA service name `opcua-tcp`. */
export const OPCUA_PORT = 4840;

/** Could a stream begin with these bytes? Allocates nothing. */
export function mayBeginOpcua(bytes: Uint8Array, at: number, end: number): boolean {
  return frame.measureChunk(bytes, at, end) >= 0;
}

export function probeOpcua({ held, ports, first, server: known }: Evidence): Verdict {
  const sides = [held[0], held[1]].map((each) => sight(each, known !== undefined));
  if (sides.some((sighting) => sighting === 'none')) return { kind: 'no' };
  const order = [first, other(first)];
  // What only one of both ends says is certain, whoever opened the connection; so it comes first.
  for (const side of order) {
    const sighting = sides[side];
    if (sighting === 'turns') {
      return { kind: 'yes', client: other(side), isSure: true, isReversed: true };
    }
    if (sighting === 'greets') return { kind: 'yes', client: side, isSure: true };
    if (sighting === 'welcomes') return { kind: 'yes', client: other(side), isSure: true };
  }
  for (const side of order) {
    const sighting = sides[side];
    switch (sighting) {
      case 'asks':
        return { kind: 'yes', client: side };
      case 'answers':
        return { kind: 'yes', client: other(side) };
      case 'speaks': {
        const server = ports.indexOf(OPCUA_PORT);
        const isPlain = server >= 0 && ports[0] !== ports[1];
        return { kind: 'yes', client: isPlain ? other(server as Side) : first };
      }
      case 'turns':
      case 'greets':
      case 'welcomes':
      case 'none':
      case 'few':
      case undefined:
        break;
      default:
        sighting satisfies never;
    }
  }
  return { kind: 'more' };
}

/**
 * What the first chunk of a side tells: only a client sends it (HEL) or only a server (ACK, and RHE where
 * it opened the TCP connection itself); by what it says it is a client's or a server's; or it is one of
 * either. `few`: too little to tell.
 */
type Sighting = 'none' | 'few' | 'greets' | 'welcomes' | 'turns' | 'asks' | 'answers' | 'speaks';

function sight({ bytes, length }: Held, isExpected: boolean): Sighting {
  if (length === 0) return 'few';
  const total = frame.measureChunk(bytes, 0, length);
  if (total < 0) return 'none';
  if (length < frame.SYMMETRIC_HEADER_LENGTH) return 'few';
  // To a known server one chunk is evidence enough, and what follows it is looked at later.
  const isFollowed = total > 0 && total < length && !isExpected;
  if (isFollowed && frame.measureChunk(bytes, total, length) < 0) return 'none';
  switch (frame.typeAt(bytes, 0)) {
    case frame.HEL:
      return 'greets';
    case frame.ACK:
      return 'welcomes';
    case frame.CLO:
      return 'asks';
    case frame.RHE:
      return 'turns';
    case frame.OPN:
      // A client that has no channel yet names none.
      return frame.channelIdAt(bytes, 0) === 0 ? 'asks' : 'speaks';
    case frame.MSG: {
      const id = quickId(bytes, frame.SYMMETRIC_HEADER_LENGTH, length);
      if (SERVICES.has(id)) return 'asks';
      return BY_RESPONSE.has(id) || id === SERVICE_FAULT ? 'answers' : 'speaks';
    }
    default:
      return 'speaks';
  }
}

const other = (side: Side): Side => (side === 0 ? 1 : 0);
