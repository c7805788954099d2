/**
 * The traffic of a rule's tests (`rules/tests/*.yaml`), made from words: real PDUs, joined by the real
 * decoder, so that a rule is tested on what the wire would have given.
 */
import { emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { joinExchange } from '#sensor/decode/modbus/exchange.ts';
import { COIL_OFF, COIL_ON, type ModbusRequest } from '#sensor/decode/modbus/pdu.ts';
import { UMAS_FUNCTION, UMAS_OK, UMAS_READ_ID } from '#sensor/decode/modbus/umas.ts';
import type { ExchangeStep } from '#sensor/detect/rule-test.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { playOpcua } from './opcua-play.ts';

/** What a device takes to answer, µs. */
const TOOK = 2000;
const CLIENT_PORT = 40_000;
const EXCEPTION_BIT = 0x80;

const ASKED =
  /^modbus fc(\d{1,3})(?:\/(0x[0-9a-f]{1,2}|\d{1,3}))?(?: (\d{1,5})(?:\+(\d{1,4}))?)?(?: value (\d{1,5}(?:,\d{1,5})*))?(?: unit (\d{1,3}))?$/;

/** The request that `text` names, `modbus fc16 100+2 value 1500,800 unit 1`; undefined where it names none. */
function readAsk(text: string): { readonly pdu: Buffer; readonly unit: number } | undefined {
  const found = ASKED.exec(text);
  if (found === null) return undefined;
  const [, code = '', behind, address = '0', quantity = '1', written = '0', unit = '1'] = found;
  const functionCode = Number(code);
  if (functionCode > 127 || Number(unit) > 255) return undefined;
  if (functionCode === UMAS_FUNCTION || behind !== undefined) {
    const pdu = functionCode === UMAS_FUNCTION ? umas(Number(behind ?? UMAS_READ_ID)) : undefined;
    return pdu && { pdu, unit: Number(unit) };
  }
  const block = { address: Number(address), quantity: Number(quantity) };
  const given = written.split(',').map(Number);
  const values = Array.from({ length: block.quantity }, (_, i) => given[i % given.length] ?? 0);
  const pdu = emitRequest(requestOf(functionCode, block, values));
  return { pdu, unit: Number(unit) };
}

/** A message of UMAS without data; undefined where the code does not fit its byte. */
function umas(code: number): Buffer | undefined {
  if (code > 0xff) return undefined;
  const message = { sessionKey: 0, code, data: Buffer.alloc(0) };
  return emitRequest({ kind: 'umas', functionCode: UMAS_FUNCTION, message });
}

function requestOf(
  functionCode: number,
  block: { readonly address: number; readonly quantity: number },
  values: readonly number[],
): ModbusRequest {
  const [value = 0] = values;
  switch (functionCode) {
    case 1:
    case 2:
    case 3:
    case 4:
      return { kind: 'read', functionCode, ...block };
    case 5:
      return {
        kind: 'write-single',
        functionCode,
        address: block.address,
        value: value === 0 ? COIL_OFF : COIL_ON,
      };
    case 6:
      return { kind: 'write-single', functionCode, address: block.address, value };
    case 15:
    case 16:
      return { kind: 'write-multiple', functionCode, ...block, values };
    default:
      return { kind: 'unknown', functionCode, data: Buffer.alloc(0) };
  }
}

function answerOf(request: Buffer, step: ExchangeStep): Buffer | undefined {
  const code = request.readUInt8(0);
  const { answer } = step;
  if (answer.kind === 'none' || answer.kind === 'status') return undefined;
  if (answer.kind === 'exception') return Buffer.of(code | EXCEPTION_BIT, answer.code);
  const quantity = request.length >= 5 ? request.readUInt16BE(3) : 0;
  if (code === 1 || code === 2) {
    return emitResponse({
      kind: 'bits',
      functionCode: code,
      values: new Array<number>(quantity).fill(0),
    });
  }
  if (code === 3 || code === 4) {
    return emitResponse({
      kind: 'registers',
      functionCode: code,
      values: new Array<number>(quantity).fill(0),
    });
  }
  if (code === UMAS_FUNCTION) {
    const message = { sessionKey: 0, code: UMAS_OK, data: Buffer.alloc(0) };
    return emitResponse({ kind: 'umas-answer', functionCode: UMAS_FUNCTION, message });
  }
  // A write is answered by its first five bytes; of anything else the code is enough here.
  return request.subarray(0, 5);
}

/** The exchange of one step at `at`, as the decoder gives it; undefined where its words name no request. */
export function playStep(step: ExchangeStep, at: number, number: number): Exchange | undefined {
  if (step.ask.startsWith('opcua ')) return playOpcua(step, at, number);
  const asked = readAsk(step.ask);
  if (asked === undefined) return undefined;
  const answer = answerOf(asked.pdu, step);
  const heading = { transactionId: number % 65_536, unitId: asked.unit };
  const [request, response] = [number * 2 - 1, number * 2];
  return joinExchange({
    client: { ip: step.from, port: CLIENT_PORT },
    server: step.to,
    transport: 'tcp',
    framing: 'mbap',
    request: { ...heading, pdu: asked.pdu, at: micros(at), frames: [request] },
    response:
      answer === undefined
        ? undefined
        : { ...heading, pdu: answer, at: micros(at + TOOK), frames: [response] },
    facts: [],
  });
}
