/** Built-in types that hold no others. OPC 10000-6, 5.2.2. Those that do are in `nested.ts`. */
import type { BinaryReader } from '../binary.ts';
import type { Budget, Bytes, Localized, Node, Qualified } from '../datum.ts';
import { HAS_NAMESPACE_URI, HAS_SERVER_INDEX, readEncoded, readGuid } from '../node-id.ts';
import { type Codec, codec, fixed } from './codec.ts';

/** Bytes of a byte string that are kept; a certificate has some 2,000, a chain of them some more. */
const MAX_KEPT_BYTES = 16_384;

export const BYTE_STRING = codec('ByteString', 4, readBytes, (reader) => reader.skipText());

const STRING = codec('String', 4, readText, (reader) => reader.skipText());

export const NODE_ID = codec(
  'NodeId',
  2,
  (reader, budget) => readNode(reader, budget, false),
  (reader) => skipNode(reader, false),
);

const STATUS_CODE = fixed('StatusCode', 4, (reader) => ({
  kind: 'status',
  code: reader.uint32(),
}));

export const INT32 = fixed('Int32', 4, (reader) => reader.int32());

/** By id, 5.1.2; the first is missing, as are those of `nested.ts`. */
export const BUILT_IN: readonly Codec[] = [
  fixed('Boolean', 1, (reader) => reader.byte() !== 0),
  fixed('SByte', 1, (reader) => (reader.byte() << 24) >> 24),
  fixed('Byte', 1, (reader) => reader.byte()),
  fixed('Int16', 2, (reader) => (reader.uint16() << 16) >> 16),
  fixed('UInt16', 2, (reader) => reader.uint16()),
  INT32,
  fixed('UInt32', 4, (reader) => reader.uint32()),
  fixed('Int64', 8, (reader) => reader.int64()),
  fixed('UInt64', 8, (reader) => reader.uint64()),
  fixed('Float', 4, (reader) => reader.float()),
  fixed('Double', 8, (reader) => reader.double()),
  STRING,
  fixed('DateTime', 8, (reader) => ({ kind: 'time', ticks: reader.int64() })),
  fixed('Guid', 16, readGuid),
  BYTE_STRING,
  codec('XmlElement', 4, readText, (reader) => reader.skipText()),
  NODE_ID,
  codec(
    'ExpandedNodeId',
    2,
    (reader, budget) => readNode(reader, budget, true),
    (reader) => skipNode(reader, true),
  ),
  STATUS_CODE,
  codec('QualifiedName', 6, readQualified, (reader) => {
    reader.take(2);
    reader.skipText();
  }),
  codec('LocalizedText', 1, readLocalized, skipLocalized),
];

export function readText(reader: BinaryReader, budget: Budget): string | undefined {
  const text = reader.text();
  budget.text -= text?.length ?? 0;
  return text;
}

function readBytes(reader: BinaryReader, budget: Budget): Bytes {
  const bytes = reader.byteString();
  if (bytes === undefined) return { kind: 'bytes', length: -1, kept: Buffer.alloc(0) };
  return keepBytes(bytes, budget);
}

export function keepBytes(bytes: Buffer, budget: Budget): Bytes {
  // A copy: what stands around them in the message may be secret, and they go further than it.
  const kept = Buffer.from(bytes.subarray(0, MAX_KEPT_BYTES));
  budget.text -= kept.length;
  return { kind: 'bytes', length: bytes.length, kept };
}

export function readNode(reader: BinaryReader, budget: Budget, isExpanded: boolean): Node {
  const encoding = reader.byte();
  const id = readEncoded(reader, isExpanded ? plain(encoding) : encoding);
  budget.text -= id.identifier.length;
  if (!isExpanded) return { kind: 'node', encoding, id };
  const uri = (encoding & HAS_NAMESPACE_URI) === 0 ? undefined : readText(reader, budget);
  return {
    kind: 'node',
    encoding,
    id,
    ...(uri === undefined ? {} : { namespaceUri: uri }),
    ...((encoding & HAS_SERVER_INDEX) === 0 ? {} : { serverIndex: reader.uint32() }),
  };
}

/** Bytes behind the encoding byte of a NodeId, by encoding. Those of a string and of bytes have a length behind two. */
const NODE_BYTES = [1, 3, 6, 2, 18, 2];

function skipNode(reader: BinaryReader, isExpanded: boolean): void {
  const encoding = reader.byte();
  const form = isExpanded ? plain(encoding) : encoding;
  const size = NODE_BYTES[form];
  if (size === undefined) {
    reader.fail('opcua.encoding');
    return;
  }
  reader.take(size);
  if (form === 3 || form === 5) reader.skipText();
  if (!isExpanded) return;
  if ((encoding & HAS_NAMESPACE_URI) !== 0) reader.skipText();
  if ((encoding & HAS_SERVER_INDEX) !== 0) reader.take(4);
}

const plain = (encoding: number): number => encoding & ~(HAS_NAMESPACE_URI | HAS_SERVER_INDEX);

function readQualified(reader: BinaryReader, budget: Budget): Qualified {
  const namespace = reader.uint16();
  return { kind: 'qualified', namespace, name: readText(reader, budget) };
}

/** 5.2.2.14. */
const HAS_LOCALE = 1;
const HAS_TEXT = 2;

function readLocalized(reader: BinaryReader, budget: Budget): Localized {
  const mask = localizedMask(reader);
  return {
    kind: 'localized',
    mask,
    ...((mask & HAS_LOCALE) === 0 ? {} : { locale: readText(reader, budget) }),
    ...((mask & HAS_TEXT) === 0 ? {} : { text: readText(reader, budget) }),
  };
}

function skipLocalized(reader: BinaryReader): void {
  const mask = localizedMask(reader);
  if ((mask & HAS_LOCALE) !== 0) reader.skipText();
  if ((mask & HAS_TEXT) !== 0) reader.skipText();
}

function localizedMask(reader: BinaryReader): number {
  const mask = reader.byte();
  if (mask > (HAS_LOCALE | HAS_TEXT)) reader.fail('opcua.encoding');
  return mask;
}
