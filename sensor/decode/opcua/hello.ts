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
import type { OpcuaDetail } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import { BinaryReader } from './binary.ts';
import { bodyFacts, fault, type OpcuaFact } from './fault.ts';
import { HEADER_LENGTH } from './frame.ts';
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
    facts,
  };
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
      const small = buffers(reader);
      const url = reader.text();
      const { facts, ...rest } = finish(url === undefined ? {} : { endpointUrl: url }, 'unknown');
      return { ...rest, facts: [...facts, ...small] };
    }
    case 'ACK': {
      const small = buffers(reader);
      const { facts, ...rest } = finish({}, 'success');
      return { ...rest, facts: [...facts, ...small] };
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

function buffers(reader: BinaryReader): OpcuaFact[] {
  reader.take(4);
  const [receive, send] = [reader.uint32(), reader.uint32()];
  reader.take(8);
  const least = Math.min(receive, send);
  if (reader.fault !== undefined || least >= MIN_BUFFER) return [];
  return [fault('opcua.hello', `a buffer of ${least} bytes is below the least of ${MIN_BUFFER}`)];
}
