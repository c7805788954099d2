/**
 * The sentences about OPC UA, in policy tests and in `lockkeeper policy explain`:
 *
 *   opcua read nsu=urn:acme;s=Boiler.Pressure       also write, browse, subscribe
 *   opcua call METHOD on OBJECT
 *   opcua identify                                  of the server as a whole; also browse, subscribe
 */
import type { NodeName, OpcuaOperation, OperationKind } from '#sensor/model/operation.ts';
import { NODE_ID } from './load/scalar.ts';
import type { Allowance, OpcuaAllowance } from './plant.ts';

export interface OpcuaStatement {
  readonly kind: 'opcua';
  readonly operation: OpcuaOperation;
}

/** What a sentence may say, and the service that does it. `configure` and the like are said as kinds. */
const SERVICES: ReadonlyMap<string, readonly [kind: OperationKind, service: string]> = new Map([
  ['read', ['read', 'Read']],
  ['write', ['write', 'Write']],
  ['browse', ['browse', 'Browse']],
  ['subscribe', ['subscribe', 'CreateMonitoredItems']],
  ['identify', ['identify', 'GetEndpoints']],
  ['call', ['control', 'Call']],
]);

/** Verbs that may be about the server as a whole: the sensor does not read every node out of each service. */
const OF_THE_SERVER: ReadonlySet<string> = new Set(['browse', 'subscribe', 'identify']);

/** Words behind `opcua`. Undefined where they cannot be read. */
export function parseOpcua(words: readonly string[]): OpcuaStatement | undefined {
  const [verb = '', ...rest] = words;
  const [kind, service] = SERVICES.get(verb) ?? [];
  if (kind === undefined || service === undefined) return undefined;
  const about = (object: OpcuaOperation['object']): OpcuaStatement => ({
    kind: 'opcua',
    operation: { kind, protocol: 'opcua', service, object },
  });
  const [first = '', on, second = ''] = rest;
  if (verb === 'call') {
    const isCall = rest.length === 3 && on === 'on' && NODE_ID.test(first) && NODE_ID.test(second);
    if (!isCall) return undefined;
    return about({ kind: 'opcua-method', method: named(first), object: named(second) });
  }
  if (rest.length === 0) {
    return OF_THE_SERVER.has(verb) ? about({ kind: 'opcua-server' }) : undefined;
  }
  if (rest.length > 1 || verb === 'identify' || !NODE_ID.test(first)) return undefined;
  return about({ kind: 'opcua-node', node: named(first), attribute: 'Value' });
}

/** Nodes as policies name them; where a number is wanted, the URI stands for it. */
const named = (uri: string): NodeName => ({ id: uri, uri });

/**
 * If one operation of `kind` passes under `allowances` then one of these does: what is not bounded passes for the
 * server as a whole, and what is bounded passes for something that a list names.
 */
export function anyOpcua(
  kind: OperationKind,
  allowances: readonly Allowance[],
): readonly OpcuaOperation[] {
  const opcua = allowances
    .filter((each): each is OpcuaAllowance => each.protocol === 'opcua')
    .filter(({ operations }) => operations.includes(kind));
  const nodes = distinct(opcua.flatMap((each) => each.nodes ?? []));
  const methods = distinct(opcua.flatMap((each) => each.methods ?? []));
  const about = (object: OpcuaOperation['object']): OpcuaOperation => ({
    kind,
    protocol: 'opcua',
    service: 'any',
    object,
  });
  return [
    ...allOpcua(kind),
    // A node is not started or stopped; that is what methods do.
    ...(kind === 'control' ? [] : nodes).map((node) =>
      about({ kind: 'opcua-node', node: named(node), attribute: 'Value' }),
    ),
    ...methods.flatMap((method) =>
      // Where no object is named, any will do.
      (nodes.length === 0 ? [method] : nodes).map((object) =>
        about({ kind: 'opcua-method', method: named(method), object: named(object) }),
      ),
    ),
  ];
}

/** Every operation of `kind` passes iff this one does: the server as a whole is in no list. */
export const allOpcua = (kind: OperationKind): readonly OpcuaOperation[] => [
  { kind, protocol: 'opcua', service: 'any', object: { kind: 'opcua-server' } },
];

const distinct = (ids: readonly string[]): readonly string[] => [...new Set(ids)];
