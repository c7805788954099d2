/** NodeIds in all their encodings. OPC 10000-6, 5.2.2.9 and 5.2.2.10; text form 5.1.12. */
import { CUT } from '#sensor/model/bounds.ts';
import type { BinaryReader } from './binary.ts';

export interface NodeId {
  readonly namespace: number;
  /** `i=2258`, `s=Boiler.SetPoint`, `g=..`, `b=..` */
  readonly identifier: string;
  /** Valid iff the identifier is a number. */
  readonly numeric?: number;
  /** Stands for `namespace`, valid iff it is the identifier of an ExpandedNodeId with one. */
  readonly uri?: string;
  /** False where the identifier was cut or cleaned, so that it names no single node. */
  readonly exact: boolean;
}

/** `i=2258` in namespace 0, else `ns=2;s=Boiler.SetPoint`; `nsu=urn:acme;s=..` where the URI is said. */
export function nodeIdText({ namespace, identifier, uri }: NodeId): string {
  if (uri !== undefined) return `nsu=${uri};${identifier}`;
  return namespace === 0 ? identifier : `ns=${namespace};${identifier}`;
}

const NOTHING: NodeId = { namespace: 0, identifier: 'i=0', numeric: 0, exact: true };

/** Flags of an ExpandedNodeId, above the encoding. */
export const HAS_NAMESPACE_URI = 0x80;
export const HAS_SERVER_INDEX = 0x40;

export function readNodeId(reader: BinaryReader): NodeId {
  return readEncoded(reader, reader.byte());
}

/** The node that it names; a namespace URI stands in the text, as does the index of another server. */
export function readExpandedNodeId(reader: BinaryReader): string {
  const encoding = reader.byte();
  const node = readEncoded(reader, encoding & ~(HAS_NAMESPACE_URI | HAS_SERVER_INDEX));
  const uri = (encoding & HAS_NAMESPACE_URI) === 0 ? undefined : reader.text();
  const server = (encoding & HAS_SERVER_INDEX) === 0 ? 0 : reader.uint32();
  const name = uri === undefined ? nodeIdText(node) : `nsu=${uri};${node.identifier}`;
  return server === 0 ? name : `svr=${server};${name}`;
}

/**
 * The numeric encoding id in front of a message; 0 where it is not of namespace 0. OPC 10000-6, 5.2.9.
 *
 * It is a NodeId, but servers read an ExpandedNodeId there and pass over URI and server index, so that
 * neither may hide from us what they carry out.
 */
export function readTypeId(reader: BinaryReader): number {
  const encoding = reader.byte();
  const { namespace, numeric = 0 } = readEncoded(
    reader,
    encoding & ~(HAS_NAMESPACE_URI | HAS_SERVER_INDEX),
  );
  if ((encoding & HAS_NAMESPACE_URI) !== 0) reader.skipText();
  if ((encoding & HAS_SERVER_INDEX) !== 0) reader.take(4);
  return namespace === 0 ? numeric : 0;
}

/** What stands behind an encoding byte without those flags. */
export function readEncoded(reader: BinaryReader, encoding: number): NodeId {
  switch (encoding) {
    case 0:
      return numeric(0, reader.byte());
    case 1:
      return numeric(reader.byte(), reader.uint16());
    case 2:
      return numeric(reader.uint16(), reader.uint32());
    case 3: {
      const namespace = reader.uint16();
      const from = reader.at;
      const before = reader.isUnclean;
      reader.isUnclean = false;
      const text = reader.text() ?? '';
      const exact = !reader.isUnclean && !text.endsWith(CUT);
      reader.isUnclean ||= before;
      return from === reader.at ? NOTHING : { namespace, identifier: `s=${text}`, exact };
    }
    case 4: {
      const namespace = reader.uint16();
      return { namespace, identifier: `g=${readGuid(reader)}`, exact: true };
    }
    case 5: {
      const namespace = reader.uint16();
      const bytes = reader.byteString();
      const kept = bytes?.subarray(0, MAX_OPAQUE).toString('base64') ?? '';
      const exact = (bytes?.length ?? 0) <= MAX_OPAQUE;
      return { namespace, identifier: `b=${kept}${exact ? '' : CUT}`, exact };
    }
    default:
      reader.fail('opcua.encoding');
      return NOTHING;
  }
}

/** Bytes of an opaque identifier that are shown; longer ones name no node that a policy could list. */
const MAX_OPAQUE = 255;

const numeric = (namespace: number, value: number): NodeId => ({
  namespace,
  identifier: `i=${value}`,
  numeric: value,
  exact: true,
});

/** 5.1.3: the first three groups are little-endian. */
export function readGuid(reader: BinaryReader): string {
  const at = reader.take(16);
  if (at < 0) return '';
  const { bytes } = reader;
  const group = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return [
    group(bytes.readUInt32LE(at), 8),
    group(bytes.readUInt16LE(at + 4), 4),
    group(bytes.readUInt16LE(at + 6), 4),
    bytes.toString('hex', at + 8, at + 10),
    bytes.toString('hex', at + 10, at + 16),
  ].join('-');
}
