/**
 * EVE, the JSON lines of Suricata: flows, Modbus transactions, anomalies and alerts, with the keys that Suricata
 * has and none beside them. What its format has no place for is in the product's own outputs: OPC UA is here as
 * flow, anomaly and alert.
 */
import type { Message } from '#sensor/decode/modbus/exchange.ts';
import type { Alert } from '#sensor/model/alert.ts';
import type { ModbusExchange, SensorEvent } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { FlowRecord } from '#sensor/model/flow.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import { type Micros, micros, parseIso } from '#sensor/model/time.ts';
import type { FlowBook, FlowNote } from '../flow-book.ts';
import type { LineWriter } from '../lines.ts';
import { alertRecord } from './alert-record.ts';
import { anomalyOf } from './anomaly.ts';
import { eveTime } from './eve-time.ts';
import { flowFields, tcpFields } from './flow-record.ts';
import { modbusRecord } from './modbus-record.ts';

interface Subject {
  readonly at: Micros;
  readonly frame: number;
  readonly client: Pick<Endpoint, 'ip' | 'port'>;
  readonly server: Pick<Endpoint, 'ip' | 'port'>;
  readonly transport: string;
  readonly note: FlowNote | undefined;
}

export class EveLog {
  readonly #lines: LineWriter;
  readonly #flows: FlowBook;
  /** Of each alert the connection that it was first found in. */
  readonly #alerted = new Map<string, FlowNote>();

  constructor(lines: LineWriter, flows: FlowBook) {
    this.#lines = lines;
    this.#flows = flows;
  }

  flow(flow: FlowRecord): void {
    const note = this.#flows.ended(flow);
    const { originator, responder, endedAt, lastFrame, transport } = flow;
    const [client, server] = [originator.endpoint, responder.endpoint];
    const subject = { at: endedAt, frame: lastFrame, client, server, transport, note };
    this.#lines.json({
      ...head('flow', subject),
      ...(note.protocol && { app_proto: note.protocol }),
      flow: flowFields(flow, note),
      ...(transport === 'tcp' && { tcp: tcpFields(flow) }),
    });
  }

  modbus(
    exchange: ModbusExchange,
    request: Message | undefined,
    response: Message | undefined,
  ): void {
    const { client, server, transport } = exchange;
    const last = response ?? request;
    if (last === undefined) return;
    const note = this.#flows.of(client);
    const id = note?.exchanges ?? 0;
    const frame = last.frames.at(-1) ?? 0;
    this.#lines.json({
      ...head('modbus', { at: last.at, frame, client, server, transport, note }),
      tx_id: id,
      app_proto: 'modbus',
      modbus: modbusRecord(id, exchange, request, response),
    });
  }

  /** What is odd about an event. */
  event(event: SensorEvent): void {
    if (event.kind === 'health') return;
    const { client, server, transport, at } = event;
    const frame = event.kind === 'fault' ? event.frame : (framesOf(event).at(-1) ?? 0);
    const note = this.#flows.of(client);
    for (const fact of event.facts) {
      this.#anomaly(fact, { at, frame, client, server, transport, note });
    }
  }

  /** A rule found `event`, which is counted in the alert with this id. */
  found(alertId: string, event: SensorEvent): void {
    const note = event.kind === 'health' ? undefined : this.#flows.of(event.client);
    if (note === undefined) return;
    note.alerted = true;
    if (!this.#alerted.has(alertId)) this.#alerted.set(alertId, note);
  }

  alert(alert: Alert): void {
    const { source, destination, network, lockkeeper } = alert;
    const note = this.#alerted.get(lockkeeper.alert.id);
    const at = parseIso(alert['@timestamp']) ?? micros(0);
    const frame = lockkeeper.frames.at(-1) ?? 0;
    this.#lines.json({
      ...(source && destination
        ? head('alert', {
            at,
            frame,
            client: { ip: source.ip, port: source.port ?? 0 },
            server: { ip: destination.ip, port: destination.port ?? 0 },
            transport: network?.transport ?? 'tcp',
            note,
          })
        : { timestamp: eveTime(at), event_type: 'alert' }),
      ...(network?.protocol !== undefined && { app_proto: network.protocol }),
      ...(source && { direction: 'to_server' }),
      alert: alertRecord(alert),
    });
  }

  #anomaly(fact: Fact, subject: Subject): void {
    const anomaly = anomalyOf(fact);
    if (anomaly === undefined) return;
    this.#lines.json({
      ...head('anomaly', subject),
      ...(anomaly.app_proto !== undefined && { app_proto: anomaly.app_proto }),
      anomaly,
    });
  }
}

const framesOf = ({ frames }: Extract<SensorEvent, { kind: 'exchange' }>) =>
  frames.response.length > 0 ? frames.response : frames.request;

/** The keys that all records share, in Suricata's order. */
function head(type: string, { at, frame, client, server, transport, note }: Subject) {
  return {
    timestamp: eveTime(at),
    ...(note && { flow_id: note.flowId }),
    ...(frame > 0 && { pcap_cnt: frame }),
    event_type: type,
    ...(note?.vlan !== undefined && { vlan: [note.vlan] }),
    src_ip: client.ip,
    ...(client.port > 0 && { src_port: client.port }),
    dest_ip: server.ip,
    ...(server.port > 0 && { dest_port: server.port }),
    proto: transport.toUpperCase(),
    ...(note?.communityId !== undefined && { community_id: note.communityId }),
  };
}
