import type { Exchange } from '#sensor/model/event.ts';
import type { Operation } from '#sensor/model/operation.ts';

/** How many operations `operations` of `exchange` stand for: the one on the server as a whole is on each node that is not listed. */
export function countOperations(operations: readonly Operation[], exchange: Exchange): number {
  if (exchange.protocol !== 'opcua') return operations.length;
  const { service, nodes = [], methods = [] } = exchange.opcua;
  const { nodeCount = nodes.length, methodCount = methods.length } = exchange.opcua;
  const unlisted = nodeCount - nodes.length + methodCount - methods.length;
  const isRest = (each: Operation): boolean =>
    each.protocol === 'opcua' &&
    each.object.kind === 'opcua-server' &&
    each.service === service?.name;
  return operations.reduce((sum, each) => sum + (isRest(each) ? Math.max(1, unlisted) : 1), 0);
}
