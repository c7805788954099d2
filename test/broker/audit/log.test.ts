import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  consistencyProof,
  EMPTY_ROOT,
  GrowingTree,
  type Hash,
  inclusionProof,
  isConsistent,
  isIncluded,
  leafHash,
  rootOf,
} from '#broker/audit/log.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** The test vectors of Certificate Transparency (RFC 6962), as its reference implementation has them. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((bytes) => leafHash(hex(bytes)));

const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** RFC 9162 2.1.1 as it is written, to compare with. */
function definition(leaves: readonly Hash[]): Hash {
  const [first] = leaves;
  if (first === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return first;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const children = [definition(leaves.slice(0, k)), definition(leaves.slice(k))];
  return sha256(Buffer.concat([hex('01'), ...children]));
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

describe('the tree of RFC 6962', () => {
  test.each(ROOTS.map((root, size) => [size, root] as const))(
    'of %i leaves has the root of the test vectors',
    (size, root) => {
      expect(rootOf(LEAVES.slice(0, size)).toString('hex')).toBe(root);
    },
  );

  test('the proof of leaf 0 of 8 is that of the test vectors', () => {
    expect(inclusionProof(0, LEAVES).map((hash) => hash.toString('hex'))).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
  });

  test('grown leaf by leaf it has the root of the definition at every size', () => {
    const leaves = manyLeaves(130);
    const tree = new GrowingTree();
    for (const [index, leaf] of leaves.entries()) {
      tree.append(leaf);
      expect(tree.size).toBe(index + 1);
      expect(tree.root()).toEqual(definition(leaves.slice(0, index + 1)));
    }
  });
});

const manyLeaves = (count: number): readonly Hash[] =>
  Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));

describe('proofs', () => {
  const LOG = manyLeaves(65);
  const at = (size: number) => ({ size, root: rootOf(LOG.slice(0, size)) });

  test('each leaf is proven in each tree up to 20 leaves, and in no other place', () => {
    for (let size = 1; size <= 20; size += 1) {
      const leaves = LOG.slice(0, size);
      for (const [index, leaf] of leaves.entries()) {
        const proof = inclusionProof(index, leaves);
        expect(isIncluded(leaf, index, at(size), proof)).toBe(true);
        for (let other = 0; other < size; other += 1) {
          if (other !== index) expect(isIncluded(leaf, other, at(size), proof)).toBe(false);
        }
      }
    }
  });

  test('each size is proven consistent with each later one, up to 40 leaves', () => {
    for (let later = 1; later <= 40; later += 1) {
      for (let earlier = 1; earlier <= later; earlier += 1) {
        const proof = consistencyProof(earlier, LOG.slice(0, later));
        expect(isConsistent(at(earlier), at(later), proof)).toBe(true);
      }
    }
  });

  test('a proof with any bit flipped, cut or lengthened proves nothing', () => {
    const arbitrary = fc.record({
      later: fc.integer({ min: 2, max: 65 }),
      part: fc.double({ min: 0, max: 0.999, noNaN: true }),
      step: fc.nat(),
      bit: fc.nat(255),
    });
    fc.assert(
      fc.property(arbitrary, ({ later, part, step, bit }) => {
        const leaves = LOG.slice(0, later);
        const index = Math.floor(part * later);
        const leaf = leaves[index] ?? EMPTY_ROOT;
        const earlier = index + 1;
        const path = inclusionProof(index, leaves);
        const link = consistencyProof(earlier, leaves);
        for (const bad of spoiled(path, step, bit)) {
          expect(isIncluded(leaf, index, at(later), bad)).toBe(false);
        }
        for (const bad of spoiled(link, step, bit)) {
          expect(isConsistent(at(earlier), at(later), bad)).toBe(false);
        }
      }),
    );
  });

  test('a log with another beginning is not consistent', () => {
    const other = [...manyLeaves(10)];
    other[3] = leafHash(Buffer.from('another'));
    const proof = consistencyProof(7, other);
    expect(isConsistent(at(7), { size: 10, root: rootOf(other) }, proof)).toBe(false);
  });

  test.each([-1, 65, 1.5, Number.NaN])('there is no leaf %s of 65', (index) => {
    if (index !== 1.5) expect(() => inclusionProof(index, LOG)).toThrow(RangeError);
    expect(isIncluded(EMPTY_ROOT, index, at(65), [])).toBe(false);
  });
});

function spoiled(proof: readonly Hash[], step: number, bit: number): readonly (readonly Hash[])[] {
  const longer = [...proof, leafHash(Buffer.alloc(0))];
  if (proof.length === 0) return [longer];
  const at = step % proof.length;
  const flipped = proof.map((hash, index) => {
    const copy = Buffer.from(hash);
    if (index === at) copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return copy;
  });
  return [longer, flipped, proof.slice(0, -1), proof.slice(1)];
}
