/**
 * How one type is read: as a datum, or passed over with nothing built. Both end in the same place with the
 * same kind of fault, and both hide the same secrets.
 */
import type { BinaryReader } from '../binary.ts';
import type { Budget, Datum, List } from '../datum.ts';

/** In the byte before a variant: it is an array. OPC 10000-6, 5.2.2.16. */
export const IS_ARRAY = 0x80;

export interface Codec {
  readonly name: string;
  /** Fewest bytes of an encoded value, at least 1: what bounds a count before anything is read. */
  readonly least: number;
  /** All values have just `least` bytes, and none of them is a secret. */
  readonly isFixed: boolean;
  /** It may hold what must not leave the decoder. */
  readonly isSecret: boolean;
  readonly read: (reader: BinaryReader, budget: Budget) => Datum;
  readonly skip: (reader: BinaryReader) => void;
}

/** The codec of a type that holds no secrets. */
export const codec = (
  name: string,
  least: number,
  read: (reader: BinaryReader, budget: Budget) => Datum,
  skip: (reader: BinaryReader) => void,
): Codec => ({ name, least, isFixed: false, isSecret: false, read, skip });

/** The codec of a type whose values all have `size` bytes. */
export const fixed = (
  name: string,
  size: number,
  read: (reader: BinaryReader) => Datum,
): Codec => ({
  name,
  least: size,
  isFixed: true,
  isSecret: false,
  read,
  skip: (reader) => reader.take(size),
});

export function readList(reader: BinaryReader, budget: Budget, member: Codec): List {
  const from = reader.at;
  const count = reader.count(member.least);
  const isNull = count === 0 && reader.fault === undefined && reader.bytes.readInt32LE(from) === -1;
  const members: Datum[] = [];
  while (members.length < count && hasRoom(budget) && reader.fault === undefined) {
    budget.data--;
    const datum = member.read(reader, budget);
    if (reader.fault === undefined) members.push(datum);
  }
  skipMembers(reader, count - members.length, member);
  return { kind: 'list', count: isNull ? -1 : count, members };
}

const hasRoom = ({ data, text }: Budget): boolean => data > 0 && text > 0;

export const skipList = (reader: BinaryReader, member: Codec): void =>
  skipMembers(reader, reader.count(member.least), member);

function skipMembers(reader: BinaryReader, count: number, member: Codec): void {
  if (member.isFixed) {
    reader.take(count * member.least);
    return;
  }
  for (let i = 0; i < count && reader.fault === undefined; i++) member.skip(reader);
}
