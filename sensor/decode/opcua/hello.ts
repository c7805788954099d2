/**
 * The messages of the transport: HEL, ACK, ERR and RHE. OPC 10000-6, 7.1.2.
 *
 *     HEL   version, receive buffer, send buffer, max message, max chunks (5 x 4), endpoint URL
 *     ACK   the same five
 *     ERR   error (4), reason
 *     RHE   server URI, endpoint URL
 *
 * Each is one chunk and an exchange of its own.
 */
import type { OpcuaExchange, Outcome } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaDetail, OpcuaHello } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import { BinaryReader } from './binary.ts';
import { bodyFacts, fault, type OpcuaFact } from './fault.ts';
import { HEADER_LENGTH } from './frame.ts';
import type { Limits } from './limits.ts';
import { statusOf } from './status-codes.ts';

/** Buffers may not be smaller. OPC 10000-6, 7.1.2.3. */
const MIN_BUFFER = 8192;

export interface TransportMessage {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly type: 'HEL' | 'ACK' | 'ERR' | 'RHE';
  readonly isFromClient: boolean;
  /** The whole chunk. */
  readonly bytes: Buffer;
  readonly at: Micros;
  readonly frames: readonly number[];
  readonly limits: Limits;
}

export function transportExchange(message: TransportMessage): OpcuaExchange {
  const { client, server, type, isFromClient, at, frames } = message;
  const { detail, outcome, facts } = read(message);
  return {
    kind: 'exchange',
    at,
    client,
    server,
    transport: 'tcp',
    protocol: 'opcua',
    opcua: { messageType: type, ...detail },
    outcome,
    frames: isFromClient ? { request: frames, response: [] } : { request: [], response: frames },
    operations: [],
    facts: [...facts, ...misplaced(message), ...limitFacts(message, detail)],
  };
}

/** What is agreed on here holds for all that follows. */
function limitFacts(
  { limits, type, isFromClient }: TransportMessage,
  detail: Partial<OpcuaDetail>,
): OpcuaFact[] {
  const { hello } = detail;
  if (hello === undefined) return [];
  if (type === 'ACK' && !isFromClient) return limits.acknowledge(hello);
  if (type === 'HEL' && isFromClient) limits.offer(hello);
  return [];
}

interface ReadMessage {
  readonly detail: Partial<OpcuaDetail>;
  readonly outcome: Outcome;
  readonly facts: readonly OpcuaFact[];
}

function read({ type, bytes }: TransportMessage): ReadMessage {
  const reader = new BinaryReader(bytes, HEADER_LENGTH);
  const finish = (detail: Partial<OpcuaDetail>, outcome: Outcome): ReadMessage => ({
    detail,
    outcome,
    facts: bodyFacts(reader, { name: type, isRead: true, at: 0 }),
  });
  switch (type) {
    case 'HEL': {
      const hello = readHello(reader);
      const url = reader.text();
      const named = url === undefined ? {} : { endpointUrl: url };
      const { facts, ...rest } = finish({ hello, ...named }, 'unknown');
      return { ...rest, facts: [...facts, ...small(hello, reader)] };
    }
    case 'ACK': {
      const hello = readHello(reader);
      const { facts, ...rest } = finish({ hello }, 'success');
      return { ...rest, facts: [...facts, ...small(hello, reader)] };
    }
    case 'ERR': {
      const status = statusOf(reader.uint32());
      // The reason is free text of a program, and says what the code says.
      reader.skipText();
      return finish({ status }, 'failure');
    }
    case 'RHE': {
      const serverUri = reader.text();
      const endpointUrl = reader.text();
      return finish(
        {
          ...(serverUri === undefined ? {} : { serverUri }),
          ...(endpointUrl === undefined ? {} : { endpointUrl }),
        },
        'unknown',
      );
    }
    default:
      return type satisfies never;
  }
}

function readHello(reader: BinaryReader): OpcuaHello {
  return {
    version: reader.uint32(),
    receiveBuffer: reader.uint32(),
    sendBuffer: reader.uint32(),
    maxMessage: reader.uint32(),
    maxChunks: reader.uint32(),
  };
}

function small({ receiveBuffer, sendBuffer }: OpcuaHello, reader: BinaryReader): OpcuaFact[] {
  const least = Math.min(receiveBuffer, sendBuffer);
  if (reader.fault !== undefined || least >= MIN_BUFFER) return [];
  return [fault('opcua.hello', `a buffer of ${least} bytes is below the least of ${MIN_BUFFER}`)];
}

/** Who sends it; either side may send an ERR. 7.1.2.1, and for the server that calls, 7.1.2.6. */
const SENDERS: ReadonlyMap<TransportMessage['type'], 'client' | 'server'> = new Map([
  ['HEL', 'client'],
  ['ACK', 'server'],
  ['RHE', 'server'],
]);

function misplaced({ type, isFromClient }: TransportMessage): OpcuaFact[] {
  const who = isFromClient ? 'client' : 'server';
  const sender = SENDERS.get(type);
  if (sender === undefined || sender === who) return [];
  return [fault('opcua.role', `the ${who} sent ${type}, as the ${sender} does`)];
}
