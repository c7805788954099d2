/**
 * The passive inventory: who is in the network, what it speaks, what it says it is. Built from what
 * devices say to each other; nobody is ever asked.
 */
import { MAX_LISTED } from '#sensor/model/bounds.ts';
import type { Exchange, ModbusDetail, RoutineReads, SensorEvent } from '#sensor/model/event.ts';
import type { ModbusIdentity } from '#sensor/model/modbus-identity.ts';
import type { Endpoint, Protocol } from '#sensor/model/net.ts';
import type { OpcuaDetail } from '#sensor/model/opcua.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';

/** Addresses remembered; a large plant has thousands of devices. Beyond it, further ones are counted only. */
export const MAX_ASSETS = 65_536;

/** Objects of the vendor's own, which only the vendor can read, stand in exchanges alone. */
type DeviceIdentity = Omit<ModbusIdentity, 'objects' | 'conformity'>;

type Role = 'client' | 'server';

/** What an asset, in one of its roles, and one peer have to do with each other. */
interface Conversation {
  readonly peer: string;
  readonly role: Role;
  readonly protocols: Set<Protocol>;
  /** Kinds of operations that were asked for, whatever the answer. */
  readonly kinds: Set<OperationKind>;
  lastSeen: Micros;
}

interface Asset {
  readonly ip: string;
  mac: string | undefined;
  readonly roles: Set<Role>;
  readonly protocols: Set<Protocol>;
  /** Ports it serves. */
  readonly ports: Set<number>;
  /** Units it answered for, each with what it said it is. Valid for servers. */
  readonly units: Map<number, DeviceIdentity>;
  /** OPC UA application URIs. */
  readonly applications: Set<string>;
  /** By role and peer; see `keyOf`. */
  readonly conversations: Map<string, Conversation>;
  firstSeen: Micros;
  lastSeen: Micros;
}

export class AssetBook {
  readonly #assets = new Map<string, Asset>();
  /** Addresses that found no room. */
  #left = 0;

  get size(): number {
    return this.#assets.size;
  }

  get leftOut(): number {
    return this.#left;
  }

  event(event: SensorEvent): void {
    if (event.kind === 'exchange') this.#exchange(event);
  }

  routine({ clientIp, server, from, to }: RoutineReads): void {
    for (const ip of [clientIp, server.ip]) {
      const asset = this.#assets.get(ip);
      if (asset === undefined) continue;
      asset.firstSeen = Math.min(asset.firstSeen, from) as Micros;
      asset.lastSeen = Math.max(asset.lastSeen, to) as Micros;
    }
    this.#goesOn(clientIp, 'client', server.ip, to);
    this.#goesOn(server.ip, 'server', clientIp, to);
  }

  /** By address, each as one NDJSON object. What is not known is absent. */
  *documents(): Generator<Readonly<Record<string, unknown>>> {
    const assets = [...this.#assets.values()].sort((a, b) => compareAddresses(a.ip, b.ip));
    for (const asset of assets) {
      const units = [...asset.units].sort(([a], [b]) => a - b);
      yield {
        ip: asset.ip,
        ...(asset.mac === undefined ? {} : { mac: asset.mac }),
        roles: [...asset.roles].sort(),
        protocols: [...asset.protocols].sort(),
        ...list('ports', ascending(asset.ports)),
        ...list(
          'units',
          units.map(([id, identity]) =>
            Object.keys(identity).length === 0 ? { id } : { id, identity },
          ),
        ),
        ...list('applications', [...asset.applications].sort()),
        peers: peersOf(asset),
        conversations: conversationsOf(asset),
        first_seen: isoMicros(asset.firstSeen),
        last_seen: isoMicros(asset.lastSeen),
      };
    }
  }

  /** Routine traffic adds nothing to a conversation but the time. */
  #goesOn(ip: string, role: Role, peer: string, at: Micros): void {
    const conversation = this.#assets.get(ip)?.conversations.get(keyOf(role, peer));
    if (conversation === undefined) return;
    conversation.lastSeen = Math.max(conversation.lastSeen, at) as Micros;
  }

  #exchange(exchange: Exchange): void {
    const { at, client, server, protocol, frames } = exchange;
    const asking = this.#asset(client, at);
    const serving = this.#asset(server, at);
    if (asking !== undefined) {
      asking.roles.add('client');
      asking.protocols.add(protocol);
      converse(asking, 'client', server.ip, exchange);
    }
    // A port that was only knocked at is no server.
    if (serving === undefined || frames.response.length === 0) return;
    serving.roles.add('server');
    serving.protocols.add(protocol);
    const called = exchange.protocol === 'opcua' && exchange.opcua.reverseConnect === true;
    if (!called) addBounded(serving.ports, server.port);
    converse(serving, 'server', client.ip, exchange);
    if (exchange.protocol === 'modbus') noteUnit(serving, exchange.modbus);
    else noteApplications(asking, serving, exchange.opcua);
  }

  #asset({ ip, mac }: Endpoint, at: Micros): Asset | undefined {
    const known = this.#assets.get(ip);
    if (known !== undefined) {
      known.mac ??= mac;
      known.lastSeen = Math.max(known.lastSeen, at) as Micros;
      return known;
    }
    if (this.#assets.size === MAX_ASSETS) {
      this.#left++;
      return undefined;
    }
    const asset: Asset = {
      ip,
      mac,
      roles: new Set(),
      protocols: new Set(),
      ports: new Set(),
      units: new Map(),
      applications: new Set(),
      conversations: new Map(),
      firstSeen: at,
      lastSeen: at,
    };
    this.#assets.set(ip, asset);
    return asset;
  }
}

function noteUnit(serving: Asset, { unitId, exceptionCode, identity }: ModbusDetail): void {
  // A gateway answers for units that do not exist with exceptions 10 and 11.
  if (exceptionCode === 10 || exceptionCode === 11) return;
  const { objects: _, conformity: __, ...named } = identity ?? {};
  serving.units.set(unitId, { ...serving.units.get(unitId), ...named });
}

/** OPC UA programs say their application URI, of themselves and in their certificate. */
function noteApplications(
  asking: Asset | undefined,
  serving: Asset,
  { messageType, session, certificate, serverCertificate, serverUri }: OpcuaDetail,
): void {
  // Other messages repeat what the session said when it began.
  if (messageType === 'OPN' || serverUri !== undefined) {
    const client = session?.applicationUri ?? certificate?.applicationUri;
    if (client !== undefined && asking !== undefined) addBounded(asking.applications, client);
    const server = serverUri ?? serverCertificate?.applicationUri;
    if (server !== undefined) addBounded(serving.applications, server);
  }
}

const keyOf = (role: Role, peer: string): string => `${role} ${peer}`;

function converse(asset: Asset, role: Role, peer: string, exchange: Exchange): void {
  const { at, protocol, operations } = exchange;
  const key = keyOf(role, peer);
  let conversation = asset.conversations.get(key);
  if (conversation === undefined) {
    if (asset.conversations.size === MAX_LISTED) return;
    conversation = { peer, role, protocols: new Set(), kinds: new Set(), lastSeen: at };
    asset.conversations.set(key, conversation);
  }
  conversation.protocols.add(protocol);
  for (const { kind } of operations) conversation.kinds.add(kind);
  conversation.lastSeen = Math.max(conversation.lastSeen, at) as Micros;
}

function peersOf({ conversations }: Asset): readonly string[] {
  const peers = new Set([...conversations.values()].map(({ peer }) => peer));
  return [...peers].sort(compareAddresses);
}

function conversationsOf({ conversations }: Asset): readonly Readonly<Record<string, unknown>>[] {
  return [...conversations.values()]
    .sort((a, b) => compareAddresses(a.peer, b.peer) || a.role.localeCompare(b.role))
    .map(({ peer, role, protocols, kinds, lastSeen }) => ({
      peer,
      role,
      protocols: [...protocols].sort(),
      kinds: [...kinds].sort(),
      last_seen: isoMicros(lastSeen),
    }));
}

function addBounded<T>(set: Set<T>, value: T): void {
  if (set.size < MAX_LISTED) set.add(value);
}

const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

const list = (name: string, values: readonly unknown[]) =>
  values.length === 0 ? {} : { [name]: values };

/** 10.0.0.9 before 10.0.0.10. */
export function compareAddresses(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
