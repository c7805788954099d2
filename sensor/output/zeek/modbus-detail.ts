/** What a request and its response put into the columns of `modbus_detailed.log`, as ICSNPP-Modbus does. */

import { MEI_CANOPEN, MEI_DEVICE_IDENTIFICATION } from '#sensor/decode/modbus/functions.ts';
import {
  coilState,
  FILE_REFERENCE,
  type ModbusRequest,
  type ModbusResponse,
  type WrittenFileRecord,
} from '#sensor/decode/modbus/pdu.ts';
import { exceptionName, subFunctionName } from './modbus-names.ts';

export interface ModbusColumns {
  readonly address?: number;
  readonly quantity?: number;
  readonly requestValues?: readonly number[];
  readonly responseValues?: readonly number[];
  readonly requestSubFunction?: string;
  readonly responseSubFunction?: string;
  readonly requestData?: string | Buffer;
  readonly responseData?: string | Buffer;
  readonly exception?: string;
  readonly mei?: string;
}

export function askedColumns(pdu: ModbusRequest): ModbusColumns {
  switch (pdu.kind) {
    case 'read':
      return { address: pdu.address, quantity: pdu.quantity };
    case 'write-single':
      return { address: pdu.address, quantity: 1, requestValues: [singleValue(pdu)] };
    case 'write-multiple': {
      const { address, values } = pdu;
      return { address, quantity: values.length, requestValues: values };
    }
    case 'diagnostics': {
      const { subFunction, data } = pdu;
      return { requestSubFunction: subFunctionName(subFunction), requestData: data };
    }
    case 'read-file':
    case 'write-file':
      return { quantity: pdu.records.length };
    case 'mask-write':
    case 'read-fifo':
      return { address: pdu.address };
    case 'identify':
      return { mei: meiName(MEI_DEVICE_IDENTIFICATION) };
    case 'canopen':
      return { mei: meiName(MEI_CANOPEN) };
    case 'unknown':
      return otherMei(pdu);
    case 'read-write':
    case 'bare':
    case 'umas':
      return {};
    default:
      return pdu satisfies never;
  }
}

/** Beside what the request says, which is absent where it was not seen. */
export function answeredColumns(
  pdu: ModbusResponse,
  asked: ModbusRequest | undefined,
): ModbusColumns {
  switch (pdu.kind) {
    case 'bits':
      return bitColumns(pdu.values, asked);
    case 'registers': {
      if (pdu.functionCode === 23) return {};
      const { values } = pdu;
      return asked
        ? { responseValues: values }
        : { quantity: values.length, responseValues: values };
    }
    case 'write-single': {
      const responseValues = [singleValue(pdu)];
      return asked ? { responseValues } : { address: pdu.address, quantity: 1, responseValues };
    }
    case 'written': {
      const { address, quantity, functionCode } = pdu;
      return asked && functionCode === 15 ? {} : { address, quantity };
    }
    case 'diagnostics': {
      const { subFunction, data } = pdu;
      return { responseSubFunction: subFunctionName(subFunction), responseData: data };
    }
    case 'file-records':
      return recordColumns(pdu.records.map(readRecord));
    case 'write-file':
      return recordColumns(pdu.records.map(writtenRecord));
    case 'mask-write':
      return asked ? {} : { address: pdu.address };
    case 'fifo': {
      const { values } = pdu;
      return { quantity: values.length, ...(values.length > 0 && { responseValues: values }) };
    }
    case 'identity':
      return meiColumns(meiName(MEI_DEVICE_IDENTIFICATION), asked);
    case 'canopen':
      return meiColumns(meiName(MEI_CANOPEN), asked);
    case 'exception':
      return { exception: exceptionName(pdu.exceptionCode) };
    case 'unknown': {
      const { mei } = otherMei(pdu);
      return mei === undefined ? {} : meiColumns(mei, asked);
    }
    case 'exception-status':
    case 'event-counter':
    case 'event-log':
    case 'server-id':
    case 'umas-answer':
      return {};
    default:
      return pdu satisfies never;
  }
}

/** Of a coil 1 where it is on. */
const singleValue = (pdu: { readonly functionCode: 5 | 6; readonly value: number }): number =>
  pdu.functionCode === 5 ? (coilState(pdu.value) ?? 0) : pdu.value;

function bitColumns(values: readonly number[], asked: ModbusRequest | undefined): ModbusColumns {
  if (asked?.kind !== 'read') return { quantity: values.length, responseValues: values };
  const padding = values.slice(asked.quantity);
  return {
    responseValues: values.slice(0, asked.quantity),
    ...(padding.length > 0 && { responseData: padding.join(',') }),
  };
}

const meiName = (mei: number): string =>
  mei === MEI_CANOPEN
    ? 'CANopen'
    : mei === MEI_DEVICE_IDENTIFICATION
      ? 'Read Device Identification'
      : `invalid encapsulated interface transport mei-(0x${mei.toString(16).padStart(2, '0')})`;

/** Function 43 with a type that has no meaning. */
function otherMei({ functionCode, data }: { functionCode: number; data: Buffer }): ModbusColumns {
  return functionCode === 43 && data.length > 0 ? { mei: meiName(data.readUInt8(0)) } : {};
}

function meiColumns(mei: string, asked: ModbusRequest | undefined): ModbusColumns {
  const before = asked && askedColumns(asked).mei;
  return { mei: before === undefined || before === mei ? mei : `${before} and ${mei}` };
}

function recordColumns(records: readonly Buffer[]): ModbusColumns {
  if (records.length === 0) return {};
  const separated = records.flatMap((record, i) => (i === 0 ? [record] : [SEPARATOR, record]));
  return { responseData: Buffer.concat(separated) };
}

const SEPARATOR = Buffer.from(' | ');

const readRecord = (values: readonly number[]): Buffer =>
  printed(`file_len=${1 + values.length * 2}, ref_type=${FILE_REFERENCE}`, values);

const writtenRecord = ({ file, record, quantity, values }: WrittenFileRecord): Buffer =>
  printed(
    `ref_type=${FILE_REFERENCE}, file_num=${file}, record_num=${record}, record_len=${quantity}`,
    values,
  );

/** As Zeek prints a record. */
function printed(head: string, values: readonly number[]): Buffer {
  const data = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) data.writeUInt16BE(value, i * 2);
  return Buffer.concat([Buffer.from(`[${head}, record_data=`), data, Buffer.from(']')]);
}
