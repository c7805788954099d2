/**
 * A message body as a tree, driven by the schema: type id, then the structure that it names. Whoever wants
 * to know only whether the bytes are such a message passes over it.
 */
import { BinaryReader } from './binary.ts';
import { Budget, type Structure } from './datum.ts';
import { readTypeId } from './node-id.ts';
import { codecOf } from './schema/catalogue.ts';

export interface MessageTree {
  /** Numeric encoding id; 0 where the type is not of namespace 0. */
  readonly id: number;
  /** Undefined where the schema has no structure with this id. */
  readonly tree: Structure | undefined;
  /** It was read to its very last byte without a fault. */
  readonly isExact: boolean;
  /** Pairs of begin and end in the bytes of what must not leave the decoder. */
  readonly secrets: readonly number[];
}

export function readMessage(bytes: Buffer, budget = new Budget()): MessageTree {
  const reader = new BinaryReader(bytes);
  const id = readTypeId(reader);
  const known = reader.fault === undefined ? codecOf(id) : undefined;
  const datum = known?.read(reader, budget);
  const tree = typeof datum === 'object' && datum.kind === 'structure' ? datum : undefined;
  const isExact = known !== undefined && reader.fault === undefined && reader.left === 0;
  return { id, tree, isExact, secrets: reader.secrets };
}

/** Whether they are one whole message that the schema knows; builds nothing of it. */
export function isMessage(bytes: Buffer): boolean {
  const reader = new BinaryReader(bytes);
  const known = codecOf(readTypeId(reader));
  if (known === undefined || reader.fault !== undefined) return false;
  known.skip(reader);
  return reader.fault === undefined && reader.left === 0;
}
