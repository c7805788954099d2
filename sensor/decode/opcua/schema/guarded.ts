/** Variants that may hold passwords and keys, and of which only what can be neither is shown. */
import { SHOWN_ARGUMENTS } from '../arguments.ts';
import type { BinaryReader } from '../binary.ts';
import { type Codec, IS_ARRAY } from './codec.ts';
import type { Nested } from './nested.ts';

/** Types that hold others, of which there may be any number. */
const HOLDERS: ReadonlySet<string> = new Set(['Variant', 'DataValue']);

/**
 * A field of an event. Events that tell of a call (AuditUpdateMethodEventType) have its arguments in one
 * field, and fields have no names on the wire: so arrays are shown as arguments are.
 * OPC 10000-5, 6.4.27.
 */
export const eventFieldCodec = (nested: Nested): Codec =>
  guardedCodec('EventField', nested, (type, isArray) => !isArray && !HOLDERS.has(type));

/** `isShown` adds to the types that arguments are shown of. */
export function guardedCodec(
  name: string,
  { variant, typeOf }: Nested,
  isShown: (type: string, isArray: boolean) => boolean,
): Codec {
  const isOpen = (encoding: number): boolean => {
    const type = typeOf(encoding)?.name ?? '';
    const isArray = (encoding & IS_ARRAY) !== 0;
    return SHOWN_ARGUMENTS.has(isArray ? `${type}[]` : type) || isShown(type, isArray);
  };
  const encodingAt = (reader: BinaryReader): number =>
    reader.left > 0 ? (reader.bytes[reader.at] ?? 0) : 0;
  return {
    name,
    least: variant.least,
    isFixed: false,
    isSecret: true,
    read: (reader, budget) => {
      const from = reader.at;
      const encoding = encodingAt(reader);
      if (isOpen(encoding)) return variant.read(reader, budget);
      variant.skip(reader);
      const length = hideFrom(reader, from + 1);
      const type = typeOf(encoding)?.name;
      const named = { kind: 'variant', encoding, ...(type === undefined ? {} : { type }) } as const;
      return { ...named, value: length > 0 ? { kind: 'hidden', length } : undefined };
    },
    skip: (reader) => {
      const from = reader.at;
      const encoding = encodingAt(reader);
      variant.skip(reader);
      if (!isOpen(encoding)) hideFrom(reader, from + 1);
    },
  };
}

/** Hides all from `from` to where the reader is; gives how much that is. */
export function hideFrom(reader: BinaryReader, from: number): number {
  const length = Math.max(0, reader.at - from);
  if (length > 0) reader.hide(from, length);
  return length;
}
