/**
 * Openings of the secure channel, asked and answered, as exchanges. There is one at a time: with every
 * policy but None the request id is encrypted, so they are joined by their order.
 */
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaCertificate } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { DecodeCounters, DecodeSink, Shield } from '../protocol.ts';
import type { WireSink } from '../wire-sink.ts';
import type { Channel } from './channel.ts';
import { fault, type OpcuaFact } from './fault.ts';
import type { Message } from './message.ts';
import type { Opening } from './opening.ts';
import { REQUEST_WITHIN_MICROS } from './pairing.ts';
import { type ParsedRequest, parseRequest } from './parse-request.ts';
import { type ParsedResponse, parseResponse } from './parse-response.ts';
import { OPEN_CHANNEL } from './services.ts';
import { protect } from './shielding.ts';
import { isBad, statusOf } from './status-codes.ts';
import { opaqueMessage, type WireMessage, wireMessage } from './wire-message.ts';

interface SeenOpening {
  readonly at: Micros;
  readonly frames: readonly number[];
  readonly channelId: number;
  /** Valid iff the policy is None, as are the parsed bodies. */
  readonly requestId?: number;
  readonly certificate: OpcuaCertificate | undefined;
  readonly asked?: ParsedRequest;
  readonly answered?: ParsedResponse;
  readonly facts: readonly OpcuaFact[];
  readonly wire: WireMessage | undefined;
}

export interface OpeningsParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly sink: DecodeSink;
  readonly shield: Shield;
  readonly counters: DecodeCounters;
  readonly channel: Channel;
  readonly wire?: WireSink | undefined;
}

export class Openings {
  readonly #parts: OpeningsParts;
  #open: SeenOpening | undefined;
  /** An answer that was captured before its request; there is none where a request waits. */
  #early: SeenOpening | undefined;

  constructor(parts: OpeningsParts) {
    this.#parts = parts;
  }

  /** An opening of either side; true iff its body could be read, and with it its sequence number. */
  heard(isFromClient: boolean, opening: Opening, message: Message): boolean {
    const { channel, shield, wire: sink } = this.#parts;
    const { policy, channelId, requestId, certificate } = opening;
    channel.open(policy);
    if (isFromClient) channel.certificate = certificate;
    else channel.serverCertificate = certificate;
    if (!isFromClient) channel.id = channelId;
    const { at, frames } = message;
    const wire = sink && wireOpening(opening, message);
    const common = { at, frames, channelId, certificate, facts: [], wire };
    if (policy !== 'None') {
      message.vouchHeaders(shield);
      if (isFromClient) this.request(common);
      else this.response(common);
      return false;
    }
    const seen = { ...common, requestId };
    if (isFromClient) {
      const asked = parseRequest(message.body(0));
      protect(shield, message, asked, 0);
      this.request({ ...seen, asked });
    } else {
      const answered = parseResponse(message.body(0));
      protect(shield, message, answered, 0);
      this.response({ ...seen, answered });
    }
    return true;
  }

  request(seen: SeenOpening): void {
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) {
      this.#tell(seen, early);
      return;
    }
    this.end();
    this.#open = seen;
  }

  response(seen: SeenOpening): void {
    const request = this.#open;
    this.#open = undefined;
    if (request !== undefined) {
      this.#tell(request, seen);
      return;
    }
    this.end();
    this.#early = seen;
  }

  tick(now: number): void {
    if (this.#early !== undefined && now - this.#early.at > REQUEST_WITHIN_MICROS) this.end();
  }

  /** The last request was never answered, or its answer not seen; or the last answer's request was not. */
  end(): void {
    const [request, response] = [this.#open, this.#early];
    this.#open = undefined;
    this.#early = undefined;
    if (request !== undefined || response !== undefined) this.#tell(request, response);
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
    this.#parts.wire?.opcua(exchange, {
      kind: 'service',
      request: request?.wire,
      response: response?.wire,
    });
  }
}

function wireOpening(opening: Opening, message: Message): WireMessage {
  const { policy, channelId } = opening;
  const read =
    policy === 'None' ? wireMessage(message, opening, 0) : opaqueMessage(message, channelId);
  return { ...read, opening };
}

function unreadable(certificates: readonly (OpcuaCertificate | undefined)[]): OpcuaFact[] {
  const bad = certificates.filter((each) => each !== undefined && each.subject === undefined);
  return bad.map((each) =>
    fault('opcua.certificate', `the certificate with thumbprint ${each?.thumbprint} is no X.509`),
  );
}
