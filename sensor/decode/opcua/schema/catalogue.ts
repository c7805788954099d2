/**
 * All that the schema knows, ready to read: each definition as a codec, by name and by encoding id. Made once
 * when the program starts; a type that nobody defines is a bug and throws there.
 */
import { attributeName } from '../attributes.ts';
import type { BinaryReader } from '../binary.ts';
import {
  type Budget,
  type Choice,
  type Datum,
  type Hidden,
  STRUCTURE_DATA,
  type Token,
} from '../datum.ts';
import { readToken } from '../session-token.ts';
import { ATTRIBUTE } from './attribute.ts';
import { BUILT_IN } from './built-in.ts';
import { callCodec } from './call.ts';
import { type Codec, fixed, readList, skipList } from './codec.ts';
import type {
  Definition,
  EnumerationDefinition,
  FieldDefinition,
  StructureDefinition,
} from './definition.ts';
import { DIAGNOSTICS } from './diagnostics.ts';
import { DISCOVERY } from './discovery.ts';
import { ENUMERATIONS } from './enumerations.ts';
import { extensionCodec, identityTokenCodec } from './extension.ts';
import { FILTERS } from './filters.ts';
import { eventFieldCodec } from './guarded.ts';
import { HEADERS } from './headers.ts';
import { HISTORY } from './history.ts';
import { INFORMATION } from './information.ts';
import { METHOD } from './method.ts';
import { MONITORED_ITEMS } from './monitored-items.ts';
import { DIAGNOSTIC_INFO, nestedCodecs } from './nested.ts';
import { NODE_MANAGEMENT } from './node-management.ts';
import { QUERY } from './query.ts';
import { SESSION } from './session.ts';
import { SUBSCRIPTION } from './subscription.ts';
import { VIEW } from './view.ts';

export const STRUCTURES: readonly StructureDefinition[] = [
  ...HEADERS,
  ...DISCOVERY,
  ...SESSION,
  ...NODE_MANAGEMENT,
  ...VIEW,
  ...QUERY,
  ...ATTRIBUTE,
  ...HISTORY,
  ...METHOD,
  ...FILTERS,
  ...MONITORED_ITEMS,
  ...SUBSCRIPTION,
  ...INFORMATION,
  ...DIAGNOSTICS,
];

const DEFINITIONS: ReadonlyMap<string, Definition> = new Map(
  [...STRUCTURES, ...ENUMERATIONS].map((each) => [each.name, each]),
);

/** Bytes of the length or count before a byte string or an array. */
const LENGTH = 4;

const CODECS = new Map<string, Codec>();
const BY_ID = new Map<number, Codec>();

/** The structure with this encoding id of namespace 0; undefined where the schema has none. */
export const codecOf = (id: number): Codec | undefined => BY_ID.get(id);

export const EXTENSION_OBJECT = extensionCodec(codecOf);
const NESTED = nestedCodecs(EXTENSION_OBJECT);

/** An enumeration is encoded as Int32; what is negative has no name. OPC 10000-6, 5.2.4. */
const enumerationCodec = ({ name, names }: EnumerationDefinition): Codec =>
  fixed(name, 4, (reader) => choice(reader.uint32(), (value) => names.get(value)));

function choice(value: number, nameOf: (value: number) => string | undefined): Choice {
  const name = nameOf(value);
  return name === undefined ? { kind: 'choice', value } : { kind: 'choice', value, name };
}

/** NodeId of a session: what it is must not leave the decoder, how it is encoded may. */
const SESSION_TOKEN: Codec = {
  name: 'SessionToken',
  least: 2,
  isFixed: false,
  isSecret: true,
  read: (reader): Token => {
    const { encoding, namespace, length } = readToken(reader);
    return { kind: 'token', encoding, namespace, length };
  },
  skip: (reader) => {
    readToken(reader);
  },
};

for (const each of [
  ...BUILT_IN,
  EXTENSION_OBJECT,
  NESTED.variant,
  NESTED.dataValue,
  DIAGNOSTIC_INFO,
  SESSION_TOKEN,
  identityTokenCodec(codecOf),
  callCodec(NESTED),
  eventFieldCodec(NESTED),
  fixed('AttributeId', 4, (reader) => choice(reader.uint32(), attributeName)),
]) {
  CODECS.set(each.name, each);
}

/** By encoding id of requests and responses. */
const BODIES = new Map<number, Codec>();

for (const definition of STRUCTURES) {
  BY_ID.set(definition.id, codecNamed(definition.name));
  const [first, ...fields] = definition.fields;
  if (first?.name !== 'requestHeader' && first?.name !== 'responseHeader') continue;
  BODIES.set(definition.id, structureCodec({ ...definition, fields }));
}

/** What follows the header of a message; undefined where the schema does not know it. */
export const bodyCodecOf = (id: number): Codec | undefined => BODIES.get(id);

/** The codec of a type; what it is made of is made before. */
export function codecNamed(name: string): Codec {
  const known = CODECS.get(name);
  if (known !== undefined) return known;
  const definition = DEFINITIONS.get(name);
  if (definition === undefined) throw new TypeError(`the schema has no type \`${name}\``);
  const made =
    definition.kind === 'structure' ? structureCodec(definition) : enumerationCodec(definition);
  CODECS.set(name, made);
  return made;
}

function structureCodec({ name, fields }: StructureDefinition): Codec {
  const parts = fields.map((each) => [each.name, fieldCodec(each)] as const);
  const codecs = parts.map(([, each]) => each);
  const least = codecs.reduce((sum, each) => sum + each.least, 0);
  const read = (reader: BinaryReader, budget: Budget): Datum => {
    const tree = new Map<string, Datum>();
    budget.data -= STRUCTURE_DATA;
    for (const [field, each] of parts) {
      budget.data--;
      tree.set(field, each.read(reader, budget));
      if (reader.fault !== undefined) break;
    }
    return { kind: 'structure', type: name, fields: tree };
  };
  return {
    name,
    least,
    isFixed: codecs.every((each) => each.isFixed),
    isSecret: codecs.some((each) => each.isSecret),
    read,
    skip: (reader) => {
      for (const each of codecs) each.skip(reader);
    },
  };
}

function fieldCodec({ type, isArray, isHidden }: FieldDefinition): Codec {
  const one = codecNamed(type);
  if (isHidden) return hiddenCodec(one, isArray);
  if (!isArray) return one;
  return {
    name: `${one.name}[]`,
    least: LENGTH,
    isFixed: false,
    isSecret: one.isSecret,
    read: (reader, budget) => readList(reader, budget, one),
    skip: (reader) => skipList(reader, one),
  };
}

/** Passes over a byte string, or an array of whatever, of which only the length in front may be seen. */
function hiddenCodec(one: Codec, isArray: boolean): Codec {
  const pass = (reader: BinaryReader): Hidden => {
    const from = reader.at + LENGTH;
    if (isArray) skipList(reader, one);
    else one.skip(reader);
    const said = reader.fault === undefined ? reader.bytes.readInt32LE(from - LENGTH) : 0;
    const length = Math.max(0, reader.at - from);
    if (length > 0) reader.hide(from, length);
    if (isArray) return { kind: 'hidden', length, count: said };
    return { kind: 'hidden', length: said < 0 ? said : length };
  };
  return { name: one.name, least: LENGTH, isFixed: false, isSecret: true, read: pass, skip: pass };
}
