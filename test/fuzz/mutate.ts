/** Makes a new input out of one that is known, as a sender with bad intentions or a bad cable would. */
import type { Random } from './random.ts';

/** Numbers on which code turns: signs, sizes of types, and what many limits are one above or below of. */
const EDGES: readonly number[] = [
  ...[
    0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 250, 252, 253, 254, 255, 256, 260,
  ],
  ...[1000, 1023, 1024, 4096, 32_767, 32_768, 65_535, 65_536, 1_048_576],
  ...[0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff],
];

export interface Material {
  /** Other inputs, to take pieces from. */
  readonly others: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
  readonly most: number;
}

type Change = (bytes: Buffer, random: Random, material: Material) => Buffer;

const place = (bytes: Buffer, random: Random): number => random.below(bytes.length + 1);

const spliced = (bytes: Buffer, from: number, to: number, piece: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(to)]);

const flipBit: Change = (bytes, random) => {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << random.below(8)), at);
  return bytes;
};

const setByte: Change = (bytes, random) => {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
};

/** A number of one, two or four bytes, of either order, becomes one of `EDGES`, or a little more or less. */
const setNumber: Change = (bytes, random) => {
  const size = random.pick([1, 2, 4]);
  if (bytes.length < size) return bytes;
  const at = random.below(bytes.length - size + 1);
  const isLittle = random.once(2);
  const old = isLittle ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  const near = old + random.below(33) - 16;
  const value = (random.once(2) ? random.pick(EDGES) : near) % 256 ** size;
  const written = value < 0 ? 0 : value;
  if (isLittle) bytes.writeUIntLE(written, at, size);
  else bytes.writeUIntBE(written, at, size);
  return bytes;
};

const remove: Change = (bytes, random) => {
  const from = place(bytes, random);
  const length = random.once(2) ? random.below(9) : random.below(bytes.length - from + 1);
  return spliced(bytes, from, Math.min(bytes.length, from + length), Buffer.alloc(0));
};

const insert: Change = (bytes, random) => {
  const piece = Buffer.alloc(1 + random.below(random.once(4) ? 64 : 4), random.below(256));
  const at = place(bytes, random);
  return spliced(bytes, at, at, piece);
};

/** A piece of the input once more, over others or between them. */
const copy: Change = (bytes, random) => {
  const from = place(bytes, random);
  const piece = bytes.subarray(from, from + 1 + random.below(32));
  const at = place(bytes, random);
  const to = random.once(2) ? at : Math.min(bytes.length, at + piece.length);
  return spliced(bytes, at, to, piece);
};

const word: Change = (bytes, random, { words }) => {
  if (words.length === 0) return bytes;
  const piece = random.pick(words);
  const at = place(bytes, random);
  const to = random.once(2) ? at : Math.min(bytes.length, at + piece.length);
  return spliced(bytes, at, to, piece);
};

/** The head of one with the tail of another. */
const cross: Change = (bytes, random, { others }) => {
  const other = random.pick(others);
  const from = random.below(other.length + 1);
  return Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(from)]);
};

const CHANGES: readonly Change[] = [
  flipBit,
  setByte,
  setNumber,
  setNumber,
  remove,
  insert,
  copy,
  word,
  cross,
];

/** A new input of at most `material.most` bytes, one to eight changes away from `bytes`. */
export function mutated(bytes: Uint8Array, random: Random, material: Material): Buffer {
  let made: Buffer = Buffer.from(bytes);
  const changes = 1 << random.below(4);
  for (let i = 0; i < changes; i++) made = random.pick(CHANGES)(made, random, material);
  return made.length > material.most ? made.subarray(0, material.most) : made;
}
