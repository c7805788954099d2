/** Which of many prefixes holds an address: the longest, by one look-up for each length that occurs. */
import type { IpAddress, Prefix } from './address.ts';

const BITS = { 4: 32, 6: 128 } as const;

export class PrefixTable<Of> {
  /** By family and length, and there by the bits of the network. */
  readonly #lengths = {
    4: new Map<number, Map<bigint, Of>>(),
    6: new Map<number, Map<bigint, Of>>(),
  };
  /** Lengths that occur, the longest first. */
  #sorted: { readonly 4: readonly number[]; readonly 6: readonly number[] } = { 4: [], 6: [] };

  /** Of two that are the same the first stays. */
  add({ family, network, length }: Prefix, of: Of): void {
    const own = this.#lengths[family];
    let networks = own.get(length);
    if (networks === undefined) {
      networks = new Map();
      own.set(length, networks);
      const sorted = [...own.keys()].sort((a, b) => b - a);
      this.#sorted = { ...this.#sorted, [family]: sorted };
    }
    const key = network >> BigInt(BITS[family] - length);
    if (!networks.has(key)) networks.set(key, of);
  }

  longest({ family, value }: IpAddress): Of | undefined {
    const own = this.#lengths[family];
    for (const length of this.#sorted[family]) {
      const found = own.get(length)?.get(value >> BigInt(BITS[family] - length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
