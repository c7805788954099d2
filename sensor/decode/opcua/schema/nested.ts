/** Built-in types that hold values of others. OPC 10000-6, 5.2.2.12 and 5.2.2.15 to 5.2.2.17. */
import type { BinaryReader } from '../binary.ts';
import type { Budget, Diagnostic, Timed, VariantDatum } from '../datum.ts';
import { BUILT_IN, BYTE_STRING, INT32, readText } from './built-in.ts';
import { type Codec, codec, IS_ARRAY, readList, skipList } from './codec.ts';

const HAS_DIMENSIONS = 0x40;
const TYPE = 0x3f;

/** Ids that are reserved hold a ByteString. 5.2.2.16. */
const FIRST_RESERVED = 26;
const LAST_RESERVED = 31;

export const DIAGNOSTIC_INFO: Codec = codec(
  'DiagnosticInfo',
  1,
  (reader, budget) => reader.deeper(() => readDiagnostic(reader, budget), undefined),
  (reader) => reader.deeper(() => skipDiagnostic(reader), undefined),
);

function readDiagnostic(reader: BinaryReader, budget: Budget): Diagnostic {
  const mask = diagnosticMask(reader);
  const has = (bit: number): boolean => (mask & bit) !== 0;
  return {
    kind: 'diagnostic',
    mask,
    ...(has(0x01) ? { symbolicId: reader.int32() } : {}),
    ...(has(0x02) ? { namespaceUri: reader.int32() } : {}),
    // The bits of these two are the other way round.
    ...(has(0x08) ? { locale: reader.int32() } : {}),
    ...(has(0x04) ? { localizedText: reader.int32() } : {}),
    ...(has(0x10) ? { additionalInfo: readText(reader, budget) } : {}),
    ...(has(0x20) ? { innerStatusCode: reader.uint32() } : {}),
    ...(has(0x40) ? { inner: DIAGNOSTIC_INFO.read(reader, budget) } : {}),
  };
}

function skipDiagnostic(reader: BinaryReader): undefined {
  const mask = diagnosticMask(reader);
  for (const bit of [0x01, 0x02, 0x04, 0x08]) if ((mask & bit) !== 0) reader.take(4);
  if ((mask & 0x10) !== 0) reader.skipText();
  if ((mask & 0x20) !== 0) reader.take(4);
  if ((mask & 0x40) !== 0) DIAGNOSTIC_INFO.skip(reader);
  return undefined;
}

function diagnosticMask(reader: BinaryReader): number {
  const mask = reader.byte();
  if (mask > 0x7f) reader.fail('opcua.encoding');
  return mask;
}

export interface Nested {
  readonly variant: Codec;
  readonly dataValue: Codec;
  readonly typeOf: TypeOf;
}

/** The type of a variant by the byte before it; undefined for null and what is not assigned. */
type TypeOf = (encoding: number) => Codec | undefined;

/** `extension` reads extension objects, which the structures of the schema are. */
export function nestedCodecs(extension: Codec): Nested {
  const types: Codec[] = [...BUILT_IN, extension];
  const typeOf: TypeOf = (encoding) => {
    const id = encoding & TYPE;
    return id >= FIRST_RESERVED && id <= LAST_RESERVED ? BYTE_STRING : types[id - 1];
  };
  const variant = codec(
    'Variant',
    1,
    (reader, budget) => reader.deeper(() => readVariant(reader, budget, typeOf), undefined),
    (reader) => reader.deeper(() => skipVariant(reader, typeOf), undefined),
  );
  const dataValue = codec(
    'DataValue',
    1,
    (reader, budget) => reader.deeper(() => readTimed(reader, budget, variant), undefined),
    (reader) => reader.deeper(() => skipTimed(reader, variant), undefined),
  );
  types.push(dataValue, variant, DIAGNOSTIC_INFO);
  return { variant, dataValue, typeOf };
}

/** The type of what follows; undefined where nothing does, or where nobody can know what. */
function begin(reader: BinaryReader, encoding: number, typeOf: TypeOf): Codec | undefined {
  const type = typeOf(encoding);
  const isPlain = (encoding & (IS_ARRAY | HAS_DIMENSIONS)) !== HAS_DIMENSIONS;
  if (type === undefined ? encoding !== 0 : !isPlain) reader.fail('opcua.encoding');
  return reader.fault === undefined ? type : undefined;
}

function readVariant(reader: BinaryReader, budget: Budget, typeOf: TypeOf): VariantDatum {
  const encoding = reader.byte();
  const type = begin(reader, encoding, typeOf);
  if (type === undefined) return { kind: 'variant', encoding, value: undefined };
  const named = { kind: 'variant', encoding, type: type.name } as const;
  if ((encoding & IS_ARRAY) === 0) return { ...named, value: type.read(reader, budget) };
  const value = readList(reader, budget, type);
  if ((encoding & HAS_DIMENSIONS) === 0) return { ...named, value };
  const from = reader.at;
  skipDimensions(reader, Math.max(0, value.count));
  if (reader.fault !== undefined) return { ...named, value };
  const dimensions = readList(reader.within(from, reader.at - from), budget, INT32);
  return { ...named, value, dimensions };
}

function skipVariant(reader: BinaryReader, typeOf: TypeOf): undefined {
  const encoding = reader.byte();
  const type = begin(reader, encoding, typeOf);
  if (type === undefined) return;
  if ((encoding & IS_ARRAY) === 0) {
    type.skip(reader);
    return;
  }
  const from = reader.at;
  skipList(reader, type);
  if ((encoding & HAS_DIMENSIONS) === 0 || reader.fault !== undefined) return;
  skipDimensions(reader, Math.max(0, reader.bytes.readInt32LE(from)));
}

function readTimed(reader: BinaryReader, budget: Budget, variant: Codec): Timed {
  const mask = timedMask(reader);
  const has = (bit: number): boolean => (mask & bit) !== 0;
  return {
    kind: 'timed',
    mask,
    ...(has(0x01) ? { value: variant.read(reader, budget) } : {}),
    ...(has(0x02) ? { status: reader.uint32() } : {}),
    ...(has(0x04) ? { sourceTimestamp: reader.int64() } : {}),
    ...(has(0x10) ? { sourcePicoseconds: reader.uint16() } : {}),
    ...(has(0x08) ? { serverTimestamp: reader.int64() } : {}),
    ...(has(0x20) ? { serverPicoseconds: reader.uint16() } : {}),
  };
}

function skipTimed(reader: BinaryReader, variant: Codec): undefined {
  const mask = timedMask(reader);
  if ((mask & 0x01) !== 0) variant.skip(reader);
  if ((mask & 0x02) !== 0) reader.take(4);
  for (const bit of [0x04, 0x08]) if ((mask & bit) !== 0) reader.take(8);
  for (const bit of [0x10, 0x20]) if ((mask & bit) !== 0) reader.take(2);
}

function timedMask(reader: BinaryReader): number {
  const mask = reader.byte();
  if (mask > 0x3f) reader.fail('opcua.encoding');
  return mask;
}

/** They must multiply to the number of members; a dimension of 0 or less crashed real servers. */
function skipDimensions(reader: BinaryReader, members: number): void {
  const count = reader.count(INT32.least);
  let product = 1;
  for (let i = 0; i < count && reader.fault === undefined; i++) product *= reader.int32();
  if (reader.fault === undefined && count > 0 && product !== members) reader.fail('opcua.count');
}
