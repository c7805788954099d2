/**
 * The rules of Suricata's own schema for the records that we write: which keys there are, of which type, and
 * none beside them. Of `modbus.write` what its logger writes, since the schema knows but the simplest of them.
 */

type Rule =
  | 'string'
  | 'integer'
  | 'boolean'
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  | { readonly kind: 'list'; readonly of: Rule }
  | { readonly kind: 'either'; readonly of: readonly Rule[] }
  | {
      readonly kind: 'object';
      readonly keys: Readonly<Record<string, Rule>>;
      readonly required?: readonly string[];
      readonly others?: Rule;
    };

const object = (
  keys: Readonly<Record<string, Rule>>,
  more: { readonly required?: readonly string[]; readonly others?: Rule } = {},
): Rule => ({ kind: 'object', keys, ...more });

const texts: Rule = { kind: 'list', of: 'string' };
const TIME: Rule = {
  kind: 'pattern',
  pattern: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+[+-]\d+$/,
};

const coded = object({ raw: 'integer', code: 'string', data: 'string' });

const MESSAGE = object(
  {
    transaction_id: 'integer',
    protocol_id: 'integer',
    unit_id: 'integer',
    function_raw: 'integer',
    function_code: 'string',
    access_type: 'string',
    category: 'string',
    error_flags: 'string',
    exception: object({ raw: 'integer', code: 'string' }),
    diagnostic: coded,
    mei: coded,
    read: object({ address: 'integer', quantity: 'integer', data: 'string' }),
    write: object({
      address: 'integer',
      quantity: 'integer',
      and_mask: 'integer',
      or_mask: 'integer',
      data: { kind: 'either', of: ['integer', 'string'] },
    }),
    data: 'string',
  },
  {
    required: [
      ...['transaction_id', 'protocol_id', 'unit_id', 'function_raw'],
      ...['function_code', 'access_type', 'category', 'error_flags'],
    ],
  },
);

const RECORD = object(
  {
    timestamp: TIME,
    event_type: { kind: 'pattern', pattern: /^(alert|anomaly|flow|modbus)$/ },
    flow_id: 'integer',
    pcap_cnt: 'integer',
    vlan: { kind: 'list', of: 'integer' },
    src_ip: 'string',
    src_port: 'integer',
    dest_ip: 'string',
    dest_port: 'integer',
    proto: { kind: 'pattern', pattern: /^(TCP|UDP)$/ },
    community_id: { kind: 'pattern', pattern: /^1:[A-Za-z0-9+/]{27}=$/ },
    tx_id: 'integer',
    app_proto: 'string',
    direction: { kind: 'pattern', pattern: /^to_(server|client)$/ },
    flow: object({
      pkts_toserver: 'integer',
      pkts_toclient: 'integer',
      bytes_toserver: 'integer',
      bytes_toclient: 'integer',
      start: TIME,
      end: TIME,
      age: 'integer',
      state: { kind: 'pattern', pattern: /^(new|established|closed)$/ },
      reason: { kind: 'pattern', pattern: /^(timeout|forced|shutdown|tcp_reuse)$/ },
      alerted: 'boolean',
      tx_cnt: 'integer',
    }),
    tcp: object({
      ...{ tcp_flags: 'string', tcp_flags_ts: 'string', tcp_flags_tc: 'string' },
      ...{ fin: 'boolean', syn: 'boolean', rst: 'boolean', psh: 'boolean' },
      ...{ ack: 'boolean', urg: 'boolean', ecn: 'boolean', cwr: 'boolean' },
    }),
    modbus: object({ id: 'integer', request: MESSAGE, response: MESSAGE }, { required: ['id'] }),
    anomaly: object(
      {
        type: { kind: 'pattern', pattern: /^(applayer|decode|stream)$/ },
        event: { kind: 'pattern', pattern: /^[a-z0-9_.]+$/ },
        layer: 'string',
        app_proto: 'string',
      },
      { required: ['type', 'event'] },
    ),
    alert: object(
      {
        action: { kind: 'pattern', pattern: /^allowed$/ },
        gid: 'integer',
        signature_id: 'integer',
        rev: 'integer',
        signature: 'string',
        category: 'string',
        severity: 'integer',
        metadata: object({ signature_severity: texts }, { others: texts }),
      },
      { required: ['gid', 'signature_id', 'rev', 'signature', 'severity', 'action'] },
    ),
  },
  { required: ['timestamp', 'event_type'] },
);

/** What about a record, as parsed from its line, is not as the schema has it. */
export const eveFaults = (record: unknown): string[] => faults(RECORD, record, 'record');

function faults(rule: Rule, value: unknown, at: string): string[] {
  if (typeof rule === 'string') {
    const fits = rule === 'integer' ? Number.isSafeInteger(value) : typeof value === rule;
    return fits ? [] : [`${at} is no ${rule}`];
  }
  switch (rule.kind) {
    case 'pattern':
      return typeof value === 'string' && rule.pattern.test(value)
        ? []
        : [`${at} is not as ${rule.pattern}`];
    case 'list':
      if (!Array.isArray(value)) return [`${at} is no list`];
      return value.flatMap((item, i) => faults(rule.of, item, `${at}[${i}]`));
    case 'either':
      return rule.of.some((each) => faults(each, value, at).length === 0)
        ? []
        : [`${at} is of no type`];
    case 'object': {
      if (typeof value !== 'object' || value === null) return [`${at} is no object`];
      const missing = (rule.required ?? []).filter((key) => !(key in value));
      return [
        ...missing.map((key) => `${at}.${key} is missing`),
        ...Object.entries(value).flatMap(([key, item]) => {
          const known = rule.keys[key] ?? rule.others;
          return known === undefined
            ? [`${at}.${key} is no key`]
            : faults(known, item, `${at}.${key}`);
        }),
      ];
    }
    default:
      return rule satisfies never;
  }
}
