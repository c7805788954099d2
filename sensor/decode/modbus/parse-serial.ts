/**
 * Reads the functions that were made for serial lines, and that gateways pass on: exception status,
 * diagnostics, event counter, event log and server id.
 *
 *     7   request: code                          response: code, outputs
 *     8   both: code, sub-function (2), data
 *     11  request: code                          response: code, status (2), events (2)
 *     12  request: code                          response: code, byte count, status (2), events (2),
 *                                                          messages (2), events
 *     17  request: code                          response: code, byte count, data of the device's own
 *
 * Spec: MODBUS Application Protocol V1.1b3 ("AP"), 6.7-6.10 and 6.13.
 */
import { asks, DIAGNOSTICS, RETURN_QUERY_DATA } from './diagnostics.ts';
import { fault, type ModbusFact } from './fault.ts';
import { atLeast, counted, sized, surplus, unknown } from './fields.ts';
import { type BareFunction, MAX_EVENTS, type ModbusRequest, type ModbusResponse } from './pdu.ts';

/** Status, event count and message count, before the events. */
const LOG_HEAD = 6;

export function bareRequest(
  bytes: Buffer,
  functionCode: BareFunction,
  faults: ModbusFact[],
): ModbusRequest {
  return sized(bytes, 1, faults) ? { kind: 'bare', functionCode } : unknown(bytes);
}

/** What a device is to do is told by three bytes, even if the data is missing. */
export function diagnosticRequest(bytes: Buffer, faults: ModbusFact[]) {
  const pdu = diagnostics(bytes, faults);
  if (pdu.kind === 'unknown') return pdu;
  const { subFunction, data } = pdu;
  if (!DIAGNOSTICS.has(subFunction)) {
    const text = `sub-function ${subFunction} of function 8 is not assigned`;
    faults.push(fault('modbus.sub-function', text));
  } else if (data.length >= 2 && !asks(subFunction, data.readUInt16BE(0))) {
    const text = `sub-function ${subFunction} of function 8 is not asked with ${data.toString('hex')}`;
    faults.push(fault('modbus.diagnostic-data', text));
  }
  return pdu;
}

/** It echoes the request, or puts a counter where that had zeros; of a reserved one nobody knows. */
export function diagnostics(bytes: Buffer, faults: ModbusFact[]) {
  if (!atLeast(bytes, 3, faults)) return unknown(bytes);
  const subFunction = bytes.readUInt16BE(1);
  const data = Buffer.from(bytes.subarray(3));
  if (DIAGNOSTICS.has(subFunction)) checkLength(bytes, subFunction, faults);
  return { kind: 'diagnostics', functionCode: 8, subFunction, data } as const;
}

function checkLength(bytes: Buffer, subFunction: number, faults: ModbusFact[]): void {
  if (!atLeast(bytes, 5, faults)) return;
  if (subFunction !== RETURN_QUERY_DATA) surplus(bytes, 5, faults);
  else if (bytes.length % 2 === 0) {
    const text = `${bytes.length - 3} bytes of query data are no whole number of 16-bit fields`;
    faults.push(fault('modbus.byte-count', text));
  }
}

export function exceptionStatus(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  if (!sized(bytes, 2, faults)) return unknown(bytes);
  return { kind: 'exception-status', functionCode: 7, status: bytes.readUInt8(1) };
}

export function eventCounter(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  if (!sized(bytes, 5, faults)) return unknown(bytes);
  const [status, eventCount] = [bytes.readUInt16BE(1), bytes.readUInt16BE(3)];
  return { kind: 'event-counter', functionCode: 11, status, eventCount };
}

export function eventLog(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  if (!atLeast(bytes, 2 + LOG_HEAD, faults)) return unknown(bytes);
  const data = counted(bytes, 1, faults);
  if (data === undefined || data.length < LOG_HEAD) {
    const text = `byte count ${bytes.readUInt8(1)} leaves no room for status and counts`;
    faults.push(fault('modbus.byte-count', text));
    return unknown(bytes);
  }
  const events = Buffer.from(data.subarray(LOG_HEAD));
  if (events.length > MAX_EVENTS) {
    const text = `${events.length} events are more than the ${MAX_EVENTS} of function 12`;
    faults.push(fault('modbus.quantity', text));
  }
  return {
    kind: 'event-log',
    functionCode: 12,
    status: data.readUInt16BE(0),
    eventCount: data.readUInt16BE(2),
    messageCount: data.readUInt16BE(4),
    events,
  };
}

export function serverId(bytes: Buffer, faults: ModbusFact[]): ModbusResponse {
  const data = counted(bytes, 1, faults);
  if (data === undefined) return unknown(bytes);
  return { kind: 'server-id', functionCode: 17, data: Buffer.from(data) };
}
