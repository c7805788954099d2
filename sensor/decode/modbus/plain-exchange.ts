/**
 * The exchange of a plain read or write that the device did, put together in one step: it is what
 * `joinExchange` (exchange.ts) makes of the same messages, without the ways that lead to all the others.
 * Nearly all exchanges of a plant are such ones.
 */
import type { ModbusExchange } from '#sensor/model/event.ts';
import type { ModbusOperation, OperationKind } from '#sensor/model/operation.ts';
import type { ExchangeParts, Message } from './exchange.ts';
import { ADDRESS_SPACE, FUNCTIONS } from './functions.ts';

const COIL_ON = 0xff00;

const NO_FACTS: ModbusExchange['facts'] = [];

/** Undefined where there is more to say, or to doubt, than that registers or coils were read or written. */
export function plainExchange({
  client,
  server,
  transport,
  framing,
  request,
  response,
  facts,
}: ExchangeParts): ModbusExchange | undefined {
  if (request === undefined || response === undefined || facts.length > 0) return undefined;
  const { pdu, unitId, transactionId, at } = request;
  const functionCode = pdu[0] as number;
  const kind: OperationKind = functionCode <= 4 ? 'read' : 'write';
  const values = framing === 'mbap' ? plainValues(request, response) : undefined;
  const { name: functionName, table } = FUNCTIONS.get(functionCode) ?? {};
  if (values === undefined || functionName === undefined || table === undefined) return undefined;
  const address = word(pdu, 1);
  const quantity = functionCode === 5 || functionCode === 6 ? 1 : word(pdu, 3);
  const object = { kind: 'modbus-range', unit: unitId, table, address, quantity } as const;
  const operation: ModbusOperation =
    kind === 'read'
      ? { kind, protocol: 'modbus', functionCode, object }
      : { kind, protocol: 'modbus', functionCode, object, values };
  return {
    kind: 'exchange',
    at,
    took: Math.max(0, response.at - at) * 1000,
    client,
    server,
    transport,
    protocol: 'modbus',
    modbus: { transactionId, unitId, functionCode, functionName, address, quantity, values },
    outcome: 'success',
    frames: { request: request.frames, response: response.frames },
    operations: [operation],
    facts: NO_FACTS,
  };
}

/** What was read or written, if request and response are just what the specification demands of both; else undefined. */
function plainValues(
  { pdu: asked, unitId }: Message,
  { pdu: answer, unitId: answering }: Message,
): number[] | undefined {
  if (unitId !== answering || asked.length < 5 || asked[0] !== answer[0]) return undefined;
  const address = word(asked, 1);
  const quantity = word(asked, 3);
  const code = asked[0] as number;
  switch (code) {
    case 1:
    case 2: {
      const count = (quantity + 7) >> 3;
      if (asked.length !== 5 || !isBlock(asked, 'maxRead')) return undefined;
      if (answer[1] !== count || answer.length !== 2 + count) return undefined;
      return bits(answer, 2, quantity);
    }
    case 3:
    case 4: {
      const count = quantity * 2;
      if (asked.length !== 5 || !isBlock(asked, 'maxRead')) return undefined;
      if (answer[1] !== count || answer.length !== 2 + count) return undefined;
      return words(answer, 2, quantity);
    }
    case 5:
    case 6: {
      if (asked.length !== 5 || answer.length !== 5) return undefined;
      if (word(answer, 1) !== address || word(answer, 3) !== quantity) return undefined;
      // The same two bytes that say how many elsewhere are the value here.
      if (code === 6) return [quantity];
      return quantity === 0 || quantity === COIL_ON ? [quantity === 0 ? 0 : 1] : undefined;
    }
    case 15:
    case 16: {
      const isCoils = code === 15;
      const count = isCoils ? (quantity + 7) >> 3 : quantity * 2;
      if (!isBlock(asked, 'maxWrite') || asked[5] !== count) return undefined;
      if (asked.length !== 6 + count || answer.length !== 5) return undefined;
      if (word(answer, 1) !== address || word(answer, 3) !== quantity) return undefined;
      return isCoils ? bits(asked, 6, quantity) : words(asked, 6, quantity);
    }
    default:
      return undefined;
  }
}

function isBlock(asked: Buffer, limit: 'maxRead' | 'maxWrite'): boolean {
  const quantity = word(asked, 3);
  const most = FUNCTIONS.get(asked[0] as number)?.[limit] ?? 0;
  return quantity > 0 && quantity <= most && word(asked, 1) + quantity <= ADDRESS_SPACE;
}

const word = (bytes: Buffer, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

/** As long as it will be from the beginning: one that grows is copied four times on its way. */
function words(bytes: Buffer, at: number, quantity: number): number[] {
  const values = new Array<number>(quantity);
  for (let i = 0; i < quantity; i++) values[i] = word(bytes, at + i * 2);
  return values;
}

/** Lowest bit first. */
function bits(bytes: Buffer, at: number, quantity: number): number[] {
  const values = new Array<number>(quantity);
  for (let i = 0; i < quantity; i++) {
    values[i] = ((bytes[at + (i >> 3)] as number) >> (i & 7)) & 1;
  }
  return values;
}
