/**
 * Does this response answer that request? The asset may be hostile, so what does not fit in every
 * count and echo is no answer, and the connection to it is closed.
 *
 * Spec: MODBUS Application Protocol V1.1b3, section 6.
 */
import type { ModbusRequest, ModbusResponse } from '#sensor/decode/modbus/pdu.ts';
import type { Settlement } from './desk.ts';

/** `response` as it may be passed on, unused bits cleared; undefined where it does not answer `request`. */
export function answerTo(
  request: ModbusRequest,
  response: ModbusResponse,
): ModbusResponse | undefined {
  if (request.functionCode !== response.functionCode) return undefined;
  if (response.kind === 'exception') return response;
  switch (request.kind) {
    case 'read':
      return answerToRead(request.quantity, response);
    case 'write-single': {
      const echoed =
        response.kind === 'write-single' &&
        response.address === request.address &&
        response.value === request.value;
      return echoed ? response : undefined;
    }
    case 'write-multiple': {
      const echoed =
        response.kind === 'written' &&
        response.address === request.address &&
        response.quantity === request.quantity;
      return echoed ? response : undefined;
    }
    case 'read-write':
      return response.kind === 'registers' && response.values.length === request.read.quantity
        ? response
        : undefined;
    case 'identify':
      return response.kind === 'identity' && response.level === request.level
        ? response
        : undefined;
    // The gate passes none of these on.
    case 'bare':
    case 'diagnostics':
    case 'read-file':
    case 'write-file':
    case 'mask-write':
    case 'read-fifo':
    case 'canopen':
    case 'umas':
    case 'unknown':
      return undefined;
    default:
      return request satisfies never;
  }
}

function answerToRead(quantity: number, response: ModbusResponse): ModbusResponse | undefined {
  if (response.kind === 'registers') {
    return response.values.length === quantity ? response : undefined;
  }
  if (response.kind !== 'bits' || response.values.length !== Math.ceil(quantity / 8) * 8) {
    return undefined;
  }
  // AP 6.1: the rest of the last byte is zero. What a device puts there is nobody's business.
  return { ...response, values: response.values.slice(0, quantity) };
}

/** What came of a request that was answered so. */
export function settlementOf(answer: ModbusResponse): Settlement {
  switch (answer.kind) {
    case 'exception':
      return { outcome: 'exception', exceptionCode: answer.exceptionCode };
    case 'bits':
    case 'registers':
      return { outcome: 'success', read: answer.values };
    case 'write-single':
    case 'written':
    case 'identity':
    case 'exception-status':
    case 'diagnostics':
    case 'event-counter':
    case 'event-log':
    case 'server-id':
    case 'file-records':
    case 'write-file':
    case 'mask-write':
    case 'fifo':
    case 'canopen':
    case 'umas-answer':
    case 'unknown':
      return { outcome: 'success' };
    default:
      return answer satisfies never;
  }
}
