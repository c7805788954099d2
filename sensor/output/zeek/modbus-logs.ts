/**
 * The logs of Modbus: `modbus.log` of Zeek, a row for each message, and those of ICSNPP-Modbus, a row for each
 * exchange and what needs more columns in logs of their own.
 */

import type { Message } from '#sensor/decode/modbus/exchange.ts';
import { EXCEPTION_BIT } from '#sensor/decode/modbus/functions.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';
import type { ModbusRequest, ModbusResponse } from '#sensor/decode/modbus/pdu.ts';
import type { ModbusExchange } from '#sensor/model/event.ts';
import type { Micros } from '#sensor/model/time.ts';
import { type FlowNote, linkId } from '../flow-book.ts';
import {
  DIRECTED_COLUMNS,
  type DirectedRow,
  EVENT_COLUMNS,
  type EventRow,
} from './event-columns.ts';
import { answeredColumns, askedColumns, type ModbusColumns } from './modbus-detail.ts';
import { conformityName, exceptionName, functionName, objectName } from './modbus-names.ts';
import { JOINED_FUNCTIONS } from './modbus-quirks.ts';
import { type Column, ZeekLog } from './zeek-log.ts';

interface Addressed {
  readonly tid: number;
  readonly unit: number;
  readonly func: string;
}

const ADDRESSED: readonly Column<Addressed>[] = [
  ['tid', 'count', ({ tid }) => tid],
  ['unit', 'count', ({ unit }) => unit],
  ['func', 'string', ({ func }) => func],
];

interface MessageRow extends EventRow, Addressed {
  readonly isRequest: boolean;
  readonly exception: string | undefined;
}

const MESSAGES: readonly Column<MessageRow>[] = [
  ...EVENT_COLUMNS,
  ...ADDRESSED,
  ['pdu_type', 'string', ({ isRequest }) => (isRequest ? 'REQ' : 'RESP')],
  ['exception', 'string', ({ exception }) => exception],
];

interface DetailRow extends EventRow, Addressed, ModbusColumns {
  readonly link: string | undefined;
  /** Undefined where ICSNPP joins nothing. */
  readonly matched: boolean | undefined;
}

const DETAILED: readonly Column<DetailRow>[] = [
  ...EVENT_COLUMNS,
  ...ADDRESSED,
  ['address', 'count', ({ address }) => address],
  ['quantity', 'count', ({ quantity }) => quantity],
  ['request_values', 'vector[count]', ({ requestValues }) => requestValues],
  ['response_values', 'vector[count]', ({ responseValues }) => responseValues],
  ['modbus_detailed_link_id', 'string', ({ link }) => link],
  ['matched', 'bool', ({ matched }) => matched],
  ['request_subfunction_code', 'string', ({ requestSubFunction }) => requestSubFunction],
  ['response_subfunction_code', 'string', ({ responseSubFunction }) => responseSubFunction],
  ['request_data', 'string', ({ requestData }) => requestData],
  ['response_data', 'string', ({ responseData }) => responseData],
  ['exception_code', 'string', ({ exception }) => exception],
  ['mei_type', 'string', ({ mei }) => mei],
];

interface LinkedRow extends DirectedRow, Addressed {
  readonly link: string;
}

const LINKED: readonly Column<LinkedRow>[] = [
  ...DIRECTED_COLUMNS,
  ['modbus_detailed_link_id', 'string', ({ link }) => link],
  ...ADDRESSED,
  ['request_response', 'string', ({ fromClient }) => (fromClient ? 'REQUEST' : 'RESPONSE')],
];

interface MaskRow extends LinkedRow {
  readonly address: number;
  readonly andMask: number;
  readonly orMask: number;
}

const MASK_WRITES: readonly Column<MaskRow>[] = [
  ...LINKED,
  ['address', 'count', ({ address }) => address],
  ['and_mask', 'count', ({ andMask }) => andMask],
  ['or_mask', 'count', ({ orMask }) => orMask],
];

interface ReadWriteRow extends LinkedRow {
  readonly write?: { readonly address: number; readonly values: readonly number[] };
  readonly read?: { readonly address: number; readonly quantity: number };
  readonly values?: readonly number[];
}

const READ_WRITES: readonly Column<ReadWriteRow>[] = [
  ...LINKED,
  ['write_start_address', 'count', ({ write }) => write?.address],
  ['write_registers', 'vector[count]', ({ write }) => write?.values],
  ['read_start_address', 'count', ({ read }) => read?.address],
  ['read_quantity', 'count', ({ read }) => read?.quantity],
  ['read_registers', 'vector[count]', ({ values }) => values],
];

interface IdentityRow extends LinkedRow {
  readonly conformity?: number;
  readonly level: number;
  readonly objectId: number;
  readonly value?: Buffer;
}

const code = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

const IDENTITIES: readonly Column<IdentityRow>[] = [
  ...LINKED,
  ['mei_type', 'string', () => 'READ-DEVICE-IDENTIFICATION'],
  [
    'conformity_level_code',
    'string',
    ({ conformity }) => (conformity === undefined ? undefined : code(conformity)),
  ],
  [
    'conformity_level',
    'string',
    ({ conformity }) => (conformity === undefined ? undefined : conformityName(conformity)),
  ],
  ['device_id_code', 'count', ({ level }) => level],
  ['object_id_code', 'string', ({ objectId }) => code(objectId)],
  ['object_id', 'string', ({ objectId }) => objectName(objectId)],
  ['object_value', 'string', ({ value }) => value],
];

/** Functions whose exchange has rows in a log of its own. */
const LINKING: ReadonlySet<number> = new Set([22, 23, 43]);

export class ModbusLogs {
  readonly #messages: ZeekLog<MessageRow>;
  readonly #detailed: ZeekLog<DetailRow>;
  readonly #maskWrites: ZeekLog<MaskRow>;
  readonly #readWrites: ZeekLog<ReadWriteRow>;
  readonly #identities: ZeekLog<IdentityRow>;

  constructor(folder: string) {
    this.#messages = new ZeekLog(folder, 'modbus', MESSAGES);
    this.#detailed = new ZeekLog(folder, 'modbus_detailed', DETAILED);
    this.#maskWrites = new ZeekLog(folder, 'modbus_mask_write_register', MASK_WRITES);
    this.#readWrites = new ZeekLog(folder, 'modbus_read_write_multiple_registers', READ_WRITES);
    this.#identities = new ZeekLog(folder, 'modbus_read_device_identification', IDENTITIES);
  }

  write(
    { client, server }: ModbusExchange,
    request: Message | undefined,
    response: Message | undefined,
    note: FlowNote | undefined,
  ): void {
    const first = request ?? response;
    if (first === undefined) return;
    const base = { at: first.at, uid: note?.uid, client, server };
    if (request !== undefined) this.#message(base, request, true);
    if (response !== undefined) this.#message(base, response, false);
    const functionCode = (first.pdu[0] ?? 0) & ~EXCEPTION_BIT;
    if (!JOINED_FUNCTIONS.has(functionCode)) {
      if (request !== undefined) this.#alone(base, request);
      if (response !== undefined) this.#alone(base, response);
      return;
    }
    const asked = request && parseRequest(request.pdu).pdu;
    const answer = response && parseResponse(response.pdu).pdu;
    const isLinked =
      LINKING.has(functionCode) && (asked !== undefined || answer?.kind !== 'exception');
    const link = isLinked ? linkId(note?.uid ?? '', note?.exchanges ?? 0) : undefined;
    this.#join(base, first, { asked, answer, link });
    if (link === undefined) return;
    if (request && asked) this.#asked(base, request, asked, link);
    if (response && answer) this.#answered(base, response, answer, link);
  }

  close(): void {
    this.#messages.close();
    this.#detailed.close();
    this.#maskWrites.close();
    this.#readWrites.close();
    this.#identities.close();
  }

  #message(base: EventRow, message: Message, isRequest: boolean): void {
    const row = { ...base, ...addressed(message), isRequest, exception: exceptionOf(message) };
    this.#messages.write({ ...row, at: message.at }, message.at);
  }

  /** A row of a message that ICSNPP joins with nothing. */
  #alone(base: EventRow, message: Message): void {
    const exception = exceptionOf(message);
    const said = exception === undefined ? {} : { exception };
    const row = { ...base, ...addressed(message), ...said, link: undefined, matched: undefined };
    this.#detailed.write({ ...row, at: message.at }, message.at);
  }

  #join(
    base: EventRow,
    first: Message,
    {
      asked,
      answer,
      link,
    }: {
      readonly asked: ModbusRequest | undefined;
      readonly answer: ModbusResponse | undefined;
      readonly link: string | undefined;
    },
  ): void {
    const isAlone = asked === undefined && answer?.kind === 'exception';
    this.#detailed.write(
      {
        ...base,
        ...addressed(first),
        ...(asked && askedColumns(asked)),
        ...(answer && answeredColumns(answer, asked)),
        link,
        matched: isAlone ? undefined : asked !== undefined && answer !== undefined,
      },
      base.at,
    );
  }

  #asked(base: EventRow, message: Message, pdu: ModbusRequest, link: string): void {
    const row = { ...base, ...addressed(message), link, fromClient: true, at: message.at };
    if (pdu.kind === 'mask-write') this.#maskWrites.write({ ...row, ...pdu }, row.at);
    else if (pdu.kind === 'read-write') {
      this.#readWrites.write({ ...row, write: pdu.write, read: pdu.read }, row.at);
    } else if (pdu.kind === 'identify') {
      this.#identities.write({ ...row, level: pdu.level, objectId: pdu.objectId }, row.at);
    }
  }

  #answered(base: EventRow, message: Message, pdu: ModbusResponse, link: string): void {
    const row = { ...base, ...addressed(message), link, fromClient: false, at: message.at };
    if (pdu.kind === 'mask-write') this.#maskWrites.write({ ...row, ...pdu }, row.at);
    else if (pdu.kind === 'registers' && pdu.functionCode === 23) {
      this.#readWrites.write({ ...row, values: pdu.values }, row.at);
    } else if (pdu.kind === 'identity') {
      const { level, conformity } = pdu;
      for (const { id, value } of pdu.objects) {
        this.#identities.write({ ...row, level, conformity, objectId: id, value }, row.at);
      }
    }
  }
}

const addressed = ({ transactionId, unitId, pdu }: Message): Addressed => ({
  tid: transactionId,
  unit: unitId,
  func: functionName(pdu[0] ?? 0),
});

function exceptionOf({ pdu }: { readonly pdu: Buffer; readonly at: Micros }): string | undefined {
  const [functionCode = 0, exception] = pdu;
  if (functionCode < EXCEPTION_BIT || exception === undefined) return undefined;
  return exceptionName(exception);
}
