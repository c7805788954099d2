/** What a call asks for: its arguments are shown as far as they may be. OPC 10000-4, 5.12.2. */
import type { BinaryReader } from '../binary.ts';
import { Budget, type Datum, type Structure } from '../datum.ts';
import { NODE_ID, readNode } from './built-in.ts';
import { type Codec, readList, skipList } from './codec.ts';
import { guardedCodec, hideFrom } from './guarded.ts';
import type { Nested } from './nested.ts';

/** Object, method, number of arguments. */
const LEAST = 8;

export function callCodec(nested: Nested): Codec {
  const { variant } = nested;
  const argument = guardedCodec('InputArgument', nested, () => false);

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

/** For what is read and not kept. */
const NO_ROOM = new Budget(0, 0);
