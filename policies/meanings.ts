/**
 * What an operation may mean whose nodes are known by an index alone, because nobody has yet told the sensor which
 * namespaces its server has: each node of the policy with the same identifier.
 *
 *     ns=2;s=SetPoint    may be    nsu=urn:acme;s=SetPoint, nsu=urn:spare;s=SetPoint
 */
import type { NodeName, OpcuaOperation, Operation } from '#sensor/model/operation.ts';
import type { Allowance, Plant } from './plant.ts';

/** Every operation of the policy's own nodes that this one may be; none where all of its nodes are known. */
export type Meanings = (operation: Operation) => readonly OpcuaOperation[];

export function createMeanings({ conduits, zones }: Plant): Meanings {
  const listed = new Map<string, Set<string>>();
  const allowances = [
    ...conduits.flatMap(({ allow }) => allow),
    ...[...zones.values()].flatMap(({ allow }) => allow),
  ];
  for (const uri of allowances.flatMap(nodesOf)) {
    const identifier = identifierIn(uri);
    listed.set(identifier, (listed.get(identifier) ?? new Set()).add(uri));
  }
  /** The name itself too: an allowance may bound methods and no objects. */
  const names = (name: NodeName): readonly NodeName[] =>
    name.unseen === true
      ? [
          name,
          ...[...(listed.get(identifierIn(name.id)) ?? [])].map((uri) => ({ id: name.id, uri })),
        ]
      : [name];
  return (operation) => {
    if (operation.protocol !== 'opcua') return [];
    const { object } = operation;
    switch (object.kind) {
      case 'opcua-server':
        return [];
      case 'opcua-node':
        return names(object.node)
          .slice(1)
          .map((node) => ({ ...operation, object: { ...object, node } }));
      case 'opcua-method':
        return names(object.object)
          .flatMap((of) => names(object.method).map((method) => ({ of, method })))
          .slice(1)
          .filter(({ of, method }) => isPossible(of, method))
          .map(({ of, method }) => ({ ...operation, object: { ...object, object: of, method } }));
      default:
        return object satisfies never;
    }
  };
}

const nodesOf = (allowance: Allowance): readonly string[] =>
  allowance.protocol === 'opcua' ? [...(allowance.nodes ?? []), ...(allowance.methods ?? [])] : [];

/** `s=SetPoint` of `nsu=urn:acme;s=SetPoint` and of `ns=2;s=SetPoint`; a URI has no semicolon. */
const identifierIn = (id: string): string => id.slice(id.indexOf(';') + 1);

const namespaceIn = (id: string): string => id.slice(0, id.indexOf(';'));

/** One index of one server is one namespace. */
function isPossible(one: NodeName, other: NodeName): boolean {
  if (one.uri === undefined || other.uri === undefined) return true;
  return (
    namespaceIn(one.id) !== namespaceIn(other.id) || namespaceIn(one.uri) === namespaceIn(other.uri)
  );
}
