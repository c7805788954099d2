/** Data of OPC UA messages as values of log columns. */
import type { Datum, Node, Structure, Token } from '#sensor/decode/opcua/datum.ts';
import { NO_TIME, wireGuid } from './opcua-quirks.ts';
import type { ZeekValue } from './zeek-log.ts';

export type Values = Readonly<Record<string, ZeekValue>>;

/** Stands where something is that must not leave the sensor: passwords, tokens, nonces, signatures. */
export const REDACTED = '(redacted)';

/** Of longer strings of bytes, as certificates are, the rest is not told. */
const SHOWN_BYTES = 24;

/** 100 ns from 1601 to 1970. */
const UNIX_EPOCH_TICKS = 116_444_736_000_000_000n;

/** A field of a structure; undefined where there is none. */
export const field = (of: Datum, name: string): Datum => structure(of)?.fields.get(name);

export const structure = (datum: Datum): Structure | undefined =>
  typeof datum === 'object' && datum.kind === 'structure' ? datum : undefined;

export const members = (datum: Datum): readonly Datum[] =>
  typeof datum === 'object' && datum.kind === 'list' ? datum.members : [];

/** Numbers, and the values of enumerations. */
export function number(datum: Datum): number | undefined {
  if (typeof datum === 'number') return datum;
  if (typeof datum !== 'object') return undefined;
  return datum.kind === 'choice' ? datum.value : datum.kind === 'status' ? datum.code : undefined;
}

export const choiceName = (datum: Datum): string | undefined =>
  typeof datum === 'object' && datum.kind === 'choice' ? datum.name : undefined;

export const flag = (datum: Datum): boolean | undefined =>
  typeof datum === 'boolean' ? datum : undefined;

/** A text that says anything; what is secret of it is not told. */
export function text(datum: Datum): string | undefined {
  if (typeof datum === 'string') return datum === '' ? undefined : datum;
  if (typeof datum !== 'object') return undefined;
  if (datum.kind === 'hidden') return datum.length > 0 ? REDACTED : undefined;
  if (datum.kind !== 'bytes' || datum.length <= 0) return undefined;
  return bytesText(datum.kept, datum.length);
}

/** `0x` and its first bytes. */
export function bytesText(bytes: Buffer, length = bytes.length): string {
  const shown = bytes.toString('hex', 0, SHOWN_BYTES);
  return `0x${shown}${length > SHOWN_BYTES ? '...' : ''}`;
}

/** Length of a string of bytes; undefined where there is none. */
export const size = (datum: Datum): number | undefined =>
  typeof datum === 'object' && datum.kind === 'bytes' && datum.length > 0
    ? datum.length
    : undefined;

/** Microseconds since 1970; negative before. */
export function time(datum: Datum): number | undefined {
  if (typeof datum !== 'object' || datum.kind !== 'time') return undefined;
  return ticksTime(datum.ticks);
}

export const ticksTime = (ticks: bigint): number =>
  ticks === 0n ? NO_TIME : Number((ticks - UNIX_EPOCH_TICKS) / 10n);

export const hex = (value: number, digits = 2): string =>
  `0x${value.toString(16).padStart(digits, '0')}`;

/** The columns of a NodeId, all of which begin with `prefix`. */
export function nodeValues(prefix: string, datum: Datum): Values {
  if (typeof datum !== 'object') return {};
  if (datum.kind === 'token') return tokenValues(prefix, datum);
  return datum.kind === 'node' ? plainNode(prefix, datum) : {};
}

function plainNode(prefix: string, { encoding, id, namespaceUri, serverIndex }: Node): Values {
  const form = encoding & FORM;
  const [kind = '', value = ''] = [id.identifier.slice(0, 1), id.identifier.slice(2)];
  return {
    [`${prefix}_encoding_mask`]: hex(encoding),
    ...(form === TWO_BYTES ? {} : { [`${prefix}_namespace_idx`]: id.namespace }),
    ...(id.numeric === undefined ? {} : { [`${prefix}_numeric`]: id.numeric }),
    ...(kind === 's' ? { [`${prefix}_string`]: value } : {}),
    ...(kind === 'g' ? { [`${prefix}_guid`]: wireGuid(value) } : {}),
    ...(kind === 'b' ? { [`${prefix}_opaque`]: bytesText(Buffer.from(value, 'base64')) } : {}),
    ...(namespaceUri === undefined ? {} : { [`${prefix}_namespace_uri`]: namespaceUri }),
    ...(serverIndex === undefined ? {} : { [`${prefix}_server_idx`]: serverIndex }),
  };
}

const FORM = 0x3f;
const TWO_BYTES = 0;
const STRING = 3;
const GUID = 4;
const OPAQUE = 5;

/** Whoever knows the token of a session is that session. */
function tokenValues(prefix: string, { encoding, namespace, length }: Token): Values {
  const form = encoding & FORM;
  const column = new Map([
    [STRING, 'string'],
    [GUID, 'guid'],
    [OPAQUE, 'opaque'],
  ]).get(form);
  const isNone = length === 0;
  return {
    [`${prefix}_encoding_mask`]: hex(encoding),
    ...(form === TWO_BYTES ? {} : { [`${prefix}_namespace_idx`]: namespace }),
    ...(isNone && column === undefined ? { [`${prefix}_numeric`]: 0 } : {}),
    ...(isNone || column === undefined ? {} : { [`${prefix}_${column}`]: REDACTED }),
  };
}
