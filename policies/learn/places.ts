/** Names and zones for hosts that were seen: those of a policy that knows them, and new ones beside. */
import { parseIp, showIp } from '../address.ts';
import type { Plant } from '../plant.ts';
import { createLocator } from '../zones.ts';
import type { Conversation } from './observations.ts';

/** A zone for all hosts that share so many bits: what a site mostly gives one network. */
const PREFIX_BITS = { 4: 24n, 6: 64n } as const;
const ALL_BITS = { 4: 32n, 6: 128n } as const;

interface NewZone {
  readonly id: string;
  readonly cidr: string;
}

export interface NewAsset {
  readonly id: string;
  readonly zone: string;
  readonly address: string;
  readonly modbus?: { readonly port: number; readonly units: readonly number[] };
  readonly opcua?: { readonly port: number };
}

export interface Places {
  readonly zones: readonly NewZone[];
  readonly assets: readonly NewAsset[];
  /** Id of the asset with this address, known or new. */
  readonly nameOf: (ip: string) => string;
}

const FAMILY_NAMES = { 4: 'net', 6: 'net6' } as const;

/** `base`: undefined where there is no policy yet. */
export function placesOf(conversations: readonly Conversation[], base: Plant | undefined): Places {
  const locate = base && createLocator(base);
  const zones = new Map<string, NewZone>();
  const assets = new Map<string, NewAsset>();
  const taken = new Set([...(base?.zones.keys() ?? []), ...(base?.assets.keys() ?? [])]);
  const hosts = [...new Set(conversations.flatMap(({ client, server }) => [client, server]))];
  for (const ip of hosts) {
    const place = locate?.(ip);
    if (place?.asset !== undefined) continue;
    const zone = place?.zones[0] ?? newZone(ip, zones, taken);
    if (zone === undefined) continue;
    const id = free(`host-${wordOf(ip)}`, taken);
    assets.set(ip, { id, zone, address: ip, ...servedBy(ip, conversations) });
  }
  return {
    zones: [...zones.values()],
    assets: [...assets.values()],
    nameOf: (ip) => locate?.(ip)?.asset?.id ?? assets.get(ip)?.id ?? ip,
  };
}

function newZone(ip: string, zones: Map<string, NewZone>, taken: Set<string>): string | undefined {
  const address = parseIp(ip);
  if (address === undefined) return undefined;
  const { family, value } = address;
  const shift = ALL_BITS[family] - PREFIX_BITS[family];
  const network = showIp({ family, value: (value >> shift) << shift });
  const cidr = `${network}/${PREFIX_BITS[family]}`;
  const known = zones.get(cidr);
  if (known !== undefined) return known.id;
  const id = free(`${FAMILY_NAMES[family]}-${wordOf(network)}`, taken);
  zones.set(cidr, { id, cidr });
  return id;
}

/** Where a server was asked at several ports in one protocol, the one that was asked most: an asset has one. */
function servedBy(
  ip: string,
  conversations: readonly Conversation[],
): Pick<NewAsset, 'modbus' | 'opcua'> {
  const asked = (protocol: Conversation['protocol']): readonly Conversation[] => {
    const own = conversations.filter((each) => each.server === ip && each.protocol === protocol);
    const port = busiest(own);
    return own.filter((each) => each.port === port);
  };
  const [modbus, opcua] = [asked('modbus'), asked('opcua')];
  const units = modbus.flatMap(({ functions }) => [...functions.values()].map(({ unit }) => unit));
  return {
    ...(modbus[0] !== undefined && {
      modbus: { port: modbus[0].port, units: [...new Set(units)].sort((a, b) => a - b) },
    }),
    ...(opcua[0] !== undefined && { opcua: { port: opcua[0].port } }),
  };
}

function busiest(conversations: readonly Conversation[]): number | undefined {
  const counts = new Map<number, number>();
  for (const { port, count } of conversations) counts.set(port, (counts.get(port) ?? 0) + count);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** An address as a part of an id. */
const wordOf = (ip: string): string => ip.replace(/[.:]+/g, '-').replace(/^-|-$/g, '');

function free(id: string, taken: Set<string>): string {
  let name = id;
  for (let n = 2; taken.has(name); n++) name = `${id}-${n}`;
  taken.add(name);
  return name;
}
