/** The two things that the join can find wrong, in words. */
import type { Emission, ReportedOperation } from '#broker/model/operation.ts';
import type { Asset, Plant } from '#policies/plant.ts';
import type { AlertEndpoint } from '#sensor/model/alert.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { CHANGING, describeObject, type Operation } from '#sensor/model/operation.ts';
import { detailFields } from '#sensor/output/detail.ts';
import { EMISSION_NEVER_SEEN, WRITE_WITHOUT_GRANT } from './broker-rules.ts';
import type { AlertSubject, Occurrence } from './raise-alert.ts';

export interface Raised {
  /** Of the operation or emission. */
  readonly id: string;
  readonly subject: AlertSubject;
  readonly occurrence: Occurrence;
}

/** Values shown before the rest is counted. */
const SHOWN_VALUES = 8;

/** An operation that nothing explains. */
export function unexplained(
  plant: Plant,
  reported: ReportedOperation,
  { because, reasons }: { readonly because: string; readonly reasons: readonly string[] },
): Raised {
  const { exchange } = reported;
  const { client, server } = exchange;
  const asset = assetAt(plant, server.ip);
  const changing = exchange.operations.find(({ kind }) => CHANGING.has(kind));
  const target = asset?.id ?? server.ip;
  const unit = exchange.protocol === 'modbus' ? ` unit ${exchange.modbus.unitId}` : '';
  const peers = `${client.ip} > ${server.ip}:${server.port}${unit}`;
  return {
    id: reported.id,
    subject: {
      rule: WRITE_WITHOUT_GRANT,
      key: `${peers} ${changing?.kind ?? 'unknown'}`,
      source: endpoint(client),
      destination: endpoint(server),
      transport: exchange.transport,
      ...(asset && { asset }),
      ...detailFields(exchange),
      ...(changing && {
        operation: { kind: changing.kind, object: describeObject(changing.object) },
      }),
      policy: { allowed: false, because: reasons },
    },
    occurrence: {
      at: exchange.at,
      message: `${assetAt(plant, client.ip)?.id ?? client.ip} ${deed(exchange, changing)} on ${target} without a grant: ${because}`,
      facts: [
        { name: 'broker.write-without-grant', text: `reported by sensor ${reported.sensor}` },
      ],
    },
  };
}

/** An emission that no sensor has seen. */
export function neverSeen(plant: Plant | undefined, emission: Emission): Raised {
  const asset = plant?.assets.get(emission.asset);
  const { client, server } = endsOf(emission.key);
  const { unit, functionCode, session } = emission;
  return {
    id: emission.id,
    subject: {
      rule: EMISSION_NEVER_SEEN,
      key: `${emission.asset} unit ${unit}`,
      source: client,
      destination: server,
      ...(asset && { asset }),
      modbus: { unit_id: unit, function: { code: functionCode } },
    },
    occurrence: {
      at: emission.sentAt,
      message: `the gate sent function ${functionCode} to unit ${unit} of ${emission.asset} for session ${session}, and the sensor that covers it never saw it on the wire`,
      facts: [{ name: 'broker.emission-never-seen', text: `emission ${emission.id}` }],
    },
  };
}

const assetAt = (plant: Plant, ip: string): Asset | undefined =>
  [...plant.assets.values()].find(({ address }) => address === ip);

const endpoint = ({ ip, port, mac }: Exchange['client']): AlertEndpoint => ({
  ip,
  port,
  ...(mac !== undefined && { mac }),
});

function deed(exchange: Exchange, operation: Operation | undefined): string {
  const tried = exchange.outcome === 'failure' ? 'tried to ' : '';
  if (operation === undefined) {
    return exchange.protocol === 'modbus'
      ? `sent function ${exchange.modbus.functionCode}`
      : `sent ${exchange.opcua.service?.name ?? exchange.opcua.messageType}`;
  }
  const object = describeObject(operation.object);
  if (operation.kind !== 'write') return `${tried}${operation.kind} ${object}`;
  const verb = tried === '' ? 'wrote' : 'tried to write';
  if (operation.protocol === 'opcua') {
    return `${verb} ${operation.value ?? 'an unknown value'} to ${object}`;
  }
  const { values } = operation;
  const shown = values?.slice(0, SHOWN_VALUES).join(', ') ?? 'unknown values';
  const more = (values?.length ?? 0) - SHOWN_VALUES;
  const what = more > 0 ? `${shown} and ${more} more` : shown;
  return `${verb} ${what} to ${object}`;
}

/** Reads `joinKey` back: `clientIp:port>serverIp:port#transaction`. */
function endsOf(key: string): { readonly client: AlertEndpoint; readonly server: AlertEndpoint } {
  const [client = '', rest = ''] = key.split('>');
  const [server = ''] = rest.split('#');
  return { client: endOf(client), server: endOf(server) };
}

function endOf(text: string): AlertEndpoint {
  const colon = text.lastIndexOf(':');
  return { ip: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
