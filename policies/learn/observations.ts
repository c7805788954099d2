/** What was seen, as a policy would have to say it: for each client of each server, the questions and how often each came. */
import type { Exchange } from '#sensor/model/event.ts';
import type { ModbusOperation, OpcuaOperation, OperationKind } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';

/** How often something came, and when. */
export interface Evidence {
  count: number;
  firstAt: Micros;
  lastAt: Micros;
}

/** Addresses of one request. */
export interface SeenRange extends Evidence {
  readonly first: number;
  readonly last: number;
}

export interface SeenFunction extends Evidence {
  readonly code: number;
  readonly unit: number;
  readonly kinds: Set<OperationKind>;
  /** Empty where it touches no table. */
  readonly ranges: Map<string, SeenRange>;
}

export interface SeenNodes extends Evidence {
  /** By namespace URI. */
  readonly nodes: Set<string>;
  readonly methods: Set<string>;
  /** Those whose namespace nobody asked for while this was recorded, by index. */
  readonly unnamed: Set<string>;
}

/** What one client asked one server in one protocol. */
export interface Conversation extends Evidence {
  readonly protocol: Exchange['protocol'];
  readonly client: string;
  readonly server: string;
  readonly port: number;
  /** By function code and unit. */
  readonly functions: Map<string, SeenFunction>;
  readonly opcua: Map<OperationKind, SeenNodes>;
}

/** A scan makes a conversation for each address; beyond these they are counted. */
const MAX_CONVERSATIONS = 20_000;
/** Of one function of one conversation. */
const MAX_RANGES = 1024;
const MAX_NODES = 1000;

export class Observations {
  readonly conversations = new Map<string, Conversation>();
  /** OPC UA application URIs by server. */
  readonly applications = new Map<string, string>();
  /** Exchanges that found no room above. */
  leftOut = 0;

  add(exchange: Exchange): void {
    const { server, frames, at } = exchange;
    // A request that nobody saw asks for nothing.
    if (frames.request.length === 0 || exchange.operations.length === 0) return;
    const conversation = this.#conversation(exchange);
    if (conversation === undefined) {
      this.leftOut++;
      return;
    }
    again(conversation, at);
    if (exchange.protocol === 'modbus') {
      for (const operation of exchange.operations) noteModbus(conversation, operation, at);
      return;
    }
    const { serverUri, serverCertificate } = exchange.opcua;
    const uri = serverUri ?? serverCertificate?.applicationUri;
    if (uri !== undefined) this.applications.set(server.ip, uri);
    for (const operation of exchange.operations) noteOpcua(conversation, operation, at);
  }

  #conversation({ protocol, client, server, at }: Exchange): Conversation | undefined {
    const key = `${protocol} ${client.ip} ${server.ip} ${server.port}`;
    const known = this.conversations.get(key);
    if (known !== undefined) return known;
    if (this.conversations.size === MAX_CONVERSATIONS) return undefined;
    const made: Conversation = {
      protocol,
      client: client.ip,
      server: server.ip,
      port: server.port,
      functions: new Map(),
      opcua: new Map(),
      ...noneAt(at),
    };
    this.conversations.set(key, made);
    return made;
  }
}

const noneAt = (at: Micros): Evidence => ({ count: 0, firstAt: at, lastAt: at });

function again(evidence: Evidence, at: Micros): void {
  evidence.count++;
  if (at < evidence.firstAt) evidence.firstAt = at;
  if (at > evidence.lastAt) evidence.lastAt = at;
}

function noteModbus({ functions }: Conversation, operation: ModbusOperation, at: Micros): void {
  const { kind, functionCode: code, object } = operation;
  const key = `${code} ${object.unit}`;
  let known = functions.get(key);
  if (known === undefined) {
    known = { code, unit: object.unit, kinds: new Set(), ranges: new Map(), ...noneAt(at) };
    functions.set(key, known);
  }
  again(known, at);
  known.kinds.add(kind);
  if (object.kind !== 'modbus-range') return;
  const [first, last] = [object.address, object.address + object.quantity - 1];
  const name = `${first}-${last}`;
  const range = known.ranges.get(name) ?? { first, last, ...noneAt(at) };
  if (!known.ranges.has(name) && known.ranges.size === MAX_RANGES) return;
  known.ranges.set(name, range);
  again(range, at);
}

function noteOpcua({ opcua }: Conversation, { kind, object }: OpcuaOperation, at: Micros): void {
  let known = opcua.get(kind);
  if (known === undefined) {
    known = { nodes: new Set(), methods: new Set(), unnamed: new Set(), ...noneAt(at) };
    opcua.set(kind, known);
  }
  again(known, at);
  if (object.kind === 'opcua-server') return;
  const names =
    object.kind === 'opcua-node'
      ? [{ name: object.node, into: known.nodes }]
      : [
          { name: object.object, into: known.nodes },
          { name: object.method, into: known.methods },
        ];
  for (const { name, into } of names) {
    if (known.nodes.size + known.methods.size + known.unnamed.size >= MAX_NODES) return;
    if (name.uri === undefined) known.unnamed.add(name.id);
    else into.add(name.uri);
  }
}
