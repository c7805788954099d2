/**
 * A request and its response as one `Exchange`, with all that is wrong with either, and between them.
 */
import type { ModbusDetail, ModbusExchange, Outcome } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import { fault, type ModbusFact } from './fault.ts';
import { MAX_PDU_LENGTH } from './frame.ts';
import {
  EXCEPTION_BIT,
  EXCEPTIONS,
  FUNCTIONS,
  MEI_DEVICE_IDENTIFICATION,
  READ_DEVICE_IDENTIFICATION,
} from './functions.ts';
import { operationsOf } from './operations.ts';
import { type ParsedPdu, parseRequest, parseResponse } from './parse.ts';
import { coilState, type IdentityObject, type ModbusRequest, type ModbusResponse } from './pdu.ts';

/** One ADU as it was seen. */
export interface Message {
  readonly transactionId: number;
  readonly unitId: number;
  /** Function code first. */
  readonly pdu: Buffer;
  readonly at: Micros;
  readonly frames: readonly number[];
}

export interface ExchangeParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly request: Message | undefined;
  readonly response: Message | undefined;
  /** What the pairing has to say. */
  readonly facts: readonly ModbusFact[];
}

/** Joins what was seen; at least one of `request` and `response` is there. */
export function joinExchange({
  client,
  server,
  request,
  response,
  facts,
}: ExchangeParts): ModbusExchange {
  const asked = request === undefined ? undefined : parseRequest(request.pdu);
  const answered = response === undefined ? undefined : parseResponse(response.pdu);
  const first = request ?? response;
  if (first === undefined) throw new TypeError('an exchange needs a request or a response');
  return {
    kind: 'exchange',
    at: first.at,
    ...(request && response ? { took: Math.max(0, response.at - request.at) * 1000 } : {}),
    client,
    server,
    transport: 'tcp',
    protocol: 'modbus',
    modbus: {
      ...heading(first),
      ...askedFor(asked?.pdu),
      ...content(asked?.pdu, answered?.pdu),
      ...notUnderstood(asked?.pdu, answered?.pdu),
    },
    outcome: outcomeOf(answered),
    frames: { request: request?.frames ?? [], response: response?.frames ?? [] },
    operations: asked === undefined ? [] : operationsOf(asked.pdu, first.unitId),
    facts: [
      ...overlong(request),
      ...(asked?.faults ?? []),
      ...overlong(response),
      ...(answered?.faults ?? []),
      ...facts,
      ...(request && response && asked && answered
        ? contradictions(request, response, asked.pdu, answered.pdu)
        : []),
    ],
  };
}

function heading({ transactionId, unitId, pdu }: Message) {
  const functionCode = (pdu[0] ?? 0) & ~EXCEPTION_BIT;
  const name = FUNCTIONS.get(functionCode)?.name;
  const other =
    functionCode === READ_DEVICE_IDENTIFICATION &&
    ((pdu[0] ?? 0) & EXCEPTION_BIT) === 0 &&
    pdu[1] !== MEI_DEVICE_IDENTIFICATION;
  return {
    transactionId,
    unitId,
    functionCode,
    ...(name === undefined || other ? {} : { functionName: name }),
  };
}

/** The frame was read although its length is more than the specification allows (`frame.ts`). */
function overlong(message: Message | undefined): readonly ModbusFact[] {
  if (message === undefined || message.pdu.length <= MAX_PDU_LENGTH) return [];
  const text = `a PDU of ${message.pdu.length} bytes is over the limit of ${MAX_PDU_LENGTH}`;
  return [fault('modbus.length', text)];
}

function outcomeOf(answered: ParsedPdu<ModbusResponse> | undefined): Outcome {
  if (answered === undefined) return 'unknown';
  return answered.pdu.kind === 'exception' ? 'failure' : 'success';
}

/** What stands in the request alone. */
function askedFor(pdu: ModbusRequest | undefined): Partial<ModbusDetail> {
  switch (pdu?.kind) {
    case undefined:
    case 'unknown':
      return {};
    case 'read':
      return { address: pdu.address, quantity: pdu.quantity };
    case 'write-single': {
      const value = pdu.functionCode === 5 ? coilState(pdu.value) : pdu.value;
      const block = { address: pdu.address, quantity: 1 };
      return value === undefined ? block : { ...block, values: [value] };
    }
    case 'write-multiple':
      return { address: pdu.address, quantity: pdu.quantity, values: pdu.values };
    case 'read-write':
      return { read: pdu.read, write: pdu.write };
    case 'identify':
      return { subCode: MEI_DEVICE_IDENTIFICATION };
    default:
      return pdu satisfies never;
  }
}

/** What the response adds. */
function content(
  asked: ModbusRequest | undefined,
  answer: ModbusResponse | undefined,
): Partial<ModbusDetail> {
  switch (answer?.kind) {
    case undefined:
    case 'unknown':
      return {};
    case 'bits':
      return asked?.kind === 'read'
        ? { values: answer.values.slice(0, asked.quantity) }
        : { values: answer.values };
    case 'registers':
      return asked?.kind === 'read-write'
        ? { read: { ...asked.read, values: answer.values } }
        : { values: answer.values };
    // The echo of a write says what was written where the request was not seen.
    case 'write-single':
      return asked === undefined ? askedFor(answer) : {};
    case 'written':
      return asked === undefined ? { address: answer.address, quantity: answer.quantity } : {};
    case 'exception': {
      const { exceptionCode } = answer;
      const exceptionName = EXCEPTIONS.get(exceptionCode);
      return exceptionName === undefined ? { exceptionCode } : { exceptionCode, exceptionName };
    }
    case 'identity':
      return { subCode: MEI_DEVICE_IDENTIFICATION, ...identityOf(answer.objects) };
    default:
      return answer satisfies never;
  }
}

/** The bytes of what has no meaning here: a person may know it, or a later version. */
function notUnderstood(
  asked: ModbusRequest | undefined,
  answer: ModbusResponse | undefined,
): Pick<ModbusDetail, 'data'> {
  const hex = (pdu: ModbusRequest | ModbusResponse | undefined): string =>
    pdu?.kind === 'unknown' ? pdu.data.toString('hex') : '';
  const [request, response] = [hex(asked), hex(answer)];
  const data = {
    ...(request === '' ? {} : { request }),
    ...(response === '' ? {} : { response }),
  };
  return Object.keys(data).length === 0 ? {} : { data };
}

/** Objects 0-2 are mandatory: vendor name, product code, revision. AP 6.21. */
function identityOf(objects: readonly IdentityObject[]): Pick<ModbusDetail, 'identity'> {
  const text = (wanted: number): string | undefined => {
    const found = objects.find(({ id }) => id === wanted);
    return found === undefined ? undefined : printable(found.value);
  };
  const [vendor, product, revision] = [text(0), text(1), text(2)];
  const identity = {
    ...(vendor === undefined ? {} : { vendor }),
    ...(product === undefined ? {} : { product }),
    ...(revision === undefined ? {} : { revision }),
  };
  return Object.keys(identity).length === 0 ? {} : { identity };
}

/** ASCII by the specification; what is none, or would move the cursor of a terminal, becomes `?`. */
function printable(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .trim();
}

/** What in the response does not fit the request that it answers. */
function contradictions(
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
    case 'identity':
    case 'exception':
    case 'unknown':
      return;
    default:
      return answer satisfies never;
  }
}
