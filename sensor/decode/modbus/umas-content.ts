/**
 * What a UMAS request and its response say, as `ModbusDetail.umas`.
 *
 *     0x01 response  0   2  largest frame   12  1  length of the holder's name   13  ..  name
 *     0x02 response  22  1  length of the device's name   23  ..  name
 *     0x10 request   4   1  length of the owner's name     5  ..  name
 *     0x20 request   0   1  range   1  2  block   3  2  offset   7  2  bytes
 *     0x22, 0x23     0   4  checksum of the project        4  1  variables
 *     0x30           0   2  file
 *     0x31           0   2  file    2  2  block   4  2  bytes   6  ..  data
 *     0x32-0x35      0   2  file    2  2  block, how many there were, or (0x33) the largest frame
 *
 * What is shorter than that has no such field. The session key is a handle of one byte, which anybody
 * on the wire sees and anybody off it tries out: it is no secret worth hiding from evidence, and nothing
 * to hand around either. Shown is that there is one; so of 0x10, whose response is the key, no bytes
 * are, and of 0x6e, whose nonces make signatures, none at all; nor of what is signed around something
 * that cannot be read, key and all.
 */
import type { ModbusUmas } from '#sensor/model/event.ts';
import type { UmasMessage, UmasRequest, UmasResponse } from './pdu.ts';
import { printable } from './text.ts';
import * as umas from './umas.ts';

type Fields = Omit<ModbusUmas, 'code'>;

export function umasAsked({ message, signed }: UmasRequest): ModbusUmas {
  const { code, sessionKey, data } = message;
  const name = umas.UMAS_CODES.get(code)?.name;
  return {
    code,
    ...(name === undefined ? {} : { name }),
    ...(sessionKey === 0 ? {} : { reserved: true }),
    ...(signed === undefined ? {} : { signed: true }),
    ...requestFields(code, data),
  };
}

/** What the response adds to what was asked. */
export function umasAnswered(asked: UmasRequest | undefined, answer: UmasResponse): Fields {
  const { code, data } = answerTo(asked, answer);
  if (!umas.isUmasAnswer(code)) return {};
  if (code === umas.UMAS_ERROR) return { status: 'error' };
  return { status: 'ok', ...responseFields(asked?.message.code, data) };
}

/** Bytes that mean something to who knows more; none of what would hand out a key. */
export function umasData(
  asked: UmasRequest | undefined,
  answer: UmasResponse | undefined,
): { readonly request?: string; readonly response?: string } {
  const code = asked?.message.code;
  if (code === umas.UMAS_NONCES || code === umas.UMAS_SIGNED) return {};
  const request = asked?.message.data.toString('hex') ?? '';
  const response = answer === undefined ? '' : shownAnswer(asked, answer).toString('hex');
  return {
    ...(request === '' ? {} : { request }),
    ...(response === '' ? {} : { response }),
  };
}

const NOTHING = Buffer.alloc(0);

function shownAnswer(asked: UmasRequest | undefined, answer: UmasResponse): Buffer {
  // The answer to what was not seen may be the one that brings a key.
  if (asked === undefined || asked.message.code === umas.UMAS_TAKE_RESERVATION) return NOTHING;
  const inner = answerTo(asked, answer);
  const isSealed = inner === answer.message && inner.code !== umas.UMAS_ERROR;
  return asked.signed !== undefined && isSealed ? NOTHING : inner.data;
}

/** True iff the controller says that it did not do it. */
export const isUmasRefusal = (asked: UmasRequest | undefined, answer: UmasResponse): boolean =>
  answerTo(asked, answer).code === umas.UMAS_ERROR;

/** A signed request is answered by a message around the answer itself, unless it was refused as a whole. */
function answerTo(asked: UmasRequest | undefined, { message }: UmasResponse): UmasMessage {
  const { code, data } = message;
  const at = umas.UMAS_SEAL_LENGTH;
  const isWrapped =
    asked?.signed !== undefined &&
    code === umas.UMAS_OK &&
    data.length >= at + 3 &&
    data[at] === umas.UMAS_FUNCTION;
  if (!isWrapped) return message;
  return {
    sessionKey: data.readUInt8(at + 1),
    code: data.readUInt8(at + 2),
    data: data.subarray(at + 3),
  };
}

function requestFields(code: number, data: Buffer): Fields {
  switch (code) {
    case umas.UMAS_TAKE_RESERVATION:
      return text('owner', data, 4);
    case umas.UMAS_READ_MEMORY:
      return { ...word('block', data, 1), ...word('offset', data, 3), ...word('length', data, 7) };
    case umas.UMAS_READ_VARIABLES:
    case umas.UMAS_WRITE_VARIABLES:
      return data.length > 4 ? { variables: data.readUInt8(4) } : {};
    case umas.UMAS_BLOCK_TO_PLC:
      return { ...word('block', data, 2), ...word('length', data, 4) };
    case umas.UMAS_BLOCK_FROM_PLC:
      return word('block', data, 2);
    case umas.UMAS_END_TO_PLC:
    case umas.UMAS_END_FROM_PLC:
      return word('blocks', data, 2);
    case umas.UMAS_BEGIN_FROM_PLC:
      return word('maxFrame', data, 2);
    default:
      return {};
  }
}

function responseFields(asked: number | undefined, data: Buffer): Fields {
  if (asked === umas.UMAS_INIT_COMM) {
    return { ...word('maxFrame', data, 0), ...text('owner', data, 12) };
  }
  return asked === umas.UMAS_READ_ID ? text('device', data, 22) : {};
}

function word(name: keyof ModbusUmas, data: Buffer, at: number): Fields {
  return data.length < at + 2 ? {} : { [name]: data.readUInt16LE(at) };
}

/** A length at `at`, then so many characters; absent where it is empty or longer than the data. */
function text(name: 'owner' | 'device', data: Buffer, at: number): Fields {
  const length = data[at] ?? 0;
  const end = at + 1 + length;
  if (length === 0 || end > data.length) return {};
  return { [name]: printable(data.subarray(at + 1, end)) };
}
