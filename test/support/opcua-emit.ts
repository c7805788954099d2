/**
 * Writes a tree of the schema as bytes again, and makes trees at random. Written apart from the reader, from
 * OPC 10000-6, 5.2; of the product it takes the definitions alone.
 */
import type {
  Datum,
  Extension,
  Hidden,
  List,
  Node,
  Structure,
  VariantDatum,
} from '#sensor/decode/opcua/datum.ts';
import { STRUCTURES } from '#sensor/decode/opcua/schema/catalogue.ts';
import type { StructureDefinition } from '#sensor/decode/opcua/schema/definition.ts';

/** Stands where a secret was. */
export const FILL = 0x2a;

const BY_NAME = new Map(STRUCTURES.map((each) => [each.name, each]));

export const definitionOf = (name: string): StructureDefinition => {
  const found = BY_NAME.get(name);
  if (found === undefined) throw new Error(`no structure ${name}`);
  return found;
};

const bytesOf = (size: number, write: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
};
const u8 = (value: number) => Buffer.from([value]);
const u16 = (value: number) => bytesOf(2, (bytes) => bytes.writeUInt16LE(value));
const u32 = (value: number) => bytesOf(4, (bytes) => bytes.writeUInt32LE(value));
const i32 = (value: number) => bytesOf(4, (bytes) => bytes.writeInt32LE(value));
const i64 = (value: bigint) => bytesOf(8, (bytes) => bytes.writeBigInt64LE(value));
const fill = (length: number) => Buffer.alloc(Math.max(0, length), FILL);
const blob = (value: Uint8Array | undefined) =>
  value === undefined ? i32(-1) : Buffer.concat([i32(value.length), value]);
const text = (value: string | undefined) =>
  blob(value === undefined ? undefined : Buffer.from(value));

const NUMBERS: ReadonlyMap<string, (value: number) => Buffer> = new Map([
  ['SByte', (value) => bytesOf(1, (bytes) => bytes.writeInt8(value))],
  ['Byte', u8],
  ['Int16', (value) => bytesOf(2, (bytes) => bytes.writeInt16LE(value))],
  ['UInt16', u16],
  ['Int32', i32],
  ['UInt32', u32],
  ['Float', (value) => bytesOf(4, (bytes) => bytes.writeFloatLE(value))],
  ['Double', (value) => bytesOf(8, (bytes) => bytes.writeDoubleLE(value))],
]);

function identifier(encoding: number, value: string, numeric = 0, namespace = 0): Buffer {
  const rest = value.slice(2);
  switch (encoding & 0x3f) {
    case 0:
      return u8(numeric);
    case 1:
      return Buffer.concat([u8(namespace), u16(numeric)]);
    case 2:
      return Buffer.concat([u16(namespace), u32(numeric)]);
    case 3:
      return Buffer.concat([u16(namespace), text(rest)]);
    case 4:
      return Buffer.concat([u16(namespace), guid(rest)]);
    default:
      return Buffer.concat([u16(namespace), blob(Buffer.from(rest, 'base64'))]);
  }
}

function guid(value: string): Buffer {
  const bytes = Buffer.from(value.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

const node = ({ encoding, id, namespaceUri, serverIndex }: Node): Buffer =>
  Buffer.concat([
    u8(encoding),
    identifier(encoding, id.identifier, id.numeric, id.namespace),
    (encoding & 0x80) === 0 ? Buffer.alloc(0) : text(namespaceUri),
    (encoding & 0x40) === 0 ? Buffer.alloc(0) : u32(serverIndex ?? 0),
  ]);

function token(encoding: number, namespace: number, length: number): Buffer {
  const number = (size: number) => (length === 0 ? Buffer.alloc(size) : fill(size));
  switch (encoding) {
    case 0:
      return Buffer.concat([u8(0), number(1)]);
    case 1:
      return Buffer.concat([u8(1), u8(namespace), number(2)]);
    case 2:
      return Buffer.concat([u8(2), u16(namespace), number(4)]);
    case 4:
      return Buffer.concat([u8(4), u16(namespace), fill(16)]);
    default:
      return Buffer.concat([u8(encoding), u16(namespace), u32(length), fill(length)]);
  }
}

const hidden = ({ count, length }: Hidden): Buffer =>
  Buffer.concat([count === undefined ? Buffer.alloc(0) : i32(count), fill(length)]);

export function emitStructure({ type, fields }: Structure): Buffer {
  return Buffer.concat(
    definitionOf(type).fields.map((field) => {
      const datum = fields.get(field.name);
      // Of an array that is hidden as a whole, the number of its members is as well.
      const isAlone = typeof datum === 'object' && datum.kind === 'hidden' && field.isArray;
      return isAlone ? hidden(datum) : emit(field.type, datum);
    }),
  );
}

const list = (type: string, { count, members }: List): Buffer =>
  Buffer.concat([i32(count), ...members.map((member) => emit(type, member))]);

function variant({ encoding, type = '', value, dimensions }: VariantDatum): Buffer {
  if (typeof value === 'object' && value.kind === 'hidden') {
    return Buffer.concat([u8(encoding), fill(value.length)]);
  }
  if (encoding === 0) return u8(0);
  return Buffer.concat([
    u8(encoding),
    emit(type, value),
    ...(dimensions === undefined ? [] : [list('Int32', dimensions)]),
  ]);
}

function extension({ type, encoding, length, body }: Extension): Buffer {
  const head = Buffer.concat([node(type), u8(encoding)]);
  if (encoding === 0) return head;
  return Buffer.concat([head, i32(length), ...(length < 0 ? [] : [emitBody(body)])]);
}

function emitBody(body: Datum): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body !== 'object') throw new Error('no body');
  if (body.kind === 'hidden') return fill(body.length);
  if (body.kind === 'bytes') return body.kept;
  if (body.kind === 'structure') return emitStructure(body);
  throw new Error(`${body.kind} is no body`);
}

/** A datum of `type`, in the names of OPC 10000-6. */
function emit(type: string, datum: Datum): Buffer {
  if (typeof datum === 'boolean') return u8(datum ? 1 : 0);
  if (typeof datum === 'bigint') {
    return type === 'UInt64' ? bytesOf(8, (bytes) => bytes.writeBigUInt64LE(datum)) : i64(datum);
  }
  if (typeof datum === 'number') return NUMBERS.get(type)?.(datum) ?? u32(datum);
  if (typeof datum === 'string') return type === 'Guid' ? guid(datum) : text(datum);
  if (datum === undefined) return text(undefined);
  switch (datum.kind) {
    case 'bytes':
      return datum.length < 0 ? blob(undefined) : blob(datum.kept);
    case 'hidden':
      return Buffer.concat([i32(datum.length), fill(datum.length)]);
    case 'time':
      return i64(datum.ticks);
    case 'status':
      return u32(datum.code);
    case 'choice':
      return u32(datum.value);
    case 'node':
      return node(datum);
    case 'token':
      return token(datum.encoding, datum.namespace, datum.length);
    case 'qualified':
      return Buffer.concat([u16(datum.namespace), text(datum.name)]);
    case 'localized':
      return Buffer.concat([
        u8(datum.mask),
        ...((datum.mask & 1) === 0 ? [] : [text(datum.locale)]),
        ...((datum.mask & 2) === 0 ? [] : [text(datum.text)]),
      ]);
    case 'diagnostic':
      return Buffer.concat([
        u8(datum.mask),
        ...[datum.symbolicId, datum.namespaceUri, datum.locale, datum.localizedText].flatMap(
          (each) => (each === undefined ? [] : [i32(each)]),
        ),
        ...((datum.mask & 0x10) === 0 ? [] : [text(datum.additionalInfo)]),
        ...(datum.innerStatusCode === undefined ? [] : [u32(datum.innerStatusCode)]),
        ...(datum.inner === undefined ? [] : [emit('DiagnosticInfo', datum.inner)]),
      ]);
    case 'timed':
      return Buffer.concat([
        u8(datum.mask),
        ...((datum.mask & 1) === 0 ? [] : [emit('Variant', datum.value)]),
        ...(datum.status === undefined ? [] : [u32(datum.status)]),
        ...(datum.sourceTimestamp === undefined ? [] : [i64(datum.sourceTimestamp)]),
        ...(datum.sourcePicoseconds === undefined ? [] : [u16(datum.sourcePicoseconds)]),
        ...(datum.serverTimestamp === undefined ? [] : [i64(datum.serverTimestamp)]),
        ...(datum.serverPicoseconds === undefined ? [] : [u16(datum.serverPicoseconds)]),
      ]);
    case 'variant':
      return variant(datum);
    case 'extension':
      return extension(datum);
    case 'list':
      return list(type, datum);
    case 'structure':
      return emitStructure(datum);
    default:
      return datum satisfies never;
  }
}

/** A message body: a four-byte type id, then its structure. */
export const emitMessage = (tree: Structure): Buffer => {
  const { id } = definitionOf(tree.type);
  return Buffer.concat([u8(1), u8(0), u16(id), emitStructure(tree)]);
};

/** The header of a request or response. */
export const emitHeader = ({ fields }: Structure): Buffer => {
  const header = fields.get('requestHeader') ?? fields.get('responseHeader');
  if (typeof header !== 'object' || header.kind !== 'structure') throw new Error('no header');
  return emitStructure(header);
};
