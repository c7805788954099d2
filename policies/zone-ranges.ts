/** Zones as ranges of addresses, for whoever must search by zone and cannot ask a policy about each address. */
import { contains, type IpAddress, parsePrefix } from './address.ts';
import type { Plant } from './plant.ts';
import { liesIn } from './zones.ts';

/** Both ends included, and of one family. */
export interface AddressRange {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

const FAMILIES = [
  { family: 4, bits: 32n },
  { family: 6, bits: 128n },
] as const;

/**
 * The addresses that lie in `zone` or in a zone within it; of no zone at all where `zone` is undefined.
 * An address lies in the zone of the longest prefix that holds it, as `createLocator` says.
 */
export function rangesOf(plant: Plant, zone: string | undefined): readonly AddressRange[] {
  const prefixes = [...plant.zones.values()]
    .flatMap(({ id, cidrs }) => cidrs.map((cidr) => ({ zone: id, prefix: parsePrefix(cidr) })))
    .flatMap(({ zone: id, prefix }) => (prefix === undefined ? [] : [{ zone: id, prefix }]))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const wanted = (ip: IpAddress): boolean => {
    const found = prefixes.find(({ prefix }) => contains(prefix, ip))?.zone;
    if (found === undefined || zone === undefined) return found === zone;
    return liesIn(plant, found, zone);
  };
  return FAMILIES.flatMap(({ family, bits }) => {
    const end = 1n << bits;
    // Between two edges of prefixes every address has the same longest prefix.
    const edges = prefixes
      .filter(({ prefix }) => prefix.family === family)
      .flatMap(({ prefix: { network, length } }) => [
        network,
        network + (1n << (bits - BigInt(length))),
      ]);
    const starts = [...new Set([0n, ...edges])]
      .filter((edge) => edge < end)
      .sort((a, b) => (a < b ? -1 : 1));
    return starts.flatMap((start, index): readonly AddressRange[] => {
      const first = { family, value: start };
      if (!wanted(first)) return [];
      return [{ first, last: { family, value: (starts[index + 1] ?? end) - 1n } }];
    });
  });
}
