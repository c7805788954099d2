/** What a request and its response say, as the fields of `ModbusDetail`. */
import type { ModbusDetail, ModbusFileRecord } from '#sensor/model/event.ts';
import { DIAGNOSTICS } from './diagnostics.ts';
import { EXCEPTION_BIT, EXCEPTIONS, MEI_CANOPEN, MEI_DEVICE_IDENTIFICATION } from './functions.ts';
import { identityOf } from './identity.ts';
import {
  coilState,
  type FileRecord,
  type ModbusRequest,
  type ModbusResponse,
  type UmasResponse,
} from './pdu.ts';
import { longestText } from './text.ts';
import { UMAS_FUNCTION } from './umas.ts';
import { umasAnswered, umasAsked, umasData } from './umas-content.ts';

/** What stands in the request alone. */
export function askedFor(pdu: ModbusRequest | undefined): Partial<ModbusDetail> {
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
    case 'diagnostics':
      return subFunction(pdu.subFunction);
    case 'read-file':
    case 'write-file':
      return { files: pdu.records };
    case 'mask-write': {
      const { address, andMask, orMask } = pdu;
      return { address, quantity: 1, andMask, orMask };
    }
    case 'read-fifo':
      return { address: pdu.address };
    case 'umas':
      return { umas: umasAsked(pdu) };
    case 'canopen':
      return { subCode: MEI_CANOPEN };
    case 'bare':
      return {};
    default:
      return pdu satisfies never;
  }
}

/** What the response adds. */
export function content(
  asked: ModbusRequest | undefined,
  answer: ModbusResponse | undefined,
): Partial<ModbusDetail> {
  // What answers another function says nothing about this one: it must not replace what was asked.
  if (asked !== undefined && answer !== undefined && !isAbout(asked, answer)) return {};
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
    case 'write-file':
    case 'mask-write':
    case 'diagnostics':
    case 'canopen':
      return asked === undefined ? askedFor(answer) : {};
    case 'written':
      return asked === undefined ? { address: answer.address, quantity: answer.quantity } : {};
    case 'exception': {
      const { exceptionCode } = answer;
      const exceptionName = EXCEPTIONS.get(exceptionCode);
      return exceptionName === undefined ? { exceptionCode } : { exceptionCode, exceptionName };
    }
    case 'identity':
      return {
        subCode: MEI_DEVICE_IDENTIFICATION,
        ...identityOf(answer.objects, answer.conformity),
      };
    case 'exception-status':
      return { status: answer.status };
    case 'event-counter':
      return { status: answer.status, eventCount: answer.eventCount };
    case 'event-log': {
      const { status, eventCount, messageCount, events } = answer;
      return { status, eventCount, messageCount, events: events.toString('hex') };
    }
    case 'file-records':
      return asked?.kind === 'read-file' ? { files: filled(asked.records, answer.records) } : {};
    case 'fifo':
      return { values: answer.values };
    case 'umas-answer':
      return umasContent(asked, answer);
    case 'server-id':
      return serverIdOf(answer.data);
    default:
      return answer satisfies never;
  }
}

function umasContent(
  asked: ModbusRequest | undefined,
  answer: UmasResponse,
): Pick<ModbusDetail, 'umas' | 'identity'> {
  const request = asked?.kind === 'umas' ? asked : undefined;
  const answered = umasAnswered(request, answer);
  const { device } = answered;
  return {
    umas: { ...(request && umasAsked(request)), ...answered },
    ...(device === undefined ? {} : { identity: { product: device } }),
  };
}

/** In a layout that the device alone knows; most put their name into it. */
function serverIdOf(data: Buffer): Pick<ModbusDetail, 'serverId'> {
  const serverId = longestText(data);
  return serverId === '' ? {} : { serverId };
}

function subFunction(code: number): Pick<ModbusDetail, 'subCode' | 'subName'> {
  const name = DIAGNOSTICS.get(code)?.name;
  return { subCode: code, ...(name === undefined ? {} : { subName: name }) };
}

/** What was asked for, with the registers that came. */
const filled = (
  asked: readonly FileRecord[],
  came: readonly (readonly number[])[],
): readonly ModbusFileRecord[] =>
  asked.map((record, i) => {
    const values = came[i];
    return values === undefined ? record : { ...record, values };
  });

/** What the answers of function 43 were asked as. */
const ASKED_AS = { identity: 'identify', canopen: 'canopen' } as const;

/** Whether `answer` is of the function that was asked, and of its MEI type; an exception always says something. */
function isAbout(asked: ModbusRequest, answer: ModbusResponse): boolean {
  if (answer.kind === 'exception') return true;
  if (asked.functionCode !== answer.functionCode) return false;
  if (answer.kind !== 'identity' && answer.kind !== 'canopen') return true;
  return asked.kind === ASKED_AS[answer.kind] || asked.kind === 'unknown';
}

/** The bytes of what the specification gives no meaning: a person may know it, or a later version. */
export function opaqueData(
  asked: ModbusRequest | undefined,
  answer: ModbusResponse | undefined,
): Pick<ModbusDetail, 'data'> {
  // Also of what is too short to be a message: a session key stands in front.
  if (isUmas(asked) || isUmas(answer)) {
    const data = umasData(
      asked?.kind === 'umas' ? asked : undefined,
      answer?.kind === 'umas-answer' ? answer : undefined,
    );
    return Object.keys(data).length === 0 ? {} : { data };
  }
  const [request, response] = [hex(asked), hex(answer)];
  const data = {
    ...(request === '' ? {} : { request }),
    ...(response === '' ? {} : { response }),
  };
  return Object.keys(data).length === 0 ? {} : { data };
}

const isUmas = (pdu: ModbusRequest | ModbusResponse | undefined): boolean =>
  pdu !== undefined && (pdu.functionCode & ~EXCEPTION_BIT) === UMAS_FUNCTION;

const hex = (pdu: ModbusRequest | ModbusResponse | undefined): string =>
  pdu !== undefined && 'data' in pdu ? pdu.data.toString('hex') : '';
