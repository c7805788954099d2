/**
 * Values of two registers (int32, uint32, float32). Bounds of an allowance are those of single words, so
 * they say nothing about such a value, and half of one is no value at all: a write like that cannot be
 * decided, and is refused (docs/contracts.md, "Refusals"). Word order is the device's own secret.
 */
import type { Operation } from '#sensor/model/operation.ts';
import { type Asset, REGISTER_WIDTH } from './plant.ts';

/** Holding registers that hold one value together; inclusive, 0-based. */
export interface Pair {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

export const pairsOf = ({ registers }: Asset): readonly Pair[] =>
  registers
    .filter(({ table, type }) => table === 'holding-registers' && REGISTER_WIDTH[type] > 1)
    .map(({ name, address, type }) => ({
      name,
      first: address,
      last: address + REGISTER_WIDTH[type] - 1,
    }));

/** The first pair of which a write to `first`-`last` cannot be decided; `bounded`: its values have bounds. */
export function undecidedPair(
  pairs: readonly Pair[],
  { object }: Operation,
  bounded: boolean,
): Pair | undefined {
  if (object.kind !== 'modbus-range' || object.table !== 'holding-registers') return undefined;
  const { address } = object;
  const last = address + object.quantity - 1;
  for (let i = 0; i < pairs.length; i += 1) {
    const pair = pairs[i];
    if (pair === undefined || last < pair.first || pair.last < address) continue;
    if (bounded || address > pair.first || last < pair.last) return pair;
  }
  return undefined;
}
