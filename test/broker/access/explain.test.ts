import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writtenPdu } from '#broker/access/emitted-content.ts';
import { explain, MATCH_WINDOW } from '#broker/access/explain.ts';
import type { SensorId, SessionId } from '#broker/model/ids.ts';
import type { Emission, ReportedOperation } from '#broker/model/operation.ts';
import { createEvaluator } from '#policies/evaluate.ts';
import { emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { joinExchange } from '#sensor/decode/modbus/exchange.ts';
import type { ModbusRequest } from '#sensor/decode/modbus/pdu.ts';
import { micros } from '#sensor/model/time.ts';
import { NOW, PLANT } from '../../support/broker-site.ts';
import { response } from '../../support/modbus.ts';
import { opcuaExchange, toNode } from '../../support/opcua-exchange.ts';
import { plantOf } from '../../support/plant.ts';

const GATE = { ip: '127.20.10.1', port: 40_001 };
const HMI = { ip: '127.20.2.10', port: 40_002 };
const ROGUE = { ip: '127.20.66.66', port: 40_003 };
const PLC = { ip: '127.20.1.12', port: 5020 };

const writeTwo: ModbusRequest = {
  kind: 'write-multiple',
  functionCode: 16,
  address: 100,
  quantity: 2,
  values: [1, 1500],
};

/** What the sensor makes of the bytes of a request. */
function seen(client: typeof GATE, pdu: Buffer, at = NOW, unitId = 1): ReportedOperation {
  const request = { transactionId: 7, unitId, pdu, at, frames: [1] };
  const exchange = joinExchange({
    client,
    server: PLC,
    transport: 'tcp',
    framing: 'mbap',
    request,
    response: undefined,
    facts: [],
  });
  return { id: 'op-1', sensor: 'sen_000000000001' as SensorId, exchange };
}

function emission(pdu: Buffer, change: Partial<Emission> = {}): Emission {
  return {
    id: 'em-1',
    session: 'ses_000000000001' as SessionId,
    sentAt: NOW,
    key: '127.20.10.1:40001>127.20.1.12:5020#7',
    asset: 'plc-12',
    unit: 1,
    functionCode: pdu.readUInt8(0),
    pdu: pdu.toString('hex'),
    changing: true,
    ...change,
  };
}

const evaluator = createEvaluator(PLANT);
const kindOf = (operation: ReportedOperation, emissions: readonly Emission[]) =>
  explain(operation, emissions, evaluator).kind;

describe('an operation is explained', () => {
  const bytes = emitRequest(writeTwo);

  test('by the emission with the same content', () => {
    const found = emission(bytes);
    expect(explain(seen(GATE, bytes), [found], evaluator)).toEqual({
      kind: 'emitted',
      emission: found,
    });
  });

  test('by the nearest in time, where ids came round again', () => {
    const far = emission(bytes, { id: 'far', sentAt: micros(NOW - 60_000_000) });
    const near = emission(bytes, { id: 'near', sentAt: micros(NOW - 1000) });
    expect(explain(seen(GATE, bytes), [far, near], evaluator)).toMatchObject({ emission: near });
  });

  test.for([
    [MATCH_WINDOW, 'emitted'],
    [MATCH_WINDOW + 1, 'none'],
    [-MATCH_WINDOW, 'emitted'],
    [-MATCH_WINDOW - 1, 'none'],
  ] as const)('when the clocks differ by %d µs: %s', ([skew, expected]) => {
    expect(kindOf(seen(GATE, bytes, micros(NOW + skew)), [emission(bytes)])).toBe(expected);
  });

  test('by a client that a direct conduit lets write', () => {
    expect(kindOf(seen(HMI, bytes), [])).toBe('local-operator');
  });
});

describe('an operation of OPC UA on a node of which only the index is known', () => {
  const BOILER = '127.20.3.20';
  const plant = plantOf(readFileSync('policies/example-plant.yaml', 'utf8'));
  const written = (from: string, id: string): ReportedOperation => ({
    id: 'op-1',
    sensor: 'sen_000000000001' as SensorId,
    exchange: opcuaExchange({
      from,
      to: BOILER,
      operations: [toNode('write', id, { unseen: true })],
    }),
  });

  test.each([
    [
      'is no accusation where it may be the allowed one',
      HMI.ip,
      'ns=2;s=Boiler.PressureSetPoint',
      'local-operator',
    ],
    ['is one where it cannot be', HMI.ip, 'ns=2;s=Boiler.Level', 'none'],
    ['is one of who may not write', ROGUE.ip, 'ns=2;s=Boiler.PressureSetPoint', 'none'],
  ])('%s', (_, from, id, kind) => {
    expect(explain(written(from, id), [], createEvaluator(plant)).kind).toBe(kind);
  });
});

describe('an operation is not explained', () => {
  const reasonOf = (operation: ReportedOperation, emissions: readonly Emission[]) => {
    const found = explain(operation, emissions, evaluator);
    return found.kind === 'none' ? found.because : found.kind;
  };
  const bytes = emitRequest(writeTwo);

  test('when nothing was emitted', () => {
    expect(reasonOf(seen(GATE, bytes), [])).toContain('did not emit it');
  });

  test('when the value was changed on the way', () => {
    const changed = emitRequest({ ...writeTwo, values: [1, 1499] });
    expect(reasonOf(seen(GATE, changed), [emission(bytes)])).toContain('another request');
  });

  test('when it went to another unit', () => {
    expect(kindOf(seen(GATE, bytes, NOW, 2), [emission(bytes)])).toBe('none');
  });

  test('by a conduit that is for the gate alone', () => {
    expect(kindOf(seen(ROGUE, bytes), [])).toBe('none');
  });

  test('by a direct conduit that does not let this value be written', () => {
    expect(kindOf(seen(HMI, emitRequest({ ...writeTwo, values: [1, 1501] })), [])).toBe('none');
  });

  test('when it is a function that nobody understands', () => {
    expect(kindOf(seen(HMI, Buffer.from([0x5a, 0, 1])), [])).toBe('none');
  });
});

const word = fc.integer({ min: 0, max: 0xffff });
const coil = fc.constantFrom(0, 1);
const request: fc.Arbitrary<ModbusRequest> = fc.oneof(
  fc
    .record({ address: word, value: word })
    .map((one) => ({ ...one, kind: 'write-single' as const, functionCode: 6 as const })),
  fc
    .record({ address: word, value: fc.constantFrom(0, 0xff00) })
    .map((one) => ({ ...one, kind: 'write-single' as const, functionCode: 5 as const })),
  fc
    .record({ address: fc.nat(1000), values: fc.array(word, { minLength: 1, maxLength: 123 }) })
    .map(({ address, values }) => ({
      kind: 'write-multiple' as const,
      functionCode: 16 as const,
      address,
      values,
      quantity: values.length,
    })),
  fc
    .record({ address: fc.nat(1000), values: fc.array(coil, { minLength: 1, maxLength: 200 }) })
    .map(({ address, values }) => ({
      kind: 'write-multiple' as const,
      functionCode: 15 as const,
      address,
      values,
      quantity: values.length,
    })),
  fc
    .record({
      address: fc.nat(1000),
      quantity: fc.integer({ min: 1, max: 125 }),
      values: fc.array(word, { minLength: 1, maxLength: 121 }),
    })
    .map(({ address, quantity, values }) => ({
      kind: 'read-write' as const,
      functionCode: 23 as const,
      read: { address, quantity },
      write: { address, values, quantity: values.length },
    })),
);

test('what the sensor says of every write is what the gate emits for it', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const bytes = emitRequest(asked);
      const { exchange } = seen(GATE, bytes);
      const pdu = exchange.protocol === 'modbus' ? writtenPdu(exchange.modbus) : 'not Modbus';
      expect(pdu).toBe(bytes.toString('hex'));
    }),
  );
});

test('no answer changes what the sensor says of a write', () => {
  fc.assert(
    fc.property(request, response, (asked, answered) => {
      const bytes = emitRequest(asked);
      const part = (pdu: Buffer) => ({ transactionId: 7, unitId: 1, pdu, at: NOW, frames: [1] });
      const ends = { client: GATE, server: PLC, transport: 'tcp', framing: 'mbap' } as const;
      const parts = { ...ends, request: part(bytes), facts: [] };
      const exchange = joinExchange({ ...parts, response: part(emitResponse(answered)) });
      expect(writtenPdu(exchange.modbus)).toBe(bytes.toString('hex'));
    }),
  );
});

test('a request that was not seen whole has no content to compare', () => {
  const heading = { transactionId: 1, unitId: 1 };
  for (const functionCode of [5, 6, 15, 16, 23, 3, 43, 90]) {
    expect(writtenPdu({ ...heading, functionCode })).toBeUndefined();
  }
  expect(
    writtenPdu({ ...heading, functionCode: 16, address: 0, quantity: 2, values: [1] }),
  ).toBeUndefined();
});
