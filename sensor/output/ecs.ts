/**
 * An event of the sensor as an ECS document, in the shape that docs/contracts.md fixes; also what
 * the rules select on. What is not known is absent; `null` is not used.
 */
import type { ConversationFault, Exchange, SensorEvent } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { Endpoint, Transport } from '#sensor/model/net.ts';
import { describeObject, type Operation } from '#sensor/model/operation.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { communityId } from './community-id.ts';
import { actionOf, detailFields } from './detail.ts';

export type EcsDocument = Readonly<Record<string, unknown>>;

/** Makes documents; keeps the Community ID of each connection, since the hash costs more than the rest. */
export class EcsWriter {
  /** By the client's endpoint, of which there is one object for each connection. */
  readonly #ids = new WeakMap<Endpoint, string>();

  document(event: SensorEvent): EcsDocument {
    switch (event.kind) {
      case 'exchange':
        return this.#exchange(event);
      case 'fault':
        return this.#fault(event);
      case 'health':
        return {
          '@timestamp': isoMicros(event.at),
          event: { kind: 'metric', category: ['network'], type: ['info'], action: 'sensor-health' },
          observer: { ingress: { interface: { name: event.interface } } },
          lockkeeper: {
            health: { received: event.received, dropped: event.dropped },
            ...factsField(event.facts),
          },
        };
      default:
        return event satisfies never;
    }
  }

  #exchange(exchange: Exchange): EcsDocument {
    const { at, took, client, server, outcome } = exchange;
    return {
      '@timestamp': isoMicros(at),
      event: {
        kind: 'event',
        category: ['network'],
        type: ['protocol'],
        action: actionOf(exchange),
        outcome,
        ...(took === undefined ? {} : { duration: took }),
      },
      network: this.#network(exchange, exchange.protocol),
      source: endpointFields(client),
      destination: endpointFields(server),
      ...detailFields(exchange),
      lockkeeper: {
        frames: exchange.frames,
        ...factsField(exchange.facts),
        ...operationField(exchange.operations),
      },
    };
  }

  #fault(fault: ConversationFault): EcsDocument {
    return {
      '@timestamp': isoMicros(fault.at),
      event: {
        kind: 'event',
        category: ['network'],
        type: ['protocol'],
        action: 'conversation-fault',
        outcome: 'unknown',
      },
      network: this.#network(fault),
      source: endpointFields(fault.client),
      destination: endpointFields(fault.server),
      lockkeeper: { frames: [fault.frame], ...factsField(fault.facts) },
    };
  }

  #network(
    { client, server, transport }: { client: Endpoint; server: Endpoint; transport: Transport },
    protocol?: string,
  ) {
    const known = client.port !== 0 && server.port !== 0;
    const id =
      this.#ids.get(client) ?? (known ? communityId(transport, client, server) : undefined);
    if (id !== undefined) this.#ids.set(client, id);
    return {
      transport,
      ...(protocol === undefined ? {} : { protocol }),
      ...(id === undefined ? {} : { community_id: id }),
    };
  }
}

const endpointFields = ({ ip, port, mac }: Endpoint) => ({
  ip,
  ...(port === 0 ? {} : { port }),
  ...(mac === undefined ? {} : { mac }),
});

const factsField = (facts: readonly Fact[]) => (facts.length === 0 ? {} : { facts });

/** The operation that matters most: of function 23 the write, which stands first. */
function operationField(operations: readonly Operation[]) {
  const [operation] = operations;
  if (operation === undefined) return {};
  return { operation: { kind: operation.kind, object: describeObject(operation.object) } };
}
