/** What an exchange tells of the bodies of its request and response. */
import type { OpcuaDetail, OpcuaFields, OpcuaMethod, OpcuaNode } from '#sensor/model/opcua.ts';
import type { NodeName } from '#sensor/model/operation.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { attributeName } from './attributes.ts';
import type { NodeResult, RequestBody, ResponseBody, WrittenNode } from './body.ts';
import { buildInfoOf } from './build-info.ts';
import type { ExchangeParts } from './exchange.ts';
import type { NodeId } from './node-id.ts';
import { diagnosticsOf, parametersOf } from './parameters.ts';
import type { ParsedRequest } from './parse-request.ts';
import type { ParsedResponse } from './parse-response.ts';
import type { SeenValue } from './seen-values.ts';
import { statusText } from './status-codes.ts';
import { numberAt } from './tree.ts';
import { wellKnownName } from './well-known.ts';

export type ContentParts = Pick<ExchangeParts, 'nameOf' | 'watched' | 'previous'>;

/** What was asked of which node, and what came of it. */
export function contentOf(
  asked: RequestBody | undefined,
  answered: ParsedResponse | undefined,
  { nameOf, watched, previous }: ContentParts,
): Partial<OpcuaDetail> {
  const body = answered?.body;
  const results = body?.kind === 'results' ? body.results : [];
  const named = (node: NodeId): Pick<OpcuaNode, 'nodeId' | 'name'> => {
    const { id } = nameOf(node);
    const name = wellKnownName(node);
    return name === undefined ? { nodeId: id } : { nodeId: id, name };
  };
  if (body?.kind === 'published') return published(body, asked, watched, named);
  switch (asked?.kind) {
    case undefined:
      return responseAlone(answered);
    case 'read':
    case 'monitor':
    case 'nodes': {
      const isAboutNode = asked.kind === 'nodes' && asked.isAboutNode;
      const nodes = asked.nodes.map(({ node, attribute }, i) => ({
        ...named(node),
        ...(isAboutNode ? {} : { attribute: attributeName(attribute) }),
        ...resultOf(results[i]),
      }));
      const info = asked.kind === 'read' ? buildInfoOf(asked.nodes, results) : undefined;
      return {
        ...counted(nodes, asked.more),
        ...(info === undefined ? {} : { buildInfo: info }),
      };
    }
    case 'write':
      return counted(
        asked.nodes.map((written, i) => ({
          ...named(written.node),
          ...writtenTo(written, previous(written)),
          ...resultOf(results[i]),
        })),
        asked.more,
      );
    case 'browse': {
      const nodes = asked.nodes.map((node, i) => ({
        ...named(node),
        ...resultOf(results[i]),
      }));
      const { unlisted, more } = asked;
      return { ...counted(nodes, more), ...(unlisted.length === 0 ? {} : { unlisted }) };
    }
    case 'call':
      return {
        methods: asked.methods.map(({ object, method, arguments: values }, i): OpcuaMethod => {
          const status = results[i]?.status;
          const call = { ...namedCall(object, method, nameOf), arguments: values };
          return status === undefined ? call : { ...call, status: statusText(status) };
        }),
        ...(asked.more > 0 ? { methodCount: asked.methods.length + asked.more } : {}),
      };
    case 'discovery':
    case 'create-session': {
      const url = asked.endpointUrl;
      return { ...(url === undefined ? {} : { endpointUrl: url }), ...responseAlone(answered) };
    }
    case 'open-channel':
    case 'activate-session':
    case 'parameters':
    case 'plain':
    case 'unread':
      return {};
    default:
      return asked satisfies never;
  }
}

/** What is written, and what it replaces: of a range of an array, nobody knows what that was. */
function writtenTo(
  { attribute, value, type, isPart }: WrittenNode,
  before: SeenValue | undefined,
): Omit<OpcuaNode, 'nodeId'> {
  const isKnown = before !== undefined && isPart !== true;
  return {
    attribute: attributeName(attribute),
    ...(value === undefined ? {} : { value }),
    ...(type === undefined ? {} : { type }),
    ...(isKnown ? { previous: { value: before.value, at: isoMicros(before.at) } } : {}),
  };
}

/** The nodes whose items were seen when they were made; of the others it is told how many they are. */
function published(
  body: Published,
  asked: RequestBody | undefined,
  watched: ContentParts['watched'],
  named: (node: NodeId) => Pick<OpcuaNode, 'nodeId' | 'name'>,
): Partial<OpcuaDetail> {
  const { notified, count } = body;
  const subscriptionId = subscriptionOf(body, asked);
  const nodes = notified.flatMap((each) => {
    const item = watched(each);
    if (item === undefined) return [];
    const attribute = attributeName(item.attribute);
    return [{ ...named(item.node), attribute, ...resultOf(each.result) }];
  });
  const told = counted(nodes, count - nodes.length);
  return subscriptionId === undefined ? told : { subscriptionId, ...told };
}

type Published = Extract<ResponseBody, { kind: 'published' }>;

/** The subscription that is notified of; undefined where the answer does not say and nobody saw it asked. */
export function subscriptionOf(
  { subscriptionId }: Published,
  asked: RequestBody | undefined,
): number | undefined {
  if (subscriptionId !== undefined || asked?.kind !== 'parameters') return subscriptionId;
  return numberAt(asked.parameters, 'subscriptionId');
}

function namedCall(
  object: NodeId,
  method: NodeId,
  nameOf: (node: NodeId) => NodeName,
): Omit<OpcuaMethod, 'arguments' | 'status'> {
  const [objectName, methodName] = [wellKnownName(object), wellKnownName(method)];
  return {
    objectId: nameOf(object).id,
    ...(objectName === undefined ? {} : { objectName }),
    methodId: nameOf(method).id,
    ...(methodName === undefined ? {} : { methodName }),
  };
}

const counted = (nodes: readonly OpcuaNode[], more: number): Partial<OpcuaDetail> =>
  more > 0 ? { nodes, nodeCount: nodes.length + more } : { nodes };

/** What the schema read of either side, and what the header of the answer explains. */
export function parametersIn(
  asked: ParsedRequest | undefined,
  answered: ParsedResponse | undefined,
): Partial<OpcuaDetail> {
  const { diagnostics, names = [] } = answered?.header ?? {};
  const request = fieldsIn(asked?.body, []);
  const response = fieldsIn(answered?.body, names);
  const isSaid = request !== undefined || response !== undefined;
  const said = { ...(request && { request }), ...(response && { response }) };
  const explained = diagnostics === undefined ? undefined : diagnosticsOf(diagnostics, names);
  return {
    ...(isSaid ? { parameters: said } : {}),
    ...(explained === undefined ? {} : { diagnostics: explained }),
  };
}

/** Undefined where there are none, or the message has no fields but its header. */
function fieldsIn(
  body: RequestBody | ResponseBody | undefined,
  names: readonly string[],
): OpcuaFields | undefined {
  if (body === undefined || !('parameters' in body) || body.parameters === undefined)
    return undefined;
  const fields = parametersOf(body.parameters, names);
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** What a server says of itself. */
function responseAlone(answered: ParsedResponse | undefined): Partial<OpcuaDetail> {
  const body = answered?.body;
  if (body?.kind !== 'discovery' && body?.kind !== 'create-session') return {};
  return body.serverUri === undefined ? {} : { serverUri: body.serverUri };
}

function resultOf(result: NodeResult | undefined): Partial<OpcuaNode> {
  if (result === undefined) return {};
  const { value, type, status, references } = result;
  return {
    ...(value === undefined ? {} : { value }),
    ...(type === undefined ? {} : { type }),
    status: statusText(status),
    ...(references === undefined ? {} : { references }),
  };
}
