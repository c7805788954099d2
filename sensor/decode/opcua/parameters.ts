/**
 * The fields of a message as JSON: by the names of the specification, enumerations and statuses by theirs.
 * Nothing, and what is hidden, is not there. Bounded as values are: 100 members of a list, so many characters
 * in all; what comes after them is `…`.
 */
import { CUT, MAX_VALUE_TEXT, MAX_VALUES_TEXT } from '#sensor/model/bounds.ts';
import type { OpcuaFields, OpcuaParameter } from '#sensor/model/opcua.ts';
import { readCertificate } from './certificate.ts';
import type { Bytes, Datum, Diagnostic, Extension, List, Structure, Timed } from './datum.ts';
import { nodeIdText } from './node-id.ts';
import { statusText } from './status-codes.ts';
import { timeText } from './values.ts';

/** List members that are shown. */
const MAX_MEMBERS = 100;

/** Characters that the name of a field and what parts it from others count for. */
const PLAIN_TEXT = 8;

/** What is left of the characters of one message. */
interface Room {
  left: number;
}

/** `names` is the string table of the response, in which diagnostics name their texts by number. */
export function parametersOf(tree: Structure, names: readonly string[] = []): OpcuaFields {
  return fieldsOf(tree, { left: MAX_VALUES_TEXT }, names);
}

/** The diagnostics in the header of a response; undefined where they say nothing. */
export function diagnosticsOf(datum: Datum, names: readonly string[]): OpcuaFields | undefined {
  const isDiagnostic = typeof datum === 'object' && datum.kind === 'diagnostic';
  return isDiagnostic ? diagnosticOf(datum, { left: MAX_VALUES_TEXT }, names) : undefined;
}

type Json = OpcuaParameter | undefined;

function fieldsOf(
  { fields }: Structure,
  room: Room,
  names: readonly string[],
): Record<string, OpcuaParameter> {
  const shown: Record<string, OpcuaParameter> = {};
  for (const [name, datum] of fields) {
    room.left -= name.length;
    const isCertificate = name.endsWith('ertificate') && isBytes(datum);
    const json = isCertificate ? certificateOf(datum, room) : jsonOf(datum, room, names);
    if (json !== undefined) shown[name] = json;
  }
  return shown;
}

/** A text, or what counts for as many characters. */
function put<T extends string | number | boolean>(value: T, room: Room): T | string {
  room.left -= PLAIN_TEXT + (typeof value === 'string' ? value.length : 0);
  return room.left < 0 ? CUT : value;
}

function jsonOf(datum: Datum, room: Room, names: readonly string[]): Json {
  if (datum === undefined) return undefined;
  if (typeof datum === 'bigint') return put(whole(datum), room);
  if (typeof datum === 'number') return put(real(datum), room);
  if (typeof datum !== 'object') return put(datum, room);
  switch (datum.kind) {
    case 'hidden':
    case 'token':
      return undefined;
    case 'bytes':
      return datum.length < 0 ? undefined : put(base64(datum), room);
    case 'time':
      return put(timeText(datum.ticks), room);
    case 'status':
      return put(statusText(datum.code), room);
    case 'choice':
      return put(datum.name ?? datum.value, room);
    case 'node': {
      const { id, namespaceUri: uri, serverIndex = 0 } = datum;
      const text = nodeIdText(uri === undefined ? id : { ...id, uri });
      return put(serverIndex === 0 ? text : `svr=${serverIndex};${text}`, room);
    }
    case 'qualified':
      return put(`${datum.namespace === 0 ? '' : `${datum.namespace}:`}${datum.name ?? ''}`, room);
    case 'localized':
      return datum.text === undefined ? undefined : put(datum.text, room);
    case 'diagnostic':
      return diagnosticOf(datum, room, names);
    case 'timed':
      return timedOf(datum, room, names);
    case 'variant':
      return jsonOf(datum.value, room, names);
    case 'extension':
      return extensionOf(datum, room, names);
    case 'list':
      return listOf(datum, room, names);
    case 'structure':
      return fieldsOf(datum, room, names);
    default:
      return datum satisfies never;
  }
}

function listOf({ count, members }: List, room: Room, names: readonly string[]): Json {
  if (count < 0) return undefined;
  const shown: OpcuaParameter[] = [];
  for (const member of members) {
    if (shown.length === MAX_MEMBERS || room.left < 0) break;
    shown.push(jsonOf(member, room, names) ?? '');
  }
  return shown.length < count ? [...shown, CUT] : shown;
}

function timedOf(datum: Timed, room: Room, names: readonly string[]): Json {
  const { value, status, sourceTimestamp, serverTimestamp } = datum;
  const json = jsonOf(value, room, names);
  return {
    ...(json === undefined ? {} : { value: json }),
    ...(status === undefined ? {} : { status: put(statusText(status), room) }),
    ...(sourceTimestamp === undefined
      ? {}
      : { sourceTimestamp: put(timeText(sourceTimestamp), room) }),
    ...(serverTimestamp === undefined
      ? {}
      : { serverTimestamp: put(timeText(serverTimestamp), room) }),
  };
}

/** The fields of its structure and beside them its name; of a body that is not known, how long it is. */
function extensionOf(datum: Extension, room: Room, names: readonly string[]): Json {
  const { type, encoding, length, body } = datum;
  if (typeof body === 'object' && body.kind === 'structure') {
    return { type: put(body.type, room), ...fieldsOf(body, room, names) };
  }
  if (encoding === 0 && type.id.numeric === 0) return undefined;
  const id = nodeIdText(type.id);
  return put(length > 0 ? `${id} (${length} bytes)` : id, room);
}

function diagnosticOf(
  datum: Diagnostic,
  room: Room,
  names: readonly string[],
): OpcuaFields | undefined {
  const named = (place: number | undefined): Json => {
    const text = place === undefined ? undefined : names[place];
    return text === undefined ? undefined : put(text, room);
  };
  const { additionalInfo: info, innerStatusCode: code, inner } = datum;
  const fields: readonly (readonly [string, Json])[] = [
    ['symbolicId', named(datum.symbolicId)],
    ['namespaceUri', named(datum.namespaceUri)],
    ['locale', named(datum.locale)],
    ['localizedText', named(datum.localizedText)],
    ['additionalInfo', info === undefined ? undefined : put(info, room)],
    ['innerStatusCode', code === undefined ? undefined : put(statusText(code), room)],
    ['innerDiagnosticInfo', jsonOf(inner, room, names)],
  ];
  const shown: Record<string, OpcuaParameter> = {};
  for (const [name, json] of fields) if (json !== undefined) shown[name] = json;
  return Object.keys(shown).length === 0 ? undefined : shown;
}

const isBytes = (datum: Datum): datum is Bytes =>
  typeof datum === 'object' && datum.kind === 'bytes';

/** People know a certificate by its thumbprint. Of one that was too long to be kept, nothing is known. */
function certificateOf({ length, kept }: Bytes, room: Room): Json {
  const certificate = kept.length === length ? readCertificate(kept) : undefined;
  if (certificate === undefined) return undefined;
  const { thumbprint, subject } = certificate;
  return {
    thumbprint: put(thumbprint, room),
    ...(subject === undefined ? {} : { subject: put(subject, room) }),
  };
}

function base64({ length, kept }: Bytes): string {
  const shown = kept.subarray(0, MAX_VALUE_TEXT).toString('base64');
  return length > MAX_VALUE_TEXT ? `${shown}${CUT}` : shown;
}

/** JSON has no NaN and no infinity. */
const real = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const whole = (value: bigint): number | string => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
};
