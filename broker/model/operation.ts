/** The two sides of the join: what a sensor saw change on the wire, and what the gate emitted. */
import type { Exchange } from '#sensor/model/event.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { SensorId, SessionId } from './ids.ts';

/** A write, control, configure or program exchange that a sensor reported whole. */
export interface ReportedOperation {
  /** Derived from content by the sensor, so that sending it again is harmless. */
  readonly id: string;
  readonly sensor: SensorId;
  readonly exchange: Exchange;
}

/** One request that the gate put on the wire, recorded as an intent before it was sent. */
export interface Emission {
  readonly id: string;
  readonly session: SessionId;
  readonly sentAt: Micros;
  /** `clientIp:port>serverIp:port#transaction`: the upstream tuple and transaction id. */
  readonly key: string;
  readonly asset: string;
  readonly unit: number;
  readonly functionCode: number;
  /** The PDU as emitted, hex, at most 253 bytes. */
  readonly pdu: string;
  /** Whether it changes something: only those take part in the join. */
  readonly changing: boolean;
}

/** The join key of an emission or of an exchange on the wire. */
export function joinKey(
  client: { ip: string; port: number },
  server: { ip: string; port: number },
  transaction: number,
): string {
  return `${client.ip}:${client.port}>${server.ip}:${server.port}#${transaction}`;
}
