/**
 * Openings of the secure channel, asked and answered, as exchanges. There is one at a time: the policies
 * of RSA encrypt the request id, so they are joined by their order.
 */
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import {
  type OpcuaCertificate,
  type OpcuaChannel,
  type OpcuaSecurity,
  shortThumbprint,
} from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { DecodeCounters, DecodeSink, Shield } from '../protocol.ts';
import type { WireSink } from '../wire-sink.ts';
import type { ResponseBody } from './body.ts';
import type { Channel } from './channel.ts';
import type { Direction } from './direction.ts';
import { fault, type OpcuaFact } from './fault.ts';
import type { Message } from './message.ts';
import type { Opening } from './opening.ts';
import { REQUEST_WITHIN_MICROS } from './pairing.ts';
import { type ParsedRequest, parseRequest } from './parse-request.ts';
import { type ParsedResponse, parseResponse } from './parse-response.ts';
import { type Opened, renewalFacts } from './renewal.ts';
import { follows, NO_SEQUENCE, outOfSequence } from './sequence.ts';
import { OPEN_CHANNEL } from './services.ts';
import { protect } from './shielding.ts';
import { isBad, statusOf } from './status-codes.ts';
import type { Tokens } from './tokens.ts';
import { opaqueMessage, type WireMessage, wireMessage } from './wire-message.ts';

interface SeenOpening {
  readonly at: Micros;
  readonly frames: readonly number[];
  readonly opening: Opening;
  /** The body, where it could be read. */
  readonly asked?: ParsedRequest | undefined;
  readonly answered?: ParsedResponse | undefined;
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
  readonly tokens: Tokens;
  readonly wire?: WireSink | undefined;
}

/** By their number on the wire. OPC 10000-4, 7.15. */
const MODES: readonly OpcuaSecurity['mode'][] = [undefined, 'None', 'Sign', 'SignAndEncrypt'];

export class Openings {
  readonly #parts: OpeningsParts;
  #open: SeenOpening | undefined;
  /** An answer that was captured before its request; there is none where a request waits. */
  #early: SeenOpening | undefined;
  #before: Opened | undefined;
  #renewals = 0;

  constructor(parts: OpeningsParts) {
    this.#parts = parts;
  }

  /** One was asked for, and not answered yet. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** An opening of either side, of which `direction` says what came before; `facts` is what is wrong with it already. */
  heard(
    isFromClient: boolean,
    opening: Opening,
    message: Message,
    direction: Direction,
    facts: readonly OpcuaFact[],
  ): void {
    const wire = this.#parts.wire && wireOpening(opening, message);
    const seen = { at: message.at, frames: message.frames, opening, facts, wire };
    if (isFromClient) this.#asked(seen, message, direction);
    else this.#answered(seen, message, direction);
  }

  #asked(seen: SeenOpening, message: Message, direction: Direction): void {
    const { channel, shield } = this.#parts;
    const { opening } = seen;
    const asked = readBody(parseRequest, opening, message, shield);
    const { mode, facts: strange } = modeOf(asked, opening);
    channel.open(opening.policy, mode);
    channel.certificate = opening.certificate;
    const sequence = this.#count('client', opening, direction, opening.channelId === 0, asked);
    const facts = [...seen.facts, ...sequence, ...strange];
    this.request({ ...seen, asked, facts });
  }

  #answered(seen: SeenOpening, message: Message, direction: Direction): void {
    const { channel, shield, tokens } = this.#parts;
    const { opening } = seen;
    const answered = readBody(parseResponse, opening, message, shield);
    channel.open(opening.policy, undefined);
    channel.serverCertificate = opening.certificate;
    if (!isBad(answered?.header.result ?? 0)) {
      channel.id = opening.channelId;
      tokens.issue(givenIn(answered?.body, message.at));
    }
    const isFirst = this.#open?.opening.channelId === 0;
    const sequence = this.#count('server', opening, direction, isFirst, answered);
    const facts = [...seen.facts, ...sequence];
    this.response({ ...seen, answered, facts });
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

  /** Takes note of its sequence number, where that can be read; the first one of a channel may have to be 0. */
  #count(
    who: string,
    { sequence }: Opening,
    direction: Direction,
    isFirst: boolean,
    read: ParsedRequest | ParsedResponse | undefined,
  ): readonly OpcuaFact[] {
    const { isStrict } = this.#parts.channel;
    const last = direction.sequence;
    direction.sequence = read === undefined ? NO_SEQUENCE : sequence;
    if (read === undefined) return [];
    const isNext = isFirst ? !isStrict || sequence === 0 : follows(last, sequence, isStrict);
    return isNext ? [] : [outOfSequence(who)];
  }

  #tell(request: SeenOpening | undefined, response: SeenOpening | undefined): void {
    const first = request ?? response;
    if (first === undefined) return;
    const { client, server, sink, counters, channel } = this.#parts;
    counters.exchanges++;
    const result = response?.answered?.header.result;
    const handle = request?.asked?.header.handle ?? response?.answered?.header.handle;
    const opened = response?.answered?.body;
    const isRead = first.asked !== undefined || first.answered !== undefined;
    const isDone = response !== undefined && !isBad(result ?? 0);
    const renewal = isDone ? this.#renewed(request, response) : [];
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
        channelId: response?.opening.channelId ?? first.opening.channelId,
        ...(opened?.kind === 'open-channel' ? { tokenId: opened.tokenId } : {}),
        ...(isRead ? { requestId: first.opening.requestId } : {}),
        ...(handle === undefined ? {} : { requestHandle: handle }),
        service: { id: OPEN_CHANNEL, name: 'OpenSecureChannel' },
        security: channel.security(isRead ? false : channel.isOpeningEncrypted),
        channel: channelFields(request, response, first, this.#renewals),
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
        ...unreadable([request?.opening.certificate, response?.opening.certificate]),
        ...unexpected(request?.opening.receiver, response?.opening.certificate),
        ...renewal,
      ],
    };
    if (isDone && request?.opening.channelId !== 0) this.#renewals++;
    sink.event(exchange);
    const [asking, answering] = [request?.wire, response?.wire];
    this.#parts.wire?.opcua(exchange, { kind: 'service', request: asking, response: answering });
  }

  /** What is wrong with a renewal, where this is one; from then on the next is compared with it. */
  #renewed(request: SeenOpening | undefined, response: SeenOpening): OpcuaFact[] {
    const { channel } = this.#parts;
    const before = this.#before;
    const { channelId, policy, certificate } = response.opening;
    const isNew = request?.opening.channelId === 0;
    if (isNew) this.#renewals = 0;
    this.#before = {
      channelId,
      policy,
      mode: channel.mode,
      client: request?.opening.certificate?.thumbprint ?? before?.client,
      server: certificate?.thumbprint ?? before?.server,
    };
    if (before === undefined || request === undefined) return [];
    return renewalFacts(before, request.opening.channelId, this.#before);
  }
}

/** The body, where it can be read: one that is signed proves it by its very last byte. */
function readBody<T extends ParsedRequest | ParsedResponse>(
  parse: (bytes: Buffer) => T,
  { policy, signature }: Opening,
  message: Message,
  shield: Shield,
): T | undefined {
  const parsed = signature === undefined ? undefined : parse(message.body(signature));
  if (parsed === undefined || (policy !== 'None' && !parsed.isExact)) {
    message.vouchHeaders(shield);
    return undefined;
  }
  protect(shield, message, parsed, signature ?? 0);
  return parsed;
}

interface AskedMode {
  readonly mode: OpcuaSecurity['mode'];
  readonly facts: readonly OpcuaFact[];
}

/** The mode that a request asks for; undefined where it cannot be read, or does not fit the policy. */
function modeOf(asked: ParsedRequest | undefined, { policy }: Opening): AskedMode {
  if (asked?.body.kind !== 'open-channel') return { mode: undefined, facts: [] };
  const mode = MODES[asked.body.mode];
  if (mode !== undefined && (mode === 'None') === (policy === 'None')) return { mode, facts: [] };
  const text = `mode ${mode ?? asked.body.mode} is asked for with policy ${policy}`;
  return { mode: undefined, facts: [fault('opcua.mode', text)] };
}

function channelFields(
  request: SeenOpening | undefined,
  response: SeenOpening | undefined,
  { opening }: SeenOpening,
  renewals: number,
): OpcuaChannel {
  const asked = request?.asked?.body;
  const answered = response?.answered?.body;
  return {
    policyUri: opening.policyUri,
    ...(request === undefined ? {} : { request: opening.channelId === 0 ? 'issue' : 'renew' }),
    ...(asked?.kind === 'open-channel' ? { requestedLifetime: asked.lifetime } : {}),
    ...(answered?.kind === 'open-channel'
      ? { revisedLifetime: answered.lifetime, createdAt: answered.createdAt }
      : {}),
    ...(request?.opening.receiver === undefined ? {} : { expects: request.opening.receiver }),
    renewals,
  };
}

function unreadable(certificates: readonly (OpcuaCertificate | undefined)[]): OpcuaFact[] {
  const bad = certificates.filter((each) => each !== undefined && each.subject === undefined);
  return bad.map((each) =>
    fault('opcua.certificate', `the certificate with thumbprint ${each?.thumbprint} is no X.509`),
  );
}

/** The client encrypts its opening for a certificate, which the server should show. */
function unexpected(
  expected: string | undefined,
  shown: OpcuaCertificate | undefined,
): OpcuaFact[] {
  if (expected === undefined || shown === undefined || expected === shown.thumbprint) return [];
  const text = `the server shows certificate ${shortThumbprint(shown.thumbprint)}, and the client asked for ${shortThumbprint(expected)}`;
  return [fault('opcua.certificate', text)];
}

function wireOpening(opening: Opening, message: Message): WireMessage {
  const { signature, channelId } = opening;
  const read =
    signature === undefined
      ? opaqueMessage(message, channelId)
      : wireMessage(message, opening, signature);
  return { ...read, opening };
}

/** The token that an answer gives; undefined where nobody can read it. */
function givenIn(body: ResponseBody | undefined, at: Micros) {
  if (body?.kind !== 'open-channel') return undefined;
  const { tokenId: id, lifetime } = body;
  return { id, lifetime, at };
}
