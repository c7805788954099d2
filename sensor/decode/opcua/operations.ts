/** Translates a request into operations: who did what to which node, without service ids above. */
import { MAX_VALUE_TEXT, shorten } from '#sensor/model/bounds.ts';
import type { OpcuaValue } from '#sensor/model/opcua.ts';
import {
  CHANGING,
  type NodeName,
  type OpcuaOperation,
  type OperationKind,
} from '#sensor/model/operation.ts';
import { attributeName, VALUE } from './attributes.ts';
import type { CalledMethod, WrittenNode } from './body.ts';
import type { NodeId } from './node-id.ts';
import type { ParsedRequest } from './parse-request.ts';
import { HISTORY_UPDATE, type Service } from './services.ts';
import { isConfiguration } from './well-known.ts';

/** The object ServerConfiguration of every server. OPC 10000-12, 7.10. */
const SERVER_CONFIGURATION = 'i=12637';

/**
 * Methods of the specification that change nothing, in namespace 0: a client that shows alarms calls the
 * first one whenever it connects. OPC 10000-9, 5.5.7 and 5.5.8; OPC 10000-5, 9.1 and 9.2.
 */
const HARMLESS_METHODS: ReadonlyMap<string, OperationKind> = new Map([
  // ConditionRefresh and ConditionRefresh2
  ['i=3875', 'subscribe'],
  ['i=12912', 'subscribe'],
  // GetMonitoredItems, of the type of servers and of the server
  ['i=11489', 'read'],
  ['i=11492', 'read'],
  // ResendData
  ['i=12871', 'subscribe'],
  ['i=12873', 'subscribe'],
]);

/**
 * What `request` asks the server to do; none for what is only about the conversation. Where not every
 * node is listed, the server as a whole stands for the others, so that no list of nodes can allow them.
 *
 * Writing anything but the value of a node changes the server, not the process: that is `configure`, as
 * is a method of its ServerConfiguration, and those by which trust lists, users and files are changed on any
 * object. Any other method may start or stop something: `control`, but
 * for the few that are known to change nothing.
 */
export function operationsOf(
  { service, body }: Pick<ParsedRequest, 'service' | 'body'>,
  nameOf: (node: NodeId) => NodeName,
): readonly OpcuaOperation[] {
  if (service?.kind === undefined) return [];
  const { kind, name } = service;
  const node = (id: NodeId, attribute: number, does: OperationKind, value?: string) =>
    ({
      kind: does,
      protocol: 'opcua',
      service: name,
      object: { kind: 'opcua-node', node: nameOf(id), attribute: attributeName(attribute) },
      ...(value === undefined ? {} : { value }),
    }) as const;
  const others: OpcuaOperation = {
    kind,
    protocol: 'opcua',
    service: name,
    object: { kind: 'opcua-server' },
  };
  const rest = (more: number): readonly OpcuaOperation[] => (more > 0 ? [others] : []);
  switch (body.kind) {
    case 'write':
      return [
        ...body.nodes.map((each) =>
          node(each.node, each.attribute, effectOf(each), writtenText(each)),
        ),
        ...rest(body.more),
      ];
    case 'browse':
      return [...body.nodes.map((each) => node(each, VALUE, 'browse')), ...rest(body.more)];
    case 'call':
      return [
        ...body.methods.map(
          ({ object, method, ...call }): OpcuaOperation => ({
            kind: effectOfCall({ object, method, ...call }),
            protocol: 'opcua',
            service: name,
            object: { kind: 'opcua-method', object: nameOf(object), method: nameOf(method) },
          }),
        ),
        ...rest(body.more),
      ];
    case 'read':
    case 'monitor':
    case 'nodes':
      return [
        ...body.nodes.map((each) => node(each.node, each.attribute, kind)),
        // What the value of a node was is not what it is: no list of nodes lets somebody change the past.
        ...rest(service.id === HISTORY_UPDATE ? 1 : body.more),
      ];
    case 'discovery':
    case 'open-channel':
    case 'create-session':
    case 'activate-session':
    case 'parameters':
    case 'plain':
    case 'unread':
      return [others];
    default:
      return body satisfies never;
  }
}

/**
 * What a server did that answers a service well, if nobody saw or understood that it was asked. A client
 * that encodes its request so that the server reads it and we do not must still be told of.
 */
export function operationsOfAnswer(service: Service | undefined): readonly OpcuaOperation[] {
  const { kind, name } = service ?? {};
  if (kind === undefined || name === undefined || !CHANGING.has(kind)) return [];
  return [{ kind, protocol: 'opcua', service: name, object: { kind: 'opcua-server' } }];
}

const effectOf = ({ attribute }: WrittenNode): OperationKind =>
  attribute === VALUE ? 'write' : 'configure';

function effectOfCall({ object, method }: CalledMethod): OperationKind {
  if (object.namespace === 0 && object.identifier === SERVER_CONFIGURATION) return 'configure';
  if (isConfiguration(method)) return 'configure';
  const harmless = method.namespace === 0 ? HARMLESS_METHODS.get(method.identifier) : undefined;
  return harmless ?? 'control';
}

const writtenText = ({ value }: WrittenNode): string | undefined =>
  value === undefined ? undefined : valueText(value);

/** `80.5`, `"on"`, `[1,2,3]` */
function valueText(value: OpcuaValue): string {
  return shorten(JSON.stringify(value), MAX_VALUE_TEXT);
}
