/**
 * Addresses that two policies cannot tell apart: between the edges of their prefixes, and beside their assets and
 * gates, each address is like any other. So a few of them answer for all.
 */
import { type IpAddress, parseIp, parsePrefix, showIp } from '../address.ts';
import type { Plant } from '../plant.ts';
import { createLocator, type Place } from '../zones.ts';

export interface AddressClass {
  /** One of its addresses. */
  readonly ip: string;
  readonly before: Place;
  readonly after: Place;
}

export interface AddressClasses {
  readonly all: readonly AddressClass[];
  /** Undefined for a text that is no IP address. */
  readonly classOf: (ip: string) => AddressClass | undefined;
}

const BITS = { 4: 32n, 6: 128n } as const;
const FAMILIES = [4, 6] as const;

export function addressClasses(before: Plant, after: Plant): AddressClasses {
  const [locateBefore, locateAfter] = [createLocator(before), createLocator(after)];
  const found = new Map<string, AddressClass>();
  const lookUp = (ip: string): AddressClass | undefined => {
    const [was, is] = [locateBefore(ip), locateAfter(ip)];
    if (was === undefined || is === undefined) return undefined;
    const key = `${placeKey(was)} ${placeKey(is)}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const made = { ip, before: was, after: is };
    found.set(key, made);
    return made;
  };
  for (const ip of representatives([before, after])) lookUp(ip);
  // What is asked later finds one of these, because they stand for all.
  return { all: [...found.values()], classOf: lookUp };
}

const placeKey = ({ zones, asset, isGate }: Place): string =>
  JSON.stringify([zones[0], asset?.id, isGate]);

function representatives(plants: readonly Plant[]): readonly string[] {
  const single = plants.flatMap(({ assets, gates }) =>
    [...[...assets.values()].map(({ address }) => address), ...gates].flatMap(
      (text) => parseIp(text) ?? [],
    ),
  );
  const taken = new Set(single.map(keyOf));
  const prefixes = plants.flatMap(({ zones }) =>
    [...zones.values()].flatMap(({ cidrs }) => cidrs.flatMap((text) => parsePrefix(text) ?? [])),
  );
  const free = FAMILIES.flatMap((family) => {
    const end = 1n << BITS[family];
    const edges = prefixes
      .filter((prefix) => prefix.family === family)
      .flatMap(({ network, length }) => [
        network,
        network + (1n << (BITS[family] - BigInt(length))),
      ]);
    const starts = [...new Set([0n, ...edges])]
      .filter((edge) => edge < end)
      .sort((a, b) => (a < b ? -1 : 1));
    return starts.flatMap((start, i): readonly IpAddress[] => {
      const until = starts[i + 1] ?? end;
      for (let value = start; value < until; value += 1n) {
        if (!taken.has(keyOf({ family, value }))) return [{ family, value }];
      }
      return [];
    });
  });
  return [...single, ...free].map(showIp);
}

const keyOf = ({ family, value }: IpAddress): string => `${family}:${value}`;
