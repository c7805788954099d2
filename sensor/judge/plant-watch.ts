/** The plant policy as detection asks it (`sensor/detect/plant-view.ts`), exchangeable while the sensor runs. */
import { createEvaluator, type Evaluator } from '#policies/evaluate.ts';
import { standsAt } from '#policies/layers.ts';
import type { Allowance, Asset, Conduit, Decision, Plant, Reason } from '#policies/plant.ts';
import { servicesOf } from '#policies/services.ts';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import type { AssetView, PlantView, PolicyAnswer } from '#sensor/detect/plant-view.ts';
import { RecentMap } from '#sensor/detect/recent-map.ts';
import type { Exchange, ModbusExchange } from '#sensor/model/event.ts';
import { CHANGING, type Operation } from '#sensor/model/operation.ts';

export interface PlantWatch {
  readonly view: PlantView;
  /** Who serves which protocol: whom the policy names, and whom the decoders add. */
  readonly servers: KnownServers;
  /** True iff there is a policy to judge by. */
  readonly known: () => boolean;
  /** Judges by `plant` from the next event on. */
  readonly use: (plant: Plant) => void;
}

/** Answers remembered; a plant has some thousand pairs of client and question. */
const MAX_ANSWERS = 8192;

interface Current {
  readonly plant: Plant;
  readonly evaluator: Evaluator;
  readonly answers: RecentMap<string, Decision>;
  /** Register maps, and ports of OPC UA, by the address of their asset. */
  readonly registers: ReadonlyMap<string, Asset['registers']>;
  readonly opcuaPorts: ReadonlyMap<string, number>;
}

/** Begins without a policy. */
export function createPlantWatch(): PlantWatch {
  let current: Current | undefined;
  const servers = new KnownServers();
  return {
    servers,
    known: () => current !== undefined,
    use: (plant) => {
      servers.declare(servicesOf(plant));
      current = {
        plant,
        evaluator: createEvaluator(plant),
        answers: new RecentMap<string, Decision>(MAX_ANSWERS),
        registers: new Map(
          [...plant.assets.values()].map((each) => [each.address, each.registers]),
        ),
        opcuaPorts: new Map(
          [...plant.assets.values()].flatMap(({ address, opcua }) =>
            opcua === undefined ? [] : [[address, opcua.port]],
          ),
        ),
      };
    },
    view: {
      allowed: (exchange) => current && answer(current, exchange),
      mayWrite: (client, server) =>
        current?.evaluator.conduitsBetween(client, server).some(letsWrite) ?? false,
      writersOf: (server) => (current === undefined ? [] : writersOf(current, server)),
      registers: (ip) => current?.registers.get(ip) ?? [],
      asset: (ip) => current && assetView(current, ip),
    },
  };
}

const letsWrite = ({ allow }: Conduit): boolean =>
  allow.some(({ operations }: Allowance) => operations.some((kind) => CHANGING.has(kind)));

function answer(current: Current, exchange: Exchange): PolicyAnswer | undefined {
  const { client, operations, frames } = exchange;
  // A request that was not seen asks for nothing that could be judged.
  if (frames.request.length === 0) return undefined;
  if (operations.length === 0) {
    return exchange.protocol === 'opcua'
      ? opens(current, exchange)
      : notUnderstood(current, exchange);
  }
  const server = { ip: exchange.server.ip, port: servedPort(current, exchange) };
  const decisions = operations.map((operation) => decide(current, client.ip, server, operation));
  const open = decisions.filter(({ allowed }) => !allowed);
  const forbidden = open.filter(({ undecided }) => undecided !== true);
  const [deciding = decisions] = [forbidden, open].filter(({ length }) => length > 0);
  const because = once(deciding.flatMap((decision) => decision.because));
  if (open.length === 0) return { allowed: true, because };
  return { allowed: false, because, ...(forbidden.length === 0 && { undecided: true }) };
}

/** A server that called its client is the one that the policy names, on whatever port it called from. */
function servedPort({ opcuaPorts }: Current, exchange: Exchange): number {
  const { ip, port } = exchange.server;
  const called = exchange.protocol === 'opcua' && exchange.opcua.reverseConnect === true;
  return called ? (opcuaPorts.get(ip) ?? port) : port;
}

/** Each reason once: for a hundred nodes of one request the policy mostly says the same. */
function once(reasons: readonly Reason[]): readonly Reason[] {
  return [...new Map(reasons.map((reason) => [`${reason.rule} ${reason.text}`, reason])).values()];
}

/**
 * What asks for nothing by itself (channels, sessions) or cannot be read (encrypted): it may pass where
 * any OPC UA may, and what an encrypted channel carries is not judged. Undefined = not judged.
 */
function opens({ evaluator }: Current, { client, server }: Exchange): PolicyAnswer | undefined {
  const conduits = evaluator.conduitsBetween(client.ip, server.ip);
  const letsOpcua = ({ allow }: Conduit): boolean => allow.some((a) => a.protocol === 'opcua');
  if (conduits.some(letsOpcua)) return undefined;
  const text = `no conduit lets any OPC UA pass from ${client.ip} to ${server.ip}`;
  return { allowed: false, because: [{ rule: 'default-deny', text }] };
}

/** What is not understood is not allowed, even where a conduit lets much else pass. */
function notUnderstood({ evaluator }: Current, exchange: ModbusExchange): PolicyAnswer {
  const { client, server, modbus } = exchange;
  const [conduit] = evaluator.conduitsBetween(client.ip, server.ip);
  const code = `function ${modbus.functionCode}`;
  if (conduit === undefined) {
    const text = `no conduit leads from ${client.ip} to ${server.ip}, and ${code} is not understood`;
    return { allowed: false, because: [{ rule: 'default-deny', text }] };
  }
  const text = `${code} is not understood, so conduit \`${conduit.id}\` cannot let it pass`;
  return { allowed: false, because: [{ rule: conduit.id, at: conduit.at, text }] };
}

function decide(
  { evaluator, answers }: Current,
  from: string,
  { ip, port }: { readonly ip: string; readonly port: number },
  operation: Operation,
): Decision {
  const ask = (): Decision => evaluator.evaluate({ from, to: { ip, port }, operation });
  // Values decide too, and are seldom the same again.
  if (operation.protocol === 'modbus' && operation.values !== undefined) return ask();
  const { kind, object } = operation;
  const code = operation.protocol === 'modbus' ? operation.functionCode : operation.service;
  const key = JSON.stringify([from, ip, port, kind, code, object]);
  const known = answers.touch(key);
  if (known !== undefined) return known;
  const decision = ask();
  answers.add(key, decision);
  return decision;
}

function writersOf({ plant, evaluator }: Current, serverIp: string): readonly string[] {
  const server = evaluator.locate(serverIp);
  if (server === undefined) return [];
  const conduits = plant.conduits.filter((each) => letsWrite(each) && standsAt(server, each.to));
  const names = conduits.map(({ via, from }) => (via === 'gate' ? 'the gate' : from));
  return [...new Set(names)];
}

function assetView({ plant, evaluator }: Current, ip: string): AssetView | undefined {
  const place = evaluator.locate(ip);
  if (place?.asset === undefined) return undefined;
  const { id, zone, criticality } = place.asset;
  const safety = place.zones.some((each) => plant.zones.get(each)?.safety === true);
  return { id, zone, criticality, safety, purdue: plant.zones.get(zone)?.purdue ?? 0 };
}
