/**
 * `modbus` of an EVE record: request and response in the shape that Suricata 7 gives them. Bytes are read where
 * they stand in the PDU: addresses 0-based, and what a function carries as a string of bytes.
 *
 * Suricata writes such a string as it is where it is UTF-8; else bytes above 0x7f become `\x80`, and so does not
 * tell a byte from its escape. The exact values are in the output of `--exchanges`.
 */
import { isUtf8 } from 'node:buffer';
import type { Message } from '#sensor/decode/modbus/exchange.ts';
import type { ModbusFault } from '#sensor/decode/modbus/fault.ts';
import { EXCEPTION_BIT } from '#sensor/decode/modbus/functions.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';
import { UMAS_FUNCTION } from '#sensor/decode/modbus/umas.ts';
import type { ModbusExchange } from '#sensor/model/event.ts';
import { category, diagnosticName, exceptionName, functionNames, meiName } from './modbus-names.ts';

export interface ModbusRecord {
  /** Counts the exchanges of a flow. */
  readonly id: number;
  readonly request?: MessageRecord;
  readonly response?: MessageRecord;
}

interface Coded {
  readonly raw: number;
  readonly code: string;
  readonly data?: string;
}

interface Content {
  readonly exception?: Coded;
  readonly diagnostic?: Coded;
  readonly mei?: Coded;
  readonly read?: { readonly address?: number; readonly quantity?: number; readonly data?: string };
  readonly write?: {
    readonly address: number;
    readonly quantity?: number;
    readonly and_mask?: number;
    readonly or_mask?: number;
    readonly data?: number | string;
  };
  readonly data?: string;
}

interface MessageRecord extends Content {
  readonly transaction_id: number;
  readonly protocol_id: 0;
  readonly unit_id: number;
  /** As on the wire, the bit of an exception included. */
  readonly function_raw: number;
  readonly function_code: string;
  readonly access_type: string;
  readonly category: string;
  readonly error_flags: string;
}

/** The `id`th exchange of its flow, of these messages. */
export function modbusRecord(
  id: number,
  { modbus, facts }: Pick<ModbusExchange, 'modbus' | 'facts'>,
  request: Message | undefined,
  response: Message | undefined,
): ModbusRecord {
  // Where nothing is wrong with either, nobody need look for it.
  const isClean = facts.length === 0;
  const { data } = modbus;
  return {
    id,
    ...(request && {
      request: messageRecord(
        request,
        isUmas(request) ? umas(request.pdu, data?.request) : asked(request.pdu),
        isClean ? NO_FLAGS : flagsOf(parseRequest(request.pdu).faults),
      ),
    }),
    ...(response && {
      response: messageRecord(
        response,
        isUmas(response) ? umas(response.pdu, data?.response) : answered(response.pdu),
        isClean ? NO_FLAGS : flagsOf(parseResponse(response.pdu).faults),
      ),
    }),
  };
}

const isUmas = ({ pdu }: Message): boolean => ((pdu[0] ?? 0) & ~EXCEPTION_BIT) === UMAS_FUNCTION;

/** Its session key, and what hands one out, let somebody in: `shown` is what the exchange tells, as hex. */
const umas = (pdu: Buffer, shown: string | undefined): Content =>
  (pdu[0] ?? 0) >= EXCEPTION_BIT
    ? either(pdu)
    : { data: byteString(Buffer.from(shown ?? '', 'hex')) };

function messageRecord(
  { transactionId, unitId, pdu }: Message,
  content: Content,
  flags: string,
): MessageRecord {
  const raw = pdu[0] ?? 0;
  const { code, access } = functionNames(raw & ~EXCEPTION_BIT);
  return {
    transaction_id: transactionId,
    protocol_id: 0,
    unit_id: unitId,
    function_raw: raw,
    function_code: code,
    access_type: access,
    category: categoryOf(raw, content),
    error_flags: flags,
    ...content,
  };
}

/** Of functions 8 and 43 it is that of their second code. */
function categoryOf(raw: number, { diagnostic, mei }: Content): string {
  switch (raw & ~EXCEPTION_BIT) {
    case 8:
      if (diagnostic === undefined) return 'NONE';
      return diagnostic.code === 'Reserved' ? 'RESERVED' : 'PUBLIC_ASSIGNED';
    case 43:
      if (mei === undefined) return 'NONE';
      return mei.code === 'Unknown' ? 'RESERVED' : 'PUBLIC_ASSIGNED';
    default:
      return category(raw);
  }
}

function asked(pdu: Buffer): Content {
  switch (pdu[0] ?? 0) {
    case 1:
    case 2:
    case 3:
    case 4:
      return pdu.length < 5 ? rest(pdu) : { read: block(pdu, 1) };
    case 5:
    case 6:
      return singleWrite(pdu);
    case 15:
    case 16:
      if (pdu.length < 6) return rest(pdu);
      return { write: { ...block(pdu, 1), data: byteString(pdu.subarray(6)) } };
    case 22:
      return maskWrite(pdu);
    case 23:
      if (pdu.length < 10) return rest(pdu);
      return {
        read: block(pdu, 1),
        write: { ...block(pdu, 5), data: byteString(pdu.subarray(10)) },
      };
    default:
      return either(pdu);
  }
}

function answered(pdu: Buffer): Content {
  switch (pdu[0] ?? 0) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 23:
      return pdu.length < 2 ? rest(pdu) : { read: { data: byteString(pdu.subarray(2)) } };
    case 5:
    case 6:
    case 15:
    case 16:
      return singleWrite(pdu);
    case 22:
      return maskWrite(pdu);
    default:
      return either(pdu);
  }
}

/** What requests and responses have alike. */
function either(pdu: Buffer): Content {
  const raw = pdu[0] ?? 0;
  if (raw >= EXCEPTION_BIT) {
    const code = pdu[1];
    return code === undefined ? {} : { exception: { raw: code, code: exceptionName(code) } };
  }
  if (raw === 8 && pdu.length >= 3) {
    const sub = pdu.readUInt16BE(1);
    const data = byteString(pdu.subarray(3));
    return { diagnostic: { raw: sub, code: diagnosticName(sub), data } };
  }
  if (raw === 43 && pdu.length >= 2) {
    const type = pdu.readUInt8(1);
    return { mei: { raw: type, code: meiName(type), data: byteString(pdu.subarray(2)) } };
  }
  return rest(pdu);
}

const rest = (pdu: Buffer): Content => ({ data: byteString(pdu.subarray(1)) });

const block = (pdu: Buffer, at: number) => ({
  address: pdu.readUInt16BE(at),
  quantity: pdu.readUInt16BE(at + 2),
});

/** Of the echo of a write of several, `data` is their quantity. */
const singleWrite = (pdu: Buffer): Content =>
  pdu.length < 5
    ? rest(pdu)
    : { write: { address: pdu.readUInt16BE(1), data: pdu.readUInt16BE(3) } };

function maskWrite(pdu: Buffer): Content {
  if (pdu.length < 7) return rest(pdu);
  const [address, and_mask, or_mask] = [1, 3, 5].map((at) => pdu.readUInt16BE(at));
  return { write: { address: address ?? 0, and_mask: and_mask ?? 0, or_mask: or_mask ?? 0 } };
}

function byteString(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return bytes.toString('latin1').replaceAll(/[\x80-\xff]/g, (char) => escaped(char.charCodeAt(0)));
}

const escaped = (byte: number): string => `\\x${byte.toString(16)}`;

const NO_FLAGS = 'NONE';

/** What Suricata calls each fault of a PDU; those of a value are the rest. */
const FLAGS: Partial<Readonly<Record<ModbusFault, string>>> = {
  'modbus.truncated': 'DATA_LENGTH',
  'modbus.surplus': 'DATA_LENGTH',
  'modbus.smuggled': 'DATA_LENGTH',
  'modbus.exception-code': 'EXC_CODE',
  'modbus.function-code': 'FUNC_CODE',
};

const FLAG_ORDER = ['DATA_VALUE', 'DATA_LENGTH', 'EXC_CODE', 'FUNC_CODE'];

function flagsOf(faults: readonly { readonly name: ModbusFault }[]): string {
  const flags = new Set(faults.map(({ name }) => FLAGS[name] ?? 'DATA_VALUE'));
  const named = FLAG_ORDER.filter((flag) => flags.has(flag));
  return named.length === 0 ? NO_FLAGS : named.join(' | ');
}
