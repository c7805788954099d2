/**
 * Openings of the secure channel, asked and answered, as exchanges. There is one at a time: with every
 * policy but None the request id is encrypted, so they are joined by their order.
 */
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaCertificate } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { DecodeCounters, DecodeSink } from '../protocol.ts';
import type { Channel } from './channel.ts';
import { fault, type OpcuaFact } from './fault.ts';
import type { ParsedRequest } from './parse-request.ts';
import type { ParsedResponse } from './parse-response.ts';
import { OPEN_CHANNEL } from './services.ts';
import { isBad, statusOf } from './status-codes.ts';

export interface SeenOpening {
  readonly at: Micros;
  readonly frames: readonly number[];
  readonly channelId: number;
  /** Valid iff the policy is None, as are the parsed bodies. */
  readonly requestId?: number;
  readonly certificate: OpcuaCertificate | undefined;
  readonly asked?: ParsedRequest;
  readonly answered?: ParsedResponse;
  readonly facts: readonly OpcuaFact[];
}

export interface OpeningsParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly sink: DecodeSink;
  readonly counters: DecodeCounters;
  readonly channel: Channel;
}

export class Openings {
  readonly #parts: OpeningsParts;
  #open: SeenOpening | undefined;

  constructor(parts: OpeningsParts) {
    this.#parts = parts;
  }

  request(seen: SeenOpening): void {
    this.end();
    this.#open = seen;
  }

  response(seen: SeenOpening): void {
    const request = this.#open;
    this.#open = undefined;
    this.#tell(request, seen);
  }

  /** The last one was never answered, or its answer not seen. */
  end(): void {
    if (this.#open !== undefined) this.#tell(this.#open, undefined);
    this.#open = undefined;
  }

  #tell(request: SeenOpening | undefined, response: SeenOpening | undefined): void {
    const first = request ?? response;
    if (first === undefined) return;
    const { client, server, sink, counters, channel } = this.#parts;
    counters.exchanges++;
    const result = response?.answered?.header.result;
    const handle = request?.asked?.header.handle ?? response?.answered?.header.handle;
    const opened = response?.answered?.body;
    const requestId = first.requestId;
    const exchange: OpcuaExchange = {
      kind: 'exchange',
      at: first.at,
      ...(request && response ? { took: Math.max(0, response.at - request.at) * 1000 } : {}),
      client,
      server,
      transport: 'tcp',
      protocol: 'opcua',
      opcua: {
        messageType: 'OPN',
        channelId: response?.channelId ?? first.channelId,
        ...(opened?.kind === 'open-channel' ? { tokenId: opened.tokenId } : {}),
        ...(requestId === undefined ? {} : { requestId }),
        ...(handle === undefined ? {} : { requestHandle: handle }),
        service: { id: OPEN_CHANNEL, name: 'OpenSecureChannel' },
        security: channel.security(channel.isOpeningEncrypted),
        ...(result === undefined ? {} : { status: statusOf(result) }),
        ...(channel.certificate === undefined ? {} : { certificate: channel.certificate }),
        ...(response && channel.serverCertificate !== undefined
          ? { serverCertificate: channel.serverCertificate }
          : {}),
      },
      // A server that refuses an encrypted opening answers with ERR.
      outcome: response === undefined ? 'unknown' : isBad(result ?? 0) ? 'failure' : 'success',
      frames: { request: request?.frames ?? [], response: response?.frames ?? [] },
      operations: [],
      facts: [
        ...(request?.facts ?? []),
        ...(request?.asked?.facts ?? []),
        ...(response?.facts ?? []),
        ...(response?.answered?.facts ?? []),
        ...unreadable([request?.certificate, response?.certificate]),
      ],
    };
    sink.event(exchange);
  }
}

function unreadable(certificates: readonly (OpcuaCertificate | undefined)[]): OpcuaFact[] {
  const bad = certificates.filter((each) => each !== undefined && each.subject === undefined);
  return bad.map((each) =>
    fault('opcua.certificate', `the certificate with thumbprint ${each?.thumbprint} is no X.509`),
  );
}
