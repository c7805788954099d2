/**
 * Addresses that stand for the parties of a policy test: every asset, and of each zone one address that
 * no asset and no gate has, because most hosts are not in the policy.
 */
import { contains, parseIp, parsePrefix, showIp } from './address.ts';
import type { Asset, Plant } from './plant.ts';
import { createLocator, type Place, zonesAround } from './zones.ts';

/** One end of a conversation that a test speaks of. */
export interface Party {
  /** `asset plc-12`, `a host of zone it`, `the gate`, `a host of no zone`. */
  readonly name: string;
  readonly ip: string;
  readonly asset?: Asset;
}

/** How far a free address is looked for in a prefix; a fuller one is left to its assets. */
const MAX_TRIES = 1024;

/** Documentation addresses; the first that lies in no zone stands for the rest of the world. RFC 5737, RFC 3849. */
const OUTSIDE = ['203.0.113.66', '198.51.100.66', '192.0.2.66', '2001:db8::66'];

/** `zone:it`, `asset:hmi-1`, `vendor:acme` (whatever the gate emits), `any`. */
export function partiesOf(plant: Plant, who: string): readonly Party[] {
  const [kind = '', id = ''] = who.split(':');
  const gates = plant.gates.map((ip): Party => ({ name: 'the gate', ip }));
  switch (kind) {
    case 'asset':
      return [...plant.assets.values()].filter((asset) => asset.id === id).map(assetParty);
    case 'zone':
      return [...inZone(plant, id), ...gates.filter(({ ip }) => isIn(plant, ip, id))];
    case 'vendor':
      return gates;
    case 'any': {
      const zones = [...plant.zones.values()].filter(({ parent }) => parent === undefined);
      return [...zones.flatMap((zone) => inZone(plant, zone.id)), ...gates, ...outside(plant)];
    }
    default:
      return [];
  }
}

const assetParty = (asset: Asset): Party => ({
  name: `asset ${asset.id}`,
  ip: asset.address,
  asset,
});

/** Assets and free hosts of a zone and of those inside it. */
function inZone(plant: Plant, id: string): readonly Party[] {
  const zones = [...plant.zones.values()].filter((zone) =>
    zonesAround(plant, zone.id).includes(id),
  );
  const assets = [...plant.assets.values()].filter(({ zone }) =>
    zones.some((each) => each.id === zone),
  );
  const locate = createLocator(plant);
  const hosts = zones.flatMap((zone) =>
    zone.cidrs.flatMap((cidr): readonly Party[] => {
      const ip = freeAddress(cidr, (place) => place.zones[0] === zone.id, locate);
      return ip === undefined ? [] : [{ name: `a host of zone ${zone.id}`, ip }];
    }),
  );
  return [...assets.map(assetParty), ...hosts];
}

function freeAddress(
  cidr: string,
  belongs: (place: Place) => boolean,
  locate: (ip: string) => Place | undefined,
): string | undefined {
  const prefix = parsePrefix(cidr);
  if (prefix === undefined) return undefined;
  for (let i = 0; i < MAX_TRIES; i += 1) {
    // From the end of the prefix: assets are numbered from its start.
    const bits = BigInt((prefix.family === 4 ? 32 : 128) - prefix.length);
    const value = prefix.network + (1n << bits) - 1n - BigInt(i);
    if (!contains(prefix, { family: prefix.family, value })) return undefined;
    const ip = showIp({ family: prefix.family, value });
    const place = locate(ip);
    if (place !== undefined && place.asset === undefined && !place.isGate && belongs(place)) {
      return ip;
    }
  }
  return undefined;
}

const isIn = (plant: Plant, ip: string, zone: string): boolean =>
  createLocator(plant)(ip)?.zones.includes(zone) === true;

function outside(plant: Plant): readonly Party[] {
  const prefixes = [...plant.zones.values()].flatMap(({ cidrs }) =>
    cidrs.flatMap((cidr) => parsePrefix(cidr) ?? []),
  );
  const ip = OUTSIDE.find((each) => {
    const address = parseIp(each);
    return address !== undefined && !prefixes.some((prefix) => contains(prefix, address));
  });
  return ip === undefined ? [] : [{ name: 'a host of no zone', ip }];
}
