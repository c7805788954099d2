/** Zones nest (IEC 62443-3-2): what holds for the outer one holds for those inside it. */
import { type IpAddress, parseIp, parsePrefix } from './address.ts';
import type { Asset, Plant, Zone } from './plant.ts';
import { PrefixTable } from './prefix-table.ts';

/** `zone` and all zones around it, inner first. A cycle, which a loaded policy cannot have, ends the walk. */
export function zonesAround(plant: Pick<Plant, 'zones'>, zone: string): readonly string[] {
  const chain: string[] = [];
  let at: string | undefined = zone;
  while (at !== undefined && !chain.includes(at)) {
    chain.push(at);
    at = plant.zones.get(at)?.parent;
  }
  return chain;
}

/** Whether zone `inner` is `outer` or lies in it. */
export const liesIn = (plant: Pick<Plant, 'zones'>, inner: string, outer: string): boolean =>
  zonesAround(plant, inner).includes(outer);

/** A party of an access: where an address stands in the plant. */
export interface Place {
  readonly ip: string;
  /** Zone of the longest prefix that holds the address, and those around it, inner first; empty = none. */
  readonly zones: readonly string[];
  readonly asset?: Asset;
  readonly isGate: boolean;
}

/** Answers where an address stands. Built once for each plant, because prefixes are parsed here. */
export function createLocator(plant: Plant): (ip: string) => Place | undefined {
  const prefixes = new PrefixTable<string>();
  for (const { id, cidrs } of plant.zones.values()) {
    for (const cidr of cidrs) {
      const prefix = parsePrefix(cidr);
      if (prefix !== undefined) prefixes.add(prefix, id);
    }
  }
  const assets = new Map<string, Asset>();
  for (const asset of plant.assets.values()) {
    const address = parseIp(asset.address);
    if (address !== undefined) assets.set(keyOf(address), asset);
  }
  const gates = new Set(plant.gates.map((gate) => parseIp(gate)).map((ip) => ip && keyOf(ip)));

  return (ip) => {
    const address = parseIp(ip);
    if (address === undefined) return undefined;
    const asset = assets.get(keyOf(address));
    const zone = prefixes.longest(address);
    return {
      ip,
      zones: zone === undefined ? [] : zonesAround(plant, zone),
      isGate: gates.has(keyOf(address)),
      ...(asset !== undefined && { asset }),
    };
  };
}

const keyOf = ({ family, value }: IpAddress): string => `${family}:${value}`;

/** The zones among `zones` that are safety zones. */
export function safetyAmong(plant: Plant, zones: readonly string[]): readonly Zone[] {
  return zones.flatMap((id) => {
    const zone = plant.zones.get(id);
    return zone?.safety === true ? [zone] : [];
  });
}
