/** Translates a request into operations: who did what to which object, without function codes above. */
import type { ModbusOperation, ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import { ADDRESS_SPACE, FUNCTIONS } from './functions.ts';
import { type Block, coilState, type ModbusRequest, type WrittenBlock } from './pdu.ts';

/**
 * What `request` asks `unit` to do; none where the function is not understood. Function 23 gives two,
 * the write first, as the device executes it (MODBUS Application Protocol V1.1b3, 6.17).
 *
 * A range that reaches behind address 65535 is cut there, and one of quantity 0 names nothing: both
 * carry a fault on the PDU, and the gate never gets here with it.
 */
export function operationsOf(request: ModbusRequest, unit: number): readonly ModbusOperation[] {
  const { functionCode } = request;
  const table = FUNCTIONS.get(functionCode)?.table ?? 'holding-registers';
  const at = { functionCode, unit, table };
  switch (request.kind) {
    case 'read':
      return operation('read', at, request);
    case 'write-single': {
      const value = functionCode === 5 ? coilState(request.value) : request.value;
      const values = value === undefined ? undefined : [value];
      return operation('write', at, { address: request.address, quantity: 1 }, values);
    }
    case 'write-multiple':
      return operation('write', at, request, written(request));
    case 'read-write':
      return [
        ...operation('write', at, request.write, written(request.write)),
        ...operation('read', at, request.read),
      ];
    case 'identify':
      return [
        {
          kind: 'identify',
          protocol: 'modbus',
          functionCode,
          object: { kind: 'modbus-device', unit },
        },
      ];
    case 'unknown':
      return [];
    default:
      return request satisfies never;
  }
}

/** The values of a block, if there is one for each object it names. */
function written(block: WrittenBlock): readonly number[] | undefined {
  return block.values.length === block.quantity ? block.values : undefined;
}

function operation(
  kind: OperationKind,
  at: { readonly functionCode: number; readonly unit: number; readonly table: ModbusTable },
  { address, quantity }: Block,
  values?: readonly number[],
): readonly ModbusOperation[] {
  if (quantity === 0) return [];
  const inside = Math.min(quantity, ADDRESS_SPACE - address);
  const { functionCode, unit, table } = at;
  const object = { kind: 'modbus-range', unit, table, address, quantity: inside } as const;
  const base = { kind, protocol: 'modbus', functionCode, object } as const;
  return [values === undefined ? base : { ...base, values: values.slice(0, inside) }];
}
