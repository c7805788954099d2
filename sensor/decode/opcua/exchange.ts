/** A request and its response as one `OpcuaExchange`, with all that is wrong with either, and between them. */
import type { OpcuaExchange, Outcome } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaDetail, OpcuaSecurity } from '#sensor/model/opcua.ts';
import type { NodeName, OpcuaOperation } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { NodeAttribute, Notified, RequestBody } from './body.ts';
import { contentOf, parametersIn } from './content.ts';
import type { KnownSession } from './directory.ts';
import { fault, type OpcuaFact } from './fault.ts';
import type { NodeId } from './node-id.ts';
import { operationsOf, operationsOfAnswer } from './operations.ts';
import type { ParsedRequest } from './parse-request.ts';
import type { ParsedResponse } from './parse-response.ts';
import type { SeenValue } from './seen-values.ts';
import { SERVICE_FAULT, type Service } from './services.ts';
import { isBad, statusOf } from './status-codes.ts';
import type { WireMessage } from './wire-message.ts';

/** What stands around a message. */
interface Seen {
  readonly at: Micros;
  readonly frames: readonly number[];
  readonly channelId: number;
  /** Absent on OPN. */
  readonly tokenId?: number;
  readonly requestId?: number;
  readonly facts: readonly OpcuaFact[];
  /** As it was on the wire; absent where nobody asks. */
  readonly wire?: WireMessage | undefined;
}

export interface SeenRequest extends Seen {
  readonly parsed: ParsedRequest;
  /** Whose it was when it was asked: it may be answered after that session was closed. */
  readonly session?: KnownSession;
}

export interface SeenResponse extends Seen {
  readonly parsed: ParsedResponse;
}

export interface ExchangeParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly messageType: 'OPN' | 'CLO' | 'MSG';
  readonly security: OpcuaSecurity;
  readonly request: SeenRequest | undefined;
  readonly response: SeenResponse | undefined;
  readonly session: KnownSession | undefined;
  readonly nameOf: (node: NodeId) => NodeName;
  /** The node of a notification; undefined where nobody saw that it is watched. */
  readonly watched: (notified: Notified) => NodeAttribute | undefined;
  /** The value that a node had before this exchange. */
  readonly previous: (node: NodeAttribute) => SeenValue | undefined;
  /** What the pairing has to say. */
  readonly facts: readonly OpcuaFact[];
}

/** Joins what was seen; at least one of `request` and `response` is there. */
export function joinExchange(parts: ExchangeParts): OpcuaExchange {
  const { client, server, request, response, nameOf } = parts;
  const first = request ?? response;
  if (first === undefined) throw new TypeError('an exchange needs a request or a response');
  const asked = request?.parsed;
  const answered = response?.parsed;
  return {
    kind: 'exchange',
    at: first.at,
    ...(request && response ? { took: Math.max(0, response.at - request.at) * 1000 } : {}),
    client,
    server,
    transport: 'tcp',
    protocol: 'opcua',
    opcua: {
      messageType: parts.messageType,
      ...headingOf(first),
      ...serviceOf(asked, answered),
      security: parts.security,
      ...(answered === undefined ? {} : { status: statusOf(answered.header.result) }),
      ...contentOf(asked?.body, answered, parts),
      ...parametersIn(asked, answered),
      ...sessionOf(parts),
    },
    outcome: outcomeOf(answered),
    frames: { request: request?.frames ?? [], response: response?.frames ?? [] },
    operations: operationsIn(asked, answered, nameOf),
    facts: [
      ...(request?.facts ?? []),
      ...(asked?.facts ?? []),
      ...unknownService(asked),
      ...(response?.facts ?? []),
      ...(answered?.facts ?? []),
      ...parts.facts,
      ...(asked && answered ? contradictions(asked, answered) : []),
    ],
  };
}

/** What was asked, and beside it what was done without that it was asked. */
function operationsIn(
  asked: ParsedRequest | undefined,
  answered: ParsedResponse | undefined,
  nameOf: (node: NodeId) => NodeName,
): readonly OpcuaOperation[] {
  const operations = asked === undefined ? [] : operationsOf(asked, nameOf);
  const isExplained = operations.length > 0 && asked?.service === answered?.service;
  if (isExplained || outcomeOf(answered) !== 'success') return operations;
  return [...operations, ...operationsOfAnswer(answered?.service)];
}

function headingOf({ channelId, tokenId, requestId }: Seen): Partial<OpcuaDetail> {
  return {
    channelId,
    ...(tokenId === undefined ? {} : { tokenId }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function serviceOf(
  asked: ParsedRequest | undefined,
  answered: ParsedResponse | undefined,
): Partial<OpcuaDetail> {
  const handle = asked?.header.handle ?? answered?.header.handle;
  const known: Service | undefined = asked?.service ?? answered?.service;
  const id = known?.id ?? asked?.id;
  return {
    ...(handle === undefined ? {} : { requestHandle: handle }),
    ...(id === undefined
      ? {}
      : { service: known === undefined ? { id } : { id, name: known.name } }),
  };
}

function outcomeOf(answered: ParsedResponse | undefined): Outcome {
  if (answered === undefined || !answered.isHeaded) return 'unknown';
  if (isBad(answered.header.result)) return 'failure';
  const { body } = answered;
  // The service may be good and yet have refused each node.
  return body.kind === 'results' && body.count > 0 && body.bad === body.count
    ? 'failure'
    : 'success';
}

/** Whose session it is; what a request for one says of itself stands above what is remembered. */
function sessionOf({ request, response, session }: ExchangeParts): Partial<OpcuaDetail> {
  const asked = request?.parsed.body;
  const answered = response?.parsed.body;
  const created = asked?.kind === 'create-session' ? asked : undefined;
  const name = created?.sessionName ?? session?.name;
  const uri = created?.applicationUri ?? session?.applicationUri;
  const identity = asked?.kind === 'activate-session' ? asked.identity : session?.identity;
  const serverCertificate = answered?.kind === 'create-session' ? answered.certificate : undefined;
  return {
    ...(name === undefined && uri === undefined
      ? {}
      : {
          session: {
            ...(name === undefined ? {} : { name }),
            ...(uri === undefined ? {} : { applicationUri: uri }),
          },
        }),
    ...(identity === undefined ? {} : { identity }),
    ...(created?.certificate === undefined ? {} : { certificate: created.certificate }),
    ...(serverCertificate === undefined ? {} : { serverCertificate }),
  };
}

function unknownService(asked: ParsedRequest | undefined): readonly OpcuaFact[] {
  if (asked === undefined || asked.service !== undefined || !asked.isHeaded) return [];
  return [fault('opcua.service', `${asked.id} is the encoding id of no service`)];
}

/** What in the response does not fit the request that it answers. */
function contradictions(asked: ParsedRequest, answered: ParsedResponse): readonly OpcuaFact[] {
  if (!asked.isHeaded || !answered.isHeaded) return [];
  const differs = (text: string): OpcuaFact => fault('opcua.response-mismatch', text);
  const { service } = asked;
  if (service !== undefined && answered.id !== SERVICE_FAULT && answered.id !== service.response) {
    return [differs(`${service.name} was asked, ${nameOfResponse(answered)} answered`)];
  }
  const [handle, said] = [asked.header.handle, answered.header.handle];
  if (handle !== said) return [differs(`handle ${handle} was asked, handle ${said} answered`)];
  const wanted = wantedResults(asked.body);
  const { body } = answered;
  if (body.kind !== 'results' || wanted === undefined || isBad(answered.header.result)) return [];
  return body.count === wanted ? [] : [differs(`${wanted} results were asked, ${body.count} came`)];
}

const nameOfResponse = ({ id, service }: ParsedResponse): string =>
  service?.name ?? `response ${id}`;

function wantedResults(body: RequestBody): number | undefined {
  switch (body.kind) {
    case 'read':
    case 'write':
    case 'browse':
    case 'nodes':
    case 'monitor':
      return body.nodes.length + body.more;
    case 'call':
      return body.methods.length + body.more;
    case 'discovery':
    case 'open-channel':
    case 'create-session':
    case 'activate-session':
    case 'parameters':
    case 'plain':
    case 'unread':
      return undefined;
    default:
      return body satisfies never;
  }
}
