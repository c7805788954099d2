/** Structures that several services share. OPC 10000-4, 7; encoded field after field, OPC 10000-6, 5.2.6. */
import type { BinaryReader } from './binary.ts';
import type { RequestHeader, ResponseHeader } from './body.ts';
import { type NodeId, readNodeId } from './node-id.ts';
import { diagnosticInfo, localizedText, members, skipExtensionBody } from './values.ts';

/**
 *     authenticationToken NodeId, timestamp, requestHandle, returnDiagnostics, auditEntryId,
 *     timeoutHint, additionalHeader
 *
 * OPC 10000-4, 7.33.
 */
export function readRequestHeader(reader: BinaryReader): RequestHeader {
  const { key: token } = readToken(reader);
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
  diagnosticInfo(reader);
  skipTexts(reader);
  skipExtensionObject(reader);
  return { handle, result };
}

export interface SessionToken {
  /** Only good for comparing: the same for each encoding of the same number. Never leaves the decoder. */
  readonly key: string;
  readonly encoding: number;
  readonly namespace: number;
  /** Bytes of the identifier, which are hidden; 0 where it is no session's. */
  readonly length: number;
}

/**
 * An authentication token, whole where a NodeId is only shown in part. Its identifier is hidden, its encoding
 * is not, so that what remains of the message can still be decoded.
 */
export function readToken(reader: BinaryReader): SessionToken {
  const from = reader.at;
  const node = readNodeId(reader);
  const encoding = reader.bytes[from] ?? 0;
  const { namespace, numeric } = node;
  if (reader.fault !== undefined) return { key: '', encoding, namespace, length: 0 };
  const head = encoding === 0 ? 1 : encoding === 1 ? 2 : encoding === 3 || encoding === 5 ? 7 : 3;
  const length = isNull(node) ? 0 : reader.at - from - head;
  if (length > 0) reader.hide(from + head, length);
  const isNumber = encoding < 3;
  const identifier = isNumber ? numeric : reader.bytes.toString('hex', from + head, reader.at);
  const key = `${namespace} ${isNumber ? 'i' : encoding} ${identifier}`;
  return { key, encoding, namespace, length };
}

const isNull = ({ namespace, numeric }: NodeId): boolean => namespace === 0 && numeric === 0;

export function skipExtensionObject(reader: BinaryReader): void {
  readNodeId(reader);
  skipExtensionBody(reader);
}

export function skipTexts(reader: BinaryReader): void {
  members(reader, reader.count(4), (each) => each.skipText(), 0);
}

/** SignatureData: algorithm and signature. 7.37. */
export function skipSignature(reader: BinaryReader): void {
  reader.skipText();
  reader.secret();
}

/** SignedSoftwareCertificate: certificate and signature. 7.38. */
export function skipSoftwareCertificates(reader: BinaryReader): void {
  members(reader, reader.count(8), skipSoftwareCertificate, 0);
}

function skipSoftwareCertificate(reader: BinaryReader): void {
  reader.skipText();
  reader.secret();
}

/** ApplicationDescription; gives the application URI. 7.2. */
export function readApplication(reader: BinaryReader): string | undefined {
  const applicationUri = reader.text();
  reader.skipText();
  localizedText(reader);
  reader.take(4);
  reader.skipText();
  reader.skipText();
  skipTexts(reader);
  return applicationUri;
}

/** EndpointDescription; gives the application URI of the server. 7.14. */
export function readEndpoint(reader: BinaryReader): string | undefined {
  reader.skipText();
  const applicationUri = readApplication(reader);
  reader.skipText();
  reader.take(4);
  reader.skipText();
  members(reader, reader.count(20), skipUserTokenPolicy, 0);
  reader.skipText();
  reader.take(1);
  return applicationUri;
}

/** UserTokenPolicy. 7.42. */
function skipUserTokenPolicy(reader: BinaryReader): void {
  reader.skipText();
  reader.take(4);
  reader.skipText();
  reader.skipText();
  reader.skipText();
}

/** ViewDescription: view, time, version. 7.44. */
export function skipView(reader: BinaryReader): void {
  readNodeId(reader);
  reader.take(12);
}
