/**
 * The built-in types as JSON can carry them. OPC 10000-6, 5.2.2.
 *
 * Everything is read to its end, whatever its size; only what is shown is kept. The values of a message
 * share `BinaryReader.room`: what comes after it is used up is `…`. Members that are not shown take none.
 */
import { CUT, MAX_VALUE_TEXT } from '#sensor/model/bounds.ts';
import type { OpcuaValue } from '#sensor/model/opcua.ts';
import type { BinaryReader } from './binary.ts';
import { readBuildInfo } from './build-info.ts';
import { nodeIdText, readExpandedNodeId, readGuid, readNodeId } from './node-id.ts';
import { EXTENSION_OBJECT } from './schema/catalogue.ts';
import { statusText } from './status-codes.ts';

/** Array members that are shown. */
const MAX_MEMBERS = 100;

/** Characters that a number, a truth value or the brackets of an array count for, with what parts them. */
const PLAIN_TEXT = 8;

/** Bytes of a byte string that are shown. */
const MAX_BYTES = 300;

interface BuiltIn {
  readonly name: string;
  /** Fewest bytes of an encoded value: what bounds a count before anything is read. */
  readonly least: number;
  readonly read: (reader: BinaryReader) => OpcuaValue;
}

/** By id, 5.1.2. A Map is no guard here: the index is a byte of the wire and `at` gives undefined. */
const BUILT_IN: readonly (BuiltIn | undefined)[] = [
  undefined,
  { name: 'Boolean', least: 1, read: (reader) => reader.byte() !== 0 },
  { name: 'SByte', least: 1, read: (reader) => (reader.byte() << 24) >> 24 },
  { name: 'Byte', least: 1, read: (reader) => reader.byte() },
  { name: 'Int16', least: 2, read: (reader) => (reader.uint16() << 16) >> 16 },
  { name: 'UInt16', least: 2, read: (reader) => reader.uint16() },
  { name: 'Int32', least: 4, read: (reader) => reader.int32() },
  { name: 'UInt32', least: 4, read: (reader) => reader.uint32() },
  { name: 'Int64', least: 8, read: (reader) => whole(reader.int64()) },
  { name: 'UInt64', least: 8, read: (reader) => whole(reader.uint64()) },
  { name: 'Float', least: 4, read: (reader) => real(Number(reader.float().toPrecision(7))) },
  { name: 'Double', least: 8, read: (reader) => real(reader.double()) },
  { name: 'String', least: 4, read: (reader) => reader.text() ?? '' },
  { name: 'DateTime', least: 8, read: (reader) => timeText(reader.int64()) },
  { name: 'Guid', least: 16, read: readGuid },
  { name: 'ByteString', least: 4, read: (reader) => bytesText(reader.byteString()) },
  { name: 'XmlElement', least: 4, read: (reader) => reader.text() ?? '' },
  { name: 'NodeId', least: 2, read: (reader) => nodeIdText(readNodeId(reader)) },
  { name: 'ExpandedNodeId', least: 2, read: readExpandedNodeId },
  { name: 'StatusCode', least: 4, read: (reader) => statusText(reader.uint32()) },
  { name: 'QualifiedName', least: 6, read: qualifiedName },
  { name: 'LocalizedText', least: 1, read: localizedText },
  { name: 'ExtensionObject', least: 3, read: extensionObject },
  { name: 'DataValue', least: 1, read: (reader) => readDataValue(reader).value ?? '' },
  { name: 'Variant', least: 1, read: (reader) => readVariant(reader)?.value ?? '' },
  { name: 'DiagnosticInfo', least: 1, read: diagnosticInfo },
];

/** Ids that are reserved hold a ByteString. 5.2.2.16. */
const FIRST_RESERVED = 26;
const BYTE_STRING = BUILT_IN[15];

const HAS_DIMENSIONS = 0x40;
const IS_ARRAY = 0x80;

export interface TypedValue {
  readonly value: OpcuaValue;
  /** `Double`, `Double[]` */
  readonly type: string;
}

/** Undefined where it is null. */
export function readVariant(reader: BinaryReader): TypedValue | undefined {
  return reader.deeper(() => variant(reader), undefined);
}

function variant(reader: BinaryReader): TypedValue | undefined {
  const encoding = reader.byte();
  const id = encoding & 0x3f;
  if (id === 0) {
    if (encoding !== 0) reader.fail('opcua.encoding');
    return undefined;
  }
  const type = id < FIRST_RESERVED ? BUILT_IN[id] : id < 32 ? BYTE_STRING : undefined;
  if (type === undefined) {
    reader.fail('opcua.encoding');
    return undefined;
  }
  if ((encoding & IS_ARRAY) === 0) {
    if ((encoding & HAS_DIMENSIONS) !== 0) reader.fail('opcua.encoding');
    return { value: shown(reader, type.read(reader)), type: type.name };
  }
  const count = reader.count(type.least);
  const value = shownMembers(reader, count, type.read);
  if ((encoding & HAS_DIMENSIONS) !== 0) dimensions(reader, count);
  return { value, type: `${type.name}[]` };
}

/** Takes the room of `value`, whose members took theirs. What does not fit is cut and leaves none for what follows. */
function shown(reader: BinaryReader, value: OpcuaValue): OpcuaValue {
  const text = typeof value === 'string' ? value : '';
  const left = reader.room - text.length - PLAIN_TEXT;
  reader.room = Math.max(0, left);
  if (left >= 0) return value;
  return left + text.length > 0 ? `${text.slice(0, left)}${CUT}` : CUT;
}

function shownMembers(
  reader: BinaryReader,
  count: number,
  read: (reader: BinaryReader) => OpcuaValue,
): OpcuaValue[] {
  let isCut = false;
  const values: OpcuaValue[] = [];
  for (let i = 0; i < count && reader.fault === undefined; i++) {
    const { room } = reader;
    const value = read(reader);
    if (isCut || values.length === MAX_MEMBERS) {
      reader.room = room;
      continue;
    }
    const member = shown(reader, value);
    isCut = member !== value;
    values.push(member);
  }
  return count > MAX_MEMBERS && !isCut ? [...values, CUT] : values;
}

/**
 * Before a value, or the arguments of a call: it has so much room, they have it together, whatever those
 * before took. So no write can hide behind another, and no call.
 */
export function beginValue(reader: BinaryReader): void {
  reader.room = Math.max(reader.room, MAX_VALUE_TEXT);
}

/** Reads `count` members and keeps the first of them. */
export function members<T>(
  reader: BinaryReader,
  count: number,
  read: (reader: BinaryReader) => T,
  most: number,
): T[] {
  const kept: T[] = [];
  for (let i = 0; i < count && reader.fault === undefined; i++) {
    const { room } = reader;
    const value = read(reader);
    if (kept.length < most) kept.push(value);
    else reader.room = room;
  }
  return kept;
}

/** They must multiply to the number of members; a dimension of 0 or less crashed real servers. */
function dimensions(reader: BinaryReader, members: number): void {
  const count = reader.count(4);
  let product = 1;
  for (let i = 0; i < count && reader.fault === undefined; i++) product *= reader.int32();
  if (reader.fault === undefined && count > 0 && product !== members) reader.fail('opcua.count');
}

export interface DataValue {
  readonly value?: OpcuaValue;
  readonly type?: string;
  /** 0 = Good, which is what an absent status means. */
  readonly status: number;
}

/** 5.2.2.17. */
export function readDataValue(reader: BinaryReader): DataValue {
  if (reader.isOutermost) beginValue(reader);
  return reader.deeper(() => dataValue(reader), { status: 0 });
}

function dataValue(reader: BinaryReader): DataValue {
  const mask = reader.byte();
  if (mask > 0x3f) reader.fail('opcua.encoding');
  const value = (mask & 0x01) === 0 ? undefined : readVariant(reader);
  const status = (mask & 0x02) === 0 ? 0 : reader.uint32();
  // source time and picoseconds, server time and picoseconds
  if ((mask & 0x04) !== 0) reader.take(8);
  if ((mask & 0x10) !== 0) reader.take(2);
  if ((mask & 0x08) !== 0) reader.take(8);
  if ((mask & 0x20) !== 0) reader.take(2);
  return { ...value, status };
}

function qualifiedName(reader: BinaryReader): string {
  const namespace = reader.uint16();
  const name = reader.text() ?? '';
  return namespace === 0 ? name : `${namespace}:${name}`;
}

/** 5.2.2.14. The locale is of no interest. */
export function localizedText(reader: BinaryReader): string {
  const mask = reader.byte();
  if (mask > 3) reader.fail('opcua.encoding');
  if ((mask & 1) !== 0) reader.skipText();
  return (mask & 2) === 0 ? '' : (reader.text() ?? '');
}

/** 5.2.2.15: its body has a length, so it can be passed over. */
function extensionObject(reader: BinaryReader): string {
  const from = reader.at;
  const id = readNodeId(reader);
  const type = nodeIdText(id);
  const length = skipExtensionBody(reader);
  if (id.namespace === 0 && length > 0) {
    // It may be an identity, with a password in it.
    EXTENSION_OBJECT.skip(reader.within(from, reader.at - from));
    const body = reader.within(reader.at - length, length);
    reader.buildInfo = readBuildInfo(body, id.numeric ?? 0, timeText) ?? reader.buildInfo;
  }
  return length === 0 ? type : `${type} (${length} bytes)`;
}

/** The body behind the type id; gives its length. */
export function skipExtensionBody(reader: BinaryReader): number {
  const encoding = reader.byte();
  if (encoding > 2) reader.fail('opcua.encoding');
  if (encoding === 0) return 0;
  const length = Math.max(0, reader.length());
  reader.take(length);
  return length;
}

/** 5.2.2.12. */
export function diagnosticInfo(reader: BinaryReader): string {
  return reader.deeper(() => {
    const mask = reader.byte();
    if (mask > 0x7f) reader.fail('opcua.encoding');
    for (const bit of [0x01, 0x02, 0x04, 0x08]) if ((mask & bit) !== 0) reader.int32();
    const more = (mask & 0x10) === 0 ? '' : (reader.text() ?? '');
    if ((mask & 0x20) !== 0) reader.uint32();
    const inner = (mask & 0x40) === 0 ? '' : diagnosticInfo(reader);
    return more === '' ? inner : more;
  }, '');
}

/** Passes over an array of DiagnosticInfo, with which most responses end. */
export function skipDiagnostics(reader: BinaryReader): void {
  members(reader, reader.count(1), diagnosticInfo, 0);
}

/** JSON has no NaN and no infinity. */
const real = (value: number): OpcuaValue => (Number.isFinite(value) ? value : String(value));

const whole = (value: bigint): OpcuaValue => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
};

const bytesText = (bytes: Buffer | undefined): string => {
  if (bytes === undefined) return '';
  const shown = bytes.subarray(0, MAX_BYTES).toString('base64');
  return bytes.length > MAX_BYTES ? `${shown}${CUT}` : shown;
};

/** 100 ns since 1601, 5.2.2.5. */
const MS_TO_1970 = 11_644_473_600_000n;
const TICKS_PER_MS = 10_000n;
/** The end of the year 9999, which stands for no end at all. 5.2.2.5. */
const MAX_MS = 253_402_300_799_999n;

export function timeText(ticks: bigint): string {
  const ms = ticks / TICKS_PER_MS - MS_TO_1970;
  if (ms > MAX_MS || ms < -MAX_MS) return String(ticks);
  const rest = String(ticks % TICKS_PER_MS).padStart(4, '0');
  const iso = new Date(Number(ms)).toISOString().slice(0, -1);
  return ticks < 0n || rest === '0000' ? `${iso}Z` : `${iso}${rest.slice(0, 3)}Z`;
}
