/**
 * The passive inventory: who is in the network, what it speaks, what it says it is. Built from what
 * devices say to each other; nobody is ever asked.
 *
 * Exchanges that were decoded tell what was asked and answered; what all traffic tells comes from
 * `hosts`, and both become one document for each address.
 */
import { MAX_BUILDS, MAX_LISTED } from '#sensor/model/bounds.ts';
import type {
  Exchange,
  ModbusDetail,
  OpcuaExchange,
  RoutineReads,
  SensorEvent,
} from '#sensor/model/event.ts';
import type { HeardHost } from '#sensor/model/inventory.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import type { Endpoint, Protocol } from '#sensor/model/net.ts';
import type { OpcuaDetail } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import { compareAddresses } from './address-order.ts';
import { type Asset, type Conversation, emptyAsset, type Role } from './asset.ts';
import { documentOf } from './asset-document.ts';

/** Addresses remembered; a large plant has thousands of devices. Beyond it, further ones are counted only. */
export const MAX_ASSETS = 65_536;

/** What all traffic tells of hosts, those of `also` among them wherever they lie. */
type HeardHosts = (also: ReadonlySet<string>) => Iterable<HeardHost>;

export interface AssetBookOptions {
  readonly hosts: HeardHosts;
  /** Who made the network card of a hardware address. */
  readonly vendorOf: (mac: string) => string | undefined;
  /** Addresses for which the tables of all traffic had no room, so far. */
  readonly leftOut: () => number;
  /** Conversations of all traffic that were forgotten to make room, so far. */
  readonly forgotten: () => number;
}

/** Where decoded exchanges are all that is known. */
const NO_HOSTS: AssetBookOptions = {
  hosts: () => [],
  vendorOf: () => undefined,
  leftOut: () => 0,
  forgotten: () => 0,
};

/** What the ends of one connection have to do with each other; undefined where there was no room to remember it. */
interface Talk {
  readonly server: Endpoint;
  readonly protocol: Protocol;
  readonly asking: Asset | undefined;
  readonly serving: Asset | undefined;
  /** On the client's side, and on the server's once it has answered. */
  readonly asked: Conversation | undefined;
  served: Conversation | undefined;
  answered: boolean;
}

export class AssetBook {
  readonly #options: AssetBookOptions;
  readonly #assets = new Map<string, Asset>();
  /** By the client's end, of which there is one object for each connection. */
  readonly #talks = new WeakMap<Endpoint, Talk>();
  /** Addresses of decoded exchanges that found no room. */
  #left = 0;

  constructor(options: AssetBookOptions = NO_HOSTS) {
    this.#options = options;
  }

  get size(): number {
    return this.#assets.size;
  }

  get leftOut(): number {
    return this.#left + this.#options.leftOut();
  }

  get forgotten(): number {
    return this.#options.forgotten();
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
  *documents(): Generator<AssetReport> {
    const assets = new Map(this.#assets);
    const heard = new Map<string, HeardHost>();
    for (const host of this.#options.hosts(new Set(assets.keys()))) {
      heard.set(host.ip, host);
      if (!assets.has(host.ip)) assets.set(host.ip, emptyAsset(host.ip, host.mac, host));
    }
    const decoded = (ip: string, port: number): Protocol | undefined =>
      this.#assets.get(ip)?.served.get(port);
    const sorted = [...assets.values()].sort((a, b) => compareAddresses(a.ip, b.ip));
    for (const asset of sorted) {
      yield documentOf(asset, heard.get(asset.ip), decoded, this.#options.vendorOf);
    }
  }

  /** Routine traffic adds nothing to a conversation but the time. */
  #goesOn(ip: string, role: Role, peer: string, at: Micros): void {
    const conversation = this.#assets.get(ip)?.conversations.get(keyOf(role, peer));
    if (conversation === undefined) return;
    conversation.lastSeen = Math.max(conversation.lastSeen, at) as Micros;
  }

  #exchange(exchange: Exchange): void {
    const { at, frames } = exchange;
    const talk = this.#talk(exchange);
    if (talk.asking !== undefined) seenAt(talk.asking, at);
    if (talk.serving !== undefined) seenAt(talk.serving, at);
    if (talk.asked !== undefined) goOn(talk.asked, exchange);
    // A port that was only knocked at is no server.
    if (talk.serving === undefined || frames.response.length === 0) return;
    if (!talk.answered) this.#answered(talk, talk.serving, exchange);
    if (talk.served !== undefined) goOn(talk.served, exchange);
    if (exchange.protocol === 'modbus') noteUnit(talk.serving, exchange.modbus);
    else {
      noteApplications(talk.asking, talk.serving, exchange.opcua);
      noteBuild(talk.serving, exchange);
    }
  }

  /** What the two have to do with each other in this protocol; looked up once for each connection. */
  #talk({ client, server, protocol, at }: Exchange): Talk {
    const known = this.#talks.get(client);
    if (known?.server === server && known.protocol === protocol) return known;
    const asking = this.#asset(client, at);
    const serving = this.#asset(server, at);
    asking?.roles.add('client');
    asking?.protocols.add(protocol);
    const asked = asking && converse(asking, 'client', server.ip, { protocol, at });
    const rest = { answered: false, served: undefined };
    const talk: Talk = { server, protocol, asking, serving, asked, ...rest };
    // Who found no room is counted each time.
    if (asking !== undefined && serving !== undefined) this.#talks.set(client, talk);
    return talk;
  }

  #answered(talk: Talk, serving: Asset, exchange: Exchange): void {
    const { at, client, server, protocol } = exchange;
    talk.answered = true;
    serving.roles.add('server');
    serving.protocols.add(protocol);
    const called = exchange.protocol === 'opcua' && exchange.opcua.reverseConnect === true;
    const hasRoom = serving.served.size < MAX_LISTED;
    // Where the server opened the connection, its port is none that it serves.
    if (!called && hasRoom) serving.served.set(server.port, protocol);
    talk.served = converse(serving, 'server', client.ip, { protocol, at });
  }

  #asset({ ip, mac }: Endpoint, at: Micros): Asset | undefined {
    const known = this.#assets.get(ip);
    if (known !== undefined) {
      known.mac ??= mac;
      return known;
    }
    if (this.#assets.size === MAX_ASSETS) {
      this.#left++;
      return undefined;
    }
    const asset = emptyAsset(ip, mac, { firstSeen: at, lastSeen: at });
    this.#assets.set(ip, asset);
    return asset;
  }
}

function noteUnit(
  serving: Asset,
  { unitId, exceptionCode, identity, serverId }: ModbusDetail,
): void {
  // A gateway answers for units that do not exist with exceptions 10 and 11.
  if (exceptionCode === 10 || exceptionCode === 11) return;
  const known = serving.units.get(unitId);
  if (known !== undefined && identity === undefined && serverId === undefined) return;
  const { objects: _, conformity: __, ...named } = identity ?? {};
  serving.units.set(unitId, {
    ...known,
    identity: { ...known?.identity, ...named },
    ...(serverId !== undefined && { serverId }),
  });
}

/** A server may be asked for one part after the other. */
function noteBuild({ builds }: Asset, { server, opcua }: OpcuaExchange): void {
  const { buildInfo, reverseConnect } = opcua;
  if (buildInfo === undefined) return;
  const port = reverseConnect === true ? undefined : server.port;
  const known = builds.get(port);
  if (known === undefined && builds.size === MAX_BUILDS) return;
  builds.set(port, { ...known, ...buildInfo });
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

/** Undefined where there is no room for another one. */
function converse(
  { conversations }: Asset,
  role: Role,
  peer: string,
  { protocol, at }: Pick<Exchange, 'protocol' | 'at'>,
): Conversation | undefined {
  const key = keyOf(role, peer);
  let conversation = conversations.get(key);
  if (conversation === undefined) {
    if (conversations.size === MAX_LISTED) return undefined;
    conversation = { peer, role, protocols: [], kinds: [], lastSeen: at };
    conversations.set(key, conversation);
  }
  conversation.protocols = including(conversation.protocols, protocol);
  return conversation;
}

function goOn(conversation: Conversation, { at, operations }: Exchange): void {
  for (const { kind } of operations) conversation.kinds = including(conversation.kinds, kind);
  seenAt(conversation, at);
}

const including = <T>(list: readonly T[], one: T): readonly T[] =>
  list.includes(one) ? list : [...list, one];

function seenAt(what: { lastSeen: Micros }, at: Micros): void {
  if (at > what.lastSeen) what.lastSeen = at;
}

function addBounded<T>(set: Set<T>, value: T): void {
  if (set.size < MAX_LISTED) set.add(value);
}
