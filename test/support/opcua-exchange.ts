import type { OpcuaExchange, Outcome } from '#sensor/model/event.ts';
import type { OpcuaDetail } from '#sensor/model/opcua.ts';
import type { NodeName, OpcuaOperation } from '#sensor/model/operation.ts';
import { micros } from '#sensor/model/time.ts';
import { T0 } from './exchange.ts';

export interface OpcuaShape {
  /** µs after `T0`. */
  readonly at?: number;
  readonly from?: string;
  readonly to?: string;
  readonly outcome?: Outcome;
  readonly service?: string;
  readonly opcua?: Partial<OpcuaDetail>;
  readonly operations?: readonly OpcuaOperation[];
}

/** An exchange as the decoder gives it; a Read by default. */
export function opcuaExchange(shape: OpcuaShape = {}): OpcuaExchange {
  const { from = '127.20.2.10', to = '127.20.3.20', service = 'Read', operations = [] } = shape;
  return {
    kind: 'exchange',
    at: micros(T0 + (shape.at ?? 0)),
    client: { ip: from, port: 40_000 },
    server: { ip: to, port: 4840 },
    transport: 'tcp',
    protocol: 'opcua',
    opcua: { messageType: 'MSG', service: { id: 1, name: service }, ...shape.opcua },
    outcome: shape.outcome ?? 'success',
    frames: { request: [1], response: [2] },
    operations,
    facts: [],
  };
}

/** Something done to the value of a node. */
export const toNode = (
  kind: OpcuaOperation['kind'],
  id: string,
  { value, ...name }: Omit<NodeName, 'id'> & { readonly value?: string } = {},
): OpcuaOperation => ({
  kind,
  protocol: 'opcua',
  service: kind === 'write' ? 'Write' : kind === 'browse' ? 'Browse' : 'Read',
  object: {
    kind: 'opcua-node',
    node: { id, ...name },
    attribute: 'Value',
  },
  ...(value !== undefined && { value }),
});
