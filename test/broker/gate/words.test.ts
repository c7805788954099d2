import { expect, test } from 'vitest';
import { describeOperations } from '#broker/gate/words.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { operation } from '../../support/broker-site.ts';

const seen = (address: number, value: number, ageMs: number) => ({ address, value, ageMs });
const identify: ModbusOperation = {
  kind: 'identify',
  protocol: 'modbus',
  functionCode: 43,
  object: { kind: 'modbus-device', unit: 1 },
};

const masked: ModbusOperation = {
  kind: 'write',
  protocol: 'modbus',
  functionCode: 22,
  object: { kind: 'modbus-range', unit: 1, table: 'holding-registers', address: 4, quantity: 1 },
};
const file: ModbusOperation = {
  kind: 'write',
  protocol: 'modbus',
  functionCode: 21,
  object: { kind: 'modbus-file', unit: 1, file: 4, record: 7, quantity: 2 },
  values: [5, 6],
};

test.each<[string, Parameters<typeof describeOperations>]>([
  ['read holding registers 10-12 (40011-40013) of unit 1', [3, [operation('read', 10, 3)], 'past']],
  [
    'write 5 to holding register 100 (40101) of unit 1',
    [6, [operation('write', 100, [5])], 'infinitive'],
  ],
  [
    'wrote 5 to holding register 100 (40101) of unit 1, was 4 (just now)',
    [6, [operation('write', 100, [5])], 'past', [seen(100, 4, 999)]],
  ],
  [
    'wrote 5 to holding register 100 (40101) of unit 1, was 4 (119 s ago)',
    [6, [operation('write', 100, [5])], 'past', [seen(100, 4, 119_999)]],
  ],
  [
    'wrote 5, 6 to holding registers 100-101 (40101-40102) of unit 1, was unknown, 4 (2 min ago)',
    [16, [operation('write', 100, [5, 6])], 'past', [seen(101, 4, 120_000)]],
  ],
  [
    'wrote 0, 1, 2, 3, 4, 5, 6, 7 ... (9 values) to holding registers 0-8 (40001-40009) of unit 1',
    [16, [operation('write', 0, [0, 1, 2, 3, 4, 5, 6, 7, 8])], 'past'],
  ],
  [
    'wrote 5 to holding register 100 (40101) of unit 1 and read holding register 7 (40008) of unit 1',
    [23, [operation('write', 100, [5]), operation('read', 7, 1)], 'past'],
  ],
  ['read the identification of unit 1', [43, [identify], 'past']],
  [
    'wrote a value that cannot be told to holding register 4 (40005) of unit 1, was 7 (just now)',
    [22, [masked], 'past', [seen(4, 7, 0)]],
  ],
  ['write 5, 6 to records 7-8 of file 4 of unit 1', [21, [file], 'infinitive']],
  ['control unit 1', [8, [{ ...identify, functionCode: 8, kind: 'control' }], 'infinitive']],
  ['controlled unit 1', [8, [{ ...identify, functionCode: 8, kind: 'control' }], 'past']],
  ['configured unit 1', [8, [{ ...identify, functionCode: 8, kind: 'configure' }], 'past']],
  ['call function 90', [90, [], 'infinitive']],
])('%s', (words, asked) => {
  expect(describeOperations(...asked)).toBe(words);
});
