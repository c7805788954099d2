/**
 * Decides whether an operation is allowed: on the wire (who talks to whom), and for a grant.
 *
 * Deny by default; what a safety zone does not list is forbidden whatever else is written; a bound that
 * cannot be decided denies. Total: a policy that could fail here was refused when it was loaded, so
 * there is no error to skip. Reasons are never empty.
 */
import { describeObject, type ModbusOperation, type Operation } from '#sensor/model/operation.ts';
import { accessLayers, type GrantSubject, refusalReason, safetyLayer, standsAt } from './layers.ts';
import { leastShortfall, REFUSAL_ORDER, type Refusal, shortfall } from './match.ts';
import { createMeanings } from './meanings.ts';
import { GATE_FUNCTIONS } from './modbus-functions.ts';
import type { Asset, Conduit, Decision, Plant, Reason } from './plant.ts';
import { describeAllowance, describeRefusal } from './words.ts';
import { createLocator, type Place, safetyAmong } from './zones.ts';

/** One operation as a sensor sees it. */
export interface WireAccess {
  /** IP address of the client. */
  readonly from: string;
  readonly to: { readonly ip: string; readonly port: number };
  readonly operation: Operation;
}

export interface Evaluator {
  /** What the conduits say. */
  readonly evaluate: (access: WireAccess) => Decision;
  /** What the direct conduits alone say: allowed = the client is a local operator for this operation. */
  readonly evaluateDirect: (access: WireAccess) => Decision;
  /** Conduits that lead from one address to another at all, those through the gate only from a gate. */
  readonly conduitsBetween: (from: string, to: string) => readonly Conduit[];
  /** Where an address stands; undefined for a text that is no IP address. */
  readonly locate: (ip: string) => Place | undefined;
}

const deny = (...because: [Reason, ...Reason[]]): Decision => ({ allowed: false, because });
const byDefault = (text: string): Decision => deny({ rule: 'default-deny', text });

/** Conduits named where none of them leads from the client: enough to see which was meant. */
const MAX_ASIDES = 5;

/** Answers for one plant. Build it once for each plant: it indexes the addresses. */
export function createEvaluator(plant: Plant): Evaluator {
  const locate = createLocator(plant);
  const between = (from: Place, to: Place): readonly Conduit[] =>
    plant.conduits.filter(
      (conduit) =>
        standsAt(from, conduit.from) &&
        standsAt(to, conduit.to) &&
        (conduit.via === 'direct' || from.isGate),
    );
  const meanings = createMeanings(plant);
  const decide = (access: WireAccess, direct: boolean): Decision => {
    const decision = decideExactly(access, direct);
    if (decision.allowed) return decision;
    for (const operation of meanings(access.operation)) {
      const possible = decideExactly({ ...access, operation }, direct);
      if (possible.allowed) return undecided(access.operation, possible);
    }
    return decision;
  };
  const decideExactly = ({ from, to, operation }: WireAccess, direct: boolean): Decision => {
    const client = locate(from);
    const server = locate(to.ip);
    if (client === undefined) return byDefault(`\`${from}\` is no IP address`);
    if (server === undefined) return byDefault(`\`${to.ip}\` is no IP address`);
    const forbidden = forbids(plant, server, to.port, operation);
    const [first, ...more] = forbidden;
    if (first !== undefined) return deny(first, ...more);
    const conduits = between(client, server).filter(
      ({ via }) => via === 'direct' || (!direct && passesGate(operation)),
    );
    return byConduits(plant, conduits, operation, { client, server });
  };
  return {
    evaluate: (access) => decide(access, false),
    evaluateDirect: (access) => decide(access, true),
    conduitsBetween: (from, to) => {
      const client = locate(from);
      const server = locate(to);
      return client === undefined || server === undefined ? [] : between(client, server);
    },
    locate,
  };
}

/** `possible`: what the policy says to one of its own nodes that this may be. */
function undecided({ object }: Operation, { because }: Decision): Decision {
  const text = `whether ${describeObject(object)} is the one that is allowed cannot be told before somebody asks the server for its namespaces`;
  return {
    allowed: false,
    undecided: true,
    because: [
      { rule: 'default-deny', text },
      ...because.map((reason) => ({ ...reason, aside: true }) as const),
    ],
  };
}

/** One answer; `createEvaluator` is for many. */
export function evaluate(plant: Plant, access: WireAccess): Decision {
  return createEvaluator(plant).evaluate(access);
}

/** What forbids `operation` at the server whatever any conduit says: its endpoint, and safety zones around it. */
function forbids(
  plant: Plant,
  server: Place,
  port: number,
  operation: Operation,
): readonly Reason[] {
  const { asset } = server;
  const reasons: Reason[] = [];
  const wrong = asset && endpointFault(asset, port, operation);
  if (asset !== undefined && wrong !== undefined) {
    const text = `asset \`${asset.id}\` has no ${wrong} in the policy`;
    reasons.push({ rule: 'default-deny', at: asset.at, text });
  }
  for (const layer of safetyAmong(plant, server.zones).map(safetyLayer)) {
    if (leastShortfall(layer.allowances, operation) !== undefined) {
      reasons.push(refusalReason(layer, operation));
    }
  }
  return reasons;
}

/** What the policy does not know of the endpoint that an operation goes to. */
function endpointFault(
  { modbus, opcua }: Asset,
  port: number,
  operation: Operation,
): string | undefined {
  switch (operation.protocol) {
    case 'modbus':
      if (modbus?.port !== port) return `Modbus endpoint at port ${port}`;
      return modbus.units.includes(operation.object.unit)
        ? undefined
        : `unit ${operation.object.unit}`;
    case 'opcua':
      return opcua?.port === port ? undefined : `OPC UA endpoint at port ${port}`;
    default:
      return operation satisfies never;
  }
}

/** A conduit through the gate lets nothing pass that the gate does not. */
const passesGate = (operation: Operation): boolean =>
  operation.protocol !== 'modbus' || GATE_FUNCTIONS.has(operation.functionCode);

function byConduits(
  plant: Plant,
  conduits: readonly Conduit[],
  operation: Operation,
  { client, server }: { readonly client: Place; readonly server: Place },
): Decision {
  for (const { id, allow } of conduits) {
    const allowance = allow.find((each) => shortfall(each, operation) === undefined);
    if (allowance !== undefined) {
      const text = `conduit \`${id}\` lets ${nameOf(client)} ${describeAllowance(allowance)}`;
      return { allowed: true, because: [{ rule: id, at: allowance.at, text }] };
    }
  }
  const [first, ...more] = conduits.map(
    ({ id, at, allow }): Reason => ({
      rule: id,
      at,
      text: describeRefusal(`conduit \`${id}\``, allow, operation),
    }),
  );
  return first === undefined ? noConduit(plant, client, server) : deny(first, ...more);
}

/** Says where the server stands in the policy, and which conduits lead there that the client may have meant. */
function noConduit(plant: Plant, client: Place, server: Place): Decision {
  const [zone] = server.zones.map((id) => plant.zones.get(id));
  const at = (server.asset ?? zone)?.at;
  const comma = client.zones.length === 0 ? ',' : '';
  const text = `no conduit leads from ${nameOf(client)}${comma} to ${nameOf(server)}`;
  const asides = plant.conduits
    .filter(({ to }) => standsAt(server, to))
    .slice(0, MAX_ASIDES)
    .map(
      (conduit): Reason => ({
        rule: conduit.id,
        at: conduit.at,
        text: `conduit \`${conduit.id}\` leads there, from \`${conduit.from}\`${conduit.via === 'gate' ? ' through the gate' : ''}`,
        aside: true,
      }),
    );
  return deny({ rule: 'default-deny', ...(at !== undefined && { at }), text }, ...asides);
}

/** `hmi-1 in zone control-room`, `192.0.2.7, which belongs to no zone` */
function nameOf({ ip, asset, zones, isGate }: Place): string {
  const [zone] = zones;
  const name = asset === undefined ? ip : `asset \`${asset.id}\` (${ip})`;
  const known = isGate ? `the gate ${ip}` : name;
  return zone === undefined ? `${known}, which belongs to no zone` : `${known} in zone \`${zone}\``;
}

export type AccessDecision = Decision & {
  /** Valid iff not allowed. */
  readonly refusal?: Refusal;
};

/**
 * What the policy says to one request under a grant. `request` is everything that it does: function 23
 * both writes and reads; empty = not understood. Every operation must pass every layer; the refusal is
 * the earliest in the order of docs/contracts.md "Refusals". Clocks, locks and people are not asked.
 */
export function evaluateAccess(
  plant: Plant,
  subject: GrantSubject,
  request: readonly ModbusOperation[],
  gates?: readonly string[],
): AccessDecision {
  const found = accessLayers(plant, subject, gates);
  if (found.kind === 'nothing') return { ...deny(found.because), refusal: 'function' };
  const { layers } = found;
  if (request.length === 0) {
    return { ...byDefault('the request is not understood'), refusal: 'function' };
  }
  const outside = request.find(({ functionCode }) => !GATE_FUNCTIONS.has(functionCode));
  if (outside !== undefined) {
    const text = `function ${outside.functionCode} does not pass the gate, so nothing can grant it`;
    return { ...byDefault(text), refusal: 'function' };
  }
  const refused: { readonly refusal: Refusal; readonly reason: Reason }[] = [];
  for (const operation of request) {
    for (const layer of layers) {
      const refusal = leastShortfall(layer.allowances, operation, layer.pairs);
      if (refusal !== undefined) {
        refused.push({ refusal, reason: refusalReason(layer, operation) });
      }
    }
  }
  for (const refusal of REFUSAL_ORDER) {
    const [first, ...more] = refused
      .filter((each) => each.refusal === refusal)
      .map(({ reason }) => reason);
    if (first !== undefined) return { ...deny(first, ...more), refusal };
  }
  const because = request.flatMap((operation) =>
    layers.flatMap(({ speaker, rule, allowances, units, pairs }): Reason[] => {
      const allowance = allowances.find((each) => shortfall(each, operation, pairs) === undefined);
      if (allowance === undefined || units !== undefined) return [];
      const text = `${speaker} lets ${describeAllowance(allowance)}`;
      return [{ rule, at: allowance.at, text }];
    }),
  );
  return { allowed: true, because };
}
