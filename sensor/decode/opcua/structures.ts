/** Structures that several services share. OPC 10000-4, 7; encoded field after field, OPC 10000-6, 5.2.6. */
import type { BinaryReader } from './binary.ts';
import type { RequestHeader, ResponseHeader } from './body.ts';
import { Budget, type Datum } from './datum.ts';
import { readNodeId } from './node-id.ts';
import { EXTENSION_OBJECT } from './schema/catalogue.ts';
import { DIAGNOSTIC_INFO } from './schema/nested.ts';
import { readToken } from './session-token.ts';
import { members } from './values.ts';

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

/** Passes over it; what may be secret in it is hidden. */
export const skipExtensionObject = (reader: BinaryReader): void => EXTENSION_OBJECT.skip(reader);

/** ViewDescription: view, time, version. 7.44. */
export function skipView(reader: BinaryReader): void {
  readNodeId(reader);
  reader.take(12);
}
