/** What a call asks for: its arguments are shown as far as they may be. OPC 10000-4, 5.12.2. */
import { SHOWN_ARGUMENTS } from '../arguments.ts';
import type { BinaryReader } from '../binary.ts';
import { Budget, type Datum, type Structure } from '../datum.ts';
import { NODE_ID, readNode } from './built-in.ts';
import { type Codec, readList, skipList } from './codec.ts';
import type { Nested } from './nested.ts';

/** Object, method, number of arguments. */
const LEAST = 8;

export function callCodec({ variant, typeOf }: Nested): Codec {
  const isShown = (encoding: number): boolean => {
    const name = typeOf(encoding)?.name ?? '';
    return SHOWN_ARGUMENTS.has((encoding & IS_ARRAY) === 0 ? name : `${name}[]`);
  };
  const argument: Codec = {
    name: 'InputArgument',
    least: variant.least,
    isFixed: false,
    isSecret: true,
    read: (reader, budget) => {
      const from = reader.at;
      const encoding = reader.left > 0 ? (reader.bytes[from] ?? 0) : 0;
      if (isShown(encoding)) return variant.read(reader, budget);
      variant.skip(reader);
      const length = hideFrom(reader, from + 1);
      const type = typeOf(encoding)?.name;
      const named = { kind: 'variant', encoding, ...(type === undefined ? {} : { type }) } as const;
      return { ...named, value: length > 0 ? { kind: 'hidden', length } : undefined };
    },
    skip: (reader) => {
      const from = reader.at;
      const encoding = reader.left > 0 ? (reader.bytes[from] ?? 0) : 0;
      variant.skip(reader);
      if (!isShown(encoding)) hideFrom(reader, from + 1);
    },
  };

  function read(reader: BinaryReader, budget: Budget): Structure {
    const object = readNode(reader, budget, false);
    const method = readNode(reader, budget, false);
    const values = method.id.namespace === 0 ? hideAll(reader) : readList(reader, budget, argument);
    const fields = new Map<string, Datum>([
      ['objectId', object],
      ['methodId', method],
      ['inputArguments', values],
    ]);
    return { kind: 'structure', type: 'CallMethodRequest', fields };
  }

  /**
   * Methods of the specification take passwords and private keys (AddUser, ChangePassword,
   * UpdateCertificate), and nothing that is worth showing.
   */
  function hideAll(reader: BinaryReader): Datum {
    const from = reader.at;
    skipList(reader, variant);
    return { kind: 'hidden', length: hideFrom(reader, from) };
  }

  function skip(reader: BinaryReader): void {
    NODE_ID.skip(reader);
    const method = readNode(reader, NO_ROOM, false);
    if (method.id.namespace === 0) hideAll(reader);
    else skipList(reader, argument);
  }

  return { name: 'CallMethodRequest', least: LEAST, isFixed: false, isSecret: true, read, skip };
}

const IS_ARRAY = 0x80;

/** For what is read and not kept. */
const NO_ROOM = new Budget(0, 0);

function hideFrom(reader: BinaryReader, from: number): number {
  const length = Math.max(0, reader.at - from);
  if (length > 0) reader.hide(from, length);
  return length;
}
