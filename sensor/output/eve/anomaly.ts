/**
 * Facts of decoding and reassembly as anomalies of EVE. Where Suricata has an event for the same thing it has
 * Suricata's name, so that searches find both; else the fact's own.
 */
import type { Fact } from '#sensor/model/fact.ts';

export interface Anomaly {
  readonly app_proto?: string;
  readonly type: 'applayer' | 'stream' | 'decode';
  readonly event: string;
  readonly layer?: 'proto_parser';
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['modbus.protocol-id', 'invalid_protocol_id'],
  ['modbus.length', 'invalid_length'],
  ['modbus.function-code', 'invalid_function_code'],
  ['modbus.quantity', 'invalid_value'],
  ['modbus.coil-value', 'invalid_value'],
  ['modbus.exception-code', 'invalid_exception_code'],
  ['modbus.response-without-request', 'unsolicited_response'],
  ['modbus.response-mismatch', 'value_mismatch'],
  ['modbus.pending-limit', 'flooded'],
  ['stream.gap', 'stream.reassembly_seq_gap'],
  ['stream.conflict', 'stream.reassembly_overlap_different_data'],
  ['stream.fragment-conflict', 'ipv4.frag_overlap'],
]);

const APPLICATIONS: ReadonlySet<string> = new Set(['modbus', 'opcua']);

/** Undefined where a fact is no oddity of the wire but what a detector made of it. */
export function anomalyOf({ name }: Fact): Anomaly | undefined {
  const [source = '', kind = ''] = name.split('.');
  const known = NAMES.get(name);
  if (source === 'stream') {
    const type = kind.startsWith('fragment') ? 'decode' : 'stream';
    return { type, event: known ?? name.replaceAll('-', '_') };
  }
  if (!APPLICATIONS.has(source)) return undefined;
  return {
    app_proto: source,
    type: 'applayer',
    event: known ?? kind.replaceAll('-', '_'),
    layer: 'proto_parser',
  };
}
