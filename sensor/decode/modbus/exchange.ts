/**
 * A request and its response as one `Exchange`, with all that is wrong with either, and between them.
 */
import type { ModbusExchange, Outcome } from '#sensor/model/event.ts';
import type { Endpoint, Transport } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import { askedFor, content, opaqueData } from './content.ts';
import { contradictions } from './contradictions.ts';
import { fault, type ModbusFact } from './fault.ts';
import { MAX_PDU_LENGTH } from './frame.ts';
import {
  CANOPEN_NAME,
  ENCAPSULATED,
  EXCEPTION_BIT,
  FUNCTIONS,
  MEI_CANOPEN,
  MEI_DEVICE_IDENTIFICATION,
} from './functions.ts';
import { operationsOf } from './operations.ts';
import { type ParsedPdu, parseRequest, parseResponse } from './parse.ts';
import type { ModbusRequest, ModbusResponse } from './pdu.ts';
import { isUmasAnswer, UMAS_CODES, UMAS_FUNCTION } from './umas.ts';
import { isUmasRefusal } from './umas-content.ts';

/** One ADU as it was seen. */
export interface Message {
  /** 0 where the framing has none. */
  readonly transactionId: number;
  readonly unitId: number;
  /** Function code first. */
  readonly pdu: Buffer;
  readonly at: Micros;
  readonly frames: readonly number[];
}

/** `mbap`: with the header of Modbus/TCP, also over UDP. `rtu`: frames of serial lines, over TCP. */
export type Framing = 'mbap' | 'rtu';

export interface ExchangeParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly transport: Transport;
  readonly framing: Framing;
  readonly request: Message | undefined;
  readonly response: Message | undefined;
  /** What the pairing has to say. */
  readonly facts: readonly ModbusFact[];
}

/** Joins what was seen; at least one of `request` and `response` is there. */
export function joinExchange({
  client,
  server,
  transport,
  framing,
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
    transport,
    protocol: 'modbus',
    modbus: {
      ...heading(first, framing),
      ...askedFor(asked?.pdu),
      ...content(asked?.pdu, answered?.pdu),
      ...opaqueData(asked?.pdu, answered?.pdu),
    },
    outcome: outcomeOf(asked, answered),
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

function heading({ transactionId, unitId, pdu }: Message, framing: Framing) {
  const functionCode = (pdu[0] ?? 0) & ~EXCEPTION_BIT;
  const functionName = nameOf(functionCode, pdu);
  return {
    ...(framing === 'rtu' ? { framing } : { transactionId }),
    unitId,
    functionCode,
    ...(functionName === undefined ? {} : { functionName }),
  };
}

function nameOf(functionCode: number, pdu: Buffer): string | undefined {
  const name = FUNCTIONS.get(functionCode)?.name;
  if (functionCode !== ENCAPSULATED || pdu[0] !== functionCode) return name;
  if (pdu[1] === MEI_CANOPEN) return CANOPEN_NAME;
  return pdu[1] === MEI_DEVICE_IDENTIFICATION ? name : undefined;
}

/** The frame was read although its length is more than the specification allows (`frame.ts`); UMAS has a limit of its own. */
function overlong(message: Message | undefined): readonly ModbusFact[] {
  if (message === undefined || message.pdu.length <= MAX_PDU_LENGTH) return [];
  const code = message.pdu[2] ?? 0;
  const isUmas = message.pdu[0] === UMAS_FUNCTION && (UMAS_CODES.has(code) || isUmasAnswer(code));
  if (isUmas) return [];
  const text = `a PDU of ${message.pdu.length} bytes is over the limit of ${MAX_PDU_LENGTH}`;
  return [fault('modbus.length', text)];
}

function outcomeOf(
  asked: ParsedPdu<ModbusRequest> | undefined,
  answered: ParsedPdu<ModbusResponse> | undefined,
): Outcome {
  if (answered === undefined) return 'unknown';
  if (answered.pdu.kind === 'umas-answer') {
    const request = asked?.pdu.kind === 'umas' ? asked.pdu : undefined;
    return isUmasRefusal(request, answered.pdu) ? 'failure' : 'success';
  }
  return answered.pdu.kind === 'exception' ? 'failure' : 'success';
}
