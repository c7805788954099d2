/** What boxes answer to one operation: another way to the answers of `evaluate.ts`, which a test holds equal. */
import type { ModbusOperation, Operation } from '#sensor/model/operation.ts';
import { isConsistent } from '../modbus-functions.ts';
import { type Point, passes } from './box.ts';
import { opcuaPasses } from './opcua-box.ts';
import { DEEDS, type Endpoint, type Rights } from './rights.ts';

export function answer({ modbus, opcua }: Rights, port: number, operation: Operation): boolean {
  if (operation.protocol === 'opcua') {
    return opcuaPasses(atPort(opcua, port).get(operation.kind) ?? [], operation.object);
  }
  const name = `${operation.functionCode} ${operation.kind}`;
  const deed = DEEDS.get(name);
  if (deed === undefined || !isConsistent(operation)) return false;
  const boxes = atPort(modbus, port).get(name) ?? [];
  return passes({ boxes, pairs: [] }, deed, pointOf(operation));
}

/** Undefined = a port that the policy does not name. */
export const atPort = <Of>(
  { port, boxes }: Endpoint<Of>,
  asked: number | undefined,
): Endpoint<Of>['boxes'] => (port === undefined || port === asked ? boxes : new Map());

export function pointOf({ object, values }: ModbusOperation): Point {
  const { unit } = object;
  const span = spanOf(object);
  const quantity = span.last - span.first + 1;
  // Of values that are too few not all are known.
  const known = values?.length === quantity ? values : undefined;
  return {
    unit,
    ...span,
    ...(known && { values: { low: Math.min(...known), high: Math.max(...known) } }),
  };
}

function spanOf(object: ModbusOperation['object']): Pick<Point, 'first' | 'last'> {
  switch (object.kind) {
    case 'modbus-range':
      return { first: object.address, last: object.address + object.quantity - 1 };
    case 'modbus-file':
      return { first: object.record, last: object.record + object.quantity - 1 };
    case 'modbus-device':
      return { first: 0, last: 0 };
    default:
      return object satisfies never;
  }
}
