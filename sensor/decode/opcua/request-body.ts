/** What the product asks of a request, taken out of its tree. OPC 10000-4, 5. */
import { MAX_NODES } from '#sensor/model/bounds.ts';
import type { OpcuaIdentity } from '#sensor/model/opcua.ts';
import { VALUE } from './attributes.ts';
import type { MonitoredNode, NodeAttribute, RequestBody } from './body.ts';
import { readCertificate } from './certificate.ts';
import type { Datum, Structure } from './datum.ts';
import type { NodeId } from './node-id.ts';
import * as services from './services.ts';
import { bytesAt, fieldAt, listOf, numberAt, structureOf, textAt } from './tree.ts';

/** Where a service lists the nodes that it is about. */
interface Listed {
  readonly list: string;
  /** Path to the node from a member of it; none where the member is the node. */
  readonly node: readonly string[];
  /** Path to the attribute; absent where it is about the value, as its history is. */
  readonly attribute?: readonly string[];
  /** It is about the node and none of its attributes. */
  readonly isWhole?: true;
}

const LISTED: ReadonlyMap<number, Listed> = new Map<number, Listed>([
  [services.HISTORY_READ, { list: 'nodesToRead', node: ['nodeId'] }],
  [services.HISTORY_UPDATE, { list: 'historyUpdateDetails', node: ['nodeId'] }],
  // Whoever adds a node changes the one under which it comes to stand.
  [services.ADD_NODES, { list: 'nodesToAdd', node: ['parentNodeId'], isWhole: true }],
  [services.ADD_REFERENCES, { list: 'referencesToAdd', node: ['sourceNodeId'], isWhole: true }],
  [services.DELETE_NODES, { list: 'nodesToDelete', node: ['nodeId'], isWhole: true }],
  [
    services.DELETE_REFERENCES,
    { list: 'referencesToDelete', node: ['sourceNodeId'], isWhole: true },
  ],
  [services.TRANSLATE_PATHS, { list: 'browsePaths', node: ['startingNode'], isWhole: true }],
  [services.REGISTER_NODES, { list: 'nodesToRegister', node: [], isWhole: true }],
  [services.UNREGISTER_NODES, { list: 'nodesToUnregister', node: [], isWhole: true }],
]);

/** `isWhole`: it was read without a fault. */
export function requestBody(id: number, parameters: Structure, isWhole: boolean): RequestBody {
  switch (id) {
    case services.GET_ENDPOINTS:
    case services.FIND_SERVERS:
      return { kind: 'discovery', endpointUrl: textAt(parameters, 'endpointUrl'), parameters };
    case services.OPEN_CHANNEL:
      return {
        kind: 'open-channel',
        mode: numberAt(parameters, 'securityMode'),
        lifetime: numberAt(parameters, 'requestedLifetime'),
        parameters,
      };
    case services.CREATE_SESSION:
      return {
        kind: 'create-session',
        applicationUri: textAt(parameters, 'clientDescription', 'applicationUri'),
        endpointUrl: textAt(parameters, 'endpointUrl'),
        sessionName: textAt(parameters, 'sessionName'),
        certificate: readCertificate(bytesAt(parameters, 'clientCertificate')),
        parameters,
      };
    case services.ACTIVATE_SESSION: {
      const identity = isWhole ? identityOf(parameters.fields.get('userIdentityToken')) : undefined;
      return { kind: 'activate-session', identity, parameters };
    }
    case services.CREATE_ITEMS:
      return monitored(parameters, isWhole);
    default: {
      const listed = LISTED.get(id);
      return listed === undefined
        ? { kind: 'parameters', parameters }
        : nodesOf(listed, parameters, isWhole);
    }
  }
}

/**
 * The nodes that could be read, up to the first that could not: a server may read on where this reader does
 * not, so that one, and those behind it, are `more`.
 */
function nodesOf(
  { list: name, node, attribute, isWhole: isAboutNode }: Listed,
  parameters: Structure,
  isWhole: boolean,
): RequestBody {
  const list = listOf(parameters.fields.get(name));
  const nodes: NodeAttribute[] = [];
  for (const member of list?.members ?? []) {
    const id = nodeAt(fieldAt(member, ...node));
    if (id === undefined || nodes.length === MAX_NODES) break;
    nodes.push({
      node: id,
      attribute: attribute === undefined ? VALUE : numberAt(member, ...attribute),
    });
  }
  const more = moreThan(nodes.length, list?.count ?? 0, isWhole);
  return { kind: 'nodes', nodes, more, isAboutNode: isAboutNode === true, parameters };
}

const NODE = ['itemToMonitor', 'nodeId'];
const ATTRIBUTE = ['itemToMonitor', 'attributeId'];
const HANDLE = ['requestedParameters', 'clientHandle'];

function monitored(parameters: Structure, isWhole: boolean): RequestBody {
  const list = listOf(parameters.fields.get('itemsToCreate'));
  const nodes: MonitoredNode[] = [];
  for (const member of list?.members ?? []) {
    const node = nodeAt(fieldAt(member, ...NODE));
    if (node === undefined) break;
    const attribute = numberAt(member, ...ATTRIBUTE);
    nodes.push({ node, attribute, clientHandle: numberAt(member, ...HANDLE) });
  }
  const kept = Math.min(nodes.length, MAX_NODES);
  const more = moreThan(kept, list?.count ?? 0, isWhole);
  return { kind: 'monitor', nodes: nodes.slice(0, kept), items: nodes, more, parameters };
}

/** Where something could not be read, nobody knows that there are no more. */
const moreThan = (kept: number, count: number, isWhole: boolean): number =>
  Math.max(count - kept, isWhole ? 0 : 1);

/** A NodeId, or one with the URI of its namespace; a node of another server names none of this one. */
function nodeAt(datum: Datum): NodeId | undefined {
  if (typeof datum !== 'object' || datum.kind !== 'node') return undefined;
  const { id, namespaceUri, serverIndex = 0 } = datum;
  const uri = namespaceUri === undefined ? {} : { uri: namespaceUri };
  return { ...id, ...uri, exact: id.exact && serverIndex === 0 };
}

const IDENTITIES: ReadonlyMap<string, OpcuaIdentity['type']> = new Map([
  ['AnonymousIdentityToken', 'anonymous'],
  ['UserNameIdentityToken', 'user-name'],
  ['X509IdentityToken', 'certificate'],
  ['IssuedIdentityToken', 'issued'],
]);

function identityOf(token: Datum): OpcuaIdentity | undefined {
  if (typeof token !== 'object' || token.kind !== 'extension') return undefined;
  // A null token is that of an anonymous user. 5.7.3.2.
  if (token.encoding === 0) return { type: 'anonymous' };
  const type = IDENTITIES.get(structureOf(token.body)?.type ?? '');
  const user = textAt(token, 'userName');
  if (type === undefined) return undefined;
  return user === undefined ? { type } : { type, user };
}
