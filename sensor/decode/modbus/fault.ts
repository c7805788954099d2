/**
 * What can be wrong with Modbus bytes, by stable name. A fault is a fact, never an alert: `rules/`
 * decides. The gate refuses each PDU that has one.
 */
import type { Fact } from '#sensor/model/fact.ts';

export type ModbusFault =
  // on the frame
  | 'modbus.protocol-id'
  | 'modbus.length'
  | 'modbus.crc'
  // on the PDU
  | 'modbus.truncated'
  | 'modbus.surplus'
  | 'modbus.smuggled'
  | 'modbus.function-code'
  | 'modbus.quantity'
  | 'modbus.address-range'
  | 'modbus.byte-count'
  | 'modbus.coil-value'
  | 'modbus.exception-code'
  | 'modbus.device-id-code'
  | 'modbus.more-follows'
  | 'modbus.sub-function'
  | 'modbus.diagnostic-data'
  | 'modbus.reference-type'
  | 'modbus.file-record'
  | 'modbus.umas-code'
  // on a connection of Modbus/TCP Security
  | 'modbus.encrypted'
  | 'modbus.certificates-hidden'
  | 'modbus.server-certificate'
  | 'modbus.client-certificate'
  | 'modbus.no-client-certificate'
  | 'modbus.tls-alert'
  // on the exchange
  /** What waits in all connections took too much memory, so something of this one was let go. */
  | 'modbus.memory-limit'
  | 'modbus.response-without-request'
  | 'modbus.response-mismatch'
  | 'modbus.duplicate-response'
  | 'modbus.conflicting-response'
  | 'modbus.unanswered'
  | 'modbus.transaction-ignored'
  | 'modbus.pending-limit';

export interface ModbusFact extends Fact {
  readonly name: ModbusFault;
}

/** States a fault; `text` is for people. */
export function fault(name: ModbusFault, text: string): ModbusFact {
  return { name, text };
}
