/** What does not fit between a request and the response that was joined with it. */
import { isEchoed } from './diagnostics.ts';
import { emitRequest, emitResponse } from './emit.ts';
import type { Message } from './exchange.ts';
import { fault, type ModbusFact } from './fault.ts';
import { EXCEPTION_BIT } from './functions.ts';
import { INDIVIDUAL } from './identity.ts';
import type { ModbusRequest, ModbusResponse } from './pdu.ts';

/** What in the response does not fit the request that it answers. */
export function contradictions(
  request: Message,
  response: Message,
  asked: ModbusRequest,
  answer: ModbusResponse,
): ModbusFact[] {
  const facts: ModbusFact[] = [];
  const differs = (text: string): void => {
    facts.push(fault('modbus.response-mismatch', text));
  };
  if (request.unitId !== response.unitId) {
    differs(`unit ${request.unitId} was asked, unit ${response.unitId} answered`);
  }
  const [askedCode, answeredCode] = [request.pdu[0] ?? 0, (response.pdu[0] ?? 0) & ~EXCEPTION_BIT];
  if ((askedCode & ~EXCEPTION_BIT) !== answeredCode) {
    differs(`function ${askedCode} was asked, function ${answeredCode} answered`);
    return facts;
  }
  const wrong = contradiction(asked, answer);
  if (wrong !== undefined) differs(wrong);
  return facts;
}

const OTHER_MEI = 'one MEI type was asked, another one answered';

function contradiction(asked: ModbusRequest, answer: ModbusResponse): string | undefined {
  switch (answer.kind) {
    case 'bits':
      if (asked.kind !== 'read' || Math.ceil(asked.quantity / 8) * 8 === answer.values.length)
        return;
      return `${asked.quantity} bits were asked, ${answer.values.length / 8} bytes answered`;
    case 'registers': {
      const wanted =
        asked.kind === 'read'
          ? asked.quantity
          : asked.kind === 'read-write'
            ? asked.read.quantity
            : answer.values.length;
      if (wanted === answer.values.length) return;
      return `${wanted} registers were asked, ${answer.values.length} answered`;
    }
    case 'write-single':
      if (asked.kind !== 'write-single') return;
      if (asked.address === answer.address && asked.value === answer.value) return;
      return `value ${asked.value} for address ${asked.address} was echoed as ${answer.value} for ${answer.address}`;
    case 'written':
      if (asked.kind !== 'write-multiple') return;
      if (asked.address === answer.address && asked.quantity === answer.quantity) return;
      return `${asked.quantity} from address ${asked.address} was echoed as ${answer.quantity} from ${answer.address}`;
    case 'diagnostics':
      return otherDiagnostics(asked, answer);
    case 'file-records': {
      if (asked.kind !== 'read-file') return;
      const wanted = asked.records.map(({ quantity }) => quantity).join(', ');
      const came = answer.records.map(({ length }) => length).join(', ');
      return wanted === came ? undefined : `${wanted} records were asked, ${came} answered`;
    }
    case 'write-file':
    case 'mask-write': {
      if (asked.kind !== answer.kind) return;
      if (emitRequest(asked).equals(emitResponse(answer))) return;
      return `the response of function ${answer.functionCode} is not the request once more`;
    }
    case 'identity':
      return asked.kind === 'canopen' ? OTHER_MEI : otherObject(asked, answer);
    case 'canopen':
      return asked.kind === 'identify' ? OTHER_MEI : undefined;
    case 'umas-answer':
    case 'exception':
    case 'exception-status':
    case 'event-counter':
    case 'event-log':
    case 'server-id':
    case 'fifo':
    case 'unknown':
      return;
    default:
      return answer satisfies never;
  }
}

/** Of one object that was asked for alone; a stream may begin where the device likes. */
function otherObject(
  asked: ModbusRequest,
  { objects }: Extract<ModbusResponse, { kind: 'identity' }>,
): string | undefined {
  if (asked.kind !== 'identify' || asked.level !== INDIVIDUAL) return;
  const ids = objects.map(({ id }) => id);
  if (ids.length === 1 && ids[0] === asked.objectId) return;
  return `object ${asked.objectId} was asked alone, ${ids.join(', ') || 'none'} answered`;
}

function otherDiagnostics(
  asked: ModbusRequest,
  answer: Extract<ModbusResponse, { kind: 'diagnostics' }>,
): string | undefined {
  if (asked.kind !== 'diagnostics') return;
  if (asked.subFunction !== answer.subFunction) {
    return `sub-function ${asked.subFunction} was asked, sub-function ${answer.subFunction} answered`;
  }
  if (!isEchoed(asked.subFunction) || asked.data.equals(answer.data)) return;
  return `the data of sub-function ${asked.subFunction} came back changed`;
}
