/** Assets as screens show them: what sensors heard, beside what the policy says of the address. */
import {
  type AssetRecord,
  firstSeenOf,
  lastSeenOf,
  protocolsOf,
  type SeenBuild,
  type SeenConversation,
  type SeenUnit,
} from '#broker/model/asset.ts';
import type { Sensor } from '#broker/model/sensor.ts';
import { contains, parseIp, parsePrefix } from '#policies/address.ts';
import type { Evaluator } from '#policies/evaluate.ts';
import type { Resource } from '#policies/people.ts';
import type { Asset, Plant } from '#policies/plant.ts';
import { zonesAround } from '#policies/zones.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { busierTraffic, fullyHeard, shortlyHeard, showTraffic } from './show-heard.ts';
import type { AssetRowView, AssetView, PeerView, PlaceView } from './views-assets.ts';

/** What views are made of. Build the evaluator once for each answer. */
export interface Surroundings {
  readonly plant: Plant;
  readonly evaluator: Pick<Evaluator, 'locate' | 'conduitsBetween'>;
}

export function showPlace({ plant, evaluator }: Surroundings, address: string): PlaceView {
  const place = evaluator.locate(address);
  const zone = plant.zones.get(place?.zones[0] ?? '');
  const asset = place?.asset;
  return {
    address,
    ...(asset && { asset: { id: asset.id, name: asset.name } }),
    ...(zone && { zone: { id: zone.id, name: zone.name, purdue: zone.purdue } }),
    isGate: place?.isGate === true,
  };
}

/** Where `may` is to look: an asset lies in the zone of its address. */
export const assetResource = ({ zone }: PlaceView): Resource => ({
  kind: 'asset',
  ...(zone && { zone: zone.id }),
});

/** Either was heard, or is named, or both. */
export function showAssetRow(
  around: Surroundings,
  address: string,
  record: AssetRecord | undefined,
): AssetRowView {
  const asset = around.evaluator.locate(address)?.asset;
  const identity = record && identityOf(record);
  return {
    ...showPlace(around, address),
    ...(asset && { criticality: asset.criticality }),
    roles: record ? rolesOf(record) : [],
    protocols: record ? protocolsOf(record) : [],
    ...(identity !== undefined && { identity }),
    ...(record ? shortlyHeard(record) : { behaviour: [] }),
    ...(record && {
      firstSeen: isoMicros(firstSeenOf(record)),
      lastSeen: isoMicros(lastSeenOf(record)),
    }),
  };
}

const ROLES = ['client', 'server'] as const;

const rolesOf = ({ sightings }: AssetRecord): AssetRowView['roles'] =>
  ROLES.filter((role) => sightings.some(({ roles }) => roles.includes(role)));

/** Of several devices behind one address the first that says what it is, and how many more do. */
function identityOf(record: AssetRecord): string | undefined {
  const said = unitsOf(record).flatMap(({ identity }) => {
    const { vendor, product, revision } = identity ?? {};
    const text = [vendor, product, revision].filter((part) => part !== undefined).join(' ');
    return text === '' ? [] : [text];
  });
  const names = [...new Set(said)];
  const [first] = names;
  return names.length < 2 ? first : `${first} and ${names.length - 1} more`;
}

/** What several sensors heard of one device; who heard it last is believed. */
function unitsOf({ sightings }: AssetRecord): readonly SeenUnit[] {
  const byId = new Map<number, SeenUnit>();
  for (const { units } of sightings.toSorted((a, b) => a.lastSeen - b.lastSeen)) {
    for (const unit of units) {
      const known = byId.get(unit.id);
      const identity = { ...known?.identity, ...unit.identity };
      byId.set(unit.id, { ...known, ...unit, identity });
    }
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

/** As units. */
function buildsOf({ sightings }: AssetRecord): readonly SeenBuild[] {
  const byPort = new Map<number | undefined, SeenBuild>();
  for (const { builds = [] } of sightings.toSorted((a, b) => a.lastSeen - b.lastSeen)) {
    for (const build of builds) byPort.set(build.port, { ...byPort.get(build.port), ...build });
  }
  return [...byPort.values()].sort((a, b) => (a.port ?? 0) - (b.port ?? 0));
}

const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

export function showAsset(
  around: Surroundings,
  address: string,
  record: AssetRecord | undefined,
  sensors: readonly Sensor[],
): Omit<AssetView, 'openAlerts' | 'alerts'> {
  const { plant, evaluator } = around;
  const place = evaluator.locate(address);
  const zone = plant.zones.get(place?.zones[0] ?? '');
  const sightings = record?.sightings ?? [];
  const nameOf = (id: string): string => sensors.find((each) => each.id === id)?.name ?? id;
  return {
    ...showAssetRow(around, address, record),
    macs: distinct(sightings.flatMap(({ mac }) => mac ?? [])),
    ...fullyHeard(sightings),
    ports: distinct(sightings.flatMap(({ ports }) => ports)).toSorted((a, b) => a - b),
    units: record
      ? unitsOf(record).map(({ id, identity, serverId }) => ({
          id,
          ...identity,
          ...(serverId !== undefined && { serverId }),
        }))
      : [],
    builds: record ? buildsOf(record) : [],
    applications: distinct(sightings.flatMap(({ applications }) => applications)),
    ...(place?.asset && { named: showNamed(place.asset) }),
    ...(zone && {
      place: {
        safety: zone.safety,
        securityLevel: zone.securityLevel,
        ...(zone.owner !== undefined && { owner: zone.owner }),
        within: zonesAround(plant, zone.id)
          .slice(1)
          .map((id) => plant.zones.get(id)?.name ?? id),
        line: zone.at.line,
      },
    }),
    covered: sensors.some((sensor) => isCovered(sensor, address)),
    sightings: sightings.map(({ sensor, firstSeen, lastSeen }) => ({
      sensor: nameOf(sensor),
      firstSeen: isoMicros(firstSeen),
      lastSeen: isoMicros(lastSeen),
    })),
    peers: conversationsOf(sightings.flatMap(({ conversations }) => conversations)).map((each) =>
      showPeer(around, address, each),
    ),
  };
}

function showNamed({ at, tags, modbus, opcua }: Asset): NonNullable<AssetView['named']> {
  const units = modbus?.units ?? [];
  return {
    line: at.line,
    tags,
    endpoints: [
      ...(modbus === undefined
        ? []
        : [
            `Modbus at port ${modbus.port}, unit${units.length === 1 ? '' : 's'} ${units.join(', ')}`,
          ]),
      ...(opcua === undefined
        ? []
        : [`OPC UA at port ${opcua.port}, application ${opcua.applicationUri}`]),
    ],
  };
}

function isCovered({ covers }: Sensor, address: string): boolean {
  const ip = parseIp(address);
  return covers.some((text) => {
    const prefix = parsePrefix(text);
    if (prefix !== undefined) return ip !== undefined && contains(prefix, ip);
    const host = parseIp(text);
    return host !== undefined && host.family === ip?.family && host.value === ip.value;
  });
}

/** What several sensors heard of one conversation, newest first. */
function conversationsOf(heard: readonly SeenConversation[]): readonly SeenConversation[] {
  const byPeer = new Map<string, SeenConversation>();
  for (const each of heard) {
    const key = `${each.role} ${each.peer}`;
    const before = byPeer.get(key);
    byPeer.set(key, {
      ...each,
      protocols: distinct([...(before?.protocols ?? []), ...each.protocols]),
      kinds: distinct([...(before?.kinds ?? []), ...each.kinds]),
      ...busierTraffic(before, each),
      lastSeen: micros(Math.max(before?.lastSeen ?? 0, each.lastSeen)),
    });
  }
  return [...byPeer.values()].sort((a, b) => b.lastSeen - a.lastSeen);
}

function showPeer(around: Surroundings, address: string, heard: SeenConversation): PeerView {
  const { peer, role, protocols, kinds, traffic = [], lastSeen } = heard;
  const [client, server] = role === 'client' ? [address, peer] : [peer, address];
  return {
    ...showPlace(around, peer),
    role: role === 'client' ? 'server' : 'client',
    protocols,
    kinds,
    lastSeen: isoMicros(lastSeen),
    traffic: showTraffic(traffic),
    conduits: around.evaluator
      .conduitsBetween(client, server)
      .map(({ id, via, at }) => ({ id, via, line: at.line })),
  };
}
