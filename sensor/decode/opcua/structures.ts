/** Structures that several services share. OPC 10000-4, 7; encoded field after field, OPC 10000-6, 5.2.6. */
import type { BinaryReader } from './binary.ts';
import type { RequestHeader, ResponseHeader } from './body.ts';
import { Budget, type Datum } from './datum.ts';
import { type NodeId, readNodeId } from './node-id.ts';
import { DIAGNOSTIC_INFO } from './schema/nested.ts';
import { members, skipExtensionBody } from './values.ts';

/**
 *     authenticationToken NodeId, timestamp, requestHandle, returnDiagnostics, auditEntryId,
 *     timeoutHint, additionalHeader
 *
 * OPC 10000-4, 7.33.
 */
export function readRequestHeader(reader: BinaryReader): RequestHeader {
  readToken(reader);
  const { token } = reader;
  reader.take(8);
  const handle = reader.uint32();
  reader.take(4);
  reader.skipText();
  reader.take(4);
  skipExtensionObject(reader);
  return { token, handle };
}

/**
 *     timestamp, requestHandle, serviceResult, serviceDiagnostics, stringTable, additionalHeader
 *
 * OPC 10000-4, 7.34.
 */
export function readResponseHeader(reader: BinaryReader): ResponseHeader {
  reader.take(8);
  const handle = reader.uint32();
  const result = reader.uint32();
  const diagnostics = readDiagnostics(reader);
  const names = members(reader, reader.count(4), (each) => each.text() ?? '', MAX_NAMES);
  skipExtensionObject(reader);
  const header = { handle, result, ...(diagnostics === undefined ? {} : { diagnostics }) };
  return names.length === 0 ? header : { ...header, names };
}

/** Texts of a string table that are kept: each has some use only where a diagnostic names it. */
const MAX_NAMES = 100;

/** Undefined where there are none, as nearly always. */
function readDiagnostics(reader: BinaryReader): Datum {
  if (reader.left === 0 || reader.bytes[reader.at] !== 0) {
    return DIAGNOSTIC_INFO.read(reader, new Budget());
  }
  reader.take(1);
  return undefined;
}

interface SessionToken {
  readonly encoding: number;
  readonly namespace: number;
  /** Bytes of the identifier, which are hidden; 0 where it is no session's. */
  readonly length: number;
}

/**
 * An authentication token. What tells it from others is `reader.token`, whole where a NodeId is only shown in
 * part, and the same for each encoding of the same number. Its identifier is hidden, its encoding is not, so
 * that what remains of the message can still be decoded.
 */
export function readToken(reader: BinaryReader): SessionToken {
  const from = reader.at;
  const node = readNodeId(reader);
  const encoding = reader.bytes[from] ?? 0;
  const { namespace, numeric } = node;
  reader.token = '';
  if (reader.fault !== undefined) return { encoding, namespace, length: 0 };
  const head = encoding === 0 ? 1 : encoding === 1 ? 2 : encoding === 3 || encoding === 5 ? 7 : 3;
  const length = isNull(node) ? 0 : reader.at - from - head;
  if (length > 0) reader.hide(from + head, length);
  const isNumber = encoding < 3;
  const identifier = isNumber ? numeric : reader.bytes.toString('hex', from + head, reader.at);
  reader.token = `${namespace} ${isNumber ? 'i' : encoding} ${identifier}`;
  return { encoding, namespace, length };
}

const isNull = ({ namespace, numeric }: NodeId): boolean => namespace === 0 && numeric === 0;

export function skipExtensionObject(reader: BinaryReader): void {
  readNodeId(reader);
  skipExtensionBody(reader);
}

/** ViewDescription: view, time, version. 7.44. */
export function skipView(reader: BinaryReader): void {
  readNodeId(reader);
  reader.take(12);
}
