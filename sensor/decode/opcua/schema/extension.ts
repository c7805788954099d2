/**
 * Extension objects: a type, and a body whose length stands before it. OPC 10000-6, 5.2.2.15.
 *
 * A body is decoded where its type is one of the schema's and it fits it to the last byte. One that does
 * not fit, and one in XML of a type of namespace 0, may hold secrets where nobody can tell: it is hidden.
 * Bodies of other types are bytes.
 */
import type { BinaryReader } from '../binary.ts';
import { Budget, type Datum, type Extension, type Hidden, type Node } from '../datum.ts';
import { keepBytes, readNode } from './built-in.ts';
import { type Codec, codec } from './codec.ts';

const BINARY = 1;
const XML = 2;

/** Undefined where the schema has no structure with this encoding id. */
export type ById = (id: number) => Codec | undefined;

/** What stands before a body. */
interface Begun {
  readonly type: Node;
  readonly encoding: number;
  /** As on the wire; 0 where there is no body. */
  readonly length: number;
  /** Where the body begins, which was passed over; -1 where it is not there. */
  readonly from: number;
  /** Whose bytes they may be. */
  readonly known: Codec | undefined;
}

export function extensionCodec(byId: ById): Codec {
  return codec(
    'ExtensionObject',
    3,
    (reader, budget) => {
      const begun = begin(reader, budget, byId);
      const fit = fitting(reader, budget, begun);
      if (fit !== undefined) return extension(begun, fit);
      if (begun.length <= 0) return extension(begun, undefined);
      if (mayBeSecret(begun)) return extension(begun, hide(reader, begun));
      const { from, length } = begun;
      return extension(begun, keepBytes(reader.bytes.subarray(from, from + length), budget));
    },
    (reader) => {
      const begun = begin(reader, NO_ROOM, byId);
      if (!isFitting(reader, begun) && mayBeSecret(begun)) hide(reader, begun);
    },
  );
}

/** Encoding ids of user identity tokens. OPC 10000-4, 7.40. */
const TOKENS: ReadonlySet<number> = new Set([321, 324, 327, 940]);

/** The token that says who a user is. Whatever is none of those that the specification has is hidden. */
export function identityTokenCodec(byId: ById): Codec {
  const tokens: ById = (id) => (TOKENS.has(id) ? byId(id) : undefined);
  const read = (reader: BinaryReader, budget: Budget): Datum => {
    const begun = begin(reader, budget, tokens);
    const fit = fitting(reader, budget, begun);
    if (fit !== undefined) return extension(begun, fit);
    return extension(begun, begun.length <= 0 ? undefined : hide(reader, begun));
  };
  return {
    name: 'IdentityToken',
    least: 3,
    isFixed: false,
    isSecret: true,
    read,
    skip: (reader) => {
      const begun = begin(reader, NO_ROOM, tokens);
      if (!isFitting(reader, begun)) hide(reader, begun);
    },
  };
}

/** For what is read and not kept. */
const NO_ROOM = new Budget(0, 0);

function begin(reader: BinaryReader, budget: Budget, byId: ById): Begun {
  const type = readNode(reader, budget, false);
  const encoding = reader.byte();
  if (encoding > XML) reader.fail('opcua.encoding');
  const length = encoding === 0 ? 0 : reader.length();
  const from = reader.fault === undefined ? reader.take(Math.max(0, length)) : -1;
  const { namespace, numeric } = type.id;
  const isOwn = namespace === 0 && numeric !== undefined && encoding === BINARY;
  return { type, encoding, length, from, known: isOwn && from >= 0 ? byId(numeric) : undefined };
}

/** The structure that the body is; undefined where it is none of the schema, or does not fit it. */
function fitting(reader: BinaryReader, budget: Budget, { known, from, length }: Begun): Datum {
  if (known === undefined || length < 0) return undefined;
  const inner = reader.within(from, length);
  const datum = inner.deeper(() => known.read(inner, budget), undefined);
  reader.isUnclean ||= inner.isUnclean;
  return inner.fault === undefined && inner.left === 0 ? datum : undefined;
}

/** The same without building it. */
function isFitting(reader: BinaryReader, { known, from, length }: Begun): boolean {
  if (known === undefined || length < 0) return false;
  const inner = reader.within(from, length);
  inner.deeper(() => known.skip(inner), undefined);
  return inner.fault === undefined && inner.left === 0;
}

const mayBeSecret = ({ known, encoding, type }: Begun): boolean =>
  known !== undefined || (encoding === XML && type.id.namespace === 0);

function hide(reader: BinaryReader, { from, length }: Begun): Hidden {
  if (from >= 0 && length > 0) reader.hide(from, length);
  return { kind: 'hidden', length };
}

const extension = ({ type, encoding, length }: Begun, body: Datum): Extension => ({
  kind: 'extension',
  type,
  encoding,
  length,
  body,
});
