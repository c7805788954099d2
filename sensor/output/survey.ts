/**
 * What a reading met, gathered for the summary: who talked to whom, what was read and written, what
 * was refused, what was wrong. Bounded, so a scan of a whole network does not grow it without end.
 */
import {
  deedOf,
  type Exchange,
  isUnanswered,
  type ModbusDetail,
  type ModbusExchange,
  type OpcuaExchange,
  type RoutineReads,
  type SensorEvent,
} from '#sensor/model/event.ts';
import { joinIdentity, type ModbusIdentity } from '#sensor/model/modbus-identity.ts';
import type { Endpoint, Protocol } from '#sensor/model/net.ts';
import {
  type OpcuaCertificate,
  type OpcuaDetail,
  type OpcuaSecurity,
  shortThumbprint,
} from '#sensor/model/opcua.ts';
import type { ModbusTable, OperationKind, OperationObject } from '#sensor/model/operation.ts';
import type { TypedValue } from '#sensor/model/typed-value.ts';
import { Ranges } from './ranges.ts';

/** Servers told apart, and clients of each; the rest is summed up without a name. */
const MAX_SERVERS = 1024;
const MAX_CLIENTS = 256;

/** What decoding and reassembly state; what detectors state is told by the alerts that it makes. */
const FAULT = /^(modbus|opcua|stream)\./;

/** Nodes remembered of one client and one kind of operation; beyond it they are many. */
export const MAX_NODES = 1024;

/** Encoding id of PublishRequest: what was subscribed to arrives. */
const PUBLISH = 826;

export type TouchedTables = Map<ModbusTable, Ranges>;

export interface ClientTally {
  readonly ip: string;
  readonly reads: TouchedTables;
  readonly writes: TouchedTables;
  readonly kinds: Record<OperationKind, number>;
  /** OPC UA nodes and methods by what was done to them, in words. */
  readonly nodes: Map<OperationKind, Set<string>>;
  /** How it opened OPC UA channels, and as whom: `Basic256Sha256, signed, user joe`. */
  readonly sessions: Set<string>;
  /** OPC UA certificates that it showed, in words. */
  readonly certificates: Set<string>;
  /** Exception or status, by name or number -> how often. */
  readonly refusals: Map<string, number>;
  /** Function codes that are not understood. */
  readonly unknown: Map<number, number>;
  unanswered: number;
  /** Messages of OPC UA that only its ends can read. */
  encrypted: number;
}

export interface ServerTally {
  readonly endpoint: Endpoint;
  readonly protocols: Set<Protocol>;
  readonly units: Set<number>;
  /** What it says it is in OPC UA. */
  readonly applications: Set<string>;
  /** OPC UA certificates that it showed, in words. */
  readonly certificates: Set<string>;
  /** What it says it is, by unit. */
  readonly identities: Map<number, ModbusIdentity>;
  readonly serverIds: Map<number, string>;
  /** The newest of each value that the plant policy names. */
  readonly values: Map<string, TypedValue>;
  readonly clients: Map<string, ClientTally>;
}

export interface FactTally {
  count: number;
  /** Of the first one. */
  readonly frame: number | undefined;
  readonly text: string;
}

/** Who exchanges something. */
interface Parties {
  readonly server: Endpoint;
  readonly serving: ServerTally;
  readonly tally: ClientTally;
  /** Noted of the server last: nearly always it is the same again. */
  protocol: Protocol | undefined;
  unit: number | undefined;
}

export class Survey {
  readonly servers = new Map<string, ServerTally>();
  /** Faults by name. */
  readonly facts = new Map<string, FactTally>();
  /** The same by the server's end, and by the client's, of which there is one object for each connection: spares making names. */
  readonly #byEndpoint = new WeakMap<Endpoint, ServerTally>();
  readonly #byClient = new WeakMap<Endpoint, Parties>();
  readonly #tellsParties: boolean;
  /** Exchanges of peers that found no room in the tables above. */
  leftOut = 0;

  /** `faults`: nobody will read who talked to whom, so only what was wrong is gathered. */
  constructor(wanted: 'everything' | 'faults' = 'everything') {
    this.#tellsParties = wanted === 'everything';
  }

  event(event: SensorEvent): void {
    for (const { name, text } of event.facts) {
      if (!FAULT.test(name)) continue;
      const tally = this.facts.get(name);
      if (tally !== undefined) tally.count++;
      else this.facts.set(name, { count: 1, frame: firstFrame(event), text });
    }
    if (event.kind === 'exchange' && this.#tellsParties) this.#exchange(event);
  }

  routine(reads: RoutineReads): void {
    if (!this.#tellsParties) return;
    // Its first exchange was reported whole, with what it touches.
    const { clientIp, server, count } = reads;
    const serving = this.#server(server);
    const client = serving && clientOf(serving, clientIp);
    if (client === undefined) {
      this.leftOut += count;
      return;
    }
    if (reads.protocol === 'modbus') serving?.units.add(reads.unitId);
    if (reads.protocol === 'opcua' && reads.serviceId === 0) {
      client.encrypted += count;
      return;
    }
    const isPublish = reads.protocol === 'opcua' && reads.serviceId === PUBLISH;
    client.kinds[isPublish ? 'subscribe' : 'read'] += count;
  }

  #exchange(exchange: Exchange): void {
    const parties = this.#parties(exchange);
    if (parties === undefined) {
      this.leftOut++;
      return;
    }
    const { serving, tally } = parties;
    if (parties.protocol !== exchange.protocol) serving.protocols.add(exchange.protocol);
    parties.protocol = exchange.protocol;
    if (isUnanswered(exchange)) tally.unanswered++;
    switch (exchange.protocol) {
      case 'modbus':
        if (exchange.frames.response.length > 0) noteUnit(parties, exchange.modbus.unitId);
        this.#modbus(exchange, parties);
        break;
      case 'opcua':
        this.#opcua(exchange, parties);
        break;
      default:
        exchange satisfies never;
    }
  }

  #opcua({ opcua, operations, outcome }: OpcuaExchange, { serving, tally }: Parties): void {
    const { serverUri, security, session, identity } = opcua;
    if (serverUri !== undefined) noteText(serving.applications, serverUri);
    if (opcua.certificate !== undefined) {
      noteText(tally.certificates, certificateText(opcua.certificate));
    }
    if (opcua.serverCertificate !== undefined) {
      noteText(serving.certificates, certificateText(opcua.serverCertificate));
    }
    if (identity !== undefined && session !== undefined) {
      const user = identity.user === undefined ? identity.type : `user ${identity.user}`;
      const refused = outcome === 'failure' && opcua.service?.name === 'ActivateSession';
      noteText(tally.sessions, `${securityText(security)}, ${user}${refused ? ', refused' : ''}`);
    } else if (security?.encrypted === true && opcua.messageType === 'MSG') {
      noteText(tally.sessions, securityText(security));
      tally.encrypted++;
    }
    for (const { kind, object } of operations) {
      tally.kinds[kind]++;
      if (object.kind === 'opcua-server') continue;
      noteText(
        namesOf(tally, kind),
        object.kind === 'opcua-method' ? object.method.id : object.node.id,
      );
    }
    if (outcome === 'failure') {
      add(tally.refusals, refusalOf(opcua), 1);
    }
  }

  #modbus(exchange: ModbusExchange, { serving, tally }: Parties): void {
    const { modbus } = exchange;
    if (exchange.outcome !== 'failure' && modbus.typed !== undefined) {
      for (const value of modbus.typed) serving.values.set(value.name, value);
    }
    if (modbus.identity !== undefined) {
      const known = serving.identities.get(modbus.unitId) ?? {};
      serving.identities.set(modbus.unitId, joinIdentity(known, modbus.identity));
    } else if (modbus.serverId !== undefined) {
      serving.serverIds.set(modbus.unitId, modbus.serverId);
    }
    for (const { kind, object } of exchange.operations) {
      tally.kinds[kind]++;
      if (exchange.outcome === 'failure') continue;
      if (object.kind !== 'modbus-range') {
        const isNamed = object.kind === 'modbus-file' || kind !== 'identify';
        if (isNamed) noteText(namesOf(tally, kind), namedDeed(object, modbus));
        continue;
      }
      rangesOf(kind === 'read' ? tally.reads : tally.writes, object.table).add(
        object.address,
        object.address + object.quantity - 1,
      );
    }
    if (modbus.functionName === undefined) add(tally.unknown, modbus.functionCode, 1);
    if (modbus.exceptionCode !== undefined) {
      add(tally.refusals, modbus.exceptionName ?? `exception ${modbus.exceptionCode}`, 1);
    }
  }

  #parties({ client, server }: Exchange): Parties | undefined {
    const known = this.#byClient.get(client);
    if (known?.server === server) return known;
    const serving = this.#server(server);
    const tally = serving && clientOf(serving, client.ip);
    if (serving === undefined || tally === undefined) return undefined;
    const parties = { server, serving, tally, protocol: undefined, unit: undefined };
    this.#byClient.set(client, parties);
    return parties;
  }

  #server(server: Endpoint): ServerTally | undefined {
    const known = this.#byEndpoint.get(server);
    if (known !== undefined) return known;
    const name = nameOf(server);
    let tally = this.servers.get(name);
    if (tally === undefined) {
      if (this.servers.size === MAX_SERVERS) return undefined;
      tally = {
        endpoint: server,
        protocols: new Set(),
        units: new Set(),
        applications: new Set(),
        certificates: new Set(),
        identities: new Map(),
        serverIds: new Map(),
        values: new Map(),
        clients: new Map(),
      };
      this.servers.set(name, tally);
    }
    this.#byEndpoint.set(server, tally);
    return tally;
  }
}

function clientOf({ clients }: ServerTally, ip: string): ClientTally | undefined {
  const known = clients.get(ip);
  if (known !== undefined || clients.size === MAX_CLIENTS) return known;
  const client: ClientTally = {
    ip,
    reads: new Map(),
    writes: new Map(),
    kinds: noneOfAnyKind(),
    nodes: new Map(),
    sessions: new Set(),
    certificates: new Set(),
    refusals: new Map(),
    unknown: new Map(),
    unanswered: 0,
    encrypted: 0,
  };
  clients.set(ip, client);
  return client;
}

const noneOfAnyKind = (): Record<OperationKind, number> => ({
  read: 0,
  write: 0,
  control: 0,
  configure: 0,
  program: 0,
  browse: 0,
  subscribe: 0,
  identify: 0,
});

function rangesOf(tables: TouchedTables, table: ModbusTable): Ranges {
  const known = tables.get(table);
  if (known !== undefined) return known;
  const ranges = new Ranges();
  tables.set(table, ranges);
  return ranges;
}

/** What the service was refused with, or the first of its nodes where the service itself is good. */
function refusalOf({ status, nodes = [], methods = [] }: OpcuaDetail): string {
  if (status !== undefined && status.name !== 'Good') return status.name ?? status.code;
  const bad = [...nodes, ...methods].find((each) => each.status?.startsWith('Good') === false);
  return bad?.status ?? 'some of it';
}

/** `no security`, `Basic256Sha256, signed`, `Basic256Sha256, encrypted` */
function securityText({ policy, mode, encrypted }: OpcuaSecurity = {}): string {
  if (policy === 'None') return 'no security';
  const name = policy ?? 'security not known';
  if (mode === 'SignAndEncrypt' || encrypted === true) return `${name}, encrypted`;
  return mode === 'Sign' ? `${name}, signed` : name;
}

/** `30ace611 of urn:hmi, valid to 2036-11-25` */
function certificateText(certificate: OpcuaCertificate): string {
  const { thumbprint, subject, applicationUri = subject, notAfter } = certificate;
  const of = applicationUri === undefined ? '' : ` of ${applicationUri}`;
  const to = notAfter === undefined ? '' : `, valid to ${notAfter.slice(0, 10)}`;
  return `${shortThumbprint(thumbprint)}${of}${to}`;
}

/** Where what has no address in a table is noted: nodes, files, and what is asked of a device. */
function namesOf({ nodes }: ClientTally, kind: OperationKind): Set<string> {
  const names = nodes.get(kind) ?? new Set();
  nodes.set(kind, names);
  return names;
}

/** `file 4`, `force-listen-only-mode`, `read-exception-status`, `stop-plc` */
function namedDeed(object: OperationObject, modbus: ModbusDetail): string {
  if (object.kind === 'modbus-file') return `file ${object.file}`;
  return deedOf(modbus) ?? `function ${modbus.functionCode}`;
}

function noteUnit(parties: Parties, unit: number): void {
  if (parties.unit === unit) return;
  parties.unit = unit;
  parties.serving.units.add(unit);
}

function noteText(set: Set<string>, text: string): void {
  if (set.size < MAX_NODES) set.add(text);
}

const nameOf = ({ ip, port }: Endpoint): string =>
  ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;

function add<K>(counts: Map<K, number>, key: K, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount);
}

function firstFrame(event: SensorEvent): number | undefined {
  switch (event.kind) {
    case 'exchange':
      return event.frames.request.at(-1) ?? event.frames.response.at(-1);
    case 'fault':
      return event.frame;
    case 'health':
      return undefined;
    default:
      return event satisfies never;
  }
}
