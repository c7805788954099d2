/**
 * What one vendor may do, by namespace URI, and the verdict on each node and method that a request names.
 *
 * The granularity is that of docs/contracts.md, "Refusals": per node where a request only looks, the whole request
 * where it changes something. `undefined` is yes.
 */
import {
  AttributeIds,
  type CallMethodRequest,
  type DataType,
  type NodeId,
  type StatusCode,
  StatusCodes,
  VariantArrayType,
  type WriteValue,
} from 'node-opcua';

interface Setpoint {
  readonly type: DataType;
  readonly min: number;
  readonly max: number;
}

/** Nodes are written `nsu=URI;IDENTIFIER`; those of OPC UA's own namespace `i=2258`. */
export interface Allowed {
  readonly browse: ReadonlySet<string>;
  readonly read: ReadonlySet<string>;
  readonly write: ReadonlyMap<string, Setpoint>;
  /** `OBJECT METHOD` */
  readonly call: ReadonlySet<string>;
}

/** The name of a node as policies write it; undefined iff its namespace is not in the server's table. */
function nameOf(node: NodeId, namespaces: readonly string[]): string | undefined {
  const identifier = node.toString().replace(/^ns=\d+;/, '');
  if (node.namespace === 0) return identifier;
  const uri = namespaces[node.namespace];
  return uri === undefined ? undefined : `nsu=${uri};${identifier}`;
}

export class Judge {
  readonly #allowed: Allowed;
  readonly #namespaces: readonly string[];

  constructor(allowed: Allowed, namespaces: readonly string[]) {
    this.#allowed = allowed;
    this.#namespaces = namespaces;
  }

  read(node: NodeId): StatusCode | undefined {
    return this.#unless(this.#allowed.read.has(this.#name(node)));
  }

  browse(node: NodeId): StatusCode | undefined {
    return this.#unless(this.#allowed.browse.has(this.#name(node)));
  }

  write(item: WriteValue): StatusCode | undefined {
    const setpoint = this.#allowed.write.get(this.#name(item.nodeId));
    if (setpoint === undefined || item.attributeId !== AttributeIds.Value) {
      return StatusCodes.BadUserAccessDenied;
    }
    const { value: variant, statusCode, sourceTimestamp, serverTimestamp } = item.value;
    const plain = item.indexRange.isEmpty() && variant.arrayType === VariantArrayType.Scalar;
    // A value that says when it was measured or how good it is says more than was granted.
    const bare = statusCode.equals(StatusCodes.Good) && !sourceTimestamp && !serverTimestamp;
    const value: unknown = variant.value;
    const inside = typeof value === 'number' && value >= setpoint.min && value <= setpoint.max;
    const decided = plain && bare && variant.dataType === setpoint.type && inside;
    return decided ? undefined : StatusCodes.BadOutOfRange;
  }

  call({ objectId, methodId }: CallMethodRequest): StatusCode | undefined {
    return this.#unless(this.#allowed.call.has(`${this.#name(objectId)} ${this.#name(methodId)}`));
  }

  #name(node: NodeId): string {
    return nameOf(node, this.#namespaces) ?? '';
  }

  #unless(allowed: boolean): StatusCode | undefined {
    return allowed ? undefined : StatusCodes.BadUserAccessDenied;
  }
}
