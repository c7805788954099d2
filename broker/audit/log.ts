/**
 * The Merkle tree of RFC 9162 section 2.1 (the same as RFC 6962): leaves and inner nodes are hashed
 * with different first bytes, so that an inner node can never pass for a leaf.
 *
 *     leaf  sha-256(0x00 || bytes)
 *     node  sha-256(0x01 || left || right)
 *
 * The tree over n leaves splits at the largest power of two below n.
 */
import { createHash } from 'node:crypto';

/** 32 bytes. */
export type Hash = Buffer;

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** Of a log without leaves: sha-256 of nothing (2.1.1). */
export const EMPTY_ROOT: Hash = createHash('sha256').digest();

export const leafHash = (bytes: Buffer): Hash =>
  createHash('sha256').update(LEAF).update(bytes).digest();

const nodeHash = (left: Hash, right: Hash): Hash =>
  createHash('sha256').update(NODE).update(left).update(right).digest();

/**
 * A log that grows, in memory of logarithmic size: the roots of its complete subtrees, largest first.
 * INVARIANT: there is one for each set bit of `size`.
 */
export class GrowingTree {
  readonly #peaks: Hash[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(leaf: Hash): void {
    let hash = leaf;
    // A complete subtree for each trailing 1 of the old size; `%` because sizes may exceed 32 bits.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      hash = nodeHash(this.#peaks.pop() ?? EMPTY_ROOT, hash);
    }
    this.#peaks.push(hash);
    this.#size += 1;
  }

  root(): Hash {
    return (
      this.#peaks.reduceRight<Hash | undefined>(
        (right, left) => (right === undefined ? left : nodeHash(left, right)),
        undefined,
      ) ?? EMPTY_ROOT
    );
  }
}

export function rootOf(leaves: readonly Hash[]): Hash {
  const tree = new GrowingTree();
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}

/** Largest power of two below `size`, which is at least 2. */
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** The path from leaf `index` to the root, lowest first (2.1.3.1). Throws RangeError where there is no such leaf. */
export function inclusionProof(index: number, leaves: readonly Hash[]): readonly Hash[] {
  if (!(index >= 0 && index < leaves.length)) throw new RangeError(`no leaf ${index}`);
  if (leaves.length === 1) return [];
  const half = split(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return index < half
    ? [...inclusionProof(index, left), rootOf(right)]
    : [...inclusionProof(index - half, right), rootOf(left)];
}

/** That the log of `leaves` begins with its first `size` leaves (2.1.4.1). `size` is 1..leaves.length. */
export function consistencyProof(size: number, leaves: readonly Hash[]): readonly Hash[] {
  if (!(size >= 1 && size <= leaves.length)) throw new RangeError(`no log of ${size} leaves`);
  return subproof(size, leaves, true);
}

function subproof(size: number, leaves: readonly Hash[], whole: boolean): readonly Hash[] {
  if (size === leaves.length) return whole ? [] : [rootOf(leaves)];
  const half = split(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return size <= half
    ? [...subproof(size, left, whole), rootOf(right)]
    : [...subproof(size - half, right, false), rootOf(left)];
}

/** A tree as somebody signed it. */
export interface Tree {
  readonly size: number;
  readonly root: Hash;
}

const odd = (value: number): boolean => value % 2 === 1;
const halved = (value: number): number => Math.floor(value / 2);

/** Whether `proof` shows that `leaf` is number `index` of `tree` (2.1.3.2). */
export function isIncluded(leaf: Hash, index: number, tree: Tree, proof: readonly Hash[]): boolean {
  if (!(index >= 0 && index < tree.size)) return false;
  let [fn, sn, hash] = [index, tree.size - 1, leaf];
  for (const step of proof) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      hash = nodeHash(step, hash);
      while (!odd(fn) && fn !== 0) [fn, sn] = [halved(fn), halved(sn)];
    } else {
      hash = nodeHash(hash, step);
    }
    [fn, sn] = [halved(fn), halved(sn)];
  }
  return sn === 0 && hash.equals(tree.root);
}

/** Whether `proof` shows that `later` begins with all of `earlier`, which has at least one leaf (2.1.4.2). */
export function isConsistent(earlier: Tree, later: Tree, proof: readonly Hash[]): boolean {
  if (earlier.size < 1 || earlier.size > later.size) return false;
  if (earlier.size === later.size) return proof.length === 0 && earlier.root.equals(later.root);
  let [fn, sn] = [earlier.size - 1, later.size - 1];
  while (odd(fn)) [fn, sn] = [halved(fn), halved(sn)];
  // Where `earlier` is a complete subtree of `later`, its root begins the path and is not sent.
  const path = fn === 0 ? [earlier.root, ...proof] : proof;
  const [start, ...steps] = path;
  if (start === undefined) return false;
  let [early, late] = [start, start];
  for (const step of steps) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      early = nodeHash(step, early);
      late = nodeHash(step, late);
      while (!odd(fn) && fn !== 0) [fn, sn] = [halved(fn), halved(sn)];
    } else {
      late = nodeHash(late, step);
    }
    [fn, sn] = [halved(fn), halved(sn)];
  }
  return sn === 0 && early.equals(earlier.root) && late.equals(later.root);
}
