/** One asset as docs/contracts.md writes it, from decoded exchanges and from all traffic together. */
import { MAX_LISTED, MAX_NAMES_TOLD, MAX_TRAFFIC_TOLD } from '#sensor/model/bounds.ts';
import type {
  HeardHost,
  HeardService,
  HeardTraffic,
  HostTraffic,
} from '#sensor/model/inventory.ts';
import type { AssetReport, BuildReport } from '#sensor/model/link.ts';
import type { Protocol } from '#sensor/model/net.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import { isoMicros, type Micros, parseIso } from '#sensor/model/time.ts';
import { compareAddresses } from './address-order.ts';
import type { Asset, Conversation, Role } from './asset.ts';
import { behaviourOf } from './behaviour.ts';

/** From here on systems take the ports from which they ask: a datagram to one is no service of it. */
const FIRST_EPHEMERAL = 32_768;

/** What a decoder knows to be served at an address and port. */
export type Decoded = (ip: string, port: number) => Protocol | undefined;

type ConversationReport = NonNullable<AssetReport['conversations']>[number];

export function documentOf(
  asset: Asset,
  heard: HeardHost | undefined,
  decoded: Decoded,
  vendorOf: (mac: string) => string | undefined,
): AssetReport {
  const host = heard && { ...heard, traffic: heard.traffic.map(knownTo(asset.ip, decoded)) };
  // Of a decoded exchange it is that of the frame, which may be a router's.
  const mac = host === undefined ? asset.mac : host.mac;
  const vendor = mac === undefined ? undefined : vendorOf(mac);
  const { traffic = [], names = [], details = [] } = host ?? {};
  const services = servicesOf(traffic);
  const ports = portsOf(asset, services);
  const behaviour = behaviourOf(asset, host);
  const units = unitsOf(asset);
  const builds = buildsOf(asset);
  const applications = [...asset.applications].sort();
  const conversations = conversationsOf(asset, traffic);
  const spoken = traffic.flatMap(({ protocol, transport }) =>
    protocol === undefined || transport === 'ip' ? [] : [protocol],
  );
  return {
    ip: asset.ip,
    ...(mac !== undefined && { mac }),
    ...(vendor !== undefined && { vendor }),
    ...(names.length > 0 && { names: names.slice(0, MAX_NAMES_TOLD) }),
    ...(details.length > 0 && { details: details.slice(0, MAX_NAMES_TOLD) }),
    ...(behaviour.length > 0 && { behaviour }),
    roles: distinct([...asset.roles, ...traffic.flatMap(roleOf)]),
    protocols: distinct([...asset.protocols, ...(host?.protocols ?? []), ...spoken]),
    ...(ports.length > 0 && { ports }),
    ...(services.length > 0 && { services: services.slice(0, MAX_LISTED) }),
    ...(units.length > 0 && { units }),
    ...(builds.length > 0 && { builds }),
    ...(applications.length > 0 && { applications }),
    peers: distinct(conversations.map(({ peer }) => peer)).sort(compareAddresses),
    conversations,
    first_seen: isoMicros(earlier(asset.firstSeen, host?.firstSeen)),
    last_seen: isoMicros(Math.max(asset.lastSeen, host?.lastSeen ?? 0) as Micros),
  };
}

const unitsOf = ({ units }: Asset): NonNullable<AssetReport['units']> =>
  [...units]
    .sort(([a], [b]) => a - b)
    .map(([id, { identity, serverId }]) => ({
      id,
      ...(Object.keys(identity).length > 0 && { identity }),
      ...(serverId !== undefined && { server_id: serverId }),
    }));

const buildsOf = ({ builds }: Asset): readonly BuildReport[] =>
  [...builds]
    .sort(([a = 0], [b = 0]) => a - b)
    .map(([port, info]) => ({
      ...(port !== undefined && { port }),
      ...(info.productUri !== undefined && { product_uri: info.productUri }),
      ...(info.manufacturerName !== undefined && { manufacturer_name: info.manufacturerName }),
      ...(info.productName !== undefined && { product_name: info.productName }),
      ...(info.softwareVersion !== undefined && { software_version: info.softwareVersion }),
      ...(info.buildNumber !== undefined && { build_number: info.buildNumber }),
      ...(info.buildDate !== undefined && { build_date: info.buildDate }),
    }));

const earlier = (one: Micros, other: Micros | undefined): Micros =>
  other !== undefined && other < one ? other : one;

/** What was decoded is known by its content, whatever its first bytes looked like. */
const knownTo =
  (ip: string, decoded: Decoded) =>
  (traffic: HostTraffic): HostTraffic => {
    if (traffic.transport === 'ip') return traffic;
    const server = traffic.role === 'server' ? ip : traffic.peer;
    const protocol = decoded(server, traffic.port);
    return protocol === undefined ? traffic : { ...traffic, protocol, by: 'content' };
  };

const roleOf = ({ transport, role }: HostTraffic): readonly Role[] =>
  transport === 'ip' ? [] : [role];

const portsOf = ({ served }: Asset, services: readonly HeardService[]): readonly number[] =>
  [...new Set([...served.keys(), ...services.map(({ port }) => port)])]
    .slice(0, MAX_LISTED)
    .sort((a, b) => a - b);

/** Ports that answered, each with the newest that was said of it. */
function servicesOf(traffic: readonly HostTraffic[]): readonly HeardService[] {
  const services = new Map<string, HeardService>();
  for (const { role, transport, port, protocol, by, detail } of traffic) {
    if (role !== 'server' || transport === 'ip') continue;
    if (transport === 'udp' && protocol === undefined && port >= FIRST_EPHEMERAL) continue;
    const key = `${transport} ${port}`;
    const known = services.get(key);
    const said = protocol === undefined || by === undefined ? {} : { protocol, by };
    services.set(key, {
      ...(known ?? { transport, port }),
      ...(known?.by === 'content' ? {} : said),
      ...(detail !== undefined && { detail }),
    });
  }
  return [...services.values()].sort(
    (a, b) => a.port - b.port || a.transport.localeCompare(b.transport),
  );
}

type Merged = Omit<Conversation, 'protocols' | 'kinds'> & {
  readonly protocols: readonly string[];
  readonly kinds: readonly OperationKind[];
  readonly traffic: readonly HeardTraffic[];
};

/** By peer and role; of too many, those that were heard last. */
function conversationsOf(
  { conversations }: Asset,
  heard: readonly HostTraffic[],
): readonly ConversationReport[] {
  const merged = new Map<string, Merged>();
  for (const [key, each] of conversations) {
    merged.set(key, {
      ...each,
      protocols: [...each.protocols],
      kinds: [...each.kinds],
      traffic: [],
    });
  }
  for (const { peer, role, detail: _, ...traffic } of heard) {
    const key = `${role} ${peer}`;
    const at = parseIso(traffic.last_seen) ?? (0 as Micros);
    const known = merged.get(key) ?? {
      peer,
      role,
      protocols: [],
      kinds: [],
      traffic: [],
      lastSeen: at,
    };
    const { protocol } = traffic;
    merged.set(key, {
      ...known,
      protocols: protocol === undefined ? known.protocols : [...known.protocols, protocol],
      traffic: [...known.traffic, traffic],
      lastSeen: at > known.lastSeen ? at : known.lastSeen,
    });
  }
  return [...merged.values()]
    .sort((a, b) => b.kinds.length - a.kinds.length || b.lastSeen - a.lastSeen)
    .slice(0, MAX_LISTED)
    .sort((a, b) => compareAddresses(a.peer, b.peer) || a.role.localeCompare(b.role))
    .map(({ peer, role, protocols, kinds, traffic, lastSeen }) => ({
      peer,
      role,
      protocols: distinct(protocols),
      kinds: [...kinds].sort(),
      ...(traffic.length > 0 && {
        traffic: [...traffic].sort(moreBytes).slice(0, MAX_TRAFFIC_TOLD),
      }),
      last_seen: isoMicros(lastSeen),
    }));
}

const moreBytes = (a: HeardTraffic, b: HeardTraffic): number =>
  b.sent.bytes + b.received.bytes - (a.sent.bytes + a.received.bytes);

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();
