/**
 * Is this OPC UA? By content, on any port: a message type of three letters, a chunk type, and a size that
 * fits them are eight bytes that hardly anything else begins with; and what follows the chunk must be one
 * again.
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

export function probeOpcua({ held, ports, first }: Evidence): Verdict {
  const sides = [held[0], held[1]].map(sight);
  if (sides.some((sighting) => sighting === 'none')) return { kind: 'no' };
  for (const side of [first, other(first)]) {
    const sighting = sides[side];
    switch (sighting) {
      case 'asks':
        return { kind: 'yes', client: side };
      case 'answers':
        return { kind: 'yes', client: other(side) };
      case 'turns':
        return { kind: 'yes', client: other(side), isSure: true };
      case 'speaks': {
        const server = ports.indexOf(OPCUA_PORT);
        const isPlain = server >= 0 && ports[0] !== ports[1];
        return { kind: 'yes', client: isPlain ? other(server as Side) : first };
      }
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
 * What the first chunk of a side tells: it is one that a client sends, or a server, or a server that
 * opened the TCP connection itself (RHE); or it is one of either. `few`: too little to tell.
 */
type Sighting = 'none' | 'few' | 'asks' | 'answers' | 'turns' | 'speaks';

function sight({ bytes, length }: Held): Sighting {
  if (length === 0) return 'few';
  const total = frame.measureChunk(bytes, 0, length);
  if (total < 0) return 'none';
  if (length < frame.SYMMETRIC_HEADER_LENGTH) return 'few';
  if (total > 0 && total < length && frame.measureChunk(bytes, total, length) < 0) return 'none';
  switch (frame.typeAt(bytes, 0)) {
    case frame.HEL:
    case frame.CLO:
      return 'asks';
    case frame.ACK:
      return 'answers';
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
