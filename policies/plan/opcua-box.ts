/** What lines of the policy let a kind of OPC UA operation do, as sets of nodes that meet in such sets. */
import type { OpcuaObject } from '#sensor/model/operation.ts';
import type { OpcuaAllowance } from '../plant.ts';

/** Undefined = any node, also one whose namespace is not known. */
type Nodes = ReadonlySet<string> | undefined;

export interface OpcuaBox {
  /** Whether it lets the server as a whole. */
  readonly server: boolean;
  readonly nodes: Nodes;
  /** Methods, each of an object among `objects`. */
  readonly methods: Nodes;
  readonly objects: Nodes;
  readonly line: OpcuaAllowance;
}

/** The plain reading of the same is `match.ts`. */
export function opcuaBox(line: OpcuaAllowance): OpcuaBox {
  const { nodes, methods } = line;
  if (nodes === undefined && methods === undefined) {
    return { server: true, nodes: undefined, methods: undefined, objects: undefined, line };
  }
  return {
    server: false,
    nodes: new Set(nodes),
    methods: new Set(methods),
    objects: nodes && new Set(nodes),
    line,
  };
}

/** What lies in both, told as a part of the line of `one`. */
export const meetOpcua = (one: OpcuaBox, other: OpcuaBox): OpcuaBox => ({
  server: one.server && other.server,
  nodes: meetNodes(one.nodes, other.nodes),
  methods: meetNodes(one.methods, other.methods),
  objects: meetNodes(one.objects, other.objects),
  line: one.line,
});

function meetNodes(one: Nodes, other: Nodes): Nodes {
  if (one === undefined || other === undefined) return one ?? other;
  return new Set([...one].filter((node) => other.has(node)));
}

export const opcuaPasses = (boxes: readonly OpcuaBox[], object: OpcuaObject): boolean =>
  boxes.some((box) => {
    switch (object.kind) {
      case 'opcua-server':
        return box.server;
      case 'opcua-node':
        return lists(box.nodes, object.node.uri);
      case 'opcua-method':
        return lists(box.methods, object.method.uri) && lists(box.objects, object.object.uri);
      default:
        return object satisfies never;
    }
  });

const lists = (nodes: Nodes, uri: string | undefined): boolean =>
  nodes === undefined || (uri !== undefined && nodes.has(uri));

/** The boxes of `one` in which something lies that is in none of `others`, and such a thing. */
export const differingOpcua = (
  one: readonly OpcuaBox[],
  others: readonly OpcuaBox[],
): readonly { readonly box: OpcuaBox; readonly object: OpcuaObject }[] =>
  one.flatMap((box) => {
    const object = objectsIn(box, others).find((each) => !opcuaPasses(others, each));
    return object === undefined ? [] : [{ box, object }];
  });

/** Of each sort of object one that stands for all like it; a node that no list names is like any other such. */
function objectsIn(box: OpcuaBox, others: readonly OpcuaBox[]): readonly OpcuaObject[] {
  const listed = (nodesOf: (each: OpcuaBox) => Nodes): readonly { id: string; uri?: string }[] => {
    const own = nodesOf(box);
    if (own !== undefined) return [...own].map((uri) => ({ id: uri, uri }));
    const named = new Set(others.flatMap((other) => [...(nodesOf(other) ?? [])]));
    return [...[...named].map((uri) => ({ id: uri, uri })), { id: 'i=1' }];
  };
  const objects = listed((each) => each.objects);
  return [
    ...(box.server ? [{ kind: 'opcua-server' } as const] : []),
    ...listed((each) => each.nodes).map(
      (node) => ({ kind: 'opcua-node', node, attribute: 'Value' }) as const,
    ),
    ...listed((each) => each.methods).flatMap((method) =>
      objects.map((object) => ({ kind: 'opcua-method', object, method }) as const),
    ),
  ];
}
