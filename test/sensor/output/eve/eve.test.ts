import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinExchange, type Message } from '#sensor/decode/modbus/exchange.ts';
import { micros } from '#sensor/model/time.ts';
import { signatureId } from '#sensor/output/eve/alert-record.ts';
import { anomalyOf } from '#sensor/output/eve/anomaly.ts';
import { modbusRecord } from '#sensor/output/eve/modbus-record.ts';
import { captureFiles, haveSharedCaptures, SHARED_CAPTURES } from '../../../support/captures.ts';
import { eveFaults } from '../../../support/eve-rules.ts';
import { sensorRead } from '../../../support/sensor-read.ts';

interface Line {
  readonly event_type: string;
  readonly flow_id?: number;
  readonly [key: string]: unknown;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockkeeper-eve-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function eve(capture: string): Line[] {
  const path = join(folder, `${basename(capture)}.json`);
  expect(sensorRead([capture, '--eve', path]).code).toBe(0);
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

const PEERS = captureFiles('test/captures/peers');
const shared = haveSharedCaptures() ? SHARED_CAPTURES : undefined;
const OTHERS =
  shared === undefined
    ? []
    : [
        'cisagov+icsnpp-modbus/testing/traces/modbus_example.pcap',
        '_peers/modbus-raw-exceptions-pipelined-split.pcap',
        '_peers/opcua-none-userpass.pcap',
        '_derived/variants/modbus_icsnpp.gap.pcap',
      ]
        .map((path) => join(shared, path))
        .filter((path) => existsSync(path));

describe('EVE records', () => {
  test.for([...PEERS, ...OTHERS])('keep to the schema: %s', (capture) => {
    const lines = eve(capture);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.flatMap(eveFaults)).toEqual([]);
  });

  test('and the rules would find a key too many, one that is missing, and a wrong type', () => {
    const [line] = eve('test/captures/peers/modbus-libmodbus.pcap');
    expect(eveFaults({ ...line, opcua: {} })).toEqual(['record.opcua is no key']);
    expect(eveFaults({ ...line, timestamp: undefined })).toHaveLength(1);
    expect(eveFaults({ ...line, timestamp: '2026-11-22T10:15:30.123456Z' })).toHaveLength(1);
    expect(eveFaults({ ...line, flow_id: '1' })).toEqual(['record.flow_id is no integer']);
  });

  test('tell of each exchange once, numbered, within its flow', () => {
    const capture = 'test/captures/peers/modbus-libmodbus.pcap';
    const lines = eve(capture);
    const exchanges = sensorRead([capture, '--exchanges', join(folder, 'exchanges')]);
    expect(exchanges.code).toBe(0);
    const told = readFileSync(join(folder, 'exchanges'), 'utf8').trim().split('\n').length;
    const modbus = lines.filter(({ event_type }) => event_type === 'modbus');
    expect(modbus).toHaveLength(told);
    const flows = lines.filter(({ event_type }) => event_type === 'flow');
    const byFlow = Map.groupBy(modbus, ({ flow_id }) => flow_id);
    expect(new Set(byFlow.keys())).toEqual(
      new Set(flows.filter((flow) => flow['app_proto']).map(({ flow_id }) => flow_id)),
    );
    for (const [id, records] of byFlow) {
      expect(records.map((record) => record['tx_id'])).toEqual(records.map((_, i) => i + 1));
      const flow = flows.find(({ flow_id }) => flow_id === id);
      expect(flow?.['flow']).toMatchObject({ tx_cnt: records.length });
    }
  });

  test('say in which flow an alert was found', () => {
    const lines = eve('test/captures/peers/modbus-libmodbus.pcap');
    const alerts = lines.filter(({ event_type }) => event_type === 'alert');
    expect(alerts.length).toBeGreaterThan(0);
    for (const alert of alerts) {
      const flow = lines.find(
        ({ event_type, flow_id }) => event_type === 'flow' && flow_id === alert.flow_id,
      );
      expect(flow?.['flow']).toMatchObject({ alerted: true });
      expect(flow?.['community_id']).toBe(alert['community_id']);
    }
  });

  test('are the same when the capture is read again', () => {
    const capture = 'test/captures/peers/modbus-libmodbus.pcap';
    expect(eve(capture)).toEqual(eve(capture));
  });
});

describe('the modbus record', () => {
  const record = (request: Message | undefined, response: Message | undefined) => {
    const [client, server] = [
      { ip: '192.0.2.1', port: 40_000 },
      { ip: '192.0.2.2', port: 502 },
    ];
    const ends = { client, server, transport: 'tcp', framing: 'mbap' } as const;
    const facts: [] = [];
    const exchange = joinExchange({ ...ends, request, response, facts });
    return modbusRecord(1, exchange, request, response);
  };
  const message = (hex: string): Message => ({
    transactionId: 7,
    unitId: 1,
    pdu: Buffer.from(hex, 'hex'),
    at: micros(0),
    frames: [1],
  });
  const content = (asked: string, answered: string) => {
    const { request, response } = record(message(asked), message(answered));
    return [request, response].map((half) => {
      const { transaction_id, protocol_id, unit_id, function_raw, access_type, ...rest } =
        half ?? {};
      return rest;
    });
  };
  const plain = (function_code: string) => ({
    function_code,
    category: 'PUBLIC_ASSIGNED',
    error_flags: 'NONE',
  });

  test.for<readonly [string, string, string, readonly [object, object]]>([
    [
      'a read',
      '0300640002',
      '0304000a000b',
      [
        { ...plain('RdHoldRegs'), read: { address: 100, quantity: 2 } },
        { ...plain('RdHoldRegs'), read: { data: '\0\n\0\v' } },
      ],
    ],
    [
      'a single write',
      '0500ac ff00'.replace(' ', ''),
      '0500acff00',
      [
        { ...plain('WrSingleCoil'), write: { address: 172, data: 65280 } },
        { ...plain('WrSingleCoil'), write: { address: 172, data: 65280 } },
      ],
    ],
    [
      'a write of several',
      '1000010002040041004 2'.replace(' ', ''),
      '1000010002',
      [
        { ...plain('WrMultRegs'), write: { address: 1, quantity: 2, data: '\0A\0B' } },
        { ...plain('WrMultRegs'), write: { address: 1, data: 2 } },
      ],
    ],
    [
      'a masked write',
      '16000400f20025',
      '16000400f20025',
      [
        { ...plain('MaskWrReg'), write: { address: 4, and_mask: 242, or_mask: 37 } },
        { ...plain('MaskWrReg'), write: { address: 4, and_mask: 242, or_mask: 37 } },
      ],
    ],
    [
      'a read with a write',
      '17000300010 00e0001020041'.replace(' ', ''),
      '17020042',
      [
        {
          ...plain('RdWrMultRegs'),
          read: { address: 3, quantity: 1 },
          write: { address: 14, quantity: 1, data: '\0A' },
        },
        { ...plain('RdWrMultRegs'), read: { data: '\0B' } },
      ],
    ],
    [
      'a diagnostic',
      '0800020000',
      '0800020041',
      [
        { ...plain('Diagnostic'), diagnostic: { raw: 2, code: 'RetDiagReg', data: '\0\0' } },
        { ...plain('Diagnostic'), diagnostic: { raw: 2, code: 'RetDiagReg', data: '\0A' } },
      ],
    ],
    [
      'an identification that is refused',
      '2b0e0100',
      'ab01',
      [
        { ...plain('MEI'), mei: { raw: 14, code: 'RdDevId', data: '\u0001\0' } },
        {
          function_code: 'MEI',
          category: 'NONE',
          error_flags: 'NONE',
          exception: { raw: 1, code: 'IllegalFunction' },
        },
      ],
    ],
    [
      'bytes that are no text',
      '11',
      '110280ff',
      [
        { ...plain('ReportServerID'), data: '' },
        { ...plain('ReportServerID'), data: '\u0002\\x80\\xff' },
      ],
    ],
    [
      'what a vendor made',
      '410004',
      '4100fe',
      [
        {
          function_code: 'Unknown',
          category: 'USER_DEFINED',
          error_flags: 'NONE',
          data: '\0\u0004',
        },
        {
          function_code: 'Unknown',
          category: 'USER_DEFINED',
          error_flags: 'NONE',
          data: '\0\\xfe',
        },
      ],
    ],
    [
      'UMAS, but for the key of its session',
      '5a774100ff',
      '5a77fe41',
      [
        { function_code: 'Unknown', category: 'RESERVED', error_flags: 'NONE', data: '\0\\xff' },
        { function_code: 'Unknown', category: 'RESERVED', error_flags: 'NONE', data: 'A' },
      ],
    ],
    [
      'no key of a session of UMAS either in an answer to another function',
      '0300640002',
      '5a77fe41',
      [
        { ...plain('RdHoldRegs'), read: { address: 100, quantity: 2 } },
        { function_code: 'Unknown', category: 'RESERVED', error_flags: 'NONE', data: '' },
      ],
    ],
    [
      'what is wrong with either',
      '0300640000',
      '8363',
      [
        {
          ...plain('RdHoldRegs'),
          error_flags: 'DATA_VALUE',
          read: { address: 100, quantity: 0 },
        },
        {
          ...plain('RdHoldRegs'),
          error_flags: 'EXC_CODE',
          exception: { raw: 99, code: 'Unknown' },
        },
      ],
    ],
    [
      'what is cut',
      '10000100020400',
      '0300',
      [
        {
          ...plain('WrMultRegs'),
          error_flags: 'DATA_LENGTH',
          write: { address: 1, quantity: 2, data: '\0' },
        },
        { ...plain('RdHoldRegs'), error_flags: 'DATA_VALUE', read: { data: '' } },
      ],
    ],
  ])('has %s as Suricata does', ([, asked, answered, expected]) => {
    expect(content(asked, answered)).toEqual(expected);
  });

  test('names what is accessed', () => {
    const { request } = record(message('0f0001000101ff'), undefined);
    expect(request?.access_type).toBe('WRITE | COILS | MULTIPLE | WRITE_MULTIPLE');
    expect(record(message('07'), undefined).request?.access_type).toBe('NONE');
  });

  test('is without the half that was not seen', () => {
    expect(record(undefined, message('8302'))).not.toHaveProperty('request');
  });
});

describe('anomalies', () => {
  test.for([
    ['modbus.length', { type: 'applayer', event: 'invalid_length', app_proto: 'modbus' }],
    ['modbus.byte-count', { type: 'applayer', event: 'byte_count', app_proto: 'modbus' }],
    ['opcua.chunk-limit', { type: 'applayer', event: 'chunk_limit', app_proto: 'opcua' }],
    ['stream.gap', { type: 'stream', event: 'stream.reassembly_seq_gap' }],
    ['stream.fragments-cut', { type: 'decode', event: 'stream.fragments_cut' }],
  ] as const)('%s', ([name, anomaly]) => {
    expect(anomalyOf({ name, text: '' })).toMatchObject(anomaly);
  });

  test('are not what detectors made of it', () => {
    expect(anomalyOf({ name: 'baseline.new-writer', text: '' })).toBeUndefined();
  });
});

test('the id of a signature is that of its rule, outside of what others use', () => {
  const id = signatureId('29d8d092-ecca-4f00-b836-3f37f3b7e730');
  expect(id).toBe(1_520_266_563);
  expect(signatureId('29d8d092-ecca-4f00-b836-3f37f3b7e731')).not.toBe(id);
});
