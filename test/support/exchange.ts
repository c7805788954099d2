import type { ModbusExchange, SensorHealth } from '#sensor/model/event.ts';
import type { ModbusOperation, OperationKind } from '#sensor/model/operation.ts';
import { type Micros, micros } from '#sensor/model/time.ts';

export interface ExchangeShape {
  readonly at?: number;
  readonly from?: string;
  readonly to?: string;
  readonly port?: number;
  readonly code?: number;
  readonly address?: number;
  readonly quantity?: number;
  readonly values?: readonly number[];
  readonly exception?: number;
  readonly kind?: OperationKind | 'none';
  readonly unanswered?: boolean;
}

export const SECOND = 1_000_000;
export const T0: Micros = micros(1_700_000_000 * SECOND);

const WRITES = new Set([5, 6, 15, 16]);

/** An exchange as the decoder gives it; a read of holding register 0 by default. */
export function exchange(shape: ExchangeShape = {}): ModbusExchange {
  const { from = '10.0.2.10', to = '10.0.1.12', port = 502, code = 3, exception } = shape;
  const { address = 0, quantity = 1 } = shape;
  const kind = shape.kind ?? (WRITES.has(code) ? 'write' : code <= 4 ? 'read' : 'none');
  const values = shape.values ?? (kind === 'write' ? [1500] : undefined);
  const operation: ModbusOperation = {
    kind: kind === 'none' ? 'read' : kind,
    protocol: 'modbus',
    functionCode: code,
    object: { kind: 'modbus-range', unit: 1, table: 'holding-registers', address, quantity },
    ...(kind === 'write' && values !== undefined ? { values } : {}),
  };
  const outcome = exception === undefined ? 'success' : 'failure';
  return {
    kind: 'exchange',
    at: micros(T0 + (shape.at ?? 0)),
    client: { ip: from, port: 40_000 },
    server: { ip: to, port },
    transport: 'tcp',
    protocol: 'modbus',
    modbus: {
      transactionId: 1,
      unitId: 1,
      functionCode: code,
      address,
      quantity,
      ...(values === undefined ? {} : { values }),
      ...(exception === undefined ? {} : { exceptionCode: exception }),
    },
    outcome: shape.unanswered === true ? 'unknown' : outcome,
    frames: { request: [1], response: shape.unanswered === true ? [] : [2] },
    operations: kind === 'none' ? [] : [operation],
    facts: [],
  };
}

export const write = (shape: ExchangeShape = {}): ModbusExchange =>
  exchange({ code: 6, address: 100, ...shape });

export function health(
  shape: { at?: number; received?: number; dropped?: number } = {},
): SensorHealth {
  const { at = 0, received = 1000, dropped = 0 } = shape;
  return { kind: 'health', at: micros(T0 + at), interface: 'span0', received, dropped, facts: [] };
}
