/** Translates a request into operations: who did what to which object, without function codes above. */
import type { ModbusOperation, ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import { diagnosticKind } from './diagnostics.ts';
import { ADDRESS_SPACE, FUNCTIONS } from './functions.ts';
import {
  type Block,
  coilState,
  type FileRecord,
  type ModbusRequest,
  type WrittenBlock,
} from './pdu.ts';
import { umasKind } from './umas.ts';

/** Numbers of records that two bytes can tell apart. */
const RECORD_SPACE = 65_536;

/**
 * What `request` asks `unit` to do; none where the function is not understood. Function 23 gives two,
 * the write first, as the device executes it (MODBUS Application Protocol V1.1b3, 6.17).
 *
 * A range that reaches behind address or record 65535 is cut there, and one of quantity 0 names nothing: both
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
    case 'mask-write':
      // The new value depends on the old one, which the request does not tell.
      return operation('write', at, { address: request.address, quantity: 1 });
    case 'read-fifo':
      // The address is that of a pointer: which registers the queue holds, the device alone knows.
      return onDevice('read', at);
    case 'read-file':
      return request.records.flatMap((record) => onFile('read', at, record));
    case 'write-file':
      return request.records.flatMap((record) => onFile('write', at, record, record.values));
    case 'identify':
      return onDevice('identify', at);
    case 'bare':
      return onDevice(FUNCTIONS.get(functionCode)?.kinds[0] ?? 'read', at);
    case 'diagnostics':
      return onDevice(diagnosticKind(request.subFunction), at);
    case 'umas':
      return onDevice(umasKind(request.message.code), at);
    case 'canopen':
      // It may read or write whatever the bus behind has; that is for nobody here to say.
      return onDevice('configure', at);
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

interface Place {
  readonly functionCode: number;
  readonly unit: number;
  readonly table: ModbusTable;
}

function onDevice(kind: OperationKind, { functionCode, unit }: Place): readonly ModbusOperation[] {
  return [{ kind, protocol: 'modbus', functionCode, object: { kind: 'modbus-device', unit } }];
}

function onFile(
  kind: OperationKind,
  { functionCode, unit }: Place,
  { file, record, quantity }: FileRecord,
  values?: readonly number[],
): readonly ModbusOperation[] {
  if (quantity === 0) return [];
  const inside = Math.min(quantity, RECORD_SPACE - record);
  const object = { kind: 'modbus-file', unit, file, record, quantity: inside } as const;
  const base = { kind, protocol: 'modbus', functionCode, object } as const;
  return [values?.length === quantity ? { ...base, values: values.slice(0, inside) } : base];
}

function operation(
  kind: OperationKind,
  at: Place,
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
