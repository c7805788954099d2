/** Random data of the schema's types, for `opcua-emit.ts`. Written from OPC 10000-6, 5.2. */
import fc, { type Arbitrary } from 'fast-check';
import type { Datum, Diagnostic, Node, Structure, Timed } from '#sensor/decode/opcua/datum.ts';
import { STRUCTURES } from '#sensor/decode/opcua/schema/catalogue.ts';
import type { FieldDefinition } from '#sensor/decode/opcua/schema/definition.ts';
import { ENUMERATIONS } from '#sensor/decode/opcua/schema/enumerations.ts';
import { definitionOf, emitStructure } from './opcua-emit.ts';

const BUILT_IN = [
  ...['Boolean', 'SByte', 'Byte', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64'],
  ...['Float', 'Double', 'String', 'DateTime', 'Guid', 'ByteString', 'XmlElement', 'NodeId'],
  ...['ExpandedNodeId', 'StatusCode', 'QualifiedName', 'LocalizedText', 'ExtensionObject'],
  ...['DataValue', 'Variant', 'DiagnosticInfo'],
];

/** Those that hold others, which must come to an end. */
const DEEP = new Set(['ExtensionObject', 'DataValue', 'Variant', 'DiagnosticInfo']);

const CHOICES = new Set([...ENUMERATIONS.map(({ name }) => name), 'AttributeId']);

/** Structures that a value may be. */
const HELD = STRUCTURES.filter(({ name }) => !/(Request|Response|Header|Fault)$/.test(name));

const TOKENS = STRUCTURES.filter(({ name }) => /^(Anonymous|UserName|X509|Issued)Ident/.test(name));

const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 6 }), { nil: undefined });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const int32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const guid = fc.uuid();

const bytes: Arbitrary<Datum> = fc
  .option(fc.uint8Array({ maxLength: 6 }))
  .map((kept) =>
    kept === null
      ? { kind: 'bytes', length: -1, kept: Buffer.alloc(0) }
      : { kind: 'bytes', length: kept.length, kept: Buffer.from(kept) },
  );

const nodeOf = (encoding: number, namespace: number, identifier: string): Node => ({
  kind: 'node',
  encoding,
  id: { namespace, identifier, exact: true },
});

const numeric = (encoding: number, namespace: number, value: number): Node => ({
  kind: 'node',
  encoding,
  id: { namespace, identifier: `i=${value}`, numeric: value, exact: true },
});

const node: Arbitrary<Node> = fc.oneof(
  fc.integer({ min: 0, max: 255 }).map((value) => numeric(0, 0, value)),
  fc.tuple(fc.integer({ min: 0, max: 255 }), uint16).map(([ns, value]) => numeric(1, ns, value)),
  fc.tuple(uint16, uint32).map(([ns, value]) => numeric(2, ns, value)),
  fc
    .tuple(uint16, fc.string({ unit: 'grapheme', maxLength: 6 }))
    .map(([ns, value]) => nodeOf(3, ns, `s=${value}`)),
  fc.tuple(uint16, guid).map(([ns, value]) => nodeOf(4, ns, `g=${value}`)),
  fc
    .tuple(uint16, fc.uint8Array({ maxLength: 6 }))
    .map(([ns, value]) => nodeOf(5, ns, `b=${Buffer.from(value).toString('base64')}`)),
);

const expanded: Arbitrary<Node> = fc
  .tuple(node, fc.option(text, { nil: null }), fc.option(uint32))
  .map(([{ encoding, id }, uri, server]) => ({
    kind: 'node',
    encoding: encoding | (uri === null ? 0 : 0x80) | (server === null ? 0 : 0x40),
    id,
    ...(uri === null || uri === undefined ? {} : { namespaceUri: uri }),
    ...(server === null ? {} : { serverIndex: server }),
  }));

const token: Arbitrary<Datum> = fc.constantFrom(
  ...(
    [
      [0, 0, 0],
      [0, 0, 1],
      [1, 3, 2],
      [2, 300, 4],
      [3, 1, 9],
      [4, 1, 16],
      [5, 1, 32],
    ] as const
  ).map(([encoding, namespace, length]) => ({
    kind: 'token' as const,
    encoding,
    namespace,
    length,
  })),
);

const PLAIN: ReadonlyMap<string, Arbitrary<Datum>> = new Map<string, Arbitrary<Datum>>([
  ['Boolean', fc.boolean()],
  ['SByte', fc.integer({ min: -128, max: 127 })],
  ['Byte', fc.integer({ min: 0, max: 255 })],
  ['Int16', fc.integer({ min: -0x8000, max: 0x7fff })],
  ['UInt16', uint16],
  ['Int32', int32],
  ['UInt32', uint32],
  ['Int64', int64],
  ['UInt64', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  ['Float', fc.float({ noNaN: true })],
  ['Double', fc.double({ noNaN: true })],
  ['String', text],
  ['DateTime', int64.map((ticks) => ({ kind: 'time', ticks }))],
  ['Guid', guid],
  ['ByteString', bytes],
  ['XmlElement', text],
  ['NodeId', node],
  ['ExpandedNodeId', expanded],
  ['StatusCode', uint32.map((code) => ({ kind: 'status', code }))],
  ['QualifiedName', fc.record({ kind: fc.constant('qualified'), namespace: uint16, name: text })],
  [
    'LocalizedText',
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), text, text)
      .map(([mask, locale, words]) => ({ kind: 'localized', mask, locale, text: words })),
  ],
  ['SessionToken', token],
]);

/** Any datum of `type`; those that hold others go `depth` levels deep. */
function datumOf(type: string, depth = 2): Arbitrary<Datum> {
  const plain = PLAIN.get(type);
  if (plain !== undefined) return plain;
  if (CHOICES.has(type)) return uint32.map((value) => ({ kind: 'choice', value }));
  switch (type) {
    case 'DiagnosticInfo':
      return diagnostic(depth);
    case 'DataValue':
      return timed(depth);
    case 'Variant':
    case 'EventField':
      return variant(depth);
    case 'ExtensionObject':
      return extension(HELD, depth);
    case 'IdentityToken':
      return extension(TOKENS, depth);
    default:
      return structureOf(type, depth);
  }
}

const has = (mask: number, bit: number): boolean => (mask & bit) !== 0;

function diagnostic(depth: number): Arbitrary<Diagnostic> {
  const inner = depth > 0 ? diagnostic(depth - 1) : fc.constant(undefined);
  return fc
    .tuple(fc.integer({ min: 0, max: depth > 0 ? 0x7f : 0x3f }), int32, text, uint32, inner)
    .map(([mask, place, more, code, nested]) => ({
      kind: 'diagnostic',
      mask,
      ...(has(mask, 1) ? { symbolicId: place } : {}),
      ...(has(mask, 2) ? { namespaceUri: place } : {}),
      ...(has(mask, 8) ? { locale: place } : {}),
      ...(has(mask, 4) ? { localizedText: place } : {}),
      ...(has(mask, 16) ? { additionalInfo: more } : {}),
      ...(has(mask, 32) ? { innerStatusCode: code } : {}),
      ...(has(mask, 64) ? { inner: nested } : {}),
    }));
}

function timed(depth: number): Arbitrary<Timed> {
  return fc
    .tuple(fc.integer({ min: 0, max: 0x3f }), variant(depth - 1), uint32, int64, uint16)
    .map(([mask, value, status, time, fraction]) => ({
      kind: 'timed',
      mask,
      ...(has(mask, 1) ? { value } : {}),
      ...(has(mask, 2) ? { status } : {}),
      ...(has(mask, 4) ? { sourceTimestamp: time } : {}),
      ...(has(mask, 16) ? { sourcePicoseconds: fraction } : {}),
      ...(has(mask, 8) ? { serverTimestamp: time } : {}),
      ...(has(mask, 32) ? { serverPicoseconds: fraction } : {}),
    }));
}

function variant(depth: number): Arbitrary<Datum> {
  const types = BUILT_IN.flatMap((type, i) =>
    depth <= 0 && DEEP.has(type) ? [] : [{ type, encoding: i + 1 }],
  );
  const nothing: Datum = { kind: 'variant', encoding: 0, value: undefined };
  return fc.oneof(
    { arbitrary: fc.constant(nothing), weight: 1 },
    {
      weight: 9,
      arbitrary: fc.constantFrom(...types).chain(({ type, encoding }) => {
        const one = datumOf(type, depth - 1);
        return fc.oneof(
          one.map((value) => ({ kind: 'variant' as const, encoding, type, value })),
          listOf(one).map((value) => ({
            kind: 'variant' as const,
            encoding: encoding | 0x80,
            type,
            value,
          })),
          fc.array(one, { minLength: 4, maxLength: 4 }).map((members) => ({
            kind: 'variant' as const,
            encoding: encoding | 0xc0,
            type,
            value: { kind: 'list' as const, count: 4, members },
            dimensions: { kind: 'list' as const, count: 2, members: [2, 2] },
          })),
        );
      }),
    },
  );
}

function extension(held: typeof STRUCTURES, depth: number): Arbitrary<Datum> {
  const typed = (id: number): Node => (id < 0x1_0000 ? numeric(1, 0, id) : numeric(2, 0, id));
  const nothing: Datum = {
    kind: 'extension',
    type: numeric(0, 0, 0),
    encoding: 0,
    length: 0,
    body: undefined,
  };
  const vendors: Datum = {
    kind: 'extension',
    type: numeric(1, 4, 5001),
    encoding: 1,
    length: 3,
    body: { kind: 'bytes', length: 3, kept: Buffer.from([1, 2, 3]) },
  };
  if (depth <= 0) return fc.constantFrom(nothing, ...(held === TOKENS ? [] : [vendors]));
  const body = fc.constantFrom(...held).chain(({ name, id }) =>
    structureOf(name, depth - 1).map((tree): Datum => {
      const { length } = emitStructure(tree);
      return { kind: 'extension', type: typed(id), encoding: 1, length, body: tree };
    }),
  );
  return held === TOKENS ? body : fc.oneof(body, fc.constantFrom(nothing, vendors));
}

const listOf = (one: Arbitrary<Datum>): Arbitrary<Datum> =>
  fc
    .option(fc.array(one, { maxLength: 3 }))
    .map((members) => ({ kind: 'list', count: members?.length ?? -1, members: members ?? [] }));

function fieldOf({ type, isArray, isHidden }: FieldDefinition, depth: number): Arbitrary<Datum> {
  if (isArray) return listOf(datumOf(type, depth));
  if (!isHidden) return datumOf(type, depth);
  return fc.integer({ min: -1, max: 6 }).map((length) => ({ kind: 'hidden', length }));
}

export function structureOf(name: string, depth = 2): Arbitrary<Structure> {
  const { fields } = definitionOf(name);
  return fc.tuple(...fields.map((field) => fieldOf(field, depth))).map((data) => ({
    kind: 'structure',
    type: name,
    fields: new Map(fields.map((field, i) => [field.name, data[i]])),
  }));
}
