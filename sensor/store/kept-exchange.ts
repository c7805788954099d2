/**
 * An exchange as the store takes it, made on the packets' side: text passes between threads for a fraction of
 * what an object of thirty fields costs there.
 *
 * Routine reads are counted; what changes something, was refused or says something new is kept whole, its
 * lists within their bounds, and without one that is told to nobody.
 */
import { MAX_FACTS, someFrames } from '#sensor/model/bounds.ts';
import { type Exchange, isUnanswered } from '#sensor/model/event.ts';
import type { Endpoint, Protocol } from '#sensor/model/net.ts';
import { changesSomething } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';

/** What is counted together. OPC UA has no units; its service stands where the function does. */
export interface TrafficKind {
  readonly protocol: Protocol;
  readonly unit: number;
  readonly functionCode: number;
}

export type KeptExchange =
  | {
      readonly kind: 'whole';
      readonly at: Micros;
      /** It asks to change something: the broker is to know of it. */
      readonly changing: boolean;
      /** The exchange as JSON. */
      readonly document: string;
    }
  | {
      readonly kind: 'counted';
      readonly at: Micros;
      readonly clientIp: string;
      readonly server: Pick<Endpoint, 'ip' | 'port'>;
      readonly traffic: TrafficKind;
    };

export function keptOf(exchange: Exchange): KeptExchange {
  const { at, client, server, outcome, facts } = exchange;
  const changing = changesSomething(exchange.operations);
  const clean = outcome !== 'failure' && !isUnanswered(exchange) && facts.length === 0;
  if (clean && !changing && !saysWho(exchange)) {
    const { ip, port } = server;
    const traffic = kindOf(exchange);
    return { kind: 'counted', at, clientIp: client.ip, server: { ip, port }, traffic };
  }
  return { kind: 'whole', at, changing, document: JSON.stringify(bounded(exchange)) };
}

function bounded(exchange: Exchange): Exchange {
  const { frames, facts } = exchange;
  const [request, response] = [someFrames(frames.request), someFrames(frames.response)];
  const within = { frames: { request, response }, facts: facts.slice(0, MAX_FACTS) };
  if (exchange.protocol !== 'opcua') return { ...exchange, ...within };
  const { unlisted: _, ...opcua } = exchange.opcua;
  return { ...exchange, ...within, opcua };
}

/** True iff it tells what a device is, or who began a session with it. */
function saysWho(exchange: Exchange): boolean {
  if (exchange.protocol === 'modbus') return exchange.modbus.identity !== undefined;
  const { messageType, service } = exchange.opcua;
  return messageType === 'OPN' || SESSION_SERVICES.has(service?.name ?? '');
}

const SESSION_SERVICES = new Set(['CreateSession', 'ActivateSession', 'CloseSession']);

function kindOf(exchange: Exchange): TrafficKind {
  switch (exchange.protocol) {
    case 'modbus': {
      const { unitId, functionCode } = exchange.modbus;
      return { protocol: 'modbus', unit: unitId, functionCode };
    }
    case 'opcua':
      return { protocol: 'opcua', unit: 0, functionCode: exchange.opcua.service?.id ?? 0 };
    default:
      return exchange satisfies never;
  }
}
